#include "nodes/collector.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "nodes/greeting.h"

namespace hearsay {

namespace {

/// Vectors asked for and not yet added: with two, one is on its way while the other is added.
std::size_t window(std::size_t dimension) {
  return dimension > kLargeModel ? 2 : 8;
}

}  // namespace

Collector::Collector(const Experiment& experiment, RunObserver& observer)
    : experiment_(experiment),
      observer_(observer),
      nodes_(experiment.network().nodes()),
      parts_(experiment.network().parts()),
      endpoints_(nodes_),
      rounds_(nodes_, 0),
      wire_bytes_(nodes_, 0) {
  end_.traffic.resize(nodes_);
}

NodeId Collector::holder(std::size_t part) const {
  return experiment_.network().holder_of(static_cast<NodeId>(part));
}

std::size_t Collector::part(const ControlMessage& message) const {
  return experiment_.network().part_of(message.node);
}

void Collector::on_message(const ControlMessage& message, Out& out) {
  if (message.node >= nodes_ || failure_) return;
  const bool of_data = message.kind == ControlKind::model || message.kind == ControlKind::result ||
                       message.kind == ControlKind::gradient;
  if (of_data && experiment_.network().is_server(message.node)) return;
  switch (message.kind) {
    case ControlKind::join:
      return on_join(message, out);
    case ControlKind::progress:
      return on_progress(message);
    case ControlKind::offer:
      return on_offer(message, out);
    case ControlKind::model:
      return on_model(message, out);
    case ControlKind::result:
      return on_result(message, out);
    case ControlKind::gradient:
      return on_gradient(message, out);
    case ControlKind::held:
      return on_held(message, out);
    case ControlKind::finished:
      return on_finished(message, out);
    case ControlKind::failed:
      failure_ = message.round == 0
                     ? fmt::format("node {} failed before round 1: {}", message.node, message.text)
                     : fmt::format("node {} failed in round {}: {}", message.node, message.round,
                                   message.text);
      return;
    case ControlKind::stalled:
      stalls_.push_back(message);
      return;
    case ControlKind::stop_request:
      return request_stop(out);
    default:
      return;
  }
}

void Collector::on_join(const ControlMessage& message, Out& out) {
  const std::string wrong =
      greeting_mismatch(message.node, message.integers, greeting_of(experiment_));
  if (!wrong.empty()) {
    failure_ = wrong;
    return;
  }
  std::string& endpoint = endpoints_[message.node];
  if (!endpoint.empty() && endpoint != message.text) {
    failure_ =
        fmt::format("two peers say that they are node {}: one listens on {}, the other on {}",
                    message.node, endpoint, message.text);
    return;
  }
  if (endpoint.empty()) ++joined_;
  endpoint = message.text;
  out.push_back({.kind = ControlKind::welcome, .node = message.node});
  if (!all_joined()) return;
  start_ = std::chrono::steady_clock::now();
  to_all({.kind = ControlKind::peers, .texts = endpoints_, .integers = {session_}}, out);
}

std::vector<NodeId> Collector::missing() const {
  std::vector<NodeId> result;
  for (NodeId id = 0; id < nodes_; ++id)
    if (endpoints_[id].empty()) result.push_back(id);
  return result;
}

std::string Collector::stall_report() const {
  const auto has_spoken = [this](NodeId id) {
    return std::any_of(stalls_.begin(), stalls_.end(),
                       [id](const ControlMessage& stall) { return stall.node == id; });
  };
  const ControlMessage* chosen = &stalls_.front();
  for (const ControlMessage& stall : stalls_) {
    const bool at_the_end =
        std::any_of(stall.integers.begin(), stall.integers.end(),
                    [&](std::uint64_t id) { return !has_spoken(static_cast<NodeId>(id)); });
    if (at_the_end) {
      chosen = &stall;
      break;
    }
  }
  return fmt::format("node {} failed in round {}: {}", chosen->node, chosen->round, chosen->text);
}

std::vector<NodeId> Collector::owing() const {
  std::vector<NodeId> result;
  for (NodeId id = 0; evaluation_ && id < nodes_; ++id)
    if (owes_[id]) result.push_back(id);
  return result;
}

void Collector::on_progress(const ControlMessage& message) {
  rounds_[message.node] = message.round;
  wire_bytes_[message.node] = message.offer.wire_bytes;
  Progress progress{.round = *std::min_element(rounds_.begin(), rounds_.end())};
  for (const std::uint64_t bytes : wire_bytes_) progress.wire_bytes += bytes;
  observer_.on_progress(progress);
}

void Collector::on_offer(const ControlMessage& message, Out& out) {
  rounds_[message.node] = message.round;
  wire_bytes_[message.node] = message.offer.wire_bytes;
  if (!evaluation_) {
    mean_ = {};
    evaluation_ = experiment_.make_evaluation(message.round);
    report_ = {};
    report_.row.round = message.round;
    report_.offers.resize(nodes_);
    report_.results.resize(nodes_);
    has_offered_.assign(nodes_, false);
    offered_ = 0;
    pulling_.reset();
    owes_.assign(nodes_, true);
  }
  if (message.round != report_.row.round) {
    failure_ = fmt::format("node {} offers round {} while round {} is evaluated", message.node,
                           message.round, report_.row.round);
    return;
  }
  if (has_offered_[message.node]) return;
  has_offered_[message.node] = true;
  report_.offers[message.node] = message.offer;
  owes_[message.node] = false;
  if (++offered_ < nodes_) return;
  for (const NodeOffer& offer : report_.offers) evaluation_->add_offer(offer);
  start_pulling(ControlKind::pull_model);
  pull(out);
}

void Collector::start_pulling(ControlKind what) {
  pulling_ = what;
  added_ = pulled_ = 0;
}

/// Nothing is taken that was not asked for: a vector out of turn would end up in the wrong sum.
bool Collector::asked_for(const ControlMessage& message, std::size_t size) const {
  const ControlKind pull =
      message.kind == ControlKind::model ? ControlKind::pull_model : ControlKind::pull_gradient;
  const std::size_t k = part(message);
  return evaluation_ && pulling_ == pull && k >= added_ && k < pulled_ &&
         message.vector.size() == size;
}

void Collector::pull(Out& out) {
  while (pulled_ < parts_ && pulled_ < added_ + window(experiment_.dimension())) {
    // A gradient is there when the node has reported what it found.
    if (pulling_ == ControlKind::pull_gradient && !report_.results[holder(pulled_)]) return;
    out.push_back({.kind = *pulling_, .node = holder(pulled_)});
    owes_[holder(pulled_)] = true;
    ++pulled_;
  }
}

void Collector::on_model(const ControlMessage& message, Out& out) {
  const std::size_t d = experiment_.dimension();
  if (!asked_for(message, d + experiment_.buffers())) return;
  owes_[message.node] = false;
  waiting_[part(message)] = message.vector;
  for (auto next = waiting_.find(added_); next != waiting_.end(); next = waiting_.find(++added_)) {
    const ConstVectorView both = next->second.view();
    evaluation_->add_model(both.first(d), both.subspan(d));
    waiting_.erase(next);
  }
  pull(out);
  if (added_ < parts_) return;
  mean_ = evaluation_->mean();
  for (std::size_t k = 0; k < parts_; ++k) {
    out.push_back({.kind = ControlKind::mean, .node = holder(k), .vector = mean_});
    owes_[holder(k)] = true;
  }
  start_pulling(ControlKind::pull_gradient);  // each as soon as its node has reported a result
}

void Collector::on_result(const ControlMessage& message, Out& out) {
  if (!evaluation_ || pulling_ != ControlKind::pull_gradient) return;
  report_.results[message.node] = message.result;
  owes_[message.node] = false;
  if (experiment_.trains()) return pull(out);
  for (; added_ < parts_ && report_.results[holder(added_)]; ++added_)
    evaluation_->add_result(*report_.results[holder(added_)], {});
  if (added_ == parts_) end_evaluation(out);
}

void Collector::on_gradient(const ControlMessage& message, Out& out) {
  if (!asked_for(message, experiment_.dimension())) return;
  owes_[message.node] = false;
  waiting_[part(message)] = message.vector;
  for (auto next = waiting_.find(added_); next != waiting_.end(); next = waiting_.find(++added_)) {
    evaluation_->add_result(*report_.results[holder(added_)], next->second.view());
    waiting_.erase(next);
  }
  pull(out);
  if (added_ == parts_) end_evaluation(out);
}

void Collector::end_evaluation(Out& out) {
  report_.row = evaluation_->row();
  evaluation_.reset();
  observer_.on_evaluation(report_);
  to_all({.kind = ControlKind::go, .round = report_.row.round}, out);
}

void Collector::request_stop(Out& out) {
  if (stopping_ || !all_joined()) return;
  stopping_ = true;
  to_all({.kind = ControlKind::hold}, out);
}

void Collector::on_held(const ControlMessage& message, Out& out) {
  last_started_ = std::max(last_started_, message.round);
  if (++held_ == nodes_) to_all({.kind = ControlKind::stop_after, .round = last_started_}, out);
}

void Collector::on_finished(const ControlMessage& message, Out& out) {
  rounds_[message.node] = message.round;
  end_.round = message.round;
  end_.traffic[message.node] = message.traffic;
  end_.add_refused(message.integers);
  if (++finished_ < nodes_) return;
  to_all({.kind = ControlKind::bye}, out);
  end_.add_refused(refused_);
  end_.interrupted = end_.round < experiment_.rounds();
  const ConstVectorView mean = mean_.view();
  const auto d = static_cast<std::ptrdiff_t>(std::min(mean.size(), experiment_.dimension()));
  end_.model.assign(mean.begin(), mean.begin() + d);
  end_.buffers.assign(mean.begin() + d, mean.end());
  mean_ = {};
  end_.wall_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  end_.diagnostic_bytes = diagnostic_bytes_;
  observer_.on_end(end_);
}

void Collector::to_all(const ControlMessage& message, Out& out) const {
  for (NodeId id = 0; id < nodes_; ++id) {
    out.push_back(message);
    out.back().node = id;
  }
}

}  // namespace hearsay
