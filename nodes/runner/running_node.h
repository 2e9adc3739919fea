// A node as a process: what is behind nodes/node_runner.h. One state machine, in files by what they
// are about.
#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>
#include <zmq.hpp>

#include "nodes/checkpoint_saver.h"
#include "nodes/control.h"
#include "nodes/doorman.h"
#include "nodes/experiment.h"
#include "nodes/neighbourhood.h"
#include "nodes/node_runner.h"
#include "nodes/refusal_log.h"
#include "nodes/transport_error.h"

namespace hearsay {

class RunningNode {
 public:
  RunningNode(const Experiment& experiment, NodeId id, const NodeOptions& options);

  /// As run_node() says.
  bool run();

 private:
  using Clock = std::chrono::steady_clock;
  using Seconds = std::chrono::duration<double>;

  /// How much longer than the collector, which knows more, a node waits.
  static constexpr double kAfterCollector = 10.0;  // seconds

  class DeadlinePassed : public TransportError {
   public:
    using TransportError::TransportError;
  };

  /// A node was lost: the round is left, and all begin again from a checkpoint.
  struct Recovery {};

  RoundEngine& engine() { return *node_.engine; }
  bool reweights() const { return experiment_.on_loss() == Experiment::OnLoss::reweight; }
  const Network& network() const { return network_ ? *network_ : experiment_.network(); }

  // life.cc: one incarnation of the run after the other
  void log_failure(const std::exception& error);
  bool live();
  void begin_anew();
  void await_recovery(const DeadlinePassed& error);
  ControlMessage stall_or(ControlMessage message);
  void finish();
  void warn(const std::string& text);

  // start.cc: joins, restores, greets
  void join();
  void say_join();
  void join_again();
  VisitState visit();
  void restore();
  void begin_with_the_others();
  void greet();
  void begin();

  // rounds.cc: in lockstep
  void train();
  void evaluate_at_start(Round first);
  bool may_start_round();
  void run_round();
  void start_round(Clock::time_point now);
  std::string who_is_missing() const;
  void tell_traffic(ControlMessage& message);
  void say_progress();
  void crash_if_planned() const;
  void save(Round t);

  // asynchronous.cc: at its own pace
  void train_asynchronously();
  void evaluate_assembled();
  void ask_for_rounds();
  void on_grant(const std::vector<Round>& rounds);
  void say_want(std::vector<Round> rounds);
  void run_granted_round();
  void end_round(Clock::time_point start);
  bool may_end_round();

  // evaluation.cc: gives its model away, and its gradient at the mean
  void evaluate(Round t);
  void offer_model();
  void evaluate_at(ConstVectorView mean);

  // control.cc: what is said to the collector, and heard from it
  void say(ControlMessage message);
  bool drain_control(Clock::time_point now = Clock::now());
  void on_control(const ControlMessage& message);
  void on_recover(const ControlMessage& message);
  void on_stop_signal();

  // waiting.cc: serves both sockets meanwhile
  bool takes_frames() const;
  bool may_listen(Clock::time_point now);
  void ask_when_late(Clock::time_point now);
  void wait(double deadline_seconds, const std::function<bool()>& done,
            const std::function<std::string()>& complaint);
  void poll(int milliseconds);
  /// A look into an empty inbox costs a system call, and its file tells of what comes.
  bool may_have_frames() { return std::exchange(inbox_ready_, false) || !neighbourhood_.drained(); }

  const Experiment& experiment_;
  const NodeOptions& options_;
  zmq::context_t context_;  // before the sockets: they must be closed first
  RefusalLog refusals_;
  Doorman doorman_;                   // before the sockets that it stands at
  std::unique_ptr<Network> network_;  // what is left of it, once a node was lost
  std::vector<bool> lost_;            // by node, as the collector says
  SharedVector mean_;                 // to begin with, where nodes were lost
  Node node_;
  NodeRecord record_;
  CheckpointSaver saver_;
  std::vector<Round> sound_;  // of its checkpoints, when it joined
  Workspace work_;
  Neighbourhood neighbourhood_;
  zmq::socket_t control_;
  std::vector<std::string> endpoints_;
  std::string bound_;              // where the inbox listens
  std::uint64_t incarnation_ = 0;  // of the run; 0 before the first welcome
  std::uint64_t born_in_ = 0;      // the incarnation of that welcome
  Round first_ = 0;                // the state that this incarnation begins with
  Round started_ = 0;
  std::optional<Round> evaluated_;
  std::optional<Round> save_after_;
  std::optional<Round> stop_after_;
  double training_seconds_ = 0.0;
  ConstVectorView gradient_;  // of f_i at the mean, until it is asked for

  // Asynchronous rounds
  Round granted_ = 0;               // that may be run
  Round wanted_ = 1;                // when it asks
  double granted_at_ = 0.0;         // training time
  std::optional<Round> assembled_;  // all nodes wait for the evaluation of that round
  bool asked_for_rounds_ = false;
  bool said_held_ = false;

  bool control_ready_ = true;  // there may be something on the control socket
  bool inbox_ready_ = true;    // or in the inbox
  Clock::time_point control_looked_;
  Clock::time_point polled_;

  bool welcomed_ = false;
  bool began_ = false;
  bool evaluating_ = false;
  bool holding_ = false;
  bool dismissed_ = false;
  bool stop_requested_ = false;

  Clock::time_point joined_at_ = Clock::now();
  Clock::time_point began_at_ = Clock::now();
  Clock::time_point late_ = Clock::now();  // when something was heard, or asked for, last
  Clock::time_point last_progress_ = Clock::now();
};

}  // namespace hearsay
