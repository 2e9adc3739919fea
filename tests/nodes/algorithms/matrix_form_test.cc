// The papers' matrix forms against the nodes that pass messages.
#include "tests/nodes/algorithms/matrix_form.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

const char* const kRandomGraph = "{graph: erdos-renyi, nodes: 7, probability: 0.5}";
const char* const kRing = "{graph: ring, nodes: 5}";
constexpr double kGamma = 0.3;
const std::string kTopK = ", compressor: {name: top-k, k: 4}, gossip_step: 0.3";

/// CHOCO's exchange: x^ and the step towards the neighbours' x^.
class ChocoExchange {
 public:
  explicit ChocoExchange(const Setting& s) : w_(s.w()), hat_(s.zero()) {}
  void operator()(Matrix& x) {
    hat_ = plus(hat_, 1.0, top_k(minus(x, hat_), 4));
    x = plus(x, kGamma, disagreement(w_, hat_));
  }

 private:
  const MixingMatrix& w_;
  Matrix hat_;
};

TEST(MatrixForm, OfDpsgd) {
  expect_matrix_form(kRandomGraph, "name: dpsgd", 2e-6, [](const Setting& s) {
    return [&s](Round, Matrix& x) { x = plus(times(s.w(), x), -kRate, s.gradients(x)); };
  });
}

TEST(MatrixForm, OfDpsgdThatAdaptsFirst) {
  expect_matrix_form(
      kRandomGraph, "name: dpsgd, order: adapt-then-combine", 2e-6, [](const Setting& s) {
        return [&s](Round, Matrix& x) { x = times(s.w(), plus(x, -kRate, s.gradients(x))); };
      });
}

TEST(MatrixForm, OfDpsgdWithLocalSteps) {
  expect_matrix_form(kRing, "name: dpsgd, order: adapt-then-combine, local_steps: 3", 2e-6,
                     [](const Setting& s) {
                       return [&s](Round, Matrix& x) {
                         for (int h = 0; h < 3; ++h) x = plus(x, -kRate, s.gradients(x));
                         x = times(s.w(), x);
                       };
                     });
}

TEST(MatrixForm, OfDpsgdOnATimeVaryingGraph) {
  for (const char* graph :
       {"{graph: one-peer-exponential, nodes: 6}", "{graph: base, nodes: 5}",
        "{graph: random-matching, nodes: 7}", "{graph: directed-ring, nodes: 4}"})
    expect_matrix_form(graph, "name: dpsgd", 2e-6, [](const Setting& s) {
      return
          [&s](Round t, Matrix& x) { x = plus(times(s.mixing.at(t), x), -kRate, s.gradients(x)); };
    });
}

TEST(MatrixForm, OfDadam) {
  expect_matrix_form(kRandomGraph, "name: dadam", 1e-5, [](const Setting& s) {
    return [&s, direction = AmsGrad(s.nodes)](Round, Matrix& x) mutable {
      x = plus(times(s.w(), x), -kRate, direction(s.gradients(x)));
    };
  });
}

TEST(MatrixForm, OfDamsgrad) {
  static constexpr double kEpsilon = 1e-2;
  expect_matrix_form(kRing, "name: damsgrad, epsilon: 0.01", 1e-5, [](const Setting& s) {
    const Matrix start(s.nodes, Row(kDimension, kEpsilon));
    return [&s, m = s.zero(), v = s.zero(), v_max = start, u = start](Round, Matrix& x) mutable {
      const Matrix g = s.gradients(x);
      x = times(s.w(), x);
      u = times(s.w(), u);
      for (std::size_t i = 0; i < x.size(); ++i)
        for (std::size_t j = 0; j < kDimension; ++j) {
          m[i][j] = 0.9 * m[i][j] + 0.1 * g[i][j];
          v[i][j] = 0.99 * v[i][j] + 0.01 * g[i][j] * g[i][j];
          const double before = v_max[i][j];
          v_max[i][j] = std::max(before, v[i][j]);
          x[i][j] -= kRate * m[i][j] / std::sqrt(std::max(u[i][j], kEpsilon));
          u[i][j] += v_max[i][j] - before;
        }
    };
  });
}

TEST(MatrixForm, OfChocoSgdWithTopK) {
  expect_matrix_form(kRandomGraph, "name: choco-sgd" + kTopK, 5e-6, [](const Setting& s) {
    return [&s, exchange = ChocoExchange(s)](Round, Matrix& x) mutable {
      x = plus(x, -kRate, s.gradients(x));
      exchange(x);
    };
  });
}

TEST(MatrixForm, OfChocoAmsgradWithTopK) {
  expect_matrix_form(
      kRing, "name: choco-amsgrad" + kTopK, 1e-5,
      [](const Setting& s) {
        return [&s, exchange = ChocoExchange(s), direction = AmsGrad(s.nodes)](Round,
                                                                               Matrix& x) mutable {
          x = plus(x, -kRate, direction(s.gradients(x)));
          exchange(x);
        };
      },
      20);
}

