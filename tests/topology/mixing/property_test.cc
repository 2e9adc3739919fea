// What holds for all weights on all graphs.
#include <gtest/gtest.h>
// GoogleTest comes first.
#include <rapidcheck/gtest.h>

#include <cmath>

#include "tests/topology/parts.h"
#include "topology/graphs/erdos_renyi.h"
#include "topology/graphs/random_regular.h"
#include "topology/spectrum.h"

namespace hearsay {
namespace {

/// A connected graph, anything from a path to a complete one.
Topology any_graph() {
  const auto nodes = *rc::gen::inRange<std::size_t>(1, 25);
  std::vector<Edge> edges;
  for (NodeId node = 1; node < nodes; ++node)
    edges.push_back({*rc::gen::inRange<NodeId>(0, node), node});
  const int percent = *rc::gen::inRange(0, 101);
  for (NodeId b = 0; b < nodes; ++b)
    for (NodeId a = 0; a < b; ++a)
      if (edges[b - 1].a != a && *rc::gen::inRange(0, 100) < percent) edges.push_back({a, b});
  return Topology(nodes, std::move(edges));
}

MixingMatrix any_mixing(const Topology& graph) {
  return test::mixing(*rc::gen::element<std::string>("metropolis", "lazy-metropolis", "max-degree"),
                      graph);
}

RC_GTEST_PROP(Mixing, IsSymmetricAndDoublyStochastic, ()) {
  const Topology graph = any_graph();
  const MixingMatrix w = any_mixing(graph);
  std::vector<double> columns(w.nodes(), 0.0);
  for (NodeId i = 0; i < w.nodes(); ++i) {
    RC_ASSERT(w.row(i).size() == graph.degree(i) + 1);
    double row = 0.0;
    for (const auto& weight : w.row(i)) {
      RC_ASSERT(weight.value >= 0.0);
      RC_ASSERT(weight.value == w(weight.node, i));
      row += weight.value;
      columns[weight.node] += weight.value;
    }
    RC_ASSERT(std::abs(row - 1.0) < 1e-14);
  }
  for (const double column : columns) RC_ASSERT(std::abs(column - 1.0) < 1e-14);
}

RC_GTEST_PROP(Mixing, KeepsTheMeanAndContractsByTheSecondEigenvalue, ()) {
  const Topology graph = any_graph();
  const MixingMatrix w = any_mixing(graph);
  std::vector<double> x;
  for (std::size_t i = 0; i < w.nodes(); ++i) x.push_back(*rc::gen::inRange(-1000, 1001));
  std::vector<double> y(w.nodes(), 0.0);
  for (NodeId i = 0; i < w.nodes(); ++i)
    for (const auto& weight : w.row(i)) y[i] += weight.value * x[weight.node];

  const auto mean = [](const std::vector<double>& values) {
    double sum = 0.0;
    for (const double value : values) sum += value;
    return sum / static_cast<double>(values.size());
  };
  const auto error = [&](const std::vector<double>& values) {
    double sum = 0.0;
    for (const double value : values) sum += (value - mean(x)) * (value - mean(x));
    return sum;
  };
  RC_ASSERT(std::abs(mean(x) - mean(y)) < 1e-10);
  const double shrunk = std::pow(spectrum(w).contraction(), 2) * error(x);
  RC_ASSERT(error(y) <= shrunk * (1 + 1e-9) + 1e-9);
}

RC_GTEST_PROP(Mixing, OnAConnectedGraphHasAGap, ()) {
  const Spectrum s = spectrum(any_mixing(any_graph()));
  RC_ASSERT(s.gap() > 1e-4);
  RC_ASSERT(s.lambda_min <= s.lambda2 + 1e-12);
}

RC_GTEST_PROP(LazyMetropolis, HasNoNegativeEigenvalue, ()) {
  RC_ASSERT(spectrum(test::mixing("lazy-metropolis", any_graph())).lambda_min > -1e-12);
}

RC_GTEST_PROP(Uniform, EqualsMetropolisOnRegularGraphs, ()) {
  const auto half = *rc::gen::inRange<std::size_t>(3, 20);
  const auto degree = *rc::gen::inRange<std::size_t>(3, 6);
  const Topology graph = random_regular_graph(2 * half, std::min(degree, 2 * half - 1),
                                              *rc::gen::arbitrary<std::uint64_t>());
  RC_ASSERT(test::mixing("uniform", graph) == test::mixing("metropolis", graph));
}

}  // namespace
}  // namespace hearsay
