// The optimum of a quadratic is known: where the theory says so, the algorithms reach it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/nodes/experiments.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

Recorder train(const std::string& topology, const std::string& algorithm, int rounds) {
  return run(
      fmt::format("topology: {}\n"
                  "objective: {{model: quadratic, dimension: 20, condition: 5}}\n"
                  "algorithm: {{{}}}\n"
                  "run: {{rounds: {}, evaluate_every: {}}}\n",
                  topology, algorithm, rounds, rounds / 4));
}

TEST(Convergence, OfDistAmsgradToTheOptimum) {
  const Recorder recorder =
      train("{graph: star, workers: 5}",
            "name: dist-amsgrad, learning_rate: 0.3, schedule: {kind: cosine}", 1000);
  EXPECT_LT(*recorder.last().grad_norm, 1e-4 * *recorder.row(0).grad_norm);
}

TEST(Convergence, OfCdAdamToTheOptimum) {
  const Recorder recorder = train("{graph: star, workers: 5}",
                                  "name: cd-adam, compressor: {name: top-k, ratio: 0.2}, "
                                  "learning_rate: 0.1, schedule: {kind: cosine}",
                                  2000);
  EXPECT_LT(*recorder.last().grad_norm, 1e-3 * *recorder.row(0).grad_norm);
}

// The gradients of the nodes differ at the optimum, so a compressor without memory leaves an error
// there however small the step (Richtarik et al. 2021, section 1); markov channels learn them.
TEST(Convergence, OfEf21BothWaysToTheOptimumWhereNaiveSignsStall) {
  const auto gradient = [](const std::string& algorithm) {
    const Recorder recorder = train("{graph: star, workers: 5}", algorithm, 2000);
    return *recorder.last().grad_norm / *recorder.row(0).grad_norm;
  };
  for (const char* downlink : {"dense", "markov"})
    EXPECT_LT(gradient(fmt::format("name: ef21, compressor: scaled-sign, downlink: {}, "
                                   "learning_rate: 0.1",
                                   downlink)),
              1e-5)
        << downlink;
  EXPECT_GT(gradient("name: naive-amsgrad, compressor: scaled-sign, learning_rate: 0.1, "
                     "schedule: {kind: cosine}"),
            1e-2);
  EXPECT_GT(gradient("name: signsgd, learning_rate: 0.1, schedule: {kind: cosine}"), 1e-2);
}

TEST(Convergence, OfEfSgdWithADecreasingStepToTheOptimum) {
  const Recorder recorder = train("{graph: star, workers: 5}",
                                  "name: ef-sgd, compressor: {name: top-k, ratio: 0.2}, "
                                  "learning_rate: 0.1, schedule: {kind: cosine}",
                                  4000);
  EXPECT_LT(*recorder.last().grad_norm, 1e-3 * *recorder.row(0).grad_norm);
}

TEST(Convergence, OfOneBitAndZeroOneAdamWithADecreasingStepToTheOptimum) {
  // 0/1 Adam divides what it compressed by the rates of its local steps to get its momentum back,
  // and signs would leave it a floor here.
  for (const char* algorithm :
       {"name: 1bit-adam, compressor: scaled-sign, warmup_rounds: 100, learning_rate: 0.05",
        "name: zero-one-adam, compressor: {name: uniform, bits: 8}, learning_rate: 0.01"}) {
    const Recorder recorder = train("{graph: star, workers: 5}",
                                    fmt::format("{}, schedule: {{kind: cosine}}", algorithm), 4000);
    EXPECT_LT(*recorder.last().grad_norm, 1e-2 * *recorder.row(0).grad_norm) << algorithm;
  }
}

TEST(Convergence, OfChocoSgdWithADecreasingStepToTheOptimumAndConsensus) {
  const Recorder recorder = train("{graph: ring, nodes: 6}",
                                  "name: choco-sgd, compressor: {name: top-k, ratio: 0.2}, "
                                  "gossip_step: auto, learning_rate: 0.1, "
                                  "schedule: {kind: cosine}",
                                  4000);
  EXPECT_LT(*recorder.last().grad_norm, 1e-3 * *recorder.row(0).grad_norm);
  EXPECT_LT(*recorder.last().consensus_error, 1e-4);
}

// All nodes have the same curvature here, so the mean of the models moves as by plain gradient
// descent and reaches the optimum also with a constant step: what is left is rounding. A step as
// small as this one would let a rounding error that grows with the rounds win.
TEST(Convergence, OfChocoSgdStaysAtTheOptimumInLongRuns) {
  for (const char* compressor :
       {"identity, gossip_step: 1", "{name: top-k, ratio: 0.2}, gossip_step: 0.3",
        "scaled-sign, gossip_step: 0.2"}) {
    const Recorder recorder = train(
        "{graph: ring, nodes: 6}",
        fmt::format("name: choco-sgd, learning_rate: 0.01, compressor: {}", compressor), 32000);
    EXPECT_LT(*recorder.last().grad_norm, 1e-4 * *recorder.row(0).grad_norm) << compressor;
  }
}

TEST(Convergence, OfDpsgdStaysOffTheOptimumByTheSquareOfAConstantStep) {
  // With nodes that differ, the consensus error of a constant step eta is of the order of eta^2
  // (Lian et al. 2017, Theorem 1).
  const auto consensus = [](const char* rate) {
    return *train("{graph: ring, nodes: 6}", fmt::format("name: dpsgd, learning_rate: {}", rate),
                  4000)
                .last()
                .consensus_error;
  };
  EXPECT_NEAR(consensus("0.02") / consensus("0.01"), 4.0, 0.4);
}

}  // namespace
}  // namespace hearsay
