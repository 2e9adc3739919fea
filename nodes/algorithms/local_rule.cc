#include "nodes/algorithms/local_rule.h"

#include <utility>

#include "nodes/algorithms/local_steps.h"

namespace hearsay {

std::vector<Param> LocalRule::params() {
  std::vector<Param> params = Schedule::params();
  params.push_back(local_steps_param());
  return params;
}

LocalRule::LocalRule(std::unique_ptr<Optimizer> optimizer, const Params& algorithm,
                     const NodeContext& context)
    : optimizer_(std::move(optimizer)),
      schedule_(algorithm, context.rounds, context.rounds_per_epoch),
      steps_(static_cast<Round>(algorithm.integer("local_steps"))),
      problem_(context.problem) {}

void LocalRule::run(Round t, VectorView x, Workspace& work) {
  const VectorView g = work.floats(Workspace::Slot::gradient, x.size());
  for (Round h = 1; h <= steps_; ++h) {
    problem_->gradient(batches(t - 1) + h, x, g, work);
    step(t, x, g);
  }
}

}  // namespace hearsay
