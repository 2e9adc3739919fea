// One pass of Adam and AMSGrad over all their vectors (core/optimizers/adaptive.h). Compiled for
// several CPUs (Highway); all give the same bits.
#pragma once

#include <cstddef>

#include "core/optimizers/weight_decay.h"

namespace hearsay::simd {

/// The constants of one step, in the precision of the loop.
struct MomentStep {
  float beta1, rest1;    // beta1, 1 - beta1
  float beta2, rest2;    // beta2, 1 - beta2
  float scale1, scale2;  // the bias corrections of m and vhat; 1 without
  float epsilon;
  float eta;
  WeightDecay decay;
  bool frozen;  // v and vhat stay as they are
};

/// d entries each; vhat is null where the second moment is v itself.
struct Moments {
  std::size_t dimension;
  float* m;
  float* v;
  float* vhat;
};

/// Updates the moments with g and takes the step: x <- x - eta (a + wd x). No two may overlap.
void moment_step(const MomentStep& step, const Moments& moments, const float* g, float* x);

/// Updates the moments with g and leaves the direction a in it; knows no weight decay.
void moment_direction(const MomentStep& step, const Moments& moments, float* g);

}  // namespace hearsay::simd
