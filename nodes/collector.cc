#include "nodes/collector.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "nodes/config/quote.h"
#include "nodes/control_check.h"
#include "nodes/greeting.h"

namespace hearsay {

namespace {

constexpr std::size_t kMostWarnings = 100;  // of a node

}  // namespace

Collector::Collector(const Experiment& experiment, RunObserver& observer, bool resume)
    : experiment_(experiment),
      observer_(observer),
      nodes_(experiment.network().nodes()),
      lost_(nodes_, false),
      members_(nodes_),
      joined_after_(nodes_, 0),
      last_offers_(nodes_),
      resume_(resume),
      endpoints_(nodes_),
      checkpoints_(nodes_),
      restored_layers_(nodes_),
      has_restored_(nodes_, false),
      rounds_(nodes_, 0),
      behind_(nodes_, 0),
      wire_bytes_(nodes_, 0),
      warnings_(nodes_, 0),
      evaluation_(experiment) {
  end_.traffic.resize(nodes_);
  if (experiment.config().root().has("faults")) end_.link_faults.emplace();
}

void Collector::on_message(const ControlMessage& message, Out& out) {
  if (message.node >= nodes_ || failure_) return;
  if (lost_[message.node]) {
    // A process that was started again, or one that was cut off and does not know it.
    if (message.kind == ControlKind::join && message.incarnation == 0) returned_ = message;
    if (message.kind == ControlKind::join && message.incarnation == incarnation_)
      returned_ = message;
    if (message.incarnation != 0 && message.incarnation != incarnation_)
      out.push_back({.kind = ControlKind::recover, .node = message.node});
    return stamp(out);
  }
  if (message.incarnation != incarnation_ && message.incarnation != 0) {
    // It has not heard yet that the run has begun anew, or was silent for long.
    out.push_back({.kind = ControlKind::recover, .node = message.node});
    return stamp(out);
  }
  dispatch(message, out);
  stamp(out);
}

/// Everything that is said belongs to this incarnation of the run.
void Collector::stamp(Out& out) const {
  for (ControlMessage& answer : out) answer.incarnation = incarnation_;
}

void Collector::dispatch(const ControlMessage& message, Out& out) {
  const bool of_data = message.kind == ControlKind::model || message.kind == ControlKind::result ||
                       message.kind == ControlKind::gradient;
  if (of_data && experiment_.network().is_server(message.node)) return;
  if (const auto wrong = what_is_wrong(experiment_, message)) {
    failure_ = fmt::format("node {} says what cannot be: {}", message.node, *wrong);
    return;
  }
  switch (message.kind) {
    case ControlKind::join:
      return on_join(message, out);
    case ControlKind::restored:
      return on_restored(message, out);
    case ControlKind::warning:
      return on_warning(message);
    case ControlKind::progress:
      quota_.got_on(message.node);
      return on_progress(message);
    case ControlKind::offer:
      return on_offer(message, out);
    case ControlKind::model:
    case ControlKind::result:
    case ControlKind::gradient:
      return on_part_of_evaluation(message, out);
    case ControlKind::held:
      return on_held(message, out);
    case ControlKind::want:
      return on_want(message, out);
    case ControlKind::finished:
      return on_finished(message, out);
    case ControlKind::failed:
      failed_ = message.node;
      failure_ = message.round == 0 ? fmt::format("node {} failed before round 1: {}", message.node,
                                                  harmless(message.text))
                                    : fmt::format("node {} failed in round {}: {}", message.node,
                                                  message.round, harmless(message.text));
      return;
    case ControlKind::stalled: {
      ControlMessage stall = message;
      stall.text = harmless(message.text);
      return stalls_.add(std::move(stall));
    }
    case ControlKind::stop_request:
      return request_stop(out);
    default:
      return;
  }
}

void Collector::on_warning(const ControlMessage& message) {
  const std::size_t told = ++warnings_[message.node];
  if (told > kMostWarnings) return;
  observer_.on_warning(fmt::format("node {}: {}{}", message.node, harmless(message.text),
                                   told < kMostWarnings ? "" : " (its last warning that is told)"));
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
                    message.node, harmless(endpoint), harmless(message.text));
    return;
  }
  const bool is_new = endpoint.empty();
  if (all_joined() && !is_new && message.incarnation == 0) {
    returned_ = message;
    return;
  }
  if (is_new) ++joined_;
  endpoint = message.text;
  checkpoints_[message.node] = message.rounds;
  joined_after_[message.node] = message.round;
  out.push_back({.kind = ControlKind::welcome, .node = message.node});
  if (is_new && all_joined()) on_all_joined(out);
}

