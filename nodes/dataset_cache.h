// Data sets that several experiments of one process share: each is read once.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "core/dataset.h"

namespace hearsay {

/// Keeps what it has made for as long as it lives. Safe to use from several threads; one that asks
/// for a data set which another is making waits for it.
class DatasetCache {
 public:
  /// The data set of the section objective.data, made by the registry or made before from the same
  /// settings and paths, and the same seed if it matters. Throws what DatasetMaker::make does.
  std::shared_ptr<const Dataset> get(const Params& settings, const DataPaths& paths,
                                     std::uint64_t seed);

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const Dataset>> made_;
};

}  // namespace hearsay
