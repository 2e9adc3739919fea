// The order in which frames arrive changes nothing: real algorithms, whatever the network does.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/core/vectors.h"
#include "tests/nodes/cluster.h"
#include "tests/nodes/experiments.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

constexpr Round kRounds = 6;

/// Noisy gradients and mini-batches, so that every stream of randomness is in play.
std::string config_of(const Pairing& pairing, const std::string& topology, std::uint64_t seed = 1) {
  return fmt::format(
      "seed: {}\n"
      "topology: {}\n"
      "objective: {{model: softmax, data: {{name: synthetic, rows: 60, features: 4, classes: 3}}, "
      "batch: 4}}\n"
      "algorithm: {}\n"
      "run: {{rounds: {}}}\n",
      seed, topology, algorithm_settings(pairing), kRounds);
}

std::string usual_topology(const Pairing& pairing) {
  return pairing.on_server() ? "{graph: star, workers: 4}" : "{graph: ring, nodes: 5}";
}

class Delivery : public ::testing::TestWithParam<Pairing> {
 protected:
  const Experiment experiment = experiment_of(config_of(GetParam(), usual_topology(GetParam())));
};

INSTANTIATE_TEST_SUITE_P(Registry, Delivery, ::testing::ValuesIn(lockstep_pairings()),
                         [](const auto& pairing) { return pairing.param.test_name(); });

TEST_P(Delivery, InAnyOrderGivesTheSameStateBitForBit) {
  Cluster in_step(experiment);
  in_step.run_to(kRounds);
  const auto expected = in_step.states();
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Cluster shuffled(experiment);
    Stream order = stream_of(seed);
    shuffled.run_to(kRounds, order);
    EXPECT_EQ(difference(shuffled.states(), expected), "") << "order of seed " << seed;
  }
}

TEST_P(Delivery, RestoredNodesContinueBitForBit) {
  Cluster undisturbed(experiment);
  undisturbed.run_to(kRounds / 2);
  const auto middle = undisturbed.states();
  undisturbed.run_to(kRounds);

  Cluster fresh(experiment);
  ASSERT_NE(difference(fresh.states(), middle), "");
  fresh.restore(middle);
  EXPECT_EQ(difference(fresh.states(), middle), "");
  Stream order = stream_of(3);
  fresh.run_to(kRounds, order);
  EXPECT_EQ(difference(fresh.states(), undisturbed.states()), "");
}

TEST_P(Delivery, TrafficIsTheSumOfTheFramesSent) {
  Cluster cluster(experiment);
  std::map<std::pair<NodeId, NodeId>, std::pair<std::uint64_t, std::uint64_t>> sent;
  cluster.watch = [&](const Envelope& envelope) {
    auto& [frames, bytes] = sent[{envelope.header.from, envelope.header.to}];
    frames += 1;
    bytes += encode_header(envelope.header).size() + envelope.payload->size();
    EXPECT_EQ(envelope.header.payload_size, envelope.payload->size());
  };
  cluster.run_to(kRounds);
  std::size_t links = 0;
  for (NodeId id = 0; id < cluster.size(); ++id) {
    std::uint64_t total = 0;
    for (const LinkTraffic& link : cluster.engine(id).traffic()) {
      EXPECT_EQ(link.frames % kRounds, 0U);
      EXPECT_EQ((std::pair{link.frames, link.wire_bytes}), (sent[{id, link.to}]));
      total += link.wire_bytes;
      ++links;
    }
    EXPECT_EQ(cluster.engine(id).wire_bytes(), total);
  }
  EXPECT_EQ(links, sent.size());
  EXPECT_EQ(links, 2 * experiment.network().graph.edges().size());
}

