// The section `sweep` of a config (nodes/config/sweep.h), before any run is made of it.
#pragma once

#include <string>
#include <vector>

#include "nodes/config/place.h"
#include "nodes/config/tree.h"

namespace hearsay {

/// A key path and the value it is to get, which stays in the tree that was read.
struct SweepAssignment {
  std::string key;
  const ConfigTree* value;
};

struct SweepCase {
  std::string name;  // "" for the one case of a sweep without cases
  std::vector<SweepAssignment> assignments;
};

/// A key of the grid and the list of its values.
struct SweepAxis {
  std::string key;
  const ConfigTree* values;
};

struct SweepSection {
  std::vector<SweepAxis> axes;
  std::vector<SweepCase> cases;  // at least one
};

/// Checks the section as far as that goes without reading a run, and that no override of `source`
/// sets what it varies. Throws ConfigError.
SweepSection read_sweep_section(const ConfigTree& sweep, const ConfigSource& source);

}  // namespace hearsay
