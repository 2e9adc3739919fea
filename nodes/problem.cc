#include "nodes/problem.h"

#include <utility>

namespace hearsay {

LocalProblem::LocalProblem(std::shared_ptr<const Objective> objective, NodeId part,
                           BatchSampler sampler, std::uint64_t seed)
    : objective_(std::move(objective)), part_(part), sampler_(std::move(sampler)), seed_(seed) {
  buffers_.resize(objective_->buffer_layout().dimension());
  objective_->initialize_buffers(buffers_);
}

Stream LocalProblem::noise(Round t) const {
  return Stream({.seed = seed_, .purpose = Purpose::noise, .node = part_, .round = t});
}

double LocalProblem::gradient(Round t, ConstVectorView x, VectorView g, Workspace& work) {
  Stream random = noise(t);
  const Sample sample{.rows = batch(t), .part = part_, .noise = &random, .buffers = buffers_};
  return objective_->evaluate(x, sample, g, work);
}

double LocalProblem::full(ConstVectorView x, ConstVectorView buffers, VectorView g,
                          Workspace& work) const {
  Vector own(buffers.begin(), buffers.end());
  const Sample sample{.rows = sampler_.rows(), .part = part_, .buffers = own};
  return objective_->evaluate(x, sample, g, work);
}

double LocalProblem::rounds_per_epoch() const {
  return 1.0 / sampler_.epochs(1);
}

}  // namespace hearsay