TEST_P(Delivery, RefusedFramesLeaveTheStateAlone) {
  Cluster cluster(experiment);
  std::vector<Envelope> log;
  std::map<std::pair<NodeId, NodeId>, std::uint64_t> frames;
  cluster.watch = [&](const Envelope& envelope) {
    log.push_back(envelope);
    ++frames[{envelope.header.from, envelope.header.to}];
  };
  cluster.run_to(2);
  const auto expected = cluster.states();
  Workspace work;
  std::vector<Envelope> out;
  const auto refusal_of = [&](FrameHeader header, Payload payload) {
    RoundEngine& engine = cluster.engine(header.to);
    const auto refusal = engine.on_frame(header, std::move(payload), work, out);
    return refusal ? to_string(*refusal) : "none";
  };
  for (const Envelope& old : log) {
    EXPECT_EQ(refusal_of(old.header, old.payload), to_string(Refusal::replayed));
    const std::uint64_t next_sequence = frames[{old.header.from, old.header.to}] + 1;
    FrameHeader next = old.header;
    next.round = 3;
    next.sequence = next_sequence;
    Bytes damaged(old.payload->begin(), old.payload->end());
    damaged.resize(damaged.empty() ? 1 : damaged.size() - 1);
    EXPECT_EQ(refusal_of(next, std::make_shared<const Bytes>(damaged)),
              to_string(Refusal::bad_payload));
    ++next.sequence;
    EXPECT_EQ(refusal_of(next, old.payload), to_string(Refusal::gap));
    next.round = 4;
    EXPECT_EQ(refusal_of(next, old.payload), to_string(Refusal::early));
    next = old.header;
    next.sequence = next_sequence;
    EXPECT_EQ(refusal_of(next, old.payload), to_string(Refusal::stale));
    next.digest ^= 1U;
    EXPECT_EQ(refusal_of(next, old.payload), to_string(Refusal::foreign));
  }
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(difference(cluster.states(), expected), "");
  cluster.run_to(kRounds);
  Cluster undisturbed(experiment);
  undisturbed.run_to(kRounds);
  EXPECT_EQ(difference(cluster.states(), undisturbed.states()), "");
}

// Where not everyone waits for everyone, nodes run ahead of each other by many rounds.
TEST(DeliveryOnDirectedAndChangingGraphs, InAnyOrderGivesTheSameStateBitForBit) {
  for (const char* topology :
       {"{graph: directed-ring, nodes: 5}", "{graph: directed-exponential, nodes: 6}",
        "{graph: one-peer-exponential, nodes: 6}", "{graph: base, nodes: 5}",
        "{graph: random-matching, nodes: 5}"})
    for (const char* algorithm : {"dpsgd", "dsgt", "sgp", "gossip"}) {
      SCOPED_TRACE(fmt::format("{} on {}", algorithm, topology));
      const Experiment experiment = experiment_of(config_of({algorithm, "identity"}, topology));
      Cluster in_step(experiment);
      in_step.run_to(kRounds);
      for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        Cluster shuffled(experiment);
        Stream order = stream_of(seed);
        shuffled.run_to(kRounds, order);
        ASSERT_EQ(difference(shuffled.states(), in_step.states()), "") << "seed " << seed;
      }
    }
}

TEST(DeliveryProperty, HoldsOnRandomGraphsForRandomPairingsAndOrders) {
  const std::vector<Pairing> pairings = lockstep_pairings();
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Stream draw = stream_of(seed);
    const Pairing& pairing = pairings[draw.below(pairings.size())];
    const std::uint64_t nodes = 2 + draw.below(9);
    const std::string topology =
        pairing.on_server() ? fmt::format("{{graph: star, workers: {}}}", nodes)
                            : fmt::format("{{graph: erdos-renyi, nodes: {}, probability: {:.2f}}}",
                                          nodes, 0.5 + 0.5 * draw.uniform());
    SCOPED_TRACE(fmt::format("seed {}: {} on {}", seed, pairing.test_name(), topology));
    const Experiment experiment = experiment_of(config_of(pairing, topology, seed));
    Cluster in_step(experiment);
    in_step.run_to(kRounds);
    Cluster shuffled(experiment);
    shuffled.run_to(kRounds, draw);
    EXPECT_EQ(difference(shuffled.states(), in_step.states()), "");
  }
}

}  // namespace
}  // namespace hearsay
