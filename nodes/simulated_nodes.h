// All nodes of a simulated run, and what its two schedules, in lockstep and asynchronous, have in
// common: their threads, their evaluations, and how a run ends.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <vector>

#include "nodes/experiment.h"
#include "nodes/fleet.h"
#include "nodes/run_observer.h"
#include "nodes/thread_pool.h"

namespace hearsay {

class SimulatedNodes final : public NodeWatch {
 public:
  using Clock = std::chrono::steady_clock;

  SimulatedNodes(const Experiment& experiment, std::size_t threads, RunObserver& observer);

  std::size_t size() const { return nodes_.size(); }
  Node& operator[](NodeId id) { return nodes_[id]; }
  RoundEngine& engine(NodeId id) { return *nodes_[id].engine; }
  const RoundEngine& engine(NodeId id) const { return *nodes_[id].engine; }
  ThreadPool& pool() { return pool_; }
  /// Where the time of a node's rounds went, on whatever thread.
  PhaseTimes& phases(NodeId id) { return phases_[id]; }
  Workspace& workspace(std::size_t worker) { return work_[worker]; }

  /// From here on the nodes go their rounds together where they can (nodes/fleet.h), by
  /// run_round_at_once(), which then is true and throws RunFailed as named() does. What is asked of
  /// the nodes is right at all times but for what the engines say themselves: settle() before.
  void assemble_fleet() { fleet_ = Fleet::of(nodes_, pool_); }
  bool run_round_at_once();
  void settle();
  void watch(Workspace::Watch watch);

  /// Runs a step of a node; says whose round it was that failed, as the launcher does for
  /// processes.
  void named(NodeId id, const std::function<void()>& step);

  /// Hands a frame to its receiver, whose answers go to `out`.
  void deliver(Envelope envelope, std::size_t worker, std::vector<Envelope>& out);

  /// Gradients that the node has taken in its round t.
  Round gradients_in(NodeId id, Round t) const;

  std::uint64_t wire_bytes() const;

  void look(std::span<NodeStatus> nodes) const override;

  /// Evaluates after round t of the run. `seconds`: what a node's training took so far. What is
  /// told of layers in regular evaluations goes to `records`, by node.
  void evaluate(Round t, const std::function<double(NodeId)>& seconds,
                std::vector<NodeRecord>* records = nullptr);
  std::optional<Round> evaluated() const { return evaluated_; }
  void set_evaluated(std::optional<Round> t) { evaluated_ = t; }

  /// What a run that ends after round t leaves, of the last evaluation; once.
  RunEnd take_end(Round t, double wall_seconds);

 private:
  std::vector<NodeOffer> make_offers(Round t, const std::function<double(NodeId)>& seconds);

  const Experiment& experiment_;
  RunObserver& observer_;
  ThreadPool pool_;
  std::vector<Workspace> work_;
  std::vector<Node> nodes_;
  std::vector<PhaseTimes> phases_;          // by node
  std::unique_ptr<Fleet> fleet_;            // where rounds are run at once
  std::chrono::nanoseconds fleet_time_{0};  // of its rounds since the nodes were settled
  std::optional<Round> evaluated_;
  Vector mean_;
};

inline double seconds_since(SimulatedNodes::Clock::time_point start) {
  return std::chrono::duration<double>(SimulatedNodes::Clock::now() - start).count();
}

}  // namespace hearsay
