// The collector: gathers what the nodes say of themselves and turns it into evaluations. A state
// machine without IO, beside the launcher (or beside node 0 when peers are started by hand).
//
// How a run goes, seen from here:
//   every node      join            -> welcome;       (all joined) peers to all: who listens where,
//                                                     and the checkpoint to begin with
//                   restored        -> (all restored) begin to all
//   evaluation:     offer           -> (all offered)  pull_model, a few nodes at a time, in node
//   order
//                   model           -> (all models)   mean to all nodes with data
//                   result          ->                pull_gradient, in node order
//                   gradient        -> (all)          the row is complete; go to all
//   stop:           hold to all; held from all with the last round that each has started;
//   stop_after
//                   their maximum, so that all end after the same round
//   checkpoint:     hold to all; held from all; save_after the maximum of their rounds
//   loss:           recover to all  -> every node joins again, in a new incarnation of the run
//   asynchronous:   want            -> grant, while there are rounds to share out (nodes/quota.h);
//                                      (none left, and all wait) assemble: an evaluation
//   end:            finished        -> (all)          bye to all
//
// What an evaluation asks for in which order is in nodes/evaluation_exchange.h.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "nodes/control.h"
#include "nodes/evaluation_exchange.h"
#include "nodes/experiment.h"
#include "nodes/quota.h"
#include "nodes/run_observer.h"
#include "nodes/stalls.h"

namespace hearsay {

class Collector {
 public:
  /// `resume`: the run begins with the newest checkpoint that all nodes have.
  Collector(const Experiment& experiment, RunObserver& observer, bool resume = false);

  /// Takes a message of a node; appends the answers to `out` (message.node says to whom).
  void on_message(const ControlMessage& message, std::vector<ControlMessage>& out);

  /// Asks all nodes to stop after the round that the quickest has started. Only after all have
  /// joined.
  void request_stop(std::vector<ControlMessage>& out);

  /// Asks all nodes to make a checkpoint after the same round, unless they are asked for something
  /// already.
  void request_checkpoint(std::vector<ControlMessage>& out);

  /// That node is gone: all leave the round and join again, and begin with the newest checkpoint
  /// that all have (on_peer_loss: wait; what was evaluated after it will be evaluated again), or
  /// with the mean model of those that are left (reweight). A failure when those cannot go on.
  void lose(NodeId node, std::vector<ControlMessage>& out);

  /// A lost node is back, with that join: all begin anew with it.
  void admit(const ControlMessage& join, std::vector<ControlMessage>& out);
  bool is_lost(NodeId node) const { return lost_[node]; }

  /// Calls those again that are gone or have not joined since a loss: word may have been lost with
  /// a connection.
  void remind(std::vector<ControlMessage>& out);

  /// A join of a node that had joined already: its process was started again before anybody noticed
  /// that it was gone. Once.
  std::optional<ControlMessage> take_returned() { return std::exchange(returned_, std::nullopt); }

  /// Rounds run, or an evaluation: neither the start nor the end.
  bool running() const { return began_ && finished_ < members_; }
  /// All have joined; they take up their state and greet each other.
  bool beginning() const { return all_joined() && !began_ && !evaluation_.running(); }
  bool has_started() const { return incarnation_ > 1 || all_joined(); }
  bool all_joined() const { return joined_ == members_; }
  std::vector<NodeId> missing() const;  // nodes that have not joined
  bool stopping() const { return stopping_; }
  bool finished() const { return finished_ == members_; }

  /// Why the run failed, when a node said so or does not belong here; then nothing more will come.
  const std::optional<std::string>& failure() const { return failure_; }
  /// Of nodes whose round's deadline has passed.
  const Stalls& stalls() const { return stalls_; }
  /// Or asynchronous nodes wait for one, until the last have used what they were granted.
  bool evaluating() const { return evaluation_.running() || (began_ && !quota_.owing().empty()); }
  /// The nodes whose part in the evaluation, or in the beginning, has been asked for and has not
  /// come.
  std::vector<NodeId> owing() const;
  Round evaluated_round() const {
    return evaluation_.running() ? evaluation_.round() : quota_.round();
  }
  /// The last round that a node is known to have finished.
  Round round_of(NodeId node) const { return rounds_[node]; }

