#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "nodes/control_socket.h"
#include "nodes/heartbeat.h"
#include "nodes/run_observer.h"
#include "nodes/runner/running_node.h"
#include "nodes/unguessable.h"

namespace hearsay {

namespace {

constexpr int kFarewellMs = 2000;  // how long a failed node waits for its last words to be sent

}  // namespace

RunningNode::RunningNode(const Experiment& experiment, NodeId id, const NodeOptions& options)
    : experiment_(experiment),
      options_(options),
      refusals_([id](const std::string& line) { spdlog::warn("node {}: {}", id, line); }),
      doorman_(context_, load_keys(experiment.config(), experiment.network().nodes(), id),
               refusals_, experiment.network().graph.degree(id)),
      node_(experiment.make_node(id)),
      saver_(experiment, options.persistence, id, [this](const std::string& text) { warn(text); }),
      neighbourhood_(experiment, node_, work_, context_, doorman_, options.max_payload,
                     options.peer_timeout_seconds),
      control_(context_, zmq::socket_type::dealer) {
  set_heartbeat(control_, options.peer_timeout_seconds);
  control_.set(zmq::sockopt::linger, kFarewellMs);
  control_.set(zmq::sockopt::sndhwm, 0);
  control_.set(zmq::sockopt::rcvhwm, 0);
  control_.set(zmq::sockopt::reconnect_ivl, 20);
  // Whoever claims the name takes the connection's place.
  control_.set(zmq::sockopt::routing_id, fmt::format("node-{}-{}", id, unguessable_name()));
  doorman_.introduce(control_, kCollectorId);
  control_.connect(options.collector);
}

bool RunningNode::run() {
  const PhaseClock::Use phases(record_.phases);
  try {
    while (!live()) begin_anew();
    return true;
  } catch (const StoppedByUser& stop) {
    say({.kind = ControlKind::failed, .round = engine().round(), .text = stop.what()});
    throw;
  } catch (const DeadlinePassed& error) {
    log_failure(error);
    ControlMessage message{
        .kind = ControlKind::failed, .round = engine().round(), .text = error.what()};
    say(stall_or(message));
    return false;
  } catch (const std::exception& error) {
    // The log first: on hearing of it, the launcher ends this process.
    log_failure(error);
    say({.kind = ControlKind::failed, .round = engine().round(), .text = error.what()});
    return false;
  }
}

void RunningNode::log_failure(const std::exception& error) {
  const Round t = engine().round();
  spdlog::error("node {} failed{}: {}", node_.id, t == 0 ? "" : fmt::format(" in round {}", t),
                error.what());
}

/// One incarnation of the run, as this node lives it; false when a node was lost and all begin
/// again.
bool RunningNode::live() {
  try {
    try {
      join();
      restore();
      greet();
      begin();
      if (experiment_.asynchronous())
        train_asynchronously();
      else
        train();
      finish();
      return true;
    } catch (const DeadlinePassed& error) {
      if (experiment_.on_loss() == Experiment::OnLoss::fail || endpoints_.empty()) throw;
      await_recovery(error);
    }
  } catch (const Recovery&) {
  }
  return false;
}

void RunningNode::begin_anew() {
  spdlog::info("node {} leaves round {} and joins again, incarnation {}", node_.id,
               engine().round(), incarnation_);
  if (!reweights()) {
    node_ = experiment_.make_node(node_.id);
    record_ = {};
    training_seconds_ = 0.0;
  }
  neighbourhood_.leave();
  welcomed_ = began_ = evaluating_ = holding_ = dismissed_ = false;
  asked_for_rounds_ = said_held_ = false;
  assembled_.reset();
  granted_ = 0;
  endpoints_.clear();
  stop_after_.reset();
  save_after_.reset();
  evaluated_.reset();
  started_ = 0;
}

/// Says what this node waits for; who is behind it, the collector finds out.
void RunningNode::await_recovery(const DeadlinePassed& error) {
  spdlog::warn("node {}: {}", node_.id, error.what());
  say(stall_or({.kind = ControlKind::progress, .round = engine().round(), .text = error.what()}));
  wait(
      options_.return_deadline_seconds, [] { return false; },
      [&] { return std::string(error.what()) + ", and no help came"; });
}

ControlMessage RunningNode::stall_or(ControlMessage message) {
  std::vector<NodeId> missing = engine().waiting_for();
  if (!began_) missing.assign(neighbourhood_.ungreeted().begin(), neighbourhood_.ungreeted().end());
  if (missing.empty()) return message;
  message.kind = ControlKind::stalled;
  message.integers.assign(missing.begin(), missing.end());
  for (const NodeId id : missing) {
    const auto since = neighbourhood_.heard_from(id).value_or(began_at_);
    message.integers.push_back(static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - since).count()));
  }
  return message;
}

void RunningNode::finish() {
  ControlMessage end{.kind = ControlKind::finished,
                     .round = experiment_.asynchronous() ? *evaluated_ : engine().round(),
                     .integers = refusals_.counts(),
                     .rounds = {neighbourhood_.resent(), neighbourhood_.reconnections()},
                     .traffic = engine().traffic()};
  if (const auto counts = neighbourhood_.outbound().counts()) {
    for (const std::uint64_t count : {counts->resent_frames, counts->resent_bytes,
                                      counts->duplicate_frames, counts->duplicate_bytes})
      end.rounds.push_back(count);
    spdlog::info("node {} has dropped {} duplicated frames", node_.id,
                 neighbourhood_.duplicates_dropped());
  }
  say(std::move(end));
  wait(
      options_.round_deadline_seconds, [this] { return dismissed_; },
      [] { return std::string("the collector did not say good-bye"); });
  refusals_.summarize();
  spdlog::info("node {} is done after round {}", node_.id, engine().round());
}

void RunningNode::warn(const std::string& text) {
  spdlog::warn("{}", text);
  say({.kind = ControlKind::warning, .round = engine().round(), .text = text});
}

}  // namespace hearsay
