#include "tools/best_settings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "nodes/results_file.h"

namespace hearsay {

namespace {

constexpr std::array<const char*, 4> kMetrics = {"train_loss", "grad_norm", "consensus_error",
                                                 "test_accuracy"};

/// Of the whole key, or of its last part: learning_rate.
bool names(const std::string& word, const std::string& key) {
  return word == key || word == key.substr(key.rfind('.') + 1);
}

bool is_tuned(const GridSetting& setting, const BestRule& rule) {
  if (rule.over.empty()) return setting.tuned;
  return std::any_of(rule.over.begin(), rule.over.end(),
                     [&](const std::string& word) { return names(word, setting.key); });
}

void require_known(const BestRule& rule, const std::vector<Method>& settings) {
  std::set<std::string> keys;
  for (const Method& setting : settings)
    for (const GridSetting& of : setting.runs.front().place.grid) keys.insert(of.key);
  for (const std::string& word : rule.over)
    if (std::none_of(keys.begin(), keys.end(),
                     [&](const std::string& key) { return names(word, key); }))
      throw ResultsError(fmt::format("--over: found {}, allowed is one of the grid's {}", word,
                                     fmt::join(keys, ", ")));
}

std::string joined(const SweepPlace& place, const BestRule& rule, bool tuned) {
  std::string words;
  for (const GridSetting& setting : place.grid)
    if (is_tuned(setting, rule) == tuned) words += (words.empty() ? "" : ", ") + setting.words;
  return words;
}

/// Of the method, and of the setting within it.
using Key = std::pair<std::string, std::string>;

Key key_of(const SweepPlace& place, const BestRule& rule) {
  return {fmt::format("{}\n{}\n{}", place.sweep, place.case_name, joined(place, rule, false)),
          joined(place, rule, true)};
}

std::string label_of(const SweepPlace& place, const BestRule& rule) {
  const std::string untuned = joined(place, rule, false);
  return untuned.empty() ? place.case_name : place.case_name + ", " + untuned;
}

bool ended_well(const FinishedRun& run) {
  if (!run.finished || run.interrupted || run.evaluations() == 0) return false;
  return std::all_of(kMetrics.begin(), kMetrics.end(), [&run](const char* metric) {
    return std::isfinite(run.value(run.evaluations() - 1, metric).value_or(0.0));
  });
}

/// The less, the better. Nothing when the setting may not be best.
std::optional<double> badness(const Method& setting, const BestRule& rule) {
  if (!std::all_of(setting.runs.begin(), setting.runs.end(), ended_well)) return std::nullopt;
  if (is_metric(rule.by)) {
    const auto last = final_value(setting, rule.by);
    if (!last || last->runs < setting.runs.size()) return std::nullopt;
    return Target{.metric = rule.by}.rises() ? -last->mean : last->mean;
  }
  const auto cost = cost_of(setting, rule.target.value());
  if (!cost || cost->reached < setting.runs.size()) return std::nullopt;
  if (rule.by == "rounds") return cost->rounds;
  if (rule.by == "bits") return cost->ideal_bits;
  return rule.by == "bytes" ? cost->wire_bytes : cost->seconds;
}

double bits_in_all(const Method& setting) {
  double bits = 0.0;
  for (const FinishedRun& run : setting.runs)
    bits += run.value(run.evaluations() - 1, "ideal_bits").value_or(0.0);
  return bits / static_cast<double>(setting.runs.size());
}

}  // namespace

bool is_metric(const std::string& by) {
  return std::find(kMetrics.begin(), kMetrics.end(), by) != kMetrics.end();
}

std::string in_words(const BestRule& rule) {
  if (is_metric(rule.by)) return "the best last " + rule.by;
  return fmt::format("the fewest {} to {} {} {}", rule.by, rule.target->metric,
                     rule.target->rises() ? "≥" : "≤", rule.target->value);
}

BestSettings best_settings(const std::vector<Method>& settings,
                           const std::vector<SweepPlace>& not_done, const BestRule& rule) {
  require_known(rule, settings);
  std::set<Key> incomplete;
  for (const SweepPlace& place : not_done) incomplete.insert(key_of(place, rule));

  struct Candidate {
    std::string label;
    const Method* best = nullptr;
    std::pair<double, double> rank;  // badness, then bits
  };
  std::vector<Candidate> candidates;
  std::map<std::string, std::size_t> places;
  for (const Method& setting : settings) {
    const SweepPlace& place = setting.runs.front().place;
    const Key key = key_of(place, rule);
    const auto [at, is_new] = places.try_emplace(key.first, candidates.size());
    if (is_new) candidates.push_back({.label = label_of(place, rule), .best = nullptr, .rank = {}});
    const auto bad = badness(setting, rule);
    if (!bad || incomplete.count(key) > 0) continue;
    Candidate& candidate = candidates[at->second];
    const std::pair rank(*bad, bits_in_all(setting));
    if (candidate.best != nullptr && rank >= candidate.rank) continue;
    candidate.best = &setting;
    candidate.rank = rank;
  }
  // None of whose runs is done.
  for (const SweepPlace& place : not_done)
    if (places.try_emplace(key_of(place, rule).first, candidates.size()).second)
      candidates.push_back({.label = label_of(place, rule), .best = nullptr, .rank = {}});

  std::map<std::string, int> count;
  for (const Candidate& candidate : candidates) ++count[candidate.label];
  BestSettings result;
  for (const Candidate& candidate : candidates) {
    if (candidate.best == nullptr) {
      result.left_out.push_back(candidate.label);
      continue;
    }
    Method method = *candidate.best;
    const SweepPlace& place = method.runs.front().place;
    method.label = candidate.label;
    if (count[candidate.label] > 1)
      method.label += fmt::format(" ({})", std::filesystem::path(place.sweep).filename().string());
    method.setting = joined(place, rule, true);
    result.methods.push_back(std::move(method));
  }
  return result;
}

}  // namespace hearsay
