// Runs by method: those whose configs, or whose places in a sweep, differ in the seed alone are
// repetitions of one; and what each needs to reach a target.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/finished_run.h"

namespace hearsay {

struct Method {
  std::string label;
  std::vector<FinishedRun> runs;  // one a seed
  std::string setting = {};       // that was chosen for it, see tools/best_settings.h
};

/// In the order of their first runs, with labels of their own.
std::vector<Method> methods_of(std::vector<FinishedRun> runs);

/// A value that a metric of metrics.csv should reach.
struct Target {
  std::string metric;  // train_loss, grad_norm, consensus_error or test_accuracy
  double value = 0.0;

  bool reached_by(double y) const { return rises() ? y >= value : y <= value; }
  bool rises() const { return metric == "test_accuracy"; }
};

/// test_accuracy where all runs have it, else train_loss, else consensus_error. Throws ResultsError
/// when the runs have none of them in common.
std::string common_metric(const std::vector<Method>& methods);

/// The best value of the metric that all methods reach in the mean of their runs, rounded to two
/// digits to the easy side; nothing when there is none.
std::optional<Target> common_target(const std::vector<Method>& methods, const std::string& metric);

/// Means over the runs.
struct Cost {
  std::size_t reached = 0;  // runs that get there; the others are left out
  double rounds = 0.0;
  double ideal_bits = 0.0;
  double wire_bytes = 0.0;
  double seconds = 0.0;
};

/// Up to the first evaluation at the target. Nothing when no run gets there.
std::optional<Cost> cost_of(const Method& method, const Target& target);

/// Of a metric in the last evaluation that has it, over the runs.
struct FinalValue {
  std::size_t runs = 0;
  double mean = 0.0;
  double deviation = 0.0;  // of the sample; 0 for a single run
};

std::optional<FinalValue> final_value(const Method& method, const std::string& metric);

}  // namespace hearsay
