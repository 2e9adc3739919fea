// The moments that Adam and AMSGrad share.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "core/optimizer.h"
#include "core/optimizers/weight_decay.h"
#include "core/simd/moments.h"

namespace hearsay {

/// In float32, element by element, one pass over the vectors a step:
///   g <- g + wd x                            (coupled weight decay only)
///   m <- beta1 m + (1 - beta1) g
///   v <- beta2 v + (1 - beta2) (g g)
///   vhat <- max(vhat, v)                     (AMSGrad; Adam: vhat = v, and no vhat is stored)
///   a  = m / sqrt(vhat + epsilon)            epsilon inside the root; m_0 = v_0 = vhat_0 = 0
///   x <- x - eta (a + wd x)                  (wd: decoupled weight decay only)
/// With bias correction a = (m / (1 - beta1^t)) / sqrt(vhat / (1 - beta2^t) + epsilon): the moments
/// kept, and the maximum over them, are the uncorrected ones. 1 - beta, the two corrections and eta
/// are computed in double and rounded to float once. After `freeze_after` steps v and vhat stay as
/// they are.
class Adaptive final : public Optimizer {
 public:
  enum class SecondMoment { latest, maximum };  // Adam, AMSGrad
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

  /// `params` holds adaptive_params().
  Adaptive(const Params& params, std::size_t dimension, SecondMoment second_moment,
           std::uint64_t freeze_after = kNever);

  /// x and g must not overlap.
  void step_part(std::size_t begin, VectorView x, ConstVectorView g, double learning_rate) override;
  /// Knows no x, and so applies no weight decay of either kind.
  void direction(VectorView g) override;
  void visit_state(StateVisitor& visitor) override;

 private:
  simd::MomentStep next_step(double learning_rate);
  simd::Moments moments(std::size_t begin, std::size_t size);

  double beta1_;
  double beta2_;
  float epsilon_;
  bool bias_correction_;
  WeightDecay decay_;
  SecondMoment second_moment_;
  std::uint64_t freeze_after_;
  std::uint64_t steps_ = 0;     // t
  simd::MomentStep current_{};  // the constants of step t
  Vector m_;
  Vector v_;
  Vector vhat_;  // empty for Adam
};

/// The keys beta1, beta2 and epsilon.
std::vector<Param> moment_params();

/// The same, bias_correction, weight_decay and weight_decay_kind.
std::vector<Param> adaptive_params();

}  // namespace hearsay
