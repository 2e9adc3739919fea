// Force-directed layout (Boost.Graph).
#pragma once

#include <vector>

#include "topology/report/layout.h"

namespace hearsay {

/// Springs between all pairs of nodes as long as the path between them (Kamada and Kawai, An
/// algorithm for drawing general undirected graphs, 1989) for up to 150 nodes of a connected graph;
/// attraction along edges and repulsion between neighbours in space (Fruchterman and Reingold,
/// Graph drawing by force-directed placement, 1991) for others. Starts from a circle;
/// deterministic.
std::vector<Point> force_layout(const Topology& graph);

}  // namespace hearsay
