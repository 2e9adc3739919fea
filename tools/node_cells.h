// The nodes in the live view: a legend, and a cell for each node.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "nodes/node_watch.h"
#include "tools/styled_line.h"

namespace hearsay {

/// How many nodes are in which state, with the marks that their cells have; those that are not as
/// they should be by number.
std::vector<StyledLine> node_legend(std::span<const NodeStatus> nodes, std::size_t width,
                                    bool unicode);

/// A cell for each node with its number, mark and round, and how far it is behind, where they fit
/// into so many rows; or else a strip of marks, of several nodes each if need be: the worst of
/// them.
std::vector<StyledLine> node_cells(std::span<const NodeStatus> nodes, std::size_t width,
                                   std::size_t rows, bool unicode);

}  // namespace hearsay
