// The graph of an edge-list file.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "topology/topology.h"

namespace hearsay {

/// Reads an edge list: one edge `a b` a line, node ids from 0, separated by blanks; `#` starts a
/// comment; blank lines are skipped. Throws ParamError("path") naming `name` and the line for
/// anything else, a self-loop or an edge that an earlier line has.
std::vector<Edge> read_edge_list(std::istream& in, const std::string& name);

/// The graph in the file at `path`, a relative path counting from the current directory; `nodes` is
/// optional (see edge_list.h).
Topology file_graph(const Params& params);

}  // namespace hearsay
