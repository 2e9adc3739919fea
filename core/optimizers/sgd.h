// Stochastic gradient descent, with heavy-ball momentum.
#pragma once

#include <vector>

#include "core/optimizer.h"
#include "core/optimizers/weight_decay.h"

namespace hearsay {

/// In float32, element by element, one pass over the vectors a step:
///   g <- g + wd x            (coupled weight decay only)
///   a <- mu a + g            heavy ball; a_0 = 0. With mu = 0 a is g and nothing is stored
///   x <- x - eta (a + wd x)  (wd: decoupled weight decay only)
/// [Polyak: Some methods of speeding up the convergence of iteration methods, 1964]
class Sgd final : public Optimizer {
 public:
  /// `params` holds sgd_params().
  Sgd(const Params& params, std::size_t dimension);

  /// x and g must not overlap.
  void step_part(std::size_t begin, VectorView x, ConstVectorView g, double learning_rate) override;
  /// Knows no x, and so applies no weight decay of either kind.
  void direction(VectorView g) override;
  void visit_state(StateVisitor& visitor) override;

 private:
  float momentum_;
  WeightDecay decay_;
  Vector average_;  // a; empty without momentum
};

/// The keys momentum, weight_decay and weight_decay_kind.
std::vector<Param> sgd_params();

}  // namespace hearsay
