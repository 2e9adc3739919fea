// What every aggregator must do. The battery walks the registry.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/compressors/scaled_sign.h"
#include "core/vector_ops.h"
#include "tests/core/aggregators/aggregator_testing.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

constexpr std::size_t kTrimmed = 4;

Params sample_of(const std::string& name) {
  if (name == "trimmed-mean") return settings({{"name", name}, {"count", int{kTrimmed}}});
  if (name == "clipped-gossip" || name == "centered-clipping")
    return settings({{"name", name}, {"radius", 2.0}});
  return settings({{"name", name}});
}

/// All but the mean, which is none.
std::vector<std::string> rules() {
  std::vector<std::string> names = aggregator_catalogue().names();
  std::erase(names, "mean");
  return names;
}

class Aggregators : public ::testing::TestWithParam<std::string> {
 protected:
  const std::unique_ptr<Aggregator> rule = aggregator_of(sample_of(GetParam()));
};

INSTANTIATE_TEST_SUITE_P(Registry, Aggregators, ::testing::ValuesIn(rules()), [](const auto& name) {
  std::string label = name.param;
  std::replace(label.begin(), label.end(), '-', '_');
  return label;
});

std::vector<Vector> gaussians(std::size_t n, std::size_t d, std::uint64_t seed) {
  std::vector<Vector> result;
  for (std::size_t i = 0; i < n; ++i) result.push_back(gaussian_vector(d, 1000 * seed + i));
  return result;
}

TEST_P(Aggregators, OfEqualVectorsMakeThatVector) {
  for (const std::size_t n : {9U, 10U, 33U}) {
    for (const std::size_t d : {1U, 64U, 200U}) {
      const Vector x = gaussian_vector(d, 3);
      EXPECT_EQ(bits_of(aggregate(*rule, std::vector<Vector>(n, x), x)), bits_of(x));
    }
  }
}

TEST_P(Aggregators, GiveTheSameBitsAgainInAnyWorkspace) {
  const auto vectors = gaussians(11, 130, 1);
  Workspace used;
  std::ranges::fill(used.floats(Workspace::Slot::aggregation, 5000), 1e9F);
  std::ranges::fill(used.doubles(Workspace::Slot::aggregation, 5000), 1e9);
  std::ranges::fill(used.floats(Workspace::Slot::decoded, 5000), NAN);
  PeerVectors peers(20, 130, used);  // with room to spare
  for (const Vector& vector : vectors) peers.add(vector, 1.0F / 11.0F);
  Vector x(130);
  rule->aggregate(peers, x, used);
  EXPECT_EQ(bits_of(x), bits_of(aggregate(*rule, vectors)));
}

TEST_P(Aggregators, AllocateNothingInLaterRounds) {
  const auto vectors = gaussians(11, 130, 2);
  Workspace work;
  Vector x(130);
  const auto round = [&] {
    PeerVectors peers(11, 130, work);
    for (const Vector& vector : vectors) peers.add(vector, 1.0F / 11.0F);
    rule->aggregate(peers, x, work);
    return std::pair(work.floats(Workspace::Slot::aggregation, 1).data(),
                     work.doubles(Workspace::Slot::aggregation, 1).data());
  };
  const auto first = round();
  for (int t = 0; t < 3; ++t) EXPECT_EQ(round(), first);
}

TEST_P(Aggregators, AreFiniteForTheLargestVectors) {
  for (const float sign : {-1.0F, 1.0F}) {
    std::vector<Vector> vectors(9, Vector(70, FLT_MAX));
    for (std::size_t i = 0; i < 5; ++i) std::ranges::fill(vectors[i], sign * FLT_MAX);
    EXPECT_TRUE(all_finite(aggregate(*rule, vectors, Vector(70, -FLT_MAX))));
  }
}

TEST_P(Aggregators, DecodeWhatTheyAreGiven) {
  const ScaledSign sign(40);
  std::vector<Vector> decoded_ones;
  Workspace work;
  PeerVectors peers(9, 40, work);
  for (std::size_t i = 0; i < 9; ++i) {
    const Bytes payload = encoded(sign, gaussian_vector(40, i));
    peers.add(sign, payload, 1.0F / 9.0F);
    decoded_ones.push_back(decoded(sign, payload));
  }
  Vector x(40);
  rule->aggregate(peers, x, work);
  EXPECT_EQ(bits_of(x), bits_of(aggregate(*rule, decoded_ones)));
}

