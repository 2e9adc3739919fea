// What methods need to reach a target, side by side: `hearsay compare`, and the end of a sweep.
#pragma once

#include <string>

#include "tools/commands.h"

namespace hearsay {

struct ComparisonText {
  std::string caption;  // lines that say how the table was made
  std::string table;
};

/// Throws ResultsError when there is nothing to compare, or not as the options ask for.
ComparisonText compare(const CompareOptions& options);

}  // namespace hearsay
