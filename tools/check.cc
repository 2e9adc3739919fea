// `hearsay check`, `hearsay list` and `hearsay reference`.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "nodes/config/listing.h"
#include "nodes/config/reference.h"
#include "nodes/config/sweep.h"
#include "tools/commands.h"
#include "tools/load.h"

namespace hearsay {

namespace {

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return shape.empty() ? "scalar" : fmt::format("{}", fmt::join(shape, "x"));
}

struct Line {
  std::string name;
  std::string shape;
  std::size_t size;
  const char* kind;
};

void add_lines(const Layout& layout, const char* kind, std::vector<Line>& lines) {
  for (const Layer& layer : layout.layers())
    lines.push_back(
        {layer.name.empty() ? "x" : layer.name, shape_text(layer.shape), layer.size, kind});
}

/// What the model consists of, a tensor a line.
void print_layers(const Objective& objective) {
  std::vector<Line> lines;
  add_lines(objective.layout(), "trained", lines);
  std::size_t frozen = 0;
  for (const NamedTensor& tensor : objective.frozen()) {
    lines.push_back({tensor.name, shape_text(tensor.shape), tensor.values.size(), "frozen"});
    frozen += tensor.values.size();
  }
  add_lines(objective.buffer_layout(), "buffer", lines);
  std::size_t width = 0;
  for (const Line& line : lines) width = std::max(width, line.name.size());
  for (const Line& line : lines)
    fmt::print("{:<{}}  {:>16}  {:>10}  {}\n", line.name, width, line.shape, line.size, line.kind);
  fmt::print("d = {}, frozen {}, buffers {}\n", objective.layout().dimension(), frozen,
             objective.buffer_layout().dimension());
}

void print(const Experiment& experiment, bool layers) {
  if (layers)
    print_layers(experiment.objective());
  else
    fmt::print("{}", experiment.config().yaml());
}

/// Every run of a sweep, as a YAML document each.
void check_runs(const Sweep& sweep, const CheckOptions& options) {
  DatasetCache datasets;
  for (const SweepRun& run : sweep.runs) {
    const Experiment experiment(
        run.config, {.data_dir = options.config.data_dir, .config_dir = run.config.directory()},
        datasets);
    fmt::print("---  # {}\n", run.name);
    print(experiment, options.layers);
  }
  fmt::print(stderr, "{}: {} runs\n", sweep.name, sweep.runs.size());
}

}  // namespace

int check_command(const CheckOptions& options) {
  if (const auto sweep = load_sweep(options.config.config, options.config.overrides)) {
    check_runs(*sweep, options);
    return 0;
  }
  const Experiment experiment = load_experiment(options.config);
  print_notes(experiment);
  print_address_warnings(experiment);
  print(experiment, options.layers);
  return 0;
}

int list_command(const std::string& kind) {
  fmt::print("{}", kind.empty() ? list_all() : list_kind(kind));
  return 0;
}

int reference_command() {
  fmt::print("{}", config_reference());
  return 0;
}

}  // namespace hearsay
