#include "nodes/simulated_nodes.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "nodes/node_evaluation.h"

namespace hearsay {

SimulatedNodes::SimulatedNodes(const Experiment& experiment, std::size_t threads,
                               RunObserver& observer)
    : experiment_(experiment),
      observer_(observer),
      pool_(threads),
      work_(threads),
      phases_(experiment.network().nodes()) {
  for (NodeId id = 0; id < experiment.network().nodes(); ++id)
    nodes_.push_back(experiment.make_node(id));
}

void SimulatedNodes::watch(Workspace::Watch watch) {
  for (Workspace& work : work_) work.watch = watch;
}

void SimulatedNodes::named(NodeId id, const std::function<void()>& step) {
  const PhaseClock::Use phases(phases_[id]);
  try {
    step();
  } catch (const std::runtime_error& error) {
    throw RunFailed(
        fmt::format("node {} failed in round {}: {}", id, engine(id).round(), error.what()));
  }
}

bool SimulatedNodes::run_round_at_once() {
  if (fleet_ == nullptr) return false;
  const auto start = Clock::now();
  const bool finite = fleet_->run_round();
  fleet_time_ += Clock::now() - start;
  if (finite) return true;
  settle();
  for (NodeId id = 0; id < size(); ++id) named(id, [&] { engine(id).require_finite_model(); });
  return true;
}

/// The time of rounds that were run at once is that of all nodes alike.
void SimulatedNodes::settle() {
  if (fleet_ == nullptr) return;
  fleet_->settle();
  const auto share = static_cast<std::uint64_t>(fleet_time_.count()) / size();
  for (PhaseTimes& phases : phases_) phases.of(Phase::mix) += share;
  fleet_time_ = {};
}

void SimulatedNodes::deliver(Envelope envelope, std::size_t worker, std::vector<Envelope>& out) {
  const FrameHeader& header = envelope.header;
  const NodeId to = header.to;
  std::optional<Refusal> refusal;
  named(to, [&] {
    refusal = engine(to).on_frame(header, std::move(envelope.payload), work_[worker], out);
  });
  if (refusal)
    throw std::logic_error(fmt::format("node {} refused a frame of node {}: {}", to, header.from,
                                       to_string(*refusal)));
}

Round SimulatedNodes::gradients_in(NodeId id, Round t) const {
  const Node& node = nodes_[id];
  if (node.problem == nullptr || !experiment_.trains()) return 0;
  const Algorithm& algorithm = node.engine->algorithm();
  return algorithm.batches(t) - (t > 1 ? algorithm.batches(t - 1) : 0);
}

std::uint64_t SimulatedNodes::wire_bytes() const {
  std::uint64_t bytes = 0;
  for (const Node& node : nodes_) bytes += node.engine->wire_bytes();
  return bytes + (fleet_ == nullptr ? 0 : fleet_->unsettled_wire_bytes());
}

void SimulatedNodes::look(std::span<NodeStatus> nodes) const {
  const auto round_of = [this](const Node& node) {
    return fleet_ == nullptr ? node.engine->round() : fleet_->round();
  };
  Round quickest = 0;
  for (const Node& node : nodes_) quickest = std::max(quickest, round_of(node));
  for (NodeId id = 0; id < nodes_.size(); ++id)
    nodes[id] = {.state = NodeState::running,
                 .round = round_of(nodes_[id]),
                 .behind = quickest - round_of(nodes_[id])};
}

void SimulatedNodes::evaluate(Round t, const std::function<double(NodeId)>& seconds,
                              std::vector<NodeRecord>* records) {
  settle();
  const Network& network = experiment_.network();
  Evaluation evaluation = experiment_.make_evaluation(t);
  EvaluationReport report;
  report.offers = make_offers(t, seconds);
  for (NodeId id = 0; id < nodes_.size(); ++id) {
    evaluation.add_offer(report.offers[id]);
    if (records != nullptr && experiment_.evaluates_regularly_after(t))
      (*records)[id].evaluated_layers = report.offers[id].layers;
  }
  for (NodeId part = 0; part < network.parts(); ++part) {
    const Node& node = nodes_[network.holder_of(part)];
    evaluation.add_model(node.engine->algorithm().model(), node.problem->buffers());
  }
  mean_ = evaluation.mean();

  // Gradients are made in parallel, a chunk at a time, and added in order.
  report.results.resize(nodes_.size());
  const bool large = experiment_.dimension() > kLargeModel;
  const std::size_t chunk = (large ? 1 : 4) * pool_.threads();
  std::vector<Vector> gradients(chunk);
  for (std::size_t begin = 0; begin < network.parts(); begin += chunk) {
    const std::size_t count = std::min(chunk, network.parts() - begin);
    pool_.for_each(count, [&](std::size_t k, std::size_t worker) {
      const NodeId id = network.holder_of(static_cast<NodeId>(begin + k));
      gradients[k].resize(experiment_.dimension());
      report.results[id] =
          evaluate_node(experiment_, nodes_[id], mean_, gradients[k], work_[worker]);
    });
    for (std::size_t k = 0; k < count; ++k)
      evaluation.add_result(*report.results[network.holder_of(static_cast<NodeId>(begin + k))],
                            gradients[k]);
  }
  evaluated_ = t;
  report.row = evaluation.row();
  observer_.on_evaluation(report);
}

std::vector<NodeOffer> SimulatedNodes::make_offers(Round t,
                                                   const std::function<double(NodeId)>& seconds) {
  std::vector<NodeOffer> offers(nodes_.size());
  pool_.for_each(nodes_.size(), [&](std::size_t id, std::size_t /*worker*/) {
    offers[id] = make_offer(experiment_, nodes_[id], t, seconds(static_cast<NodeId>(id)));
    offers[id].phases = phases_[id];
  });
  return offers;
}

RunEnd SimulatedNodes::take_end(Round t, double wall_seconds) {
  settle();
  RunEnd end{.round = t,
             .interrupted = t < experiment_.rounds(),
             .model = {},
             .buffers = {},
             .traffic = {},
             .wall_seconds = wall_seconds};
  const auto d = static_cast<std::ptrdiff_t>(experiment_.dimension());
  end.buffers.assign(mean_.begin() + d, mean_.end());
  mean_.resize(experiment_.dimension());
  end.model = std::move(mean_);
  for (const Node& node : nodes_) end.traffic.push_back(node.engine->traffic());
  return end;
}

}  // namespace hearsay
