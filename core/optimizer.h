// Optimizers: the rule that turns a gradient into a step, with its moments; and learning-rate
// schedules.
#pragma once

#include <cstddef>
#include <memory>

#include "core/params.h"
#include "core/registry.h"
#include "core/state.h"
#include "core/types.h"

namespace hearsay {

class Optimizer {
 public:
  virtual ~Optimizer() = default;

  /// x <- x - learning_rate * dir(g), updating the moments with g. One pass over the vectors.
  void step(VectorView x, ConstVectorView g, double learning_rate) {
    step_part(0, x, g, learning_rate);
  }

  /// The same for the coordinates from `begin` on, as many as x and g have: where a model is still
  /// in the cache, part by part. The parts of a step come in order, the one from 0 on first.
  virtual void step_part(std::size_t begin, VectorView x, ConstVectorView g,
                         double learning_rate) = 0;

  /// Updates the moments with g and writes the direction dir(g) over it, without a step: what QAdam
  /// compresses. step() equals x - learning_rate * direction, bit for bit, with no weight decay.
  virtual void direction(VectorView g) = 0;

  virtual void visit_state(StateVisitor& visitor) = 0;
};

/// Makes an optimizer for models of d coordinates.
using MakeOptimizer = std::unique_ptr<Optimizer> (*)(const Params& params, std::size_t dimension);

const Registry<MakeOptimizer>& optimizers();
const Catalogue& optimizer_catalogue();

/// An optimizer with the settings of an algorithm's section: takes the keys it knows (beta1,
/// epsilon, ...) out of `algorithm` and leaves the rest.
std::unique_ptr<Optimizer> make_optimizer(const std::string& name, const Params& algorithm,
                                          std::size_t dimension);

}  // namespace hearsay
