#include "tools/compare.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "nodes/results_file.h"
#include "tools/best_settings.h"
#include "tools/console.h"
#include "tools/methods.h"
#include "tools/table.h"

namespace hearsay {

namespace {

const char* const kNothing = "–";

TableFormat format_of(const std::string& name) {
  if (name == "csv") return TableFormat::csv;
  if (name == "markdown") return TableFormat::markdown;
  if (name == "latex") return TableFormat::latex;
  return TableFormat::text;
}

/// `auto`, or a number. Throws ResultsError.
std::optional<Target> target_of(const CompareOptions& options, const std::vector<Method>& methods,
                                const std::string& metric) {
  if (options.target == "auto") return common_target(methods, metric);
  Target target{.metric = metric};
  const char* const end = options.target.data() + options.target.size();
  const auto [stop, error] = std::from_chars(options.target.data(), end, target.value);
  if (error != std::errc() || stop != end)
    throw ResultsError(
        fmt::format("--target: found {}, allowed are a number and auto", options.target));
  return target;
}

const Method* baseline_of(const CompareOptions& options, const std::vector<Method>& methods) {
  if (options.baseline.empty()) return nullptr;
  const auto at = std::find_if(methods.begin(), methods.end(), [&](const Method& method) {
    return method.label == options.baseline;
  });
  if (at != methods.end()) return &*at;
  std::string labels;
  for (const Method& method : methods) labels += "\n  " + method.label;
  throw ResultsError(
      fmt::format("--baseline: found {}, allowed is one of{}", options.baseline, labels));
}

class Comparison {
 public:
  Comparison(const std::vector<Method>& methods, std::string metric, std::optional<Target> target,
             const Method* baseline, std::optional<BestRule> rule, bool raw)
      : methods_(methods),
        rule_(std::move(rule)),
        metric_(std::move(metric)),
        target_(std::move(target)),
        raw_(raw),
        repeated_(std::any_of(methods.begin(), methods.end(),
                              [](const Method& method) { return method.runs.size() > 1; })) {
    if (baseline != nullptr && target_) base_ = cost_of(*baseline, *target_);
    has_baseline_ = baseline != nullptr;
  }

  Table table() const {
    Table table{.header = header(), .rows = {}};
    for (const Method& method : methods_) table.rows.push_back(row(method));
    return table;
  }

 private:
  std::vector<std::string> header() const {
    std::vector<std::string> names = {"method"};
    if (rule_) names.push_back(raw_ ? "setting" : fmt::format("setting: {}", in_words(*rule_)));
    if (rule_ && raw_) names.emplace_back("rule");
    if (raw_ || repeated_) names.emplace_back("runs");
    if (target_) {
      for (const char* name :
           {"rounds", raw_ ? "ideal_bits" : "bits", raw_ ? "wire_bytes" : "on wire", "seconds"})
        names.emplace_back(name);
      if (has_baseline_)
        for (const char* name :
             {raw_ ? "ideal_bits_ratio" : "fewer bits", raw_ ? "seconds_ratio" : "faster"})
          names.emplace_back(name);
    }
    names.push_back(raw_ ? "last_" + metric_ : "last " + metric_);
    if (raw_) names.push_back("deviation");
    return names;
  }

  std::vector<std::string> row(const Method& method) const {
    std::vector<std::string> cells = {method.label};
    if (rule_) cells.push_back(method.setting.empty() ? none() : method.setting);
    if (rule_ && raw_) cells.push_back(in_words(*rule_));
    if (raw_ || repeated_) cells.push_back(std::to_string(method.runs.size()));
    if (target_) add_cost(method, cells);
    const auto last = final_value(method, metric_);
    cells.push_back(last ? (raw_ ? fmt::format("{}", last->mean) : shown(*last)) : none());
    if (raw_) cells.push_back(last ? fmt::format("{}", last->deviation) : none());
    return cells;
  }

