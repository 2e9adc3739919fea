// Local steps between two exchanges: several batches a round, and one vector to send for all of
// them.
//
//   y_0 = x;   for h = 1..H:  a_h = dir(g_i(y_{h-1})),  y_h = y_{h-1} - eta_l a_h
//   what is sent:  sum_h a_h = (x - y_H) / eta_l, the accumulated difference in units of a gradient
//
// [FedAvg: McMahan et al. 2017, Algorithm 1; local SGD: Stich 2019, Algorithm 1.] The sum is added
// up as it is, so that H = 1 sends the gradient itself, bit for bit. Step h of round t draws batch
// (t - 1) H + h of the node's walk through its rows.
#pragma once

#include <optional>
#include <vector>

#include "core/optimizer.h"
#include "core/params.h"
#include "nodes/problem.h"

namespace hearsay {

/// `local_steps`: H, at least 1; 1 by default.
Param local_steps_param();

/// `local_learning_rate`: eta_l; without it, the learning rate of the round.
Param local_learning_rate_param();

/// The two of them.
std::vector<Param> local_steps_params();

class LocalSteps {
 public:
  /// `algorithm` holds those keys.
  explicit LocalSteps(const Params& algorithm);

  Round per_round() const { return steps_; }
  /// How many batches are drawn by the end of round t.
  Round batches(Round t) const { return t * steps_; }

  /// Writes sum_h a_h of round t over `sum`. `direction` is dir(), its moments updated in every
  /// step; null: the gradient itself. Costs H gradients.
  void accumulate(Round t, LocalProblem& problem, Optimizer* direction, ConstVectorView x,
                  double learning_rate, VectorView sum, Workspace& work) const;

 private:
  Round steps_;
  std::optional<double> learning_rate_;
};

}  // namespace hearsay
