#include "tools/plots.h"

#include <algorithm>
#include <cmath>

namespace hearsay {

namespace {

std::vector<std::optional<double>> contraction_of(const FinishedRun& run) {
  const auto rounds = column_of(run, "round");
  const auto errors = column_of(run, "consensus_error");
  if (rounds.empty() || errors.empty()) return {};
  std::vector<std::optional<double>> factors(errors.size());
  for (std::size_t k = 1; k < errors.size(); ++k) {
    const double before = errors[k - 1].value_or(0.0);
    const double now = errors[k].value_or(0.0);
    const double passed = rounds[k].value_or(0.0) - rounds[k - 1].value_or(0.0);
    // The error is the mean of squared distances.
    if (before > 0.0 && now > 0.0 && passed > 0.0)
      factors[k] = std::pow(now / before, 0.5 / passed);
  }
  return factors;
}

}  // namespace

const std::vector<XAxis>& x_axes() {
  static const std::vector<XAxis> axes = {
      {"round", "rounds", "rounds", ""},
      {"ideal_bits", "bits", "bits sent, as the papers count (bit)", "bit"},
      {"wire_bytes", "bytes", "bytes sent, headers included (B)", "B"},
      {"seconds", "seconds", "training time (s)", "s"},
  };
  return axes;
}

const std::vector<YAxis>& y_axes() {
  static const std::vector<YAxis> axes = {
      {"train_loss", "Training loss", "f(x̄) (units of the loss)"},
      {"grad_norm", "Gradient norm", "‖∇f(x̄)‖ (loss per unit of x)"},
      {"consensus_error", "Consensus error", "mean ‖xᵢ − x̄‖² (unit of x, squared)"},
      {.column = "test_accuracy",
       .title = "Test accuracy",
       .label = "test rows classified right (%)",
       .linear = true,
       .in_percent = true},
      {.column = kContraction,
       .title = "Consensus contraction",
       .label = "factor of ‖X − X̄‖ a round (ratio)",
       .linear = true,
       .has_forecast = true},
      {"residual_ratio", "Error-feedback residual", "‖e‖ / ‖w‖ (ratio)"},
      {"markov_error", "Error of the public copies", "‖w − ŵ‖ / ‖w‖ (ratio)"},
      {.column = "never_sent",
       .title = "Coordinates never sent",
       .label = "share of all coordinates (%)",
       .linear = true,
       .in_percent = true},
      {"oldest_age", "Longest wait of a coordinate", "since it was sent last (messages)"},
      {.column = "staleness",
       .title = "Staleness",
       .label = "mean age of words (rounds)",
       .linear = true},
      {.column = "most_stale",
       .title = "Largest staleness",
       .label = "oldest word of a neighbour (rounds)",
       .linear = true},
  };
  return axes;
}

std::vector<std::optional<double>> column_of(const FinishedRun& run, const std::string& column) {
  if (column == kContraction) return contraction_of(run);
  const auto at = run.metrics.find(column);
  if (!at) return {};
  std::vector<std::optional<double>> values(run.evaluations());
  for (std::size_t k = 0; k < values.size(); ++k) values[k] = run.metrics.number(k, *at);
  return values;
}

std::optional<double> forecast_contraction(const nlohmann::ordered_json& topology,
                                           const nlohmann::ordered_json& config) {
  if (topology.value("server", true) || !topology.contains("spectrum")) return std::nullopt;
  if (topology.value("nodes", 0) < 2) return std::nullopt;
  double gamma = 1.0;
  if (const auto at = config.find("algorithm"); at != config.end() && at->contains("gossip_step")) {
    if (!at->at("gossip_step").is_number()) return std::nullopt;
    gamma = at->at("gossip_step").get<double>();
  }
  const auto& spectrum = topology.at("spectrum");
  const auto factor = [&](const char* name) {
    return std::abs(1.0 - gamma * (1.0 - spectrum.value(name, 1.0)));
  };
  return std::max(factor("lambda2"), factor("lambda_min"));
}

}  // namespace hearsay
