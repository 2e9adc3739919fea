// `hearsay check` and `hearsay list`.
#include <fmt/core.h>

#include "nodes/config/listing.h"
#include "nodes/config/sweep.h"
#include "tools/commands.h"
#include "tools/load.h"

namespace hearsay {

namespace {

/// Every run of a sweep, as a YAML document each.
void check_runs(const Sweep& sweep, const ConfigOptions& options) {
  DatasetCache datasets;
  for (const SweepRun& run : sweep.runs) {
    const Experiment experiment(
        run.config, {.data_dir = options.data_dir, .config_dir = run.config.directory()}, datasets);
    fmt::print("---  # {}\n{}", run.name, experiment.config().yaml());
  }
  fmt::print(stderr, "{}: {} runs\n", sweep.name, sweep.runs.size());
}

}  // namespace

int check_command(const ConfigOptions& options) {
  if (const auto sweep = load_sweep(options.config, options.overrides)) {
    check_runs(*sweep, options);
    return 0;
  }
  const Experiment experiment = load_experiment(options);
  print_notes(experiment);
  fmt::print("{}", experiment.config().yaml());
  return 0;
}

int list_command(const std::string& kind) {
  fmt::print("{}", kind.empty() ? list_all() : list_kind(kind));
  return 0;
}

}  // namespace hearsay
