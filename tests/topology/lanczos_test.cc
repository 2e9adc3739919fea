#include "topology/lanczos.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "tests/topology/parts.h"
#include "topology/graphs/binary_tree.h"
#include "topology/graphs/complete.h"
#include "topology/graphs/exponential.h"
#include "topology/graphs/hypercube.h"
#include "topology/graphs/path.h"
#include "topology/graphs/random_regular.h"
#include "topology/graphs/ring.h"
#include "topology/graphs/star.h"
#include "topology/graphs/torus.h"
#include "topology/graphs/watts_strogatz.h"
#include "topology/spectrum.h"

namespace hearsay {
namespace {

constexpr double kPi = std::numbers::pi;

/// An expander on the left, one on the right, one edge between: two eigenvalues far from the rest.
Topology barbell() {
  const Topology half = random_regular_graph(100, 4, 3);
  std::vector<Edge> edges = half.edges();
  for (const Edge& edge : half.edges()) edges.push_back({edge.a + 100, edge.b + 100});
  edges.push_back({0, 100});
  return Topology(200, std::move(edges));
}

TEST(Lanczos, AgreesWithTheDenseSolver) {
  const std::vector<Topology> graphs = {ring_graph(4),
                                        ring_graph(255),
                                        path_graph(300),
                                        star_graph(100),
                                        complete_graph(30),
                                        torus_graph(12, 20),
                                        hypercube_graph(256),
                                        exponential_graph(200),
                                        binary_tree_graph(255),
                                        random_regular_graph(300, 4, 1),
                                        barbell(),
                                        watts_strogatz_graph(200, 4, 0.1, 2)};
  for (const Topology& graph : graphs) {
    for (const std::string kind : {"metropolis", "lazy-metropolis"}) {
      const MixingMatrix w = test::mixing(kind, graph);
      const Spectrum dense = spectrum(w);
      const Extremes ends = lanczos_extremes(w);
      EXPECT_NEAR(ends.high, dense.lambda2, 1e-12) << kind << ", " << graph.nodes() << " nodes";
      EXPECT_NEAR(ends.low, dense.lambda_min, 1e-12) << kind << ", " << graph.nodes() << " nodes";
    }
  }
}

TEST(Lanczos, ResolvesTheTinyGapOfARingOfFiveThousand) {
  const Spectrum s = spectrum(test::mixing("metropolis", ring_graph(5000)));
  const double gap = (2 - 2 * std::cos(2 * kPi / 5000)) / 3;  // 5.3e-7
  EXPECT_NEAR(s.gap() / gap, 1.0, 1e-6);
  EXPECT_NEAR(s.lambda_min, -1.0 / 3.0, 1e-12);
}

TEST(Lanczos, ResolvesTheTinyGapOfAPathOfFiveThousand) {
  const Spectrum s = spectrum(test::mixing("metropolis", path_graph(5000)));
  const double gap = (2 - 2 * std::cos(kPi / 5000)) / 3;  // 1.3e-7
  EXPECT_NEAR(s.gap() / gap, 1.0, 1e-6);
  EXPECT_NEAR(s.lambda_min, (1 + 2 * std::cos(kPi * 4999 / 5000)) / 3, 1e-12);
}

TEST(Lanczos, OfARandomRegularGraphNearsTheKestenMcKayEdge) {
  // All but the first eigenvalue of the adjacency matrix are within 2 sqrt(d - 1) + o(1) (Friedman
  // 2008), and some come close to that.
  const Spectrum s = spectrum(test::mixing("metropolis", random_regular_graph(10000, 4, 1)));
  EXPECT_NEAR(s.lambda2, (1 + 2 * std::sqrt(3.0)) / 5, 0.005);
  EXPECT_NEAR(s.lambda_min, (1 - 2 * std::sqrt(3.0)) / 5, 0.005);
}

TEST(Lanczos, StopsWhereTheSpaceIsExhausted) {
  const Extremes complete = lanczos_extremes(test::mixing("metropolis", complete_graph(400)));
  EXPECT_NEAR(complete.high, 0.0, 1e-13);
  EXPECT_NEAR(complete.low, 0.0, 1e-13);
  const Extremes cube = lanczos_extremes(test::mixing("metropolis", hypercube_graph(1024)));
  EXPECT_NEAR(cube.high, 9.0 / 11.0, 1e-13);
  EXPECT_NEAR(cube.low, -9.0 / 11.0, 1e-13);
}

TEST(Lanczos, GivesTheSameBitsAgain) {
  const MixingMatrix w = test::mixing("metropolis", random_regular_graph(1000, 3, 4));
  const Extremes first = lanczos_extremes(w);
  const Extremes again = lanczos_extremes(w);
  EXPECT_EQ(first.high, again.high);
  EXPECT_EQ(first.low, again.low);
}

}  // namespace
}  // namespace hearsay
