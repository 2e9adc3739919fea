#include "nodes/problem.h"

#include <utility>

#include "core/phase_clock.h"

namespace hearsay {

LocalProblem::LocalProblem(std::shared_ptr<const Objective> objective, NodeId part,
                           BatchSampler sampler, std::uint64_t seed, std::size_t evaluate_rows,
                           ConstVectorView buffers)
    : objective_(std::move(objective)),
      part_(part),
      sampler_(std::move(sampler)),
      seed_(seed),
      buffers_(buffers.begin(), buffers.end()) {
  const std::span<const std::uint32_t> rows = sampler_.rows();
  if (evaluate_rows < rows.size())
    for (const std::uint32_t place : evenly_spaced(rows.size(), evaluate_rows))
      evaluation_rows_.push_back(rows[place]);
}

Stream LocalProblem::noise(Round t) const {
  return Stream({.seed = seed_, .purpose = Purpose::noise, .node = part_, .round = t});
}

void LocalProblem::gradient(Round t, ConstVectorView x, VectorView g, Workspace& work) {
  const PhaseClock::Scope scope(Phase::compute);
  Stream random = noise(t);
  objective_->gradient(x, sample(batch(t), buffers_, &random), g, work);
}

double LocalProblem::full(ConstVectorView x, VectorView g, Workspace& work) const {
  return exact(sampler_.rows(), x, buffers_, g, work);
}

double LocalProblem::evaluate(ConstVectorView x, ConstVectorView buffers, VectorView g,
                              Workspace& work) const {
  const bool all = evaluation_rows_.empty();
  return exact(all ? sampler_.rows() : std::span<const std::uint32_t>(evaluation_rows_), x, buffers,
               g, work);
}

double LocalProblem::exact(std::span<const std::uint32_t> rows, ConstVectorView x,
                           ConstVectorView buffers, VectorView g, Workspace& work) const {
  Vector copy(buffers.begin(), buffers.end());  // the sample's are mutable, for training
  return objective_->evaluate(x, sample(rows, copy, nullptr), g, work);
}

double LocalProblem::rounds_per_epoch() const {
  return 1.0 / sampler_.epochs(1);
}

}  // namespace hearsay
