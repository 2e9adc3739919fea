#include "nodes/dataset_cache.h"

#include <fmt/format.h>

#include "nodes/config/writer.h"

namespace hearsay {

std::shared_ptr<const Dataset> DatasetCache::get(const Params& settings, const DataPaths& paths,
                                                 std::uint64_t seed) {
  const DatasetMaker& maker = datasets().at(settings.part()).make;
  const std::string key = fmt::format("{}\n{}\n{}\n{}", to_yaml(settings), paths.data_dir,
                                      paths.config_dir, maker.seeded ? seed : 0);
  const std::lock_guard lock(mutex_);
  std::shared_ptr<const Dataset>& made = made_[key];
  if (made == nullptr) made = std::make_shared<const Dataset>(maker.make(settings, paths, seed));
  return made;
}

}  // namespace hearsay
