// What a peer does on its own between two exchanges: H steps x <- x - eta dir(g_i(x)).
#pragma once

#include <memory>
#include <vector>

#include "core/optimizer.h"
#include "core/schedule.h"
#include "nodes/algorithm.h"

namespace hearsay {

class LocalRule {
 public:
  /// The keys learning_rate, schedule and local_steps.
  static std::vector<Param> params();

  /// `algorithm` holds those keys.
  LocalRule(std::unique_ptr<Optimizer> optimizer, const Params& algorithm,
            const NodeContext& context);

  /// The steps of round t: step h takes the gradient on batch (t - 1) H + h.
  void run(Round t, VectorView x, Workspace& work);

  Round steps() const { return steps_; }  // H
  Round batches(Round t) const { return t * steps_; }

  /// One step with a gradient that the caller has.
  void step(Round t, VectorView x, ConstVectorView g) {
    optimizer_->step(x, g, schedule_.learning_rate(t));
  }

  /// The same for the coordinates from `begin` on: see Optimizer::step_part.
  void step_part(Round t, std::size_t begin, VectorView x, ConstVectorView g) {
    optimizer_->step_part(begin, x, g, schedule_.learning_rate(t));
  }

  Optimizer* optimizer() { return optimizer_.get(); }
  void visit_state(StateVisitor& visitor) { optimizer_->visit_state(visitor); }

 private:
  std::unique_ptr<Optimizer> optimizer_;
  Schedule schedule_;
  Round steps_;
  LocalProblem* problem_;
};

}  // namespace hearsay
