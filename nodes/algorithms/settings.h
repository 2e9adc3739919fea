// Keys that several algorithms share, for their lists of Params.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/compressor.h"
#include "core/params.h"

namespace hearsay {

/// `compressor`, required: compressing is the point of the algorithm.
Param compressor_param();

/// `compressor` of an algorithm that exchanges full vectors: identity, and nothing else is allowed.
Param dense_compressor_param();

/// Throws ParamError unless the `compressor` of a dense algorithm is identity; `instead` names an
/// algorithm that compresses.
void require_identity(const Params& algorithm, std::string_view name, std::string_view instead);

/// `gossip_step`: gamma, or auto.
Param gossip_step_param();

std::vector<Param> join(std::initializer_list<std::vector<Param>> lists);

/// The compressor at that key of an algorithm's section; errors are reported under `KEY.`.
std::shared_ptr<const Compressor> algorithm_compressor(const Params& algorithm,
                                                       const Layout& layout,
                                                       const std::string& key = "compressor");

/// The identity compressor, for channels that carry full vectors.
std::shared_ptr<const Compressor> dense(const Layout& layout);

}  // namespace hearsay