void Collector::on_all_joined(Out& out) {
  if (reweights() && incarnation_ > 1) return gather_models(out);
  first_ = 0;
  if (resume_ || incarnation_ > 1) {
    const auto common = common_checkpoint();
    if (!common && incarnation_ == 1) {
      failure_ = "there is no checkpoint that all nodes have: nothing to resume from";
      return;
    }
    first_ = common.value_or(0);
    if (first_ >= experiment_.rounds()) {
      failure_ =
          fmt::format("all {} rounds are done; --set run.rounds=N runs more of them", first_);
      return;
    }
  }
  if (incarnation_ == 1) start_ = std::chrono::steady_clock::now();
  to_all({.kind = ControlKind::peers, .round = first_, .texts = endpoints_, .integers = {session_}},
         out);
}

/// The mean of the models of all that have one is what everybody begins with.
void Collector::gather_models(Out& out) {
  first_ = 0;
  for (NodeId id = 0; id < nodes_; ++id)
    if (!lost_[id]) first_ = std::max(first_, joined_after_[id]);
  if (experiment_.asynchronous()) first_ = quota_.round();
  // Who has not begun round 1 has nothing but x0, unless nobody has.
  const bool nobody_has_begun = std::all_of(joined_after_.begin(), joined_after_.end(),
                                            [](Round round) { return round == 0; });
  std::vector<NodeId> holders;
  const Network& network = experiment_.network();
  for (NodeId part = 0; part < network.parts(); ++part) {
    const NodeId id = network.holder_of(part);
    if (!lost_[id] && (joined_after_[id] > 0 || nobody_has_begun)) holders.push_back(id);
  }
  evaluation_.begin_gathering(std::move(holders), out);
}

std::optional<Round> Collector::common_checkpoint() const {
  for (const Round round : checkpoints_.front()) {
    const bool everywhere =
        std::all_of(checkpoints_.begin(), checkpoints_.end(), [round](const auto& rounds) {
          return std::find(rounds.begin(), rounds.end(), round) != rounds.end();
        });
    if (everywhere) return round;
  }
  return std::nullopt;
}

void Collector::on_restored(const ControlMessage& message, Out& out) {
  if (!all_joined() || has_restored_[message.node]) return;
  has_restored_[message.node] = true;
  restored_layers_[message.node] = message.offer.layers;
  if (++restored_ < members_) return;
  began_ = true;
  ControlMessage begin{.kind = ControlKind::begin, .round = first_};
  if (reweights() && incarnation_ > 1) {
    if (last_evaluated_) begin.rounds.push_back(*last_evaluated_);
  } else if (resume_ || incarnation_ > 1) {
    const auto evaluated =
        observer_.on_restore({.round = first_, .layers = std::move(restored_layers_)});
    if (evaluated) begin.rounds.push_back(*evaluated);
  }
  restored_layers_.assign(nodes_, {});
  to_all(begin, out);
  if (experiment_.asynchronous()) return share_out_after(first_, out);
  if (stopping_) to_all({.kind = ControlKind::hold}, out);
}

/// The rounds up to the next evaluation.
void Collector::share_out_after(Round t, Out& out) {
  assembling_ = false;
  if (stopping_ || t >= experiment_.rounds())
    return to_all({.kind = ControlKind::stop_after, .round = t}, out);
  Round next = t + 1;
  while (!experiment_.evaluates_after(next)) ++next;
  std::vector<bool> members(nodes_);
  for (NodeId id = 0; id < nodes_; ++id) members[id] = !lost_[id];
  quota_.begin(t, next, std::move(members));
}

void Collector::on_want(const ControlMessage& message, Out& out) {
  on_progress(message);
  if (!quota_.has_begun() || assembling_ || evaluation_.running()) return;
  const auto grant = [&](NodeId node, std::vector<Round> rounds) {
    out.push_back({.kind = ControlKind::grant, .node = node, .rounds = std::move(rounds)});
  };
  const auto number = [&](std::size_t k) {
    return k < message.rounds.size() ? message.rounds[k] : 0;
  };
  if (number(0) > 0) {
    if (const Round granted = quota_.want(message.node, number(0)); granted > 0)
      grant(message.node, {granted});
  } else if (number(2) > 0) {
    quota_.gave_back(message.node, number(2));
    for (const auto& [node, granted] : quota_.grants_to_waiting()) grant(node, {granted});
  } else {
    quota_.held(message.node, number(1));
  }
  for (const NodeId node : quota_.to_give_back()) grant(node, {});
  assemble_if_used_up(out);
}

void Collector::assemble_if_used_up(Out& out) {
  if (assembling_ || !quota_.used_up()) return;
  assembling_ = true;
  if (quota_.round() == last_evaluated_)  // the run is to stop where it is
    return to_all({.kind = ControlKind::stop_after, .round = quota_.round()}, out);
  to_all({.kind = ControlKind::assemble, .round = quota_.round()}, out);
}

