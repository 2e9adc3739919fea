#include "nodes/simulator.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <stdexcept>

#include "core/channel.h"
#include "nodes/checkpoint_saver.h"
#include "nodes/faults/virtual_clock.h"
#include "nodes/thread_pool.h"

namespace hearsay {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

class Simulation {
 public:
  Simulation(const Experiment& experiment, std::size_t threads, RunObserver& observer,
             const Persistence& persistence)
      : experiment_(experiment),
        observer_(observer),
        saver_(experiment, persistence, CheckpointOwner::kSimulation,
               [&observer](const std::string& text) { observer.on_warning(text); }),
        pool_(threads),
        work_(threads),
        outboxes_(experiment.network().nodes()),
        inboxes_(outboxes_.size()),
        records_(outboxes_.size()),
        faults_(fault_plan(experiment.config(), experiment.network())) {
    for (NodeId id = 0; id < outboxes_.size(); ++id) nodes_.push_back(experiment.make_node(id));
    if (faults_) {
      const Round every = experiment.checkpoint_plan().every;
      clock_.emplace(*faults_, nodes_.size(), every > 0 ? every : 1);
      compute_.resize(nodes_.size());
      measures_ = !faults_->compute;
    }
    if (persistence.resume) restore();
  }

  void run(const std::atomic<bool>& stop) {
    const auto start = Clock::now();
    Round t = first_;
    if (!evaluated_ || (*evaluated_ < t && experiment_.evaluates_after(t))) evaluate(t);
    while (t < experiment_.rounds() && !stop.load(std::memory_order_relaxed)) {
      const auto round_start = Clock::now();
      run_round(t + 1);
      training_seconds_ += seconds_since(round_start);
      ++t;
      if (clock_) end_virtual_round(t);
      observer_.on_progress({t, wire_bytes()});
      if (experiment_.evaluates_after(t)) evaluate(t);
      save_if_due(t);
    }
    if (evaluated_ != t) evaluate(t);
    saver_.save_last(t, visit());

    RunEnd end{.round = t,
               .interrupted = t < experiment_.rounds(),
               .model = {},
               .buffers = {},
               .traffic = {},
               .wall_seconds = seconds_since(start)};
    const auto d = static_cast<std::ptrdiff_t>(experiment_.dimension());
    end.buffers.assign(mean_.begin() + d, mean_.end());
    mean_.resize(experiment_.dimension());
    end.model = std::move(mean_);
    for (const Node& node : nodes_) end.traffic.push_back(node.engine->traffic());
    if (clock_) {
      end.virtual_time = true;
      end.link_faults = clock_->counts();
    }
    observer_.on_end(end);
  }

 private:
  /// Node by node, its state and what goes with it.
  VisitState visit() {
    return [this](StateVisitor& visitor) {
      for (NodeId id = 0; id < nodes_.size(); ++id) {
        nodes_[id].visit_state(visitor);
        records_[id].visit_state(visitor);
      }
    };
  }

  void restore() {
    first_ = saver_.newest();
    saver_.restore(first_, visit());
    Restored from{.round = first_, .layers = {}};
    for (const NodeRecord& record : records_) from.layers.push_back(record.evaluated_layers);
    training_seconds_ = records_.front().training_seconds;
    if (clock_) clock_->begin_at(training_seconds_);
    evaluated_ = observer_.on_restore(from);
  }

  void save_if_due(Round t) {
    const double seconds = clock_ ? clock_->seconds() : training_seconds_;
    for (NodeRecord& record : records_) record.training_seconds = seconds;
    saver_.save_if_due(t, visit());
  }

  void run_round(Round t) {
    for (Workspace& work : work_) work.watch = experiment_.watch_in(t);
    pool_.for_each(nodes_.size(), [this](std::size_t id, std::size_t worker) {
      outboxes_[id].clear();
      named(id, [&] { nodes_[id].engine->start_round(work_[worker], outboxes_[id]); });
    });
    while (deliver()) {
    }
  }

  void end_virtual_round(Round t) {
    if (const auto gradient_seconds = faults_->compute)
      for (const Node& node : nodes_)
        compute_[node.id] = *gradient_seconds * static_cast<double>(gradients_in(node, t));
    clock_->end_round(t, compute_);
    std::fill(compute_.begin(), compute_.end(), 0.0);
  }

