#include "topology/graphs/settings.h"

namespace hearsay {

std::size_t node_count(const Params& params) {
  if (!params.has("nodes")) throw ParamError("nodes", "is required");
  const std::int64_t nodes = params.integer("nodes");
  if (nodes < 1) throw ParamError("nodes", "must be at least 1");
  return static_cast<std::size_t>(nodes);
}

Param own_weights_param() {
  return choice("mixing", {"own"}, "own: the weights come with this graph").by_default("own");
}

}  // namespace hearsay
