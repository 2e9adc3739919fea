// What nodes tell each other, and the collector, before round 1, and what must agree: the wire
// version, the number of nodes, the model dimension, and the digest of the resolved config.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nodes/experiment.h"

namespace hearsay {

using Greeting = std::vector<std::uint64_t>;

Greeting greeting_of(const Experiment& experiment);

Bytes encode_greeting(const Greeting& greeting);
Greeting decode_greeting(ByteView bytes);

/// Empty when both agree; else a sentence that names both sides' values.
std::string greeting_mismatch(NodeId other, const Greeting& theirs, const Greeting& mine);

}  // namespace hearsay
