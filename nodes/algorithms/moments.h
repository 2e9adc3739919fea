// The moments of Adam apart from its step, for algorithms that average, freeze or replace them.
#pragma once

#include "core/params.h"
#include "core/state.h"
#include "core/types.h"

namespace hearsay {

/// In float32, with the products and sums of core/optimizers/adaptive.h; epsilon inside the root,
/// no bias correction, m_0 = v_0 = 0.
class Moments {
 public:
  /// `params` holds moment_params().
  Moments(const Params& params, std::size_t dimension);

  void update_first(ConstVectorView g);                      // m <- beta1 m + (1 - beta1) g
  void update_second(ConstVectorView g);                     // v <- beta2 v + (1 - beta2) (g g)
  void next_first(ConstVectorView g, VectorView out) const;  // out = beta1 m + (1 - beta1) g
  void replace_first(ConstVectorView first, float factor);   // m <- factor first
  void step(VectorView x, ConstVectorView first,
            float eta) const;  // x <- x - eta first/sqrt(v+eps)

  ConstVectorView first() const { return m_; }
  ConstVectorView second() const { return v_; }

  void visit_state(StateVisitor& visitor);

 private:
  float beta1_, rest1_;  // beta1, 1 - beta1
  float beta2_, rest2_;
  float epsilon_;
  Vector m_;
  Vector v_;
};

}  // namespace hearsay
