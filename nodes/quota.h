// Shares out the rounds of an asynchronous run: between two evaluations, n nodes together make n
// rounds for each round of the run, each as many as it has time for. Without IO; the collector
// asks it.
//
// A node asks when it has used what it was granted, and gets at most the n-th part of half of what
// is left, so that those who ask first do not take it all, and at the end nobody has much to do
// alone. One that is held up by a neighbour says what it has not used, and when somebody asks in
// vain is told to give it back: perhaps that is the neighbour. When nothing is left and every node
// has either asked in vain or is held up, all rounds have been made, and nobody can go on before
// the next evaluation. What nodes say counts only when has_begun().
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/types.h"

namespace hearsay {

class Quota {
 public:
  /// All rounds up to `to` for the nodes of `members` (by node), which have made those up to
  /// `after`.
  void begin(Round after, Round to, std::vector<bool> members) {
    after_ = after;
    members_ = std::move(members);
    count_ = static_cast<std::uint64_t>(std::count(members_.begin(), members_.end(), true));
    waits_.assign(members_.size(), false);
    wanted_.assign(members_.size(), 0);
    unused_.assign(members_.size(), 0);
    last_.assign(members_.size(), 0);
    stops_ = false;
    granted_ = 0;
    left_ = (to - after) * count_;
  }

  /// Whether there has been anything to share out: a run may be told to stop before its first
  /// round.
  bool has_begun() const { return count_ > 0; }

  /// That node has used what it had, and wants so many more. 0 when nothing is left: it waits.
  Round want(NodeId node, Round rounds) {
    const Round most = std::max<Round>(1, left_ / (2 * count_));
    const Round grant = std::min({rounds, most, left_});
    waits_[node] = grant == 0;
    wanted_[node] = grant == 0 ? rounds : 0;
    unused_[node] = 0;
    last_[node] = grant;
    granted_ += grant;
    left_ -= grant;
    return grant;
  }

  /// A neighbour holds that node up, with so many rounds of its last grant unused.
  void held(NodeId node, Round unused = 0) {
    waits_[node] = true;
    wanted_[node] = 0;
    unused_[node] = unused;
  }

  /// The nodes that are to give back what they have not used, since somebody has asked in vain.
  /// They are waited for until they have done so, or have used it.
  std::vector<NodeId> to_give_back() {
    std::vector<NodeId> result;
    const bool in_vain = std::any_of(wanted_.begin(), wanted_.end(), [](Round n) { return n > 0; });
    for (NodeId node = 0; in_vain && node < members_.size(); ++node)
      if (members_[node] && std::exchange(unused_[node], 0) > 0) {
        waits_[node] = false;
        result.push_back(node);
      }
    return result;
  }

  /// That node gives back so many rounds of its last grant; it waits, or will want more.
  void gave_back(NodeId node, Round rounds) {
    const Round back = std::min(rounds, std::exchange(last_[node], 0));
    held(node);
    granted_ -= back;
    left_ += back;
    if (stops_) left_ = missing_in_round();
  }

  /// What is granted of that to those who have asked in vain.
  std::vector<std::pair<NodeId, Round>> grants_to_waiting() {
    std::vector<std::pair<NodeId, Round>> result;
    for (NodeId node = 0; left_ > 0 && node < members_.size(); ++node)
      if (members_[node] && wanted_[node] > 0) result.emplace_back(node, want(node, wanted_[node]));
    return result;
  }

  /// It is held up no longer, or was not.
  void got_on(NodeId node) {
    if (node >= waits_.size()) return;
    waits_[node] = false;
    unused_[node] = 0;
  }

  /// Nothing is granted any more but what makes the round of the run full that has begun.
  void stop() {
    if (!has_begun()) return;
    stops_ = true;
    left_ = std::min(left_, missing_in_round());
  }

  /// Nobody can go on.
  bool used_up() const { return left_ == 0 && owing().empty(); }

  /// When nothing is left: the nodes that have not used what they were granted.
  std::vector<NodeId> owing() const {
    std::vector<NodeId> result;
    for (NodeId node = 0; left_ == 0 && node < members_.size(); ++node)
      if (members_[node] && !waits_[node]) result.push_back(node);
    return result;
  }

  /// Rounds of the run that were granted in full.
  Round round() const { return count_ == 0 ? after_ : after_ + granted_ / count_; }

 private:
  Round missing_in_round() const { return (count_ - granted_ % count_) % count_; }

  Round after_ = 0;
  std::vector<bool> members_;  // by node, as those that follow
  std::vector<bool> waits_;
  std::vector<Round> wanted_;  // in vain
  std::vector<Round> unused_;  // of those that are held up
  std::vector<Round> last_;    // grant
  bool stops_ = false;
  std::uint64_t count_ = 0;
  std::uint64_t granted_ = 0;
  std::uint64_t left_ = 0;
};

}  // namespace hearsay
