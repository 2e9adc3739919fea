#include "tools/load.h"

#include <fmt/core.h>

#include <cstdio>
#include <utility>

#include "nodes/addresses.h"
#include "topology/doctor.h"

namespace hearsay {

Config load_config(const ConfigOptions& options) {
  Config config = Config::load(options.config, options.overrides);
  for (const std::string& warning : config.warnings()) fmt::print(stderr, "warning: {}\n", warning);
  return config;
}

Experiment load_experiment(const ConfigOptions& options) {
  Config config = load_config(options);
  const DataPaths paths{.data_dir = options.data_dir, .config_dir = config.directory()};
  return {std::move(config), paths};
}

void print_address_warnings(const Experiment& experiment) {
  for (const std::string& warning :
       address_warnings(experiment.config(), experiment.network().nodes()))
    fmt::print(stderr, "warning: {}\n", warning);
}

void print_notes(const Experiment& experiment) {
  for (const std::string& note : experiment.notes()) fmt::print(stderr, "{}\n", note);
  const Network& network = experiment.network();
  if (!network.server)
    for (const Finding& finding : examine({network.graph, network.mixing, network.spectrum,
                                           experiment.graph_kind(), experiment.rounds()}))
      if (finding.severity == Finding::Severity::warning)
        fmt::print(stderr, "warning: topology: {}\n", finding.text);
  for (const std::string& warning : experiment.warnings())
    fmt::print(stderr, "warning: {}\n", warning);
}

}  // namespace hearsay
