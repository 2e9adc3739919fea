#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "nodes/runner/running_node.h"

namespace hearsay {

namespace {

constexpr auto kProgressEvery = std::chrono::milliseconds(200);

}  // namespace

void RunningNode::train() {
  const Round first = engine().round();
  evaluate_at_start(first);
  while (may_start_round()) {
    run_round();
    const Round t = engine().round();
    if (experiment_.evaluates_after(t)) evaluate(t);
    if (experiment_.checkpoint_plan().due_after(t) || save_after_ == t) save(t);
  }
  if (evaluated_ != engine().round()) evaluate(engine().round());
  record_.training_seconds = training_seconds_;
  saver_.save_last(engine().round(), visit());
}

void RunningNode::evaluate_at_start(Round first) {
  if (!evaluated_ || (*evaluated_ < first && experiment_.evaluates_after(first))) evaluate(first);
}

bool RunningNode::may_start_round() {
  drain_control();
  if (holding_ && !stop_after_)
    wait(
        options_.round_deadline_seconds, [this] { return stop_after_.has_value() || !holding_; },
        [] { return std::string("asked to hold, but never told where to stop"); });
  if (save_after_ == engine().round()) save(*save_after_);
  const Round last = std::min(stop_after_.value_or(experiment_.rounds()), experiment_.rounds());
  return engine().round() < last;
}

void RunningNode::run_round() {
  const auto start = Clock::now();
  start_round(start);
  const auto over = [this] { return engine().round_done() && !neighbourhood_.outbound().busy(); };
  if (!over()) wait(options_.round_deadline_seconds, over, [this] { return who_is_missing(); });
  training_seconds_ += Seconds(Clock::now() - start).count();
  say_progress();
}

void RunningNode::start_round(Clock::time_point now) {
  started_ = engine().round() + 1;
  crash_if_planned();
  work_.watch = experiment_.watch_in(started_);
  engine().start_round(work_, neighbourhood_.outbox());
  neighbourhood_.flush(now);
  // With faults all of a node's work counts as done before it sends.
  if (neighbourhood_.outbound().faults() == nullptr) engine().work_ahead(work_);
}

std::string RunningNode::who_is_missing() const {
  return fmt::format("waited {} s in round {} for node(s) {}", options_.round_deadline_seconds,
                     node_.engine->round(), fmt::join(node_.engine->waiting_for(), ", "));
}

/// So that it counts, should this process be lost.
void RunningNode::tell_traffic(ControlMessage& message) {
  message.offer.ideal_bits = engine().ideal_bits();
  message.offer.wire_bytes = engine().wire_bytes();
}

void RunningNode::say_progress() {
  if (Clock::now() - last_progress_ <= kProgressEvery) return;
  last_progress_ = Clock::now();
  ControlMessage progress{.kind = ControlKind::progress, .round = engine().round()};
  tell_traffic(progress);
  say(progress);
}

/// Once: a process that was started again does not know of the crash.
void RunningNode::crash_if_planned() const {
  const FaultPlan* faults = neighbourhood_.outbound().faults();
  if (faults == nullptr || born_in_ > 1) return;
  const auto crash = faults->crash_of(node_.id);
  if (!crash || crash->round != started_) return;
  spdlog::warn("node {} crashes in round {}, as the config says", node_.id, started_);
  kill(getpid(), SIGKILL);
}

void RunningNode::save(Round t) {
  record_.training_seconds = training_seconds_;
  saver_.save(t, visit());
}

}  // namespace hearsay
