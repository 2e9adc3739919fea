#include <algorithm>
#include <utility>

#include "nodes/runner/running_node.h"

namespace hearsay {

namespace {

constexpr double kGrantSeconds = 0.02;  // of training, that a node asks for rounds for
constexpr Round kMostGranted = 1024;

}  // namespace

void RunningNode::train_asynchronously() {
  evaluate_at_start(first_);
  while (stop_after_ != evaluated_) {
    if (assembled_)
      evaluate_assembled();
    else if (stop_after_)  // where the run has just begun anew
      evaluate(*stop_after_);
    else if (!engine().round_done())
      end_round(Clock::now());
    else if (granted_ == 0)
      ask_for_rounds();
    else
      run_granted_round();
  }
}

void RunningNode::evaluate_assembled() {
  evaluate(*assembled_);
  assembled_.reset();
  asked_for_rounds_ = said_held_ = false;
}

/// So many rounds at once that asking takes no time beside them, and that nobody waits long for
/// a slow node at an evaluation.
void RunningNode::ask_for_rounds() {
  if (!asked_for_rounds_) {
    const double seconds = training_seconds_ - granted_at_;
    if (seconds < kGrantSeconds / 2) wanted_ = std::min(2 * wanted_, kMostGranted);
    if (seconds > kGrantSeconds) wanted_ = std::max<Round>(wanted_ / 2, 1);
    say_want({wanted_});
    asked_for_rounds_ = true;
  }
  wait(
      2 * options_.round_deadline_seconds + kAfterCollector,
      [this] { return granted_ > 0 || assembled_ || stop_after_; },
      [] { return std::string("the collector granted no more rounds"); });
}

void RunningNode::on_grant(const std::vector<Round>& rounds) {
  if (rounds.empty()) {
    if (granted_ > 0) say_want({0, 0, std::exchange(granted_, 0)});
    return;
  }
  granted_ = rounds.front();
  granted_at_ = training_seconds_;
  asked_for_rounds_ = false;
}

void RunningNode::say_want(std::vector<Round> rounds) {
  ControlMessage want{
      .kind = ControlKind::want, .round = engine().round(), .rounds = std::move(rounds)};
  tell_traffic(want);
  say(want);
}

void RunningNode::run_granted_round() {
  --granted_;
  said_held_ = false;
  const auto start = Clock::now();
  start_round(start);
  end_round(start);
}

/// With what has come by now; when a neighbour's word is too old, with the next that comes.
void RunningNode::end_round(Clock::time_point start) {
  neighbourhood_.receive();
  const auto over = [this] { return assembled_ || may_end_round(); };
  if (!over()) wait(options_.round_deadline_seconds, over, [this] { return who_is_missing(); });
  training_seconds_ += Seconds(Clock::now() - start).count();
  if (said_held_) last_progress_ = {};  // it is held no longer
  if (engine().round_done()) say_progress();
}

bool RunningNode::may_end_round() {
  if (neighbourhood_.outbound().busy()) return false;
  if (engine().end_round(work_)) return true;
  if (!said_held_) say_want({0, granted_});
  said_held_ = true;
  return false;
}

}  // namespace hearsay
