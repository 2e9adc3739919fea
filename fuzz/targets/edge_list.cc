// Files of edges, which graphs are read from.
#include <algorithm>
#include <set>
#include <sstream>
#include <string>

#include "fuzz/input.h"
#include "fuzz/targets.h"
#include "topology/graphs/file.h"

namespace hearsay::fuzz {

void fuzz_edge_list(ByteView input) {
  std::istringstream in{std::string(text_of(input))};
  try {
    const std::vector<Edge> edges = read_edge_list(in, "edges.txt");
    std::set<Edge> seen;
    for (const Edge& edge : edges) {
      require(edge.a < edge.b, "an edge joins two nodes, the lower one first");
      require(seen.insert(edge).second, "no edge is there twice");
    }
  } catch (const ParamError& error) {
    const std::string message = error.what();
    require(message.starts_with("edges.txt:"), "an error starts with its place");
    require(std::none_of(message.begin(), message.end(),
                         [](unsigned char c) { return c < 0x20 || c == 0x7f; }),
            "an error is one line of text");
  }
}

}  // namespace hearsay::fuzz
