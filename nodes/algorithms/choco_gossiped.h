// CHOCO with AMSGrad whose second moment is gossiped as well: local AMSGrad steps with denominators
// that the nodes come to agree on. The exchange of choco.h for x, and the same for u~, which tracks
// the mean of the v^ (tracked_moments.h), with the same compressor and gamma:
//
//   m, v, v^ as in AMSGrad, v^_0 = 0;  u~_i <- u~_i + v^_t - v^_{t-1}
//   h_i = x_i - eta m / sqrt(max(u~_i, v^_i / n) + epsilon)
//   x_i <- h_i + gamma sum_j w_ij (x^_j - x^_i)
//   u~_i <- u~_i + gamma sum_j w_ij (u^_j - u^_i)
//
// Unlike in damsgrad, u~ is corrected before the step, so the first one is AMSGrad's own. The mean
// of the v^ is at least v^_i / n, and compression must not take u~_i below that (it may, even below
// 0).
#pragma once

#include "nodes/algorithm.h"

namespace hearsay {

/// From the keys of choco-amsgrad. Throws ParamError for options of AMSGrad that the tracked
/// moments do not have (weight decay, bias correction).
std::unique_ptr<Algorithm> make_choco_gossiped(const Params& params, const NodeContext& context);

}  // namespace hearsay