  void add_cost(const Method& method, std::vector<std::string>& cells) const {
    const auto cost = cost_of(method, *target_);
    if (!cost) {
      cells.insert(cells.end(), has_baseline_ ? 6 : 4, none());
      return;
    }
    // A mean over those that get there says nothing of those that do not.
    const bool some = cost->reached < method.runs.size();
    const std::string of =
        some ? fmt::format(" ({} of {})", cost->reached, method.runs.size()) : "";
    if (raw_) {
      for (const double value : {cost->rounds, cost->ideal_bits, cost->wire_bytes, cost->seconds})
        cells.push_back(fmt::format("{}", value));
    } else {
      cells.push_back(fmt::format("{:.0f}{}", cost->rounds, of));
      cells.push_back(in_bits(cost->ideal_bits));
      cells.push_back(in_bytes(cost->wire_bytes));
      cells.push_back(fmt::format("{:.3g}", cost->seconds));
    }
    if (!has_baseline_) return;
    cells.push_back(ratio(base_ ? base_->ideal_bits : 0.0, cost->ideal_bits));
    cells.push_back(ratio(base_ ? base_->seconds : 0.0, cost->seconds));
  }

  std::string ratio(double base, double own) const {
    if (base <= 0.0 || own <= 0.0) return none();
    return raw_ ? fmt::format("{}", base / own) : fmt::format("{:.3g} ×", base / own);
  }

  std::string shown(const FinalValue& last) const {
    const bool percent = metric_ == "test_accuracy";
    const double scale = percent ? 100.0 : 1.0;
    const char* const unit = percent ? " %" : "";
    const std::string mean =
        percent ? fmt::format("{:.2f}", scale * last.mean) : fmt::format("{:.4g}", last.mean);
    if (last.runs < 2) return mean + unit;
    return fmt::format("{} ± {:.2g}{}", mean, scale * last.deviation, unit);
  }

  std::string none() const { return raw_ ? "" : kNothing; }

  const std::vector<Method>& methods_;
  std::optional<BestRule> rule_;
  std::string metric_;
  std::optional<Target> target_;
  std::optional<Cost> base_;
  bool has_baseline_ = false;
  bool raw_;
  bool repeated_;
};

std::string caption(const std::optional<Target>& target, const std::string& metric, bool chosen) {
  if (!target) return fmt::format("there is no {} above 0 that all reach", metric);
  return fmt::format("to {} {} {}{}", metric, target->rises() ? "≥" : "≤", target->value,
                     chosen ? "" : ", the best that all reach, rounded");
}

std::optional<BestRule> rule_of(const CompareOptions& options, const std::vector<Method>& settings,
                                const std::string& metric) {
  if (!options.best) return std::nullopt;
  BestRule rule{.by = options.by.empty() ? metric : options.by, .target = {}, .over = options.over};
  if (!is_metric(rule.by)) {
    if (options.target == "auto")
      throw ResultsError(fmt::format("--by {}: found --target auto, allowed is a number", rule.by));
    rule.target = target_of(options, settings, metric);
  }
  return rule;
}

std::string metric_of(const CompareOptions& options, const std::vector<Method>& settings) {
  if (!options.metric.empty()) return options.metric;
  return is_metric(options.by) ? options.by : common_metric(settings);
}

}  // namespace

ComparisonText compare(const CompareOptions& options) {
  std::vector<Method> methods = methods_of(read_runs(options.folders));
  const std::string metric = metric_of(options, methods);
  const std::optional<BestRule> rule = rule_of(options, methods, metric);
  ComparisonText text;
  if (rule) {
    BestSettings best = best_settings(methods, runs_not_done(options.folders), *rule);
    methods = std::move(best.methods);
    text.caption = fmt::format(
        "of each method the setting with {}, mean over the seeds; of equals the one with fewer "
        "bits in all, then the earlier in the sweep\n",
        in_words(*rule));
    for (const std::string& method : best.left_out)
      text.caption += fmt::format("{} is left out: each of its settings {}\n", method,
                                  rule->target ? "has a run that does not get there"
                                               : "has a run that failed, diverged or is not done");
    if (methods.empty()) throw ResultsError(text.caption + "nothing is left to be compared");
  }
  const std::optional<Target> target = target_of(options, methods, metric);
  const TableFormat format = format_of(options.format);
  const Comparison comparison(methods, metric, target, baseline_of(options, methods), rule,
                              format == TableFormat::csv);
  text.caption += caption(target, metric, options.target != "auto") + "\n";
  text.table = render(comparison.table(), format);
  return text;
}

int compare_command(const CompareOptions& options) {
  const ComparisonText text = compare(options);
  // Apart from the table, so that this can go into a file as it is.
  fmt::print(stderr, "{}", text.caption);
  fmt::print("{}", text.table);
  return 0;
}

}  // namespace hearsay