/// Coordinate-wise rules: whatever f <= 4 of n > 2 f vectors hold, the result lies where the honest
/// ones lie. The poison of a round: huge values, flipped signs, or a small shift that all share.
TEST_P(Aggregators, CoordinateWiseOnesStayWithinTheHonestValues) {
  if (!rule->coordinate_wise()) GTEST_SKIP();
  ASSERT_TRUE(rc::check("every coordinate lies between two honest ones", [this] {
    const auto f = *rc::gen::inRange<std::size_t>(0, kTrimmed + 1);
    const auto honest = *rc::gen::inRange<std::size_t>(std::max(f, kTrimmed) + 1, 20);
    const std::size_t n = honest + f;
    if (rule->impossible_for(n)) return;
    const auto d = *rc::gen::inRange<std::size_t>(1, 140);
    const auto seed = *rc::gen::inRange<std::uint64_t>(0, 1000);
    const auto attack = *rc::gen::inRange(0, 4);
    std::vector<Vector> vectors = gaussians(honest, d, seed);
    Vector least(d, FLT_MAX);
    Vector most(d, -FLT_MAX);
    Vector mean(d);
    for (const Vector& vector : vectors)
      for (std::size_t j = 0; j < d; ++j) {
        least[j] = std::min(least[j], vector[j]);
        most[j] = std::max(most[j], vector[j]);
        mean[j] += vector[j] / static_cast<float>(honest);
      }
    for (std::size_t i = 0; i < f; ++i) {
      Vector poison = gaussian_vector(d, 7 * seed + i);
      for (std::size_t j = 0; j < d; ++j) {
        if (attack == 0) poison[j] = std::copysign(FLT_MAX, poison[j]);
        if (attack == 1) poison[j] = -10.0F * mean[j];
        if (attack == 2) poison[j] = mean[j] - 1.5F;  // all of them the same
        if (attack == 3) poison[j] *= 1e10F;
      }
      // Anywhere among the honest ones.
      vectors.insert(vectors.begin() + static_cast<std::ptrdiff_t>((seed + i) % vectors.size()),
                     poison);
    }
    const Vector found = aggregate(*rule, vectors);
    for (std::size_t j = 0; j < d; ++j) {
      RC_ASSERT(found[j] >= least[j]);
      RC_ASSERT(found[j] <= most[j]);
    }
  }));
}

TEST_P(Aggregators, CoordinateWiseOnesDoNotCareWhoSentWhat) {
  if (!rule->coordinate_wise()) GTEST_SKIP();
  auto vectors = gaussians(13, 90, 5);
  for (std::size_t i = 0; i < 13; i += 2)
    for (float& value : vectors[i]) value = std::round(value);  // ties, and zeros of both signs
  const auto expected = bits_of(aggregate(*rule, vectors));
  Stream stream = stream_of(4);
  for (int shuffle = 0; shuffle < 20; ++shuffle) {
    for (std::size_t i = vectors.size() - 1; i > 0; --i)
      std::swap(vectors[i], vectors[stream.below(i + 1)]);
    ASSERT_EQ(bits_of(aggregate(*rule, vectors)), expected);
  }
}

TEST(Mean, IsNoAggregator) {
  EXPECT_EQ(aggregator_of(settings({{"name", "mean"}})), nullptr);
}

TEST(AggregatorRegistry, NamesEachPartOnceWithASummaryAndAPlace) {
  std::set<std::string> names;
  for (const PartInfo* part : aggregator_catalogue().parts()) {
    EXPECT_TRUE(names.insert(part->name).second) << part->name;
    EXPECT_NE(part->summary, "");
    for (const Param& param : part->params) EXPECT_NE(param.help, "") << param.name;
    const AggregatorMaker& maker = aggregators().at(part->name).make;
    EXPECT_TRUE(maker.on_server || maker.on_graph);
  }
  EXPECT_EQ(aggregator_catalogue().kind(), "aggregator");
}

}  // namespace
}  // namespace hearsay
