// `hearsay check` and `hearsay list`.
#include <fmt/core.h>

#include "nodes/config/listing.h"
#include "tools/commands.h"
#include "tools/load.h"

namespace hearsay {

int check_command(const ConfigOptions& options) {
  const Experiment experiment = load_experiment(options);
  for (const std::string& note : experiment.notes()) fmt::print(stderr, "{}\n", note);
  fmt::print("{}", experiment.config().yaml());
  return 0;
}

int list_command(const std::string& kind) {
  fmt::print("{}", kind.empty() ? list_all() : list_kind(kind));
  return 0;
}

}  // namespace hearsay
