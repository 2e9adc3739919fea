#include "tests/nodes/experiments.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/compressor.h"
#include "nodes/algorithm_catalogue.h"
#include "nodes/results.h"
#include "nodes/simulator.h"

namespace hearsay::testing {

namespace {

const Param* find_param(const PartInfo& part, const std::string& name) {
  for (const Param& param : part.params)
    if (param.name == name) return &param;
  return nullptr;
}

}  // namespace

Experiment experiment_of(const std::string& yaml) {
  return {Config::parse(yaml, "test.yaml"), DataPaths{}};
}

Recorder run(const Experiment& experiment, std::size_t threads) {
  Recorder recorder;
  const std::atomic<bool> stop = false;
  simulate(experiment, threads, stop, recorder);
  return recorder;
}

Recorder run(const std::string& yaml) {
  const Experiment experiment = experiment_of(yaml);
  return run(experiment);
}

std::vector<std::string> timeless_rows(const Recorder& recorder) {
  std::vector<std::string> rows;
  for (const EvaluationReport& report : recorder.reports) {
    MetricsRow row = report.row;
    row.seconds = 0.0;
    rows.push_back(metrics_line(row));
  }
  return rows;
}

bool Pairing::on_server() const {
  return algorithms().at(algorithm).make.on_server;
}

std::string Pairing::test_name() const {
  std::string name = algorithm + "_with_" + compressor;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

std::vector<Pairing> all_pairings() {
  std::vector<Pairing> pairings;
  for (const PartInfo* algorithm : algorithm_catalogue().parts()) {
    const Param* param = find_param(*algorithm, "compressor");
    const bool compresses = param != nullptr && param->required;
    for (const std::string& compressor : compressor_catalogue().names())
      if (compresses || compressor == "identity") pairings.push_back({algorithm->name, compressor});
  }
  return pairings;
}

std::vector<Pairing> lockstep_pairings() {
  std::vector<Pairing> pairings = all_pairings();
  std::erase_if(pairings, [](const Pairing& pairing) {
    return algorithms().at(pairing.algorithm).make.asynchronous;
  });
  return pairings;
}

std::string compressor_settings(const std::string& name) {
  const PartInfo& info = *compressor_catalogue().find(name);
  std::string text = "{name: " + name;
  if (find_param(info, "ratio") != nullptr) text += ", ratio: 0.3";
  if (find_param(info, "rank") != nullptr) text += ", rank: 1";
  return text + "}";
}

std::string algorithm_settings(const Pairing& pairing, double learning_rate,
                               const std::string& gossip_step) {
  const PartInfo& info = *algorithm_catalogue().find(pairing.algorithm);
  std::string text = "{name: " + pairing.algorithm;
  if (find_param(info, "learning_rate") != nullptr)
    text += fmt::format(", learning_rate: {}", learning_rate);
  if (find_param(info, "compressor") != nullptr)
    text += ", compressor: " + compressor_settings(pairing.compressor);
  if (find_param(info, "gossip_step") != nullptr) text += ", gossip_step: " + gossip_step;
  if (find_param(info, "warmup_rounds") != nullptr) text += ", warmup_rounds: 3";
  if (find_param(info, "threshold") != nullptr) text += ", threshold: 0.5";
  return text + "}";
}

}  // namespace hearsay::testing
