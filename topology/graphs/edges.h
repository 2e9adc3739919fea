// The graph of the edges in the config: edges: [[0, 1], [1, 2]].
#pragma once

#include "topology/topology.h"

namespace hearsay {

/// `edges` is a list of pairs of node ids; `nodes` is optional (see edge_list.h). Throws ParamError
/// ("edges") naming the first item that is no pair, and as Topology does.
Topology edges_graph(const Params& params);

}  // namespace hearsay