TEST(MatrixForm, OfChocoAmsgradWithLocalSteps) {
  expect_matrix_form(
      kRing, "name: choco-amsgrad, local_steps: 2" + kTopK, 1e-5,
      [](const Setting& s) {
        return [&s, exchange = ChocoExchange(s), direction = AmsGrad(s.nodes)](Round,
                                                                               Matrix& x) mutable {
          for (int h = 0; h < 2; ++h) x = plus(x, -kRate, direction(s.gradients(x)));
          exchange(x);
        };
      },
      15);
}

TEST(MatrixForm, OfChocoAmsgradWithAGossipedSecondMoment) {
  expect_matrix_form(
      kRing, "name: choco-amsgrad, second_moment: gossiped" + kTopK, 1e-5,
      [](const Setting& s) {
        return [&s, models = ChocoExchange(s), seconds = ChocoExchange(s), m = s.zero(),
                v = s.zero(), v_max = s.zero(), u = s.zero()](Round, Matrix& x) mutable {
          const Matrix g = s.gradients(x);
          for (std::size_t i = 0; i < x.size(); ++i)
            for (std::size_t j = 0; j < kDimension; ++j) {
              m[i][j] = 0.9 * m[i][j] + 0.1 * g[i][j];
              v[i][j] = 0.99 * v[i][j] + 0.01 * g[i][j] * g[i][j];
              const double before = v_max[i][j];
              v_max[i][j] = std::max(before, v[i][j]);
              u[i][j] += v_max[i][j] - before;
              const double least = v_max[i][j] / static_cast<double>(s.nodes);
              x[i][j] -= kRate * m[i][j] / std::sqrt(std::max(u[i][j], least) + 1e-8);
            }
          models(x);
          seconds(u);
        };
      },
      15);
}

TEST(MatrixForm, OfChocoAmsgradWithAFrozenSecondMoment) {
  expect_matrix_form(
      kRing, "name: choco-amsgrad, second_moment: frozen, warmup_rounds: 6" + kTopK, 1e-5,
      [](const Setting& s) {
        return [&s, exchange = ChocoExchange(s), m = s.zero(), v = s.zero(), v_max = s.zero()](
                   Round t, Matrix& x) mutable {
          const Matrix g = s.gradients(x);
          for (std::size_t i = 0; i < x.size(); ++i)
            for (std::size_t j = 0; j < kDimension; ++j) {
              m[i][j] = 0.9 * m[i][j] + 0.1 * g[i][j];
              if (t <= 6) {
                v[i][j] = 0.99 * v[i][j] + 0.01 * g[i][j] * g[i][j];
                v_max[i][j] = std::max(v_max[i][j], v[i][j]);
              }
              x[i][j] -= kRate * m[i][j] / std::sqrt(v_max[i][j] + 1e-8);
            }
          exchange(x);
        };
      },
      15);
}

TEST(MatrixForm, OfChocoAmsgradOnTheCompleteGraphIsAveragedLocalAmsgrad) {
  expect_matrix_form(
      "{graph: complete, nodes: 6}", "name: choco-amsgrad, compressor: identity, gossip_step: 1",
      1e-5, [](const Setting& s) {
        const MixingMatrix& average = s.w();  // 11^T / n
        return [&s, &average, direction = AmsGrad(s.nodes)](Round, Matrix& x) mutable {
          x = times(average, plus(x, -kRate, direction(s.gradients(x))));
        };
      });
}

TEST(MatrixForm, OfDeepSqueeze) {
  expect_matrix_form(kRing, "name: deepsqueeze" + kTopK, 5e-6, [](const Setting& s) {
    return [&s, e = s.zero()](Round, Matrix& x) mutable {
      x = plus(x, -kRate, s.gradients(x));
      const Matrix v = plus(x, 1.0, e);
      const Matrix sent = top_k(v, 4);
      e = minus(v, sent);
      x = plus(x, kGamma, disagreement(s.w(), sent));
    };
  });
}

TEST(MatrixForm, OfGradientTracking) {
  expect_matrix_form(kRandomGraph, "name: dsgt", 5e-6, [](const Setting& s) {
    return [&s, y = s.zero(), g = s.zero()](Round t, Matrix& x) mutable {
      if (t == 1) y = g = s.gradients(x);
      x = plus(times(s.w(), x), -kRate, y);
      const Matrix next = s.gradients(x);
      y = plus(times(s.w(), y), 1.0, minus(next, g));
      g = next;
    };
  });
}

TEST(MatrixForm, OfBeer) {
  expect_matrix_form(kRing, "name: beer" + kTopK, 5e-6, [](const Setting& s) {
    return [&s, v = s.zero(), g = s.zero(), h_hat = s.zero(), g_hat = s.zero()](Round t,
                                                                                Matrix& x) mutable {
      if (t == 1) v = g = s.gradients(x);
      x = plus(plus(x, kGamma, disagreement(s.w(), h_hat)), -kRate, v);
      h_hat = plus(h_hat, 1.0, top_k(minus(x, h_hat), 4));
      const Matrix next = s.gradients(x);
      v = plus(plus(v, kGamma, disagreement(s.w(), g_hat)), 1.0, minus(next, g));
      g = next;
      g_hat = plus(g_hat, 1.0, top_k(minus(v, g_hat), 4));
    };
  });
}

