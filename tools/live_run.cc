#include "tools/live_run.h"

#include <algorithm>
#include <utility>

namespace hearsay {

namespace {

constexpr std::chrono::seconds kLately{20};            // what rates are taken over
constexpr std::chrono::milliseconds kRatesAfter{300};  // with less they would jump
constexpr std::chrono::seconds kSilent{1};             // nodes speak several times in it

double seconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

LiveRun::LiveRun(std::string name, Round rounds, std::size_t nodes, bool lockstep, Time now)
    : lockstep_(lockstep), start_(now), steps_(nodes, LastStep{.round = 0, .time = now}) {
  state_.name = std::move(name);
  state_.rounds = rounds;
  state_.nodes.resize(nodes);
}

void LiveRun::on_progress(const Progress& progress) {
  state_.round = std::max(state_.round, progress.round);
  state_.wire_bytes = progress.wire_bytes;
}

void LiveRun::on_evaluation(const MetricsRow& row, Time now) {
  if (!begun_) begin_at(now);
  state_.round = std::max(state_.round, row.round);
  state_.wire_bytes = row.wire_bytes;
  add(row);
}

void LiveRun::add(const MetricsRow& row) {
  state_.last = row;
  if (row.train_loss) state_.loss.add(*row.train_loss);
  if (row.consensus_error) state_.consensus.add(*row.consensus_error);
}

void LiveRun::on_restore(Round round, const std::vector<MetricsRow>& rows, Time now) {
  state_.round = round;
  state_.last.reset();
  state_.loss.clear();
  state_.consensus.clear();
  for (const MetricsRow& row : rows) add(row);
  if (!rows.empty()) state_.wire_bytes = rows.back().wire_bytes;
  if (!begun_) begin_at(now);
  samples_.clear();
}

void LiveRun::begin_at(Time now) {
  begun_ = true;
  start_ = now;
  samples_.clear();
}

void LiveRun::on_end(Round round) {
  ended_ = true;
  state_.round = round;
  for (NodeStatus& node : state_.nodes) {
    if (node.state == NodeState::lost) continue;
    node.state = NodeState::done;
    if (!lockstep_) continue;
    node.round = round;
    node.behind = 0;
  }
}

void LiveRun::look(const NodeWatch& nodes, Time now) {
  nodes.look(state_.nodes);
  Round quickest = 0;
  for (const NodeStatus& node : state_.nodes)
    if (node.state != NodeState::lost) quickest = std::max(quickest, node.round);
  for (std::size_t id = 0; id < steps_.size(); ++id) {
    NodeStatus& node = state_.nodes[id];
    LastStep& last = steps_[id];
    if (node.round != last.round) last = {.round = node.round, .time = now};
    // Of who has been silent for long, what it last said is what it is.
    if (now - last.time >= kSilent && quickest > node.round && node.state != NodeState::lost)
      node.behind = std::max(node.behind, quickest - node.round);
  }
}

const LiveState& LiveRun::at(Time now) {
  state_.seconds = begun_ ? seconds(now - start_) : 0.0;
  if (begun_) tell_rates(now);
  return state_;
}

void LiveRun::tell_rates(Time now) {
  samples_.push_back({now, state_.round, state_.wire_bytes});
  while (now - samples_.front().time > kLately) samples_.pop_front();
  const Sample& before = samples_.front();
  if (now - before.time < kRatesAfter && !ended_) return;
  const double passed = std::max(1e-9, seconds(now - before.time));
  const auto rounds = static_cast<double>(state_.round - std::min(before.round, state_.round));
  const auto bytes =
      static_cast<double>(state_.wire_bytes - std::min(before.wire_bytes, state_.wire_bytes));
  if (rounds > 0.0) state_.rounds_per_second = rounds / passed;
  state_.bytes_per_second = bytes / passed;
  state_.seconds_left.reset();
  if (rounds > 0.0 && !ended_ && state_.round < state_.rounds)
    state_.seconds_left =
        static_cast<double>(state_.rounds - state_.round) / *state_.rounds_per_second;
}

}  // namespace hearsay
