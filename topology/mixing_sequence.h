// W_1, W_2, ...: who hears whom, and with which weight, round by round. A fixed graph is the
// sequence of one matrix; directed and time-varying graphs bring their own.
#pragma once

#include <cstddef>
#include <vector>

#include "topology/mixing.h"

namespace hearsay {

/// A sequence of matrices that repeats after period() rounds. In round t node i takes
/// sum_j w_ij(t) x_j, so row i of W_t lists whom it hears and column j whom node j is heard by.
/// Columns sum to 1: a round keeps the sum over the nodes (push-sum asks for no more). Where the
/// rows do so too (doubly stochastic) equal models stay equal, and gossip needs no correction.
/// A regular type; memory and the cost of making one: the non-zero entries of a period.
class MixingSequence {
 public:
  MixingSequence() = default;                                 // of no nodes
  MixingSequence(MixingMatrix w);                             // NOLINT: a fixed W is a sequence
  explicit MixingSequence(std::vector<MixingMatrix> rounds);  // at least one, of equal size

  std::size_t nodes() const { return rounds_.empty() ? 0 : rounds_.front().w.nodes(); }
  std::size_t period() const { return rounds_.size(); }
  bool is_fixed() const { return rounds_.size() <= 1; }

  const MixingMatrix& at(Round t) const { return in(t).w; }  // t counts from 1

  /// Whom node i hears in round t, and who hears it: ascending, without i itself.
  const std::vector<NodeId>& senders(Round t, NodeId i) const { return in(t).senders[i]; }
  const std::vector<NodeId>& receivers(Round t, NodeId i) const { return in(t).receivers[i]; }

  bool is_symmetric() const;          // every W_t, within 1e-9
  bool is_doubly_stochastic() const;  // every W_t: the rows sum to 1 as well, within 1e-9

  friend bool operator==(const MixingSequence&, const MixingSequence&) = default;

 private:
  struct OneRound {
    MixingMatrix w;
    std::vector<std::vector<NodeId>> senders;
    std::vector<std::vector<NodeId>> receivers;
    friend bool operator==(const OneRound&, const OneRound&) = default;
  };

  const OneRound& in(Round t) const {
    return rounds_[static_cast<std::size_t>((t + rounds_.size() - 1) % rounds_.size())];
  }

  std::vector<OneRound> rounds_;
};

/// Two nodes are joined when one of them hears the other in some round.
Topology union_graph(const MixingSequence& mixing);

/// How one period shrinks the disagreement at least: the largest singular value of W_P ... W_1 on
/// the vectors that sum to zero (about 1e-16 for a graph that averages exactly in P rounds). For a
/// fixed symmetric W this is max(|lambda_2|, |lambda_n|). Doubly stochastic sequences only. By
/// power iteration, to about 1e-6; O(entries of a period) a step.
double period_contraction(const MixingSequence& mixing);

/// The sequence of the graph that `params` names in its first entry; such graphs bring their own
/// weights. Checks that the columns sum to 1, that no entry is negative, and that word of every
/// node reaches every other. Throws ParamError.
MixingSequence make_mixing_sequence(const Params& params, std::uint64_t seed);

}  // namespace hearsay
