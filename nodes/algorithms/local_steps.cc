#include "nodes/algorithms/local_steps.h"

#include <algorithm>

#include "core/vector_ops.h"

namespace hearsay {

Param local_steps_param() {
  return integer("local_steps", "H, the steps that a node takes alone between two exchanges")
      .at_least(1)
      .by_default(1);
}

Param local_learning_rate_param() {
  return number("local_learning_rate",
                "the rate of the local steps in all rounds, instead of the round's learning rate")
      .above(0);
}

std::vector<Param> local_steps_params() {
  return {local_steps_param(), local_learning_rate_param()};
}

LocalSteps::LocalSteps(const Params& algorithm)
    : steps_(static_cast<Round>(algorithm.integer("local_steps"))) {
  if (algorithm.has("local_learning_rate"))
    learning_rate_ = algorithm.number("local_learning_rate");
}

void LocalSteps::accumulate(Round t, LocalProblem& problem, Optimizer* direction, ConstVectorView x,
                            double learning_rate, VectorView sum, Workspace& work) const {
  const auto direction_at = [&](Round step, ConstVectorView y, VectorView a) {
    problem.gradient(step, y, a, work);
    if (direction != nullptr) direction->direction(a);
  };
  const Round before = batches(t - 1);
  direction_at(before + 1, x, sum);
  if (steps_ == 1) return;

  const auto eta = static_cast<float>(learning_rate_.value_or(learning_rate));
  const VectorView y = work.floats(Workspace::Slot::iterate, x.size());
  const VectorView a = work.floats(Workspace::Slot::local_gradient, x.size());
  std::copy(x.begin(), x.end(), y.begin());
  add_scaled(y, -eta, sum);
  for (Round h = 2; h <= steps_; ++h) {
    direction_at(before + h, y, a);
    add_scaled(sum, 1.0F, a);
    if (h < steps_) add_scaled(y, -eta, a);
  }
}

}  // namespace hearsay
