#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "nodes/faults/plan.h"
#include "nodes/launcher/launch.h"

namespace hearsay {

namespace {

constexpr double kStallGrace = 0.5;  // seconds in which the others can say whom they wait for,
constexpr double kStallGraceShare = 0.05;  // or this share of the round's deadline
constexpr double kProbeEvery = 0.5;        // seconds
constexpr double kUnreachableGrace = 1.0;  // in which a connection may come back

std::optional<NodeId> first_of(const std::vector<NodeId>& nodes) {
  if (nodes.empty()) return std::nullopt;
  return nodes.front();
}

}  // namespace

void Launch::check_deadlines() {
  const double deadline = deadlines_.round;
  const double grace = std::max(kStallGrace, kStallGraceShare * deadline);
  if (!collector_.all_joined()) {
    const double allowed = lost_.empty() ? deadlines_.start : deadlines_.come_back;
    if (seconds_since(joining_since_) <= allowed) return;
    fail(lost_.empty()
             ? fmt::format("node(s) {} have not joined within {} s (transport.start_deadline)",
                           fmt::join(collector_.missing(), ", "), allowed)
             : fmt::format("node(s) {} have not come back within {} s "
                           "(transport.return_deadline)",
                           fmt::join(collector_.missing(), ", "), allowed));
  }
  if (collector_.stalls().any()) {
    if (!stalled_since_) stalled_since_ = Clock::now();
    if (seconds_since(*stalled_since_) <= grace) return;
    give_up_on(collector_.stalls().root(), collector_.stalls().report());
  } else if (collector_.beginning() && seconds_since(last_heard_) > deadlines_.start + grace) {
    const std::vector<NodeId> owing = collector_.owing();
    give_up_on(first_of(owing),
               fmt::format("node(s) {} have not begun within {} s (transport.start_deadline)",
                           fmt::join(owing, ", "), deadlines_.start));
  } else if (collector_.evaluating() && seconds_since(last_heard_) > deadline + grace) {
    const std::vector<NodeId> owing = collector_.owing();
    give_up_on(first_of(owing),
               fmt::format("waited {} s in the evaluation after round {} for node(s) {}", deadline,
                           collector_.evaluated_round(), fmt::join(owing, ", ")));
  }
}

/// One whom all wait for, if it is known who that is.
void Launch::give_up_on(std::optional<NodeId> id, const std::string& report) {
  if (!waits_ || !id) fail(report);
  lose(*id, report);
}

/// Asks libzmq now and then whether each node can be reached: a process that is dead, paused or
/// cut off answers no heartbeats, and its connection is closed.
void Launch::probe() {
  if (seconds_since(probed_) < kProbeEvery) return;
  probed_ = Clock::now();
  collector_.remind(answers_);
  send_answers();
  if (!collector_.has_started()) return;
  for (NodeId id = 0; id < experiment_.network().nodes(); ++id)
    if (is_expected(id)) answers_.push_back({.kind = ControlKind::probe, .node = id});
  send_answers();
  for (const auto& [id, since] : std::map(unreachable_)) {
    if (seconds_since(since) < kUnreachableGrace) continue;
    const std::string why = fmt::format("node {} was lost after round {}: it cannot be reached", id,
                                        collector_.round_of(id));
    if (!waits_) fail(why);
    return lose(id, why);
  }
}

/// Of those that were lost, nobody knows yet whether they come back.
bool Launch::is_expected(NodeId id) const {
  return !collector_.is_lost(id) && !seats_.is_vacant(id);
}

/// on_peer_loss: wait or reweight. The others leave the round; the node is started again if it was
/// started here, or comes back by itself.
void Launch::lose(NodeId id, const std::string& why) {
  const bool ours = starts(id);
  Lost& lost = lost_[id];
  const bool again = ours && lost.times < deadlines_.restarts;
  if (ours && !again && !reweights_)
    fail(fmt::format("{}; it has been started again {} times (transport.restarts)", why,
                     lost.times));
  const auto child = std::find_if(children_.begin(), children_.end(),
                                  [id](const Child& one) { return one.node == id; });
  if (ours && child != children_.end()) {
    end_at_once(*child);
    children_.erase(child);
  }
  if (again) {
    lost.start_at = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                       std::chrono::duration<double>(backoff_of(id, lost.times)));
    ++lost.times;
  }
  const std::string next =
      again ? fmt::format("it is started again ({} of {})", lost.times, deadlines_.restarts)
            : "waiting for it to come back";
  observer_.on_warning(
      fmt::format("{}; {}", why,
                  reweights_ ? "the others go on without it" + (again ? ", " + next : "") : next));
  joining_since_ = Clock::now();
  stalled_since_.reset();
  unreachable_.clear();
  seats_.vacate(id);
  collector_.lose(id, answers_);
  send_answers();
}

/// Seconds until a node is started again that was so already `times` times.
double Launch::backoff_of(NodeId id, long times) const {
  const auto plan = fault_plan(experiment_.config(), experiment_.network());
  const auto crash = plan ? plan->crash_of(id) : std::nullopt;
  if (crash && times == 0) return crash->restart_after;
  return std::ldexp(deadlines_.restart_backoff, static_cast<int>(std::min(times, 16L)));
}

/// A peer that was started again by hand before its loss was noticed.
void Launch::take_back(const ControlMessage& join) {
  const std::string why = fmt::format("node {} was started again after round {}", join.node,
                                      collector_.round_of(join.node));
  if (!waits_) fail(why + ", and on_peer_loss is fail");
  if (collector_.is_lost(join.node)) {
    observer_.on_warning(
        fmt::format("node {} is back; all go on from the mean of the others", join.node));
    joining_since_ = Clock::now();
    collector_.admit(join, answers_);
    return send_answers();
  }
  if (starts(join.node)) fail(why + " by somebody else");
  lose(join.node, why);
  if (reweights_)
    collector_.admit(join, answers_);
  else
    collector_.on_message(join, answers_);
  send_answers();
}

void Launch::start_again() {
  for (auto& [id, lost] : lost_) {
    if (!lost.start_at || Clock::now() < *lost.start_at) continue;
    lost.start_at.reset();
    children_.push_back(nursery_->start(id));
  }
}

}  // namespace hearsay
