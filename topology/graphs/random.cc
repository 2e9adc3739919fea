#include "topology/graphs/random.h"

#include <fmt/format.h>

#include "topology/traversal.h"

namespace hearsay {

Topology first_connected(const DrawGraph& draw, std::uint64_t seed, const std::string& key,
                         const std::string& advice) {
  constexpr std::uint64_t kDraws = 200;
  for (std::uint64_t index = 0; index < kDraws; ++index) {
    Stream stream(StreamKey{.seed = seed, .purpose = Purpose::graph, .index = index});
    std::optional<Topology> graph = draw(stream);
    if (graph && is_connected(*graph)) return *std::move(graph);
  }
  throw ParamError(key, fmt::format("none of {} random graphs was connected; {}", kDraws, advice));
}

}  // namespace hearsay
