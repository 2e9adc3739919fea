// Learning-rate schedules: the factor on the base learning rate at a round.
#pragma once

#include <vector>

#include "core/params.h"
#include "core/types.h"

namespace hearsay {

/// eta_t = learning_rate * factor(t). Kinds: constant, step (factor at milestones), inverse-sqrt
/// (1/sqrt(t)), cosine (to zero at the last round); each after a linear warm-up.
class Schedule {
 public:
  /// The keys `learning_rate` and `schedule` of an algorithm, for its list of Params.
  static std::vector<Param> params();

  /// `algorithm` holds those keys. `rounds` is the length of the run, `rounds_per_epoch` the number
  /// of rounds in which a node sees its rows once (1 for full batches).
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
