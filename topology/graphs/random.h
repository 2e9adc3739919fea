// Random graphs are drawn until one is connected.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/random.h"
#include "topology/topology.h"

namespace hearsay {

/// One draw; nothing when the draw failed on its way (it is then repeated).
using DrawGraph = std::function<std::optional<Topology>(Stream& stream)>;

/// The first connected graph that `draw` makes from the streams (seed, Purpose::graph, index = 0,
/// 1, ...). After 200 draws throws ParamError(key, ...) with `advice`.
Topology first_connected(const DrawGraph& draw, std::uint64_t seed, const std::string& key,
                         const std::string& advice);

}  // namespace hearsay
