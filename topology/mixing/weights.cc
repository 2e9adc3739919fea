#include "topology/mixing/weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace hearsay {

MixingMatrix matrix_of(const Topology& graph, const std::function<double(const Edge&)>& weight) {
  std::vector<std::vector<MixingMatrix::Weight>> rows(graph.nodes());
  for (NodeId i = 0; i < graph.nodes(); ++i) {
    auto& row = rows[i];
    double others = 0.0;
    for (const NodeId j : graph.neighbours(i)) {
      row.push_back({j, weight({std::min(i, j), std::max(i, j)})});
      others += row.back().value;
    }
    const auto place =
        std::find_if(row.begin(), row.end(), [&](const auto& w) { return w.node > i; });
    row.insert(place, {i, std::max(0.0, 1.0 - others)});
  }
  return MixingMatrix(std::move(rows));
}

MixingMatrix matrix_of_arcs(std::size_t nodes, const std::vector<Arc>& arcs) {
  std::vector<std::vector<MixingMatrix::Weight>> rows(nodes);
  std::vector<double> kept(nodes, 1.0);
  for (const Arc& arc : arcs) {
    rows[arc.to].push_back({arc.from, arc.weight});
    kept[arc.from] -= arc.weight;
  }
  for (NodeId node = 0; node < nodes; ++node) {
    rows[node].push_back({node, std::max(0.0, kept[node])});
    std::sort(rows[node].begin(), rows[node].end(),
              [](const auto& a, const auto& b) { return a.node < b.node; });
  }
  return MixingMatrix(std::move(rows));
}

MixingMatrix out_degree_weights(std::size_t nodes, std::vector<Arc> arcs) {
  std::vector<std::size_t> degree(nodes, 0);
  for (const Arc& arc : arcs) ++degree[arc.from];
  for (Arc& arc : arcs) arc.weight = 1.0 / static_cast<double>(1 + degree[arc.from]);
  return matrix_of_arcs(nodes, arcs);
}

namespace {

constexpr double kTolerance = 1e-9;

[[noreturn]] void fail(const std::string& message) {
  throw ParamError("mixing", message);
}

void check_entry(NodeId i, const MixingMatrix::Weight& weight, const MixingMatrix& w,
                 const Topology& graph) {
  const auto [j, value] = weight;
  if (!std::isfinite(value)) fail(fmt::format("w[{}][{}] = {} is no number", i, j, value));
  if (value < 0.0) fail(fmt::format("negative entry: w[{}][{}] = {}", i, j, value));
  const auto& neighbours = graph.neighbours(i);
  if (i != j && value != 0.0 && !std::binary_search(neighbours.begin(), neighbours.end(), j))
    fail(fmt::format("w[{0}][{1}] = {2} but {0}-{1} is no edge", i, j, value));
  const double mirrored = w(j, i);
  if (std::abs(value - mirrored) > kTolerance)
    fail(fmt::format("w[{0}][{1}] = {2} differs from w[{1}][{0}] = {3}", i, j, value, mirrored));
}

}  // namespace

void check_mixing(const MixingMatrix& w, const Topology& graph) {
  if (w.nodes() != graph.nodes())
    fail(fmt::format("the matrix has {} rows, but the graph has {} nodes", w.nodes(),
                     graph.nodes()));
  for (NodeId i = 0; i < w.nodes(); ++i) {
    double sum = 0.0;
    for (const MixingMatrix::Weight& weight : w.row(i)) {
      check_entry(i, weight, w, graph);
      sum += weight.value;
    }
    if (std::abs(sum - 1.0) > kTolerance)
      fail(fmt::format("row {} sums to {:.12g}, must be 1", i, sum));
  }
}

}  // namespace hearsay
