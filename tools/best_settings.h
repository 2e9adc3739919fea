// Of the settings that a sweep's grid tries, the best of each method, by a rule that can be said.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/methods.h"

namespace hearsay {

/// What is best: the last value of a metric, or the least cost up to a target. Of both, the mean
/// over the seeds.
struct BestRule {
  std::string by;                 // a metric of metrics.csv, or rounds, bits, bytes, seconds
  std::optional<Target> target;   // of the latter
  std::vector<std::string> over;  // the keys that are tuned; empty: as GridSetting::tuned says
};

/// Is a rule by that one about the last value of a metric, and not about costs?
bool is_metric(const std::string& by);

/// "the best last train_loss", "the fewest bits to train_loss ≤ 0.1".
std::string in_words(const BestRule& rule);

struct BestSettings {
  std::vector<Method> methods;        // with their setting, in the order of the sweep
  std::vector<std::string> left_out;  // methods none of whose settings may be best
};

/// One setting of each method. A method is a case of a sweep, together with what the grid sets and
/// the rule does not tune; a run that is in no sweep is a method with one setting. Never best are
/// settings of which a run has failed, was stopped or is still to be run, whose last metrics are
/// not all finite, or, where the rule is about costs, of which a run misses the target. Equals are
/// told apart by the bits sent in all, the fewer the better; then the earlier in the sweep is
/// taken. Throws ResultsError when a key of the rule is in no grid.
BestSettings best_settings(const std::vector<Method>& settings,
                           const std::vector<SweepPlace>& not_done, const BestRule& rule);

}  // namespace hearsay
