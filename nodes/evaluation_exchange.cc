#include "nodes/evaluation_exchange.h"

#include <algorithm>
#include <utility>

namespace hearsay {

namespace {

/// Vectors asked for and not yet added: with two, one is on its way while the other is added.
std::size_t window(std::size_t dimension) {
  return dimension > kLargeModel ? 2 : 8;
}

}  // namespace

EvaluationExchange::EvaluationExchange(const Experiment& experiment)
    : experiment_(experiment), nodes_(experiment.network().nodes()), owes_(nodes_, false) {}

void EvaluationExchange::start(Evaluation evaluation, std::vector<NodeId> holders) {
  holders_ = std::move(holders);
  evaluation_ = std::move(evaluation);
  report_ = {};
  mean_ = {};
  waiting_.clear();
  pulling_.reset();
  owes_.assign(nodes_, false);
}

void EvaluationExchange::begin(Round t, const std::vector<bool>& lost, const NodeOffer& gone) {
  std::vector<NodeId> holders;
  const Network& network = experiment_.network();
  for (NodeId part = 0; part < network.parts(); ++part)
    if (const NodeId id = network.holder_of(part); !lost[id]) holders.push_back(id);
  const std::size_t parts = holders.size();
  start(experiment_.make_evaluation(t, parts), std::move(holders));
  gathering_ = false;
  gone_ = gone;
  report_.row.round = t;
  report_.offers.resize(nodes_);
  report_.results.resize(nodes_);
  if (std::find(lost.begin(), lost.end(), true) != lost.end()) report_.lost = lost;
  has_offered_ = lost;  // of those nothing is expected
  for (NodeId id = 0; id < nodes_; ++id) owes_[id] = !lost[id];
}

void EvaluationExchange::begin_gathering(std::vector<NodeId> holders, Out& out) {
  const std::size_t parts = holders.size();
  start(experiment_.make_gathering(parts), std::move(holders));
  gathering_ = true;
  start_pulling(ControlKind::pull_model);
  pull(out);
}

void EvaluationExchange::abandon() {
  evaluation_.reset();
  pulling_.reset();
  waiting_.clear();
}

std::vector<NodeId> EvaluationExchange::owing() const {
  std::vector<NodeId> result;
  for (NodeId id = 0; running() && id < nodes_; ++id)
    if (owes_[id]) result.push_back(id);
  return result;
}

bool EvaluationExchange::take(const ControlMessage& message, Out& out) {
  if (!running()) return false;
  switch (message.kind) {
    case ControlKind::offer:
      return on_offer(message, out);
    case ControlKind::model:
      return on_model(message, out);
    case ControlKind::result:
      return on_result(message, out);
    case ControlKind::gradient:
      return on_gradient(message, out);
    default:
      return false;
  }
}

bool EvaluationExchange::on_offer(const ControlMessage& message, Out& out) {
  if (gathering_ || has_offered_[message.node]) return false;
  has_offered_[message.node] = true;
  report_.offers[message.node] = message.offer;
  owes_[message.node] = false;
  if (std::find(has_offered_.begin(), has_offered_.end(), false) != has_offered_.end())
    return false;
  for (NodeId id = 0; id < nodes_; ++id)
    if (report_.has(id)) evaluation_->add_offer(report_.offers[id]);
  evaluation_->add_traffic(gone_.ideal_bits, gone_.wire_bytes);
  start_pulling(ControlKind::pull_model);
  pull(out);
  return false;
}

void EvaluationExchange::start_pulling(ControlKind what) {
  pulling_ = what;
  added_ = pulled_ = 0;
}

void EvaluationExchange::pull(Out& out) {
  while (pulled_ < holders_.size() && pulled_ < added_ + window(experiment_.dimension())) {
    // A gradient is there when the node has reported what it found.
    if (pulling_ == ControlKind::pull_gradient && !report_.results[holder(pulled_)]) return;
    out.push_back({.kind = *pulling_, .node = holder(pulled_)});
    owes_[holder(pulled_)] = true;
    ++pulled_;
  }
}

std::size_t EvaluationExchange::part(const ControlMessage& message) const {
  const auto at = std::lower_bound(holders_.begin(), holders_.end(), message.node);
  return at != holders_.end() && *at == message.node
             ? static_cast<std::size_t>(at - holders_.begin())
             : holders_.size();
}

/// A vector out of turn would end up in the wrong sum.
bool EvaluationExchange::asked_for(const ControlMessage& message, std::size_t size) const {
  const ControlKind pull =
      message.kind == ControlKind::model ? ControlKind::pull_model : ControlKind::pull_gradient;
  const std::size_t k = part(message);
  return pulling_ == pull && k >= added_ && k < pulled_ && message.vector.size() == size;
}

bool EvaluationExchange::on_model(const ControlMessage& message, Out& out) {
  const std::size_t d = experiment_.dimension();
  const std::size_t moments = gathering_ ? experiment_.moments() : 0;
  if (!asked_for(message, d + experiment_.buffers() + moments)) return false;
  owes_[message.node] = false;
  waiting_[part(message)] = message.vector;
  for (auto next = waiting_.find(added_); next != waiting_.end(); next = waiting_.find(++added_)) {
    const ConstVectorView all = next->second.view();
    evaluation_->add_model(all.first(d), all.subspan(d));
    waiting_.erase(next);
  }
  pull(out);
  if (added_ < holders_.size()) return false;
  mean_ = evaluation_->mean();
  if (gathering_) return end();
  for (const NodeId id : holders_) {
    out.push_back({.kind = ControlKind::mean, .node = id, .vector = mean_});
    owes_[id] = true;
  }
  start_pulling(ControlKind::pull_gradient);  // each as soon as its node has reported a result
  return false;
}

bool EvaluationExchange::on_result(const ControlMessage& message, Out& out) {
  if (pulling_ != ControlKind::pull_gradient) return false;
  report_.results[message.node] = message.result;
  owes_[message.node] = false;
  if (experiment_.trains()) {
    pull(out);
    return false;
  }
  for (; added_ < holders_.size() && report_.results[holder(added_)]; ++added_)
    evaluation_->add_result(*report_.results[holder(added_)], {});
  return added_ == holders_.size() && end();
}

bool EvaluationExchange::on_gradient(const ControlMessage& message, Out& out) {
  if (!asked_for(message, experiment_.dimension())) return false;
  owes_[message.node] = false;
  waiting_[part(message)] = message.vector;
  for (auto next = waiting_.find(added_); next != waiting_.end(); next = waiting_.find(++added_)) {
    evaluation_->add_result(*report_.results[holder(added_)], next->second.view());
    waiting_.erase(next);
  }
  pull(out);
  return added_ == holders_.size() && end();
}

bool EvaluationExchange::end() {
  if (!gathering_) report_.row = evaluation_->row();
  abandon();
  return true;
}

}  // namespace hearsay