void Collector::lose(NodeId node, Out& out) {
  if (reweights() && !lost_[node]) {
    lost_[node] = true;
    --members_;
    gone_.ideal_bits += last_offers_[node].ideal_bits;
    gone_.wire_bytes += last_offers_[node].wire_bytes;
    last_offers_[node] = {};
    wire_bytes_[node] = 0;
    require_connected(node);
    if (failure_) return;
  }
  begin_anew(out);
}

void Collector::admit(const ControlMessage& join, Out& out) {
  lost_[join.node] = false;
  ++members_;
  begin_anew(out);
  on_message(join, out);
}

/// Nothing holds together what has no link: a partition is a failure, and says so.
void Collector::require_connected(NodeId node) {
  const Network& network = experiment_.network();
  const auto pieces = components(without(network, lost_));
  if (network.server && lost_[0])
    failure_ = "node 0, the server, was lost: nothing can go on without it";
  else if (pieces.empty())
    failure_ = "all nodes were lost";
  else if (pieces.size() > 1) {
    std::vector<std::string> listed;
    listed.reserve(pieces.size());
    for (const auto& piece : pieces)
      listed.push_back(fmt::format("{{{}}}", fmt::join(piece, ", ")));
    failure_ = fmt::format("node {} was lost, and without it the graph falls apart: {}", node,
                           fmt::join(listed, " and "));
  }
}

void Collector::remind(Out& out) {
  if (incarnation_ == 1) return;
  for (NodeId id = 0; id < nodes_; ++id)
    if (lost_[id] || (!all_joined() && endpoints_[id].empty()))
      out.push_back({.kind = ControlKind::recover, .node = id});
  stamp(out);
}

void Collector::begin_anew(Out& out) {
  ++incarnation_;
  endpoints_.assign(nodes_, {});
  joined_ = 0;
  checkpoints_.assign(nodes_, {});
  has_restored_.assign(nodes_, false);
  restored_ = 0;
  began_ = false;
  if (!reweights()) rounds_.assign(nodes_, 0);
  behind_.assign(nodes_, 0);
  quickest_ = 0;
  joined_after_.assign(nodes_, 0);
  evaluation_.abandon();
  stalls_.clear();
  holding_ = false;
  held_ = 0;
  last_started_ = 0;
  assembling_ = false;
  finished_ = 0;
  end_.refused.fill(0);
  end_.resent_frames = end_.reconnections = 0;
  ++end_.recoveries;
  to_all({.kind = ControlKind::recover}, out);
  stamp(out);
}

void Collector::request_checkpoint(Out& out) {
  if (!began_ || stopping_ || holding_ || finished_ > 0 || experiment_.asynchronous()) return;
  holding_ = true;
  to_all({.kind = ControlKind::hold}, out);
  stamp(out);
}

std::vector<NodeId> Collector::missing() const {
  std::vector<NodeId> result;
  for (NodeId id = 0; id < nodes_; ++id)
    if (endpoints_[id].empty() && !lost_[id]) result.push_back(id);
  return result;
}

std::vector<NodeId> Collector::owing() const {
  if (evaluation_.running()) return evaluation_.owing();
  if (!beginning()) return quota_.owing();
  std::vector<NodeId> result;
  for (NodeId id = 0; id < nodes_; ++id)
    if (!lost_[id] && !has_restored_[id]) result.push_back(id);
  return result;
}

/// Of the others it is only known what they said before: how far behind a node is can be told at
/// the moment when it speaks, and later it would look as if it were the more behind the longer it
/// has been silent.
void Collector::note_round(const ControlMessage& message) {
  rounds_[message.node] = message.round;
  quickest_ = std::max(quickest_, message.round);
  behind_[message.node] = quickest_ - message.round;
}

void Collector::look(std::span<NodeStatus> nodes) const {
  const bool all_are_here = all_joined();
  for (NodeId id = 0; id < nodes_; ++id) {
    NodeStatus& status = nodes[id];
    // Who has said nothing since the run went on from a checkpoint has that behind it.
    status.round = all_are_here ? std::max(rounds_[id], first_) : rounds_[id];
    status.behind = behind_[id];
    if (lost_[id])
      status.state = NodeState::lost;
    else if (endpoints_[id].empty() || (all_are_here && !began_ && !has_restored_[id]))
      status.state = NodeState::awaited;
    else
      status.state = stalls_.told_by(id) ? NodeState::waiting : NodeState::running;
  }
  if (const auto root = stalls_.root()) nodes[*root].state = NodeState::stalled;
  if (failed_) nodes[*failed_].state = NodeState::failed;
}

