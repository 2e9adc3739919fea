#include "topology/graphs/file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>
#include <sstream>

#include "core/data/line_reader.h"
#include "topology/graphs/edge_list.h"

namespace hearsay {

namespace {

/// One line of the file, for the messages about it.
class Line {
 public:
  Line(const std::string& file, std::size_t number) : file_(file), number_(number) {}

  NodeId node(const std::string& word) const {
    std::int64_t id = -1;
    const char* end = word.data() + word.size();
    const auto parsed = std::from_chars(word.data(), end, id);
    if (parsed.ec != std::errc() || parsed.ptr != end || id < 0 || id > kLargestNodeId)
      fail(fmt::format("expected a node id from 0 to {}, found '{}'", kLargestNodeId,
                       excerpt(word)));
    return static_cast<NodeId>(id);
  }

  [[noreturn]] void fail(const std::string& message) const {
    throw ParamError("path", fmt::format("{}:{}: {}", file_, number_, message));
  }

 private:
  const std::string& file_;
  std::size_t number_;
};

}  // namespace

std::vector<Edge> read_edge_list(std::istream& in, const std::string& name) {
  std::vector<Edge> edges;
  std::map<Edge, std::size_t> line_of;
  std::string text;
  for (std::size_t number = 1; std::getline(in, text); ++number) {
    const Line line(name, number);
    std::istringstream words(text.substr(0, text.find('#')));
    std::string first;
    std::string second;
    std::string rest;
    if (!(words >> first)) continue;
    if (!(words >> second) || words >> rest)
      line.fail(fmt::format("expected two node ids, found '{}'", excerpt(text)));
    const NodeId a = line.node(first);
    const NodeId b = line.node(second);
    if (a == b) line.fail(fmt::format("edge {}-{} is a self-loop", a, b));
    const Edge edge{std::min(a, b), std::max(a, b)};
    const auto [earlier, added] = line_of.emplace(edge, number);
    if (!added)
      line.fail(
          fmt::format("edge {}-{} is repeated; line {} has it", edge.a, edge.b, earlier->second));
    edges.push_back(edge);
  }
  return edges;
}

Topology file_graph(const Params& params) {
  const std::string& path = params.text("path");
  std::ifstream in(path);
  if (!in) throw ParamError("path", fmt::format("cannot open {}", path));
  std::vector<Edge> edges = read_edge_list(in, path);
  if (in.bad()) throw ParamError("path", fmt::format("cannot read {}", path));
  return graph_of_edges(std::move(edges), params, "path");
}

namespace {

Topology make(const Params& params, std::uint64_t /*seed*/) {
  return file_graph(params);
}

}  // namespace

Part<MakeGraph> part_file_graph() {
  return {"file",
          "the edges are in a file, one a line: 0 1",
          {text("path", "the file, relative to the current directory").must()},
          make,
          "graph"};
}

}  // namespace hearsay
