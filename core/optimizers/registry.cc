#include "core/optimizer.h"

// A new optimizer: a file pair in this folder, and its name in this list.
#define HEARSAY_OPTIMIZERS(PART) \
  PART(amsgrad)                  \
  PART(adam)                     \
  PART(sgd)

namespace hearsay {

#define HEARSAY_DECLARE(name) Part<MakeOptimizer> part_##name();
HEARSAY_OPTIMIZERS(HEARSAY_DECLARE)
#undef HEARSAY_DECLARE

const Registry<MakeOptimizer>& optimizers() {
#define HEARSAY_ROW(name) part_##name(),
  static const Registry<MakeOptimizer> kRegistry("optimizer", {HEARSAY_OPTIMIZERS(HEARSAY_ROW)});
#undef HEARSAY_ROW
  return kRegistry;
}

const Catalogue& optimizer_catalogue() {
  return optimizers().catalogue();
}

std::unique_ptr<Optimizer> make_optimizer(const std::string& name, const Params& algorithm,
                                          std::size_t dimension) {
  const Part<MakeOptimizer>& part = optimizers().at(name);
  Params given;
  for (const Param& param : part.params)
    if (const Value* value = algorithm.find(param.name)) given.set(param.name, *value);
  return part.make(complete(part, given), dimension);
}

}  // namespace hearsay
