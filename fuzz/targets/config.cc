// Configs: a YAML text and, behind lines that begin with "%set ", its overrides. Each reads, or is
// refused with a ConfigError of one line that starts with the place; so are sweeps.
#include "nodes/config.h"

#include <string>
#include <vector>

#include "fuzz/input.h"
#include "fuzz/targets.h"
#include "nodes/config/sweep.h"
#include "nodes/config/tree.h"
#include "nodes/config/utf8.h"

namespace hearsay::fuzz {

namespace {

constexpr std::string_view kOverride = "\n%set ";
constexpr std::size_t kMostRuns = 64;  // of a sweep: each is a config of its own
constexpr std::size_t kLongestMessage = 5000;

struct Given {
  std::string text;
  std::vector<std::string> overrides;
};

Given split(std::string_view input) {
  Given given;
  std::size_t at = input.find(kOverride);
  given.text = input.substr(0, at);
  while (at != std::string_view::npos) {
    input.remove_prefix(at + kOverride.size());
    at = input.find(kOverride);
    given.overrides.emplace_back(input.substr(0, at));
  }
  return given;
}

void check_message(const std::string& message) {
  const bool placed = message.starts_with("x.yaml:") || message.starts_with("--set ");
  require(placed, "an error starts with its place");
  require(message.find('\n') == std::string::npos, "an error is one line");
  if (message.starts_with("--set ")) return;  // it shows the override, of any length and bytes
  require(!find_non_text(message), "an error is readable text");
  require(message.size() < kLongestMessage, "an error is no longer than a paragraph");
}

void parse(const Given& given) {
  try {
    const Config config = Config::parse(given.text, "x.yaml", given.overrides);
    const Config again = Config::parse(config.yaml(), "x.yaml");
    require(again.root() == config.root(), "a config that is written reads as itself");
  } catch (const ConfigError& error) {
    check_message(error.what());
  }
}

/// The product of the lengths of all lists, which is at least the number of runs.
std::size_t product(const ConfigTree& tree) {
  std::size_t result = tree.kind == ConfigTree::Kind::list ? tree.items.size() : 1;
  for (const ConfigTree& item : tree.items)
    if (result < kMostRuns) result *= product(item);
  return result;
}

void parse_runs(const Given& given) {
  try {
    const ConfigTree tree = parse_tree(given.text, "x.yaml");
    const ConfigTree* sweep = tree.find("sweep");
    if (sweep != nullptr && product(*sweep) >= kMostRuns) return;
    const auto read = parse_sweep(given.text, "x.yaml", given.overrides);
    if (!read) return;
    for (const SweepRun& run : read->runs)
      require(run.name.find('/') == std::string::npos && run.name != "." && run.name != "..",
              "a run's name is a folder's name");
  } catch (const ConfigError& error) {
    check_message(error.what());
  }
}

}  // namespace

void fuzz_config(ByteView input) {
  const Given given = split(text_of(input));
  parse(given);
  parse_runs(given);
}

}  // namespace hearsay::fuzz
