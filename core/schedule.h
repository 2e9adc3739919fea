// Learning-rate schedules: the factor on the base learning rate at a round.
#pragma once

#include <vector>

#include "core/params.h"
#include "core/types.h"

namespace hearsay {

/// eta_t = learning_rate * factor(t) * min(1, t / warmup), t = 1, 2, ...; without a warm-up the
/// last factor is 1. The kinds of schedule, each with `warmup` rounds of linear warm-up (default
/// 0):
///   constant      factor(t) = 1
///   step          factor(t) = factor^(number of milestones m with t > m), factor 0.1 by default.
///                 Milestones ascend; a milestone in epochs (the default unit) is m
///                 rounds_per_epoch rounds, not rounded, so the rate falls in the first round that
///                 begins behind it
///   inverse-sqrt  factor(t) = 1 / sqrt(t)
///   cosine        factor(t) = (1 + cos(pi (t - 1) / rounds)) / 2: 1 in the first round, and zero
///                 would follow the last one
class Schedule {
 public:
  /// The keys `learning_rate` and `schedule` of an algorithm, for its list of Params.
  static std::vector<Param> params();

  /// `algorithm` holds those keys. `rounds` is the length of the run, `rounds_per_epoch` the number
  /// of rounds in which a node sees its rows once (1 for full batches). Throws
  /// ParamError("schedule.milestones", ...) when the milestones do not ascend.
  Schedule(const Params& algorithm, Round rounds, double rounds_per_epoch);

  /// eta of round t, t >= 1.
  double learning_rate(Round t) const;

 private:
  enum class Kind { constant, step, inverse_sqrt, cosine };

  double base_;
  Kind kind_;
  Round rounds_;
  Round warmup_;
  double factor_ = 1.0;
  std::vector<double> milestones_;  // in rounds, ascending
};

}  // namespace hearsay