TEST(MatrixForm, OfTrackedAmsgrad) {
  expect_matrix_form(
      kRing, "name: tracked-amsgrad" + kTopK, 2e-5,
      [](const Setting& s) {
        return [&s, direction = AmsGrad(s.nodes), v = s.zero(), g = s.zero(), h_hat = s.zero(),
                g_hat = s.zero()](Round t, Matrix& x) mutable {
          if (t == 1) v = g = s.gradients(x);
          x = plus(plus(x, kGamma, disagreement(s.w(), h_hat)), -kRate, direction(v));
          h_hat = plus(h_hat, 1.0, top_k(minus(x, h_hat), 4));
          const Matrix next = s.gradients(x);
          v = plus(plus(v, kGamma, disagreement(s.w(), g_hat)), 1.0, minus(next, g));
          g = next;
          g_hat = plus(g_hat, 1.0, top_k(minus(v, g_hat), 4));
        };
      },
      15);
}

// The gradients carry no noise, so the momentum v is the gradient itself whatever beta is.
TEST(MatrixForm, OfDocomWithoutNoise) {
  expect_matrix_form(kRing, "name: docom, beta: 0.2" + kTopK, 5e-6, [](const Setting& s) {
    return [&s, models = ChocoExchange(s), trackers = ChocoExchange(s), y = s.zero(), v = s.zero()](
               Round t, Matrix& x) mutable {
      if (t == 1) y = v = s.gradients(x);
      x = plus(x, -kRate, y);
      models(x);
      const Matrix next = s.gradients(x);
      y = plus(y, 1.0, minus(next, v));
      v = next;
      trackers(y);
    };
  });
}

// D2 as the paper writes it, with the last two models and gradients; exact diffusion with (W +
// I)/2.
TEST(MatrixForm, OfD2AndExactDiffusion) {
  for (const bool exact : {false, true})
    expect_matrix_form(
        kRing, exact ? "name: exact-diffusion" : "name: d2", 1e-5, [exact](const Setting& s) {
          return [&s, exact, last_x = s.zero(), last_g = s.zero()](Round t, Matrix& x) mutable {
            const Matrix g = s.gradients(x);
            Matrix y = plus(x, -kRate, g);
            if (t > 1) y = plus(minus(plus(y, 1.0, x), last_x), kRate, last_g);
            last_x = x;
            last_g = g;
            x = plus(y, exact ? 0.5 : 1.0, disagreement(s.w(), y));
          };
        });
}

TEST(MatrixForm, OfPushSumOnADirectedGraph) {
  for (const char* graph : {"{graph: arcs, arcs: [[0, 1], [1, 2], [2, 3], [3, 0], [0, 2], [1, 3]]}",
                            "{graph: one-peer-exponential, nodes: 5}"})
    expect_matrix_form(graph, "name: sgp", 5e-6, [](const Setting& s) {
      const Matrix ones(s.nodes, Row(kDimension, 1.0));
      return [&s, pushed = s.zero(), weight = ones](Round t, Matrix& z) mutable {
        pushed = times(s.mixing.at(t), plus(pushed, -kRate, s.gradients(z)));
        weight = times(s.mixing.at(t), weight);
        for (std::size_t i = 0; i < z.size(); ++i)
          for (std::size_t j = 0; j < kDimension; ++j) z[i][j] = pushed[i][j] / weight[i][j];
      };
    });
}

TEST(MatrixForm, OfNaivelyCompressedGossip) {
  // From its random start, so the models are read off before the first round.
  const Experiment experiment = experiment_of(fmt::format(
      "topology: {}\nobjective: {{model: quadratic, dimension: {}}}\n"
      "algorithm: {{name: gossip, compressor: {{name: top-k, k: 4}}, gossip_step: 0.3}}\n"
      "run: {{rounds: 10}}\n",
      kRing, kDimension));
  Cluster cluster(experiment);
  Matrix x = zeros(cluster.size());
  for (NodeId i = 0; i < cluster.size(); ++i)
    x[i].assign(cluster.model(i).begin(), cluster.model(i).end());
  for (Round t = 1; t <= 10; ++t) {
    x = plus(x, kGamma, disagreement(experiment.network().w(), top_k(x, 4)));
    cluster.run_to(t);
    for (NodeId i = 0; i < cluster.size(); ++i)
      for (std::size_t j = 0; j < kDimension; ++j)
        ASSERT_NEAR(static_cast<double>(cluster.model(i)[j]), x[i][j], 5e-6) << t;
  }
}

}  // namespace
}  // namespace hearsay
