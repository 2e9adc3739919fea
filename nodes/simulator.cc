#include "nodes/simulator.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "nodes/async_simulator.h"
#include "nodes/checkpoint.h"
#include "nodes/checkpoint_saver.h"
#include "nodes/faults/virtual_clock.h"
#include "nodes/simulated_nodes.h"

namespace hearsay {

namespace {

using Clock = SimulatedNodes::Clock;

class Simulation {
 public:
  Simulation(const Experiment& experiment, std::size_t threads, RunObserver& observer,
             const Persistence& persistence)
      : experiment_(experiment),
        observer_(observer),
        saver_(experiment, persistence, CheckpointOwner::kSimulation,
               [&observer](const std::string& text) { observer.on_warning(text); }),
        nodes_(experiment, threads, observer),
        outboxes_(nodes_.size()),
        inboxes_(nodes_.size()),
        records_(nodes_.size()),
        faults_(fault_plan(experiment.config(), experiment.network())) {
    if (faults_) {
      const Round every = experiment.checkpoint_plan().every;
      clock_.emplace(*faults_, nodes_.size(), every > 0 ? every : 1);
      compute_.resize(nodes_.size());
      measures_ = !faults_->compute;
    }
    if (persistence.resume) restore();
    if (!clock_) nodes_.assemble_fleet();
  }

  void run(const std::atomic<bool>& stop) {
    const auto start = Clock::now();
    Round t = first_;
    const std::optional<Round> evaluated = nodes_.evaluated();
    if (!evaluated || (*evaluated < t && experiment_.evaluates_after(t))) evaluate(t);
    while (t < experiment_.rounds() && !stop.load(std::memory_order_relaxed)) {
      const auto round_start = Clock::now();
      run_round(t + 1);
      training_seconds_ += seconds_since(round_start);
      ++t;
      if (clock_) end_virtual_round(t);
      observer_.on_progress({t, nodes_.wire_bytes()});
      observer_.on_tick(nodes_);
      if (experiment_.evaluates_after(t)) evaluate(t);
      saver_.save_if_due(t, visit_to_save());
    }
    if (nodes_.evaluated() != t) evaluate(t);
    saver_.save_last(t, visit_to_save());

    RunEnd end = nodes_.take_end(t, seconds_since(start));
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
    for (NodeId id = 0; id < nodes_.size(); ++id) nodes_.phases(id) = records_[id].phases;
    if (clock_) clock_->begin_at(training_seconds_);
    nodes_.set_evaluated(observer_.on_restore(from));
  }

  /// The same, once a checkpoint is written.
  VisitState visit_to_save() {
    return [this](StateVisitor& visitor) {
      nodes_.settle();
      const double seconds = clock_ ? clock_->seconds() : training_seconds_;
      for (NodeId id = 0; id < nodes_.size(); ++id) {
        records_[id].training_seconds = seconds;
        records_[id].phases = nodes_.phases(id);
      }
      visit()(visitor);
    };
  }

  void evaluate(Round t) {
    nodes_.evaluate(
        t, [this](NodeId id) { return clock_ ? clock_->seconds(id) : training_seconds_; },
        &records_);
  }

  void run_round(Round t) {
    if (nodes_.run_round_at_once()) return;
    nodes_.watch(experiment_.watch_in(t));
    for_each_node([this](NodeId id, std::size_t worker) {
      outboxes_[id].clear();
      timed(id, [&] {
        nodes_.named(
            id, [&] { nodes_.engine(id).start_round(nodes_.workspace(worker), outboxes_[id]); });
      });
    });
    while (deliver()) {
    }
  }

  /// step(id, worker) in parallel. A server, node 0, goes last: the others, which take the
  /// gradients, are then shared out evenly.
  template <class Step>
  void for_each_node(Step step) {
    const std::size_t count = nodes_.size();
    const std::size_t first = experiment_.network().server ? 1 : 0;
    nodes_.pool().for_each(count, [&](std::size_t k, std::size_t worker) {
      step(static_cast<NodeId>((k + first) % count), worker);
    });
  }

  void end_virtual_round(Round t) {
    if (const auto gradient_seconds = faults_->compute)
      for (NodeId id = 0; id < nodes_.size(); ++id)
        compute_[id] = *gradient_seconds * static_cast<double>(nodes_.gradients_in(id, t));
    clock_->end_round(t, compute_);
    std::fill(compute_.begin(), compute_.end(), 0.0);
  }

  /// Takes the time where it is asked for.
  template <class Step>
  void timed(NodeId id, Step step) {
    if (!measures_) return step();
    const auto start = Clock::now();
    step();
    compute_[id] += seconds_since(start);
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
    for_each_node([this](NodeId id, std::size_t worker) {
      for (Envelope& envelope : inboxes_[id])
        timed(id, [&] { nodes_.deliver(std::move(envelope), worker, outboxes_[id]); });
      inboxes_[id].clear();
    });
    return true;
  }

  const Experiment& experiment_;
  RunObserver& observer_;
  CheckpointSaver saver_;
  SimulatedNodes nodes_;
  std::vector<std::vector<Envelope>> outboxes_;  // by sender
  std::vector<std::vector<Envelope>> inboxes_;   // by receiver
  std::vector<NodeRecord> records_;              // by node
  Round first_ = 0;                              // the round that the run begins behind
  double training_seconds_ = 0.0;
  std::optional<FaultPlan> faults_;
  std::optional<VirtualClock> clock_;  // with faults
  std::vector<double> compute_;        // seconds that each node has computed in this round
  bool measures_ = false;              // those, rather than take them from the config
};

}  // namespace

void simulate(const Experiment& experiment, std::size_t threads, const std::atomic<bool>& stop,
              RunObserver& observer, const Persistence& persistence) {
  if (!experiment.asynchronous())
    return Simulation(experiment, threads, observer, persistence).run(stop);
  if (persistence.resume)
    throw CheckpointError(fmt::format("nothing to resume from: {} makes no checkpoints",
                                      experiment.algorithm_name()));
  simulate_asynchronously(experiment, threads, stop, observer);
}

}  // namespace hearsay
