// Layout by springs, for graphs without a natural form.
#pragma once

#include <vector>

#include "topology/report/layout.h"

namespace hearsay {

/// Springs between all pairs of nodes, as long as the shortest path between them and the weaker the
/// longer they are (Kamada and Kawai, An algorithm for drawing general undirected graphs, 1989),
/// relaxed by stress majorization, which never overshoots (Gansner, Koren and North, Graph drawing
/// by stress majorization, 2004). Starts from a shaken circle of fixed randomness, so that a graph
/// has one picture. O(nodes^2) a sweep; a second or two for 2,000 nodes.
std::vector<Point> force_layout(const Topology& graph);

}  // namespace hearsay
