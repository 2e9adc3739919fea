// COMP-AMS (Li, Karimi, Li, "On distributed adaptive optimization with gradient compression", ICLR
// 2022, Algorithm 2), the plan of `comp-ams` and of its top-k case `spars-ams`:
//
//   line 4-7  worker i: g_i at x_t;  c_i = C(g_i + e_i);  e_i <- g_i + e_i - c_i
//                       (up: error-feedback; with error_feedback: false, direct, e_i = 0)
//   line 9    server:   g = (1/n) sum_i c_i
//   line 10   server:   AMSGrad on g, the moments only here;  x to all workers, in full
//                       (down: direct)
#pragma once

#include <memory>
#include <vector>

#include "nodes/algorithm.h"

namespace hearsay {

std::vector<Param> comp_ams_params();
std::unique_ptr<Algorithm> make_comp_ams(const Params& params, const NodeContext& context);

}  // namespace hearsay
