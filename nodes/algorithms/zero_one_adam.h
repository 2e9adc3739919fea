// When 0/1 Adam synchronizes and when it updates its variance.
#pragma once

#include <vector>

#include "core/params.h"
#include "core/types.h"

namespace hearsay {

/// The two sets of rounds of Algorithm 1 of 0/1 Adam, by the policies of the paper's experiments
/// (Lu, Li, Zhang, De Sa, He, ICLR 2023):
///   T_v  the j-th update of the variance comes 2^floor((j - 1) / kappa) rounds before the next
///        one; the first is in round 1, and none comes behind round `sync_rounds`, since a variance
///        that moves would spoil the momentum that local steps recover
///   T_u  all of the first `sync_rounds` rounds; after them s = 1, 2, ... where s is a multiple of
///        min(max_interval, 2^floor((s - 1) / doubling_rounds))
/// The paper lets the learning rate's schedule say when local steps start and how fast their
/// interval grows; here both are keys.
class ZeroOneTimetable {
 public:
  static std::vector<Param> params();

  /// `algorithm` holds those keys.
  explicit ZeroOneTimetable(const Params& algorithm);

  bool updates_variance(Round t) const;  // t in T_v
  bool synchronizes(Round t) const;      // t in T_u

 private:
  Round kappa_;
  Round sync_rounds_;
  Round doubling_rounds_;
  Round max_interval_;
};

}  // namespace hearsay
