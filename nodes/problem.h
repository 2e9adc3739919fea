// A node's own objective f_i: the shared objective, the node's part of the rows, its batches, and
// the buffers of its model.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "core/objective.h"
#include "core/partition.h"
#include "core/state.h"

namespace hearsay {

class LocalProblem {
 public:
  /// Evaluations over all rows of the node.
  static constexpr std::size_t kAllRows = std::numeric_limits<std::size_t>::max();

  /// `part` is the index i of f_i; `sampler` walks its rows, of which evaluations look at
  /// `evaluate_rows` at most, evenly spaced over the sampler's list. `buffers`: before round 1.
  LocalProblem(std::shared_ptr<const Objective> objective, NodeId part, BatchSampler sampler,
               std::uint64_t seed, std::size_t evaluate_rows, ConstVectorView buffers);

  const Objective& objective() const { return *objective_; }
  NodeId part() const { return part_; }

  /// What f_i is evaluated on: all rows of the node, and those of round t's batch, which are valid
  /// until the next call.
  std::span<const std::uint32_t> rows() const { return sampler_.rows(); }
  std::span<const std::uint32_t> batch(Round t) { return sampler_.batch(t); }

  /// Those rows, or a batch, as a sample of f_i.
  Sample sample(std::span<const std::uint32_t> rows, VectorView buffers, Stream* noise) const {
    const std::span<const std::uint32_t> all = sampler_.rows();
    return {.rows = rows,
            .part = part_,
            .noise = noise,
            .buffers = buffers,
            .whole = rows.data() == all.data() && rows.size() == all.size()};
  }

  /// What is random in round t's gradient besides its batch.
  Stream noise(Round t) const;

  /// The stochastic gradient of round t at x, over the batch of that round.
  void gradient(Round t, ConstVectorView x, VectorView g, Workspace& work);

  /// f_i(x) and its full gradient, over all rows, for the model with the node's own buffers.
  double full(ConstVectorView x, VectorView g, Workspace& work) const;

  /// What evaluations report: the same for a model with these buffers, over the rows that they look
  /// at.
  double evaluate(ConstVectorView x, ConstVectorView buffers, VectorView g, Workspace& work) const;

  /// The node's buffers (Objective::buffer_layout) after the rounds that it has trained.
  ConstVectorView buffers() const { return buffers_; }

  /// Rounds in which the node sees its rows once; 1 for full batches.
  double rounds_per_epoch() const;
  double epochs(Round t) const { return sampler_.epochs(t); }

  void set_buffers(ConstVectorView buffers) { buffers_.assign(buffers.begin(), buffers.end()); }

  /// The buffers: all else that the problem draws on follows from the round.
  void visit_state(StateVisitor& visitor) { visitor.vector("buffers", buffers_); }

 private:
  double exact(std::span<const std::uint32_t> rows, ConstVectorView x, ConstVectorView buffers,
               VectorView g, Workspace& work) const;

  std::shared_ptr<const Objective> objective_;
  NodeId part_;
  BatchSampler sampler_;
  std::uint64_t seed_;
  std::vector<std::uint32_t> evaluation_rows_;
  Vector buffers_;
};

}  // namespace hearsay
