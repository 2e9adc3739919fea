#include "tools/methods.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>

#include "nodes/results_file.h"

namespace hearsay {

namespace {

/// What repetitions have in common.
std::string key_of(const FinishedRun& run) {
  nlohmann::ordered_json config = run.config;
  config.erase("seed");
  config.erase("name");
  config.erase("transport");  // where a run was, not what
  if (config.contains("run")) config["run"].erase("tensorboard");
  return config.dump();
}

/// The value of the last evaluation that has one.
std::optional<double> last_of(const FinishedRun& run, const std::string& metric) {
  for (std::size_t k = run.evaluations(); k > 0; --k)
    if (const auto y = run.value(k - 1, metric)) return y;
  return std::nullopt;
}

std::optional<double> best_of(const FinishedRun& run, const std::string& metric) {
  const bool rises = Target{.metric = metric}.rises();
  std::optional<double> best;
  for (std::size_t k = 0; k < run.evaluations(); ++k) {
    const auto y = run.value(k, metric);
    if (y && std::isfinite(*y) && (!best || (rises ? *y > *best : *y < *best))) best = y;
  }
  return best;
}

}  // namespace

std::vector<Method> methods_of(std::vector<FinishedRun> runs) {
  std::vector<Method> methods;
  // In a sweep the place decides: runs may have settled something by their seed, as gossip_step:
  // auto does.
  std::map<std::string, std::size_t> by_config;
  std::map<std::string, std::size_t> by_place;
  for (FinishedRun& run : runs) {
    const std::string place = run.place.sweep + "\n" + run.method;
    const std::string config = key_of(run);
    std::size_t at = methods.size();
    if (const auto same = by_place.find(place); same != by_place.end())
      at = same->second;
    else if (const auto equal = by_config.find(config);
             equal != by_config.end() &&
             methods[equal->second].runs.front().place.sweep != run.place.sweep)
      at = equal->second;
    else
      methods.push_back({.label = run.method, .runs = {}, .setting = {}});
    by_place.try_emplace(place, at);
    by_config.try_emplace(config, at);
    methods[at].runs.push_back(std::move(run));
  }
  std::map<std::string, int> count;
  for (const Method& method : methods) ++count[method.label];
  for (Method& method : methods)
    if (count[method.label] > 1)
      method.label += fmt::format(" ({})", method.runs.front().folder.filename().string());
  return methods;
}

std::string common_metric(const std::vector<Method>& methods) {
  static constexpr std::array<const char*, 3> kMetrics = {"test_accuracy", "train_loss",
                                                          "consensus_error"};
  for (const char* metric : kMetrics) {
    const bool all = std::all_of(methods.begin(), methods.end(), [metric](const Method& method) {
      return std::all_of(method.runs.begin(), method.runs.end(), [metric](const FinishedRun& run) {
        return last_of(run, metric).has_value();
      });
    });
    if (all) return metric;
  }
  throw ResultsError("these runs have no metric in common");
}

std::optional<Target> common_target(const std::vector<Method>& methods, const std::string& metric) {
  Target target{.metric = metric};
  std::optional<double> worst;
  for (const Method& method : methods) {
    double sum = 0.0;
    for (const FinishedRun& run : method.runs) {
      const auto best = best_of(run, metric);
      if (!best) return std::nullopt;
      sum += *best;
    }
    const double mean = sum / static_cast<double>(method.runs.size());
    if (!worst || (target.rises() ? mean < *worst : mean > *worst)) worst = mean;
  }
  if (!worst || *worst <= 0.0) return std::nullopt;
  const double unit = std::pow(10.0, std::floor(std::log10(*worst)) - 1.0);
  const double digits = *worst / unit;
  const double rounded = target.rises() ? std::floor(digits) : std::ceil(digits);
  // By way of its two digits, so that it is the number that is printed.
  target.value = std::stod(fmt::format("{:.1e}", rounded * unit));
  return target;
}

std::optional<Cost> cost_of(const Method& method, const Target& target) {
  Cost cost;
  for (const FinishedRun& run : method.runs) {
    for (std::size_t k = 0; k < run.evaluations(); ++k) {
      const auto y = run.value(k, target.metric);
      if (!y || !target.reached_by(*y)) continue;
      ++cost.reached;
      cost.rounds += run.value(k, "round").value_or(0.0);
      cost.ideal_bits += run.value(k, "ideal_bits").value_or(0.0);
      cost.wire_bytes += run.value(k, "wire_bytes").value_or(0.0);
      cost.seconds += run.value(k, "seconds").value_or(0.0);
      break;
    }
  }
  if (cost.reached == 0) return std::nullopt;
  const auto n = static_cast<double>(cost.reached);
  for (double* sum : {&cost.rounds, &cost.ideal_bits, &cost.wire_bytes, &cost.seconds}) *sum /= n;
  return cost;
}

std::optional<FinalValue> final_value(const Method& method, const std::string& metric) {
  std::vector<double> values;
  for (const FinishedRun& run : method.runs)
    if (const auto y = last_of(run, metric)) values.push_back(*y);
  if (values.empty()) return std::nullopt;
  FinalValue result{.runs = values.size()};
  for (const double y : values) result.mean += y / static_cast<double>(values.size());
  if (values.size() < 2) return result;
  double squares = 0.0;
  for (const double y : values) squares += (y - result.mean) * (y - result.mean);
  result.deviation = std::sqrt(squares / static_cast<double>(values.size() - 1));
  return result;
}

}  // namespace hearsay