  /// The status of each node, as far as it is known from what was said.
  void look(std::span<NodeStatus> nodes) const;

  /// A number that no other run has, for the nodes' frames (ZmqTransport::set_session).
  void set_session(std::uint64_t session) { session_ = session; }

  /// To be counted as diagnostics.
  void count_bytes(std::uint64_t bytes) { diagnostic_bytes_ += bytes; }

  /// What was refused beside the collector so far, by the number of the reason.
  void set_refused(std::vector<std::uint64_t> counts) { refused_ = std::move(counts); }

 private:
  using Out = std::vector<ControlMessage>;

  void dispatch(const ControlMessage& message, Out& out);
  void stamp(Out& out) const;
  void on_warning(const ControlMessage& message);
  void on_join(const ControlMessage& message, Out& out);
  void on_all_joined(Out& out);
  void begin_anew(Out& out);
  void gather_models(Out& out);
  bool reweights() const { return experiment_.on_loss() == Experiment::OnLoss::reweight; }
  void require_connected(NodeId node);
  std::optional<Round> common_checkpoint() const;
  void on_restored(const ControlMessage& message, Out& out);
  void on_progress(const ControlMessage& message);
  void note_round(const ControlMessage& message);
  void on_offer(const ControlMessage& message, Out& out);
  void on_part_of_evaluation(const ControlMessage& message, Out& out);
  void on_held(const ControlMessage& message, Out& out);
  void on_want(const ControlMessage& message, Out& out);
  void share_out_after(Round t, Out& out);
  void assemble_if_used_up(Out& out);
  void on_finished(const ControlMessage& message, Out& out);

  void to_all(const ControlMessage& message, Out& out) const;

  const Experiment& experiment_;
  RunObserver& observer_;
  std::size_t nodes_;
  std::vector<bool> lost_;           // by node
  std::size_t members_;              // nodes that are not lost
  std::vector<Round> joined_after_;  // by node: the round that it was in
  std::optional<Round> last_evaluated_;
  std::vector<NodeOffer> last_offers_;  // by node: traffic alone, of the process that runs
  NodeOffer gone_;                      // traffic of processes that are gone, as last told

  bool resume_;
  std::uint64_t incarnation_ = 1;
  std::vector<std::string> endpoints_;
  std::size_t joined_ = 0;
  std::vector<std::vector<Round>> checkpoints_;  // by node id, the newest first
  Round first_ = 0;                              // the round that the incarnation begins behind
  std::vector<LayerCounts> restored_layers_;
  std::vector<bool> has_restored_;
  std::size_t restored_ = 0;
  bool began_ = false;
  std::optional<ControlMessage> returned_;
  std::vector<Round> rounds_;
  std::vector<Round> behind_;  // by node: the quickest was so far ahead when it last spoke
  Round quickest_ = 0;
  std::vector<std::uint64_t> wire_bytes_;
  std::vector<std::size_t> warnings_;  // by node: how many

  EvaluationExchange evaluation_;

  Quota quota_;  // of an asynchronous run
  bool assembling_ = false;

  Stalls stalls_;
  bool stopping_ = false;
  bool holding_ = false;  // for a checkpoint
  std::size_t held_ = 0;
  Round last_started_ = 0;

  RunEnd end_;
  std::size_t finished_ = 0;
  std::optional<std::string> failure_;
  std::optional<NodeId> failed_;  // the node that said so
  std::uint64_t diagnostic_bytes_ = 0;
  std::uint64_t session_ = 0;
  std::vector<std::uint64_t> refused_;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace hearsay