void Collector::on_progress(const ControlMessage& message) {
  note_round(message);
  wire_bytes_[message.node] = message.offer.wire_bytes;
  last_offers_[message.node].ideal_bits = message.offer.ideal_bits;
  last_offers_[message.node].wire_bytes = message.offer.wire_bytes;
  Progress progress{.round = message.round};
  for (NodeId id = 0; id < nodes_; ++id)
    if (!lost_[id]) progress.round = std::min(progress.round, std::max(rounds_[id], first_));
  if (experiment_.asynchronous()) progress.round = quota_.round();
  progress.wire_bytes = gone_.wire_bytes;
  for (const std::uint64_t bytes : wire_bytes_) progress.wire_bytes += bytes;
  observer_.on_progress(progress);
}

void Collector::on_offer(const ControlMessage& message, Out& out) {
  if (!experiment_.asynchronous()) note_round(message);
  wire_bytes_[message.node] = message.offer.wire_bytes;
  if (!evaluation_.running()) evaluation_.begin(message.round, lost_, gone_);
  if (message.round != evaluation_.round()) {
    failure_ = fmt::format("node {} offers round {} while round {} is evaluated", message.node,
                           message.round, evaluation_.round());
    return;
  }
  last_offers_[message.node].ideal_bits = message.offer.ideal_bits;
  last_offers_[message.node].wire_bytes = message.offer.wire_bytes;
  on_part_of_evaluation(message, out);
}

void Collector::on_part_of_evaluation(const ControlMessage& message, Out& out) {
  const bool gathering = evaluation_.gathering();
  if (!evaluation_.take(message, out)) return;
  if (gathering) {
    ControlMessage peers{.kind = ControlKind::peers, .round = first_, .texts = endpoints_};
    peers.vector = evaluation_.mean();
    peers.integers.assign(lost_.begin(), lost_.end());
    peers.integers.insert(peers.integers.begin(), session_);
    return to_all(peers, out);
  }
  const Round t = evaluation_.round();
  last_evaluated_ = t;
  observer_.on_evaluation(evaluation_.report());
  if (experiment_.asynchronous()) share_out_after(t, out);
  to_all({.kind = ControlKind::go, .round = t}, out);
}

void Collector::request_stop(Out& out) {
  if (stopping_ || (incarnation_ == 1 && !all_joined())) return;
  stopping_ = true;
  if (experiment_.asynchronous()) {
    if (!began_ || evaluation_.running()) return;  // then share_out_after says so
    quota_.stop();
    assemble_if_used_up(out);
    return stamp(out);
  }
  // While nodes are being brought back, it waits for them; while they are held, for their answers.
  if (began_ && !holding_) to_all({.kind = ControlKind::hold}, out);
  stamp(out);
}

void Collector::on_held(const ControlMessage& message, Out& out) {
  last_started_ = std::max(last_started_, message.round);
  if (++held_ < members_) return;
  to_all({.kind = stopping_ ? ControlKind::stop_after : ControlKind::save_after,
          .round = last_started_},
         out);
  holding_ = false;
  held_ = 0;
  last_started_ = 0;
}

void Collector::on_finished(const ControlMessage& message, Out& out) {
  rounds_[message.node] = message.round;
  end_.round = message.round;
  end_.traffic[message.node] = message.traffic;
  end_.add_refused(message.integers);
  if (message.rounds.size() >= 2) {
    end_.resent_frames += message.rounds[0];
    end_.reconnections += message.rounds[1];
  }
  if (end_.link_faults && message.rounds.size() >= 6)
    *end_.link_faults += {.resent_frames = message.rounds[2],
                          .resent_bytes = message.rounds[3],
                          .duplicate_frames = message.rounds[4],
                          .duplicate_bytes = message.rounds[5]};
  if (++finished_ < members_) return;
  to_all({.kind = ControlKind::bye}, out);
  end_.add_refused(refused_);
  end_.interrupted = end_.round < experiment_.rounds();
  const SharedVector last = evaluation_.take_mean();
  const ConstVectorView mean = last.view();
  const auto d = static_cast<std::ptrdiff_t>(std::min(mean.size(), experiment_.dimension()));
  end_.model.assign(mean.begin(), mean.begin() + d);
  end_.buffers.assign(mean.begin() + d, mean.end());
  end_.wall_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  end_.diagnostic_bytes = diagnostic_bytes_;
  observer_.on_end(end_);
}

void Collector::to_all(const ControlMessage& message, Out& out) const {
  for (NodeId id = 0; id < nodes_; ++id) {
    if (lost_[id]) continue;
    out.push_back(message);
    out.back().node = id;
  }
}

}  // namespace hearsay
