// The key `aggregation` of the algorithms whose averages can be had robust (core/aggregator.h).
#pragma once

#include <memory>
#include <string_view>

#include "core/aggregator.h"
#include "nodes/network.h"

namespace hearsay {

/// `aggregation`: mean unless something else is asked for.
Param aggregation_param();

/// What the server makes of its workers' vectors; null for the mean. Throws ParamError for a rule
/// that has no meaning for a server, or none for so many workers.
std::shared_ptr<const Aggregator> server_aggregator(const Params& algorithm,
                                                    const Network& network);

/// What node `self` makes of its own vector and its neighbours'; null for the mean of W. Throws
/// ParamError for a rule that has no meaning on a graph. Node 0, which every process makes first,
/// throws for rules that have none in some node's neighbourhood.
std::shared_ptr<const Aggregator> graph_aggregator(const Params& algorithm, const Network& network,
                                                   NodeId self);

/// `aggregation` of an algorithm that sends differences: mean, and nothing else is allowed.
Param mean_aggregation_param();

/// Throws ParamError unless the `aggregation` of such an algorithm is mean; `instead` names one
/// that takes others.
void require_mean(const Params& algorithm, std::string_view instead);

}  // namespace hearsay
