#include <spdlog/spdlog.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "nodes/config/quote.h"
#include "nodes/control_check.h"
#include "nodes/control_socket.h"
#include "nodes/run_observer.h"
#include "nodes/runner/running_node.h"

namespace hearsay {

namespace {

constexpr auto kLookEvery = std::chrono::milliseconds(10);

}  // namespace

void RunningNode::say(ControlMessage message) {
  message.node = node_.id;
  message.incarnation = incarnation_;
  send_control(control_, message);
  control_ready_ = true;  // sending may have swallowed the notice of what came
}

/// Looks where there may be something, and now and then, since a node that never waits for others
/// does not hear that there is.
bool RunningNode::drain_control(Clock::time_point now) {
  if (!control_ready_ && now - control_looked_ < kLookEvery) return false;
  control_ready_ = false;
  control_looked_ = now;
  bool any = false;
  while (const auto received = receive_control(control_)) {
    if (!received->message) continue;
    on_control(*received->message);
    any = any || received->message->kind != ControlKind::probe;
  }
  return any;
}

void RunningNode::on_control(const ControlMessage& message) {
  if (message.kind == ControlKind::recover) return on_recover(message);
  // A process that was started again learns from its welcome how often the run has begun anew.
  if (message.kind == ControlKind::welcome && incarnation_ == 0) {
    incarnation_ = born_in_ = message.incarnation;
    neighbourhood_.set_incarnation(incarnation_);
  }
  if (message.incarnation != incarnation_ && message.kind != ControlKind::abort) return;
  if (const auto wrong = what_is_wrong(experiment_, message))
    throw TransportError("the collector says what cannot be: " + *wrong);
  switch (message.kind) {
    case ControlKind::welcome:
      welcomed_ = true;
      break;
    case ControlKind::peers:
      endpoints_ = message.texts;
      first_ = message.round;
      mean_ = message.vector;
      if (!message.integers.empty()) {
        neighbourhood_.set_session(message.integers.front());
        lost_.assign(message.integers.begin() + 1, message.integers.end());
      }
      break;
    case ControlKind::begin:
      began_ = true;
      began_at_ = Clock::now();
      if (!message.rounds.empty()) evaluated_ = message.rounds.front();
      break;
    case ControlKind::save_after:
      holding_ = false;
      save_after_ = message.round;
      break;
    case ControlKind::pull_model:
      offer_model();
      break;
    case ControlKind::mean:
      evaluate_at(message.vector.view());
      break;
    case ControlKind::pull_gradient:
      say({.kind = ControlKind::gradient, .vector = Vector(gradient_.begin(), gradient_.end())});
      break;
    case ControlKind::go:
      evaluating_ = false;
      break;
    case ControlKind::hold:
      holding_ = true;
      say({.kind = ControlKind::held, .round = started_});
      break;
    case ControlKind::stop_after:
      stop_after_ = message.round;
      break;
    case ControlKind::grant:
      on_grant(message.rounds);
      break;
    case ControlKind::assemble:
      assembled_ = message.round;
      break;
    case ControlKind::bye:
      dismissed_ = true;
      break;
    case ControlKind::abort:
      throw TransportError("the run was ended: " + harmless(message.text));
    default:
      break;
  }
}

void RunningNode::on_recover(const ControlMessage& message) {
  if (message.incarnation <= incarnation_) return;  // said twice
  incarnation_ = message.incarnation;
  neighbourhood_.set_incarnation(incarnation_);
  throw Recovery();
}

void RunningNode::on_stop_signal() {
  signalfd_siginfo taken{};
  if (read(options_.stop_fd, &taken, sizeof taken) != sizeof taken) return;
  if (endpoints_.empty()) throw StoppedByUser("stopped before the first round");
  if (stop_requested_) throw StoppedByUser("stopped at once by a second signal");
  stop_requested_ = true;
  spdlog::info("node {} asks the collector to stop the run", node_.id);
  say({.kind = ControlKind::stop_request});
}

}  // namespace hearsay
