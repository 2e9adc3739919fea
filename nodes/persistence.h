// Where a run keeps its checkpoints, and whether it goes on from them.
#pragma once

#include <filesystem>

namespace hearsay {

struct Persistence {
  std::filesystem::path results;  // the folder of the run's results; empty: no checkpoints
  bool resume = false;            // go on from the newest checkpoint that all nodes have
};

}  // namespace hearsay
