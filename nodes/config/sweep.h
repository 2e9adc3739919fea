// Sweeps: a config of several runs.
//
//   sweep:
//     grid: {algorithm.learning_rate: [0.001, 0.003], seed: [1, 2]}   # every combination
//     cases:                                                          # each crossed with the grid
//       cd-adam: {algorithm: {name: cd-adam, compressor: scaled-sign}}
//       full: {algorithm: {name: dist-amsgrad}}
//
// A run is the rest of the file with overrides: those of --set, then its case's, then the grid's.
// In a case, the keys of a section are set one by one, and a value replaces what was there.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nodes/config.h"

namespace hearsay {

struct SweepSetting {
  std::string key;    // algorithm.learning_rate
  std::string value;  // in YAML's flow style
};

struct SweepRun {
  /// Made of what varies: cd-adam,learning_rate=0.001,seed=1. Fit for a folder's name, distinct,
  /// and the same however many other values and cases there are.
  std::string name;
  std::string case_name;                // "" without cases
  std::vector<SweepSetting> overrides;  // the case's
  std::vector<SweepSetting> grid;
  Config config;  // named SWEEP/RUN, without the sections sweep and paper
};

struct Sweep {
  std::string name;
  std::optional<Params> paper;
  std::vector<SweepRun> runs;  // case by case; of the grid, the last key varies fastest
};

/// Nothing for a config without a sweep. All runs are read and checked. Throws ConfigError for the
/// first thing wrong, placed in the file where the value stands; also for values given twice, more
/// than 10,000 runs, and an override (--set) of a key that the sweep varies.
std::optional<Sweep> load_sweep(const std::string& path,
                                const std::vector<std::string>& overrides = {});

std::optional<Sweep> parse_sweep(const std::string& text, const std::string& file_name,
                                 const std::vector<std::string>& overrides = {});

}  // namespace hearsay