  Round gradients_in(const Node& node, Round t) const {
    if (node.problem == nullptr || !experiment_.trains()) return 0;
    const Algorithm& algorithm = node.engine->algorithm();
    return algorithm.batches(t) - (t > 1 ? algorithm.batches(t - 1) : 0);
  }

  /// Says whose round it was that failed, as the launcher does for processes; and takes the time
  /// where it is asked for.
  template <class Step>
  void named(std::size_t id, Step step) {
    const auto start = measures_ ? Clock::now() : Clock::time_point();
    try {
      step();
      if (measures_) compute_[id] += seconds_since(start);
    } catch (const std::runtime_error& error) {
      throw RunFailed(fmt::format("node {} failed in round {}: {}", id, nodes_[id].engine->round(),
                                  error.what()));
    }
  }

  /// Hands every sent frame to its receiver, which may send more; false when there was none.
  bool deliver() {
    bool any = false;
    for (std::vector<Envelope>& outbox : outboxes_) {
      for (Envelope& envelope : outbox) {
        if (clock_) clock_->sent(envelope.header);
        inboxes_[envelope.header.to].push_back(std::move(envelope));
      }
      any = any || !outbox.empty();
      outbox.clear();
    }
    if (!any) return false;
    pool_.for_each(nodes_.size(), [this](std::size_t id, std::size_t worker) {
      for (Envelope& envelope : inboxes_[id]) {
        std::optional<Refusal> refusal;
        named(id, [&] {
          refusal = nodes_[id].engine->on_frame(envelope.header, std::move(envelope.payload),
                                                work_[worker], outboxes_[id]);
        });
        if (refusal)
          throw std::logic_error(fmt::format("node {} refused a frame of node {}: {}", id,
                                             envelope.header.from, to_string(*refusal)));
      }
      inboxes_[id].clear();
    });
    return true;
  }

  std::uint64_t wire_bytes() const {
    std::uint64_t bytes = 0;
    for (const Node& node : nodes_) bytes += node.engine->wire_bytes();
    return bytes;
  }

  void evaluate(Round t) {
    const Network& network = experiment_.network();
    Evaluation evaluation = experiment_.make_evaluation(t);
    EvaluationReport report;
    report.offers = make_offers(t);
    for (NodeId id = 0; id < nodes_.size(); ++id) {
      evaluation.add_offer(report.offers[id]);
      if (experiment_.evaluates_regularly_after(t))
        records_[id].evaluated_layers = report.offers[id].layers;
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

  std::vector<NodeOffer> make_offers(Round t) {
    std::vector<NodeOffer> offers(nodes_.size());
    pool_.for_each(nodes_.size(), [&](std::size_t id, std::size_t /*worker*/) {
      const double seconds = clock_ ? clock_->seconds(static_cast<NodeId>(id)) : training_seconds_;
      offers[id] = make_offer(experiment_, nodes_[id], t, seconds);
    });
    return offers;
  }

  const Experiment& experiment_;
  RunObserver& observer_;
  CheckpointSaver saver_;
  ThreadPool pool_;
  std::vector<Workspace> work_;
  std::vector<Node> nodes_;
  std::vector<std::vector<Envelope>> outboxes_;  // by sender
  std::vector<std::vector<Envelope>> inboxes_;   // by receiver
  std::vector<NodeRecord> records_;              // by node
  Round first_ = 0;                              // the round that the run begins behind
  double training_seconds_ = 0.0;
  std::optional<FaultPlan> faults_;
  std::optional<VirtualClock> clock_;  // with faults
  std::vector<double> compute_;        // seconds that each node has computed in this round
  bool measures_ = false;              // those, rather than take them from the config
  std::optional<Round> evaluated_;
  Vector mean_;
};

}  // namespace

void simulate(const Experiment& experiment, std::size_t threads, const std::atomic<bool>& stop,
              RunObserver& observer, const Persistence& persistence) {
  Simulation(experiment, threads, observer, persistence).run(stop);
}

}  // namespace hearsay
