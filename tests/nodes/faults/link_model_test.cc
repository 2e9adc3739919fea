#include "nodes/faults/link_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

namespace hearsay {
namespace {

using ::testing::DoubleEq;
using ::testing::DoubleNear;
using ::testing::ElementsAre;

constexpr std::uint64_t kSeed = 7;

LinkModel link(LinkSettings settings, std::vector<Outage> outages = {}) {
  return {3, 4, kSeed, settings, std::move(outages)};
}

/// Arrivals of so many frames of `bytes` bytes, all ready at time 0, each of a round of its own.
std::vector<double> arrivals(LinkModel& model, std::size_t frames, std::size_t bytes = 1000) {
  std::vector<double> result;
  for (std::uint64_t k = 1; k <= frames; ++k)
    result.push_back(model.send(0.0, k, k, bytes).arrives);
  return result;
}

TEST(LinkModel, WithoutSettingsDeliversAtOnce) {
  LinkModel model = link({});
  const auto delivery = model.send(1.5, 1, 1, 1'000'000'000);
  EXPECT_EQ(delivery.arrives, 1.5);
  EXPECT_FALSE(delivery.duplicated);
  EXPECT_EQ(model.counts(), LinkCounts{});
}

TEST(LinkModel, CarriesOneFrameAtATimeInOrder) {
  LinkModel model = link({.rate = 8000.0});  // 1000 bytes a second
  EXPECT_THAT(model.send(0.0, 1, 1, 1000).arrives, DoubleEq(1.0));
  EXPECT_THAT(model.send(0.0, 1, 2, 500).arrives, DoubleEq(1.5));
  EXPECT_THAT(model.send(1.25, 2, 3, 500).arrives, DoubleEq(2.0));
  EXPECT_THAT(model.send(10.0, 3, 4, 500).arrives, DoubleEq(10.5)) << "the line was free";
}

TEST(LinkModel, DelaysWithoutKeepingTheLineBusy) {
  LinkModel model = link({.rate = 8000.0, .delay = 5.0});
  EXPECT_THAT(arrivals(model, 3), ElementsAre(DoubleEq(6.0), DoubleEq(7.0), DoubleEq(8.0)));
}

TEST(LinkModel, JittersWithinItsBounds) {
  const LinkSettings settings{.delay = 2.0, .jitter = 0.5};
  double sum = 0.0;
  std::set<double> seen;
  constexpr int kFrames = 4000;
  LinkModel model = link(settings);
  for (int k = 1; k <= kFrames; ++k) {
    const double ready = 10.0 * k;
    const double late = model.send(ready, 1, k, 100).arrives - ready - 2.0;
    EXPECT_GE(late, -1e-9);
    EXPECT_LE(late, 0.5 + 1e-9);
    sum += late;
    seen.insert(late);
  }
  // Uniform: standard deviation 0.5 / sqrt(12), over sqrt(4000) frames.
  EXPECT_NEAR(sum / kFrames, 0.25, 5.0 * 0.5 / std::sqrt(12.0 * kFrames));
  EXPECT_GT(seen.size(), kFrames / 2);
}

TEST(LinkModel, FramesNeverOvertakeEachOther) {
  LinkModel model = link({.rate = 1e6, .jitter = 1.0, .loss = 0.2, .resend_after = 0.01});
  const std::vector<double> times = arrivals(model, 500);
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
}

TEST(LinkModel, ALossCostsATransmissionAndAWait) {
  const LinkSettings settings{.rate = 8000.0, .loss = 0.4, .resend_after = 0.25};
  LinkModel model = link(settings);
  double before = 0.0;
  std::uint64_t resent = 0;
  for (std::uint64_t k = 1; k <= 50; ++k) {
    const double arrival = model.send(0.0, k, k, 1000).arrives;
    const auto tries = static_cast<double>(model.counts().resent_frames - resent);
    EXPECT_NEAR(arrival - before, 1.0 + 1.25 * tries, 1e-9) << k;
    before = arrival;
    resent = model.counts().resent_frames;
  }
  EXPECT_GT(resent, 10U);
  EXPECT_EQ(model.counts().resent_bytes, 1000 * resent);
}

TEST(LinkModel, LosesTheShareThatItIsTold) {
  constexpr double kLoss = 0.3;
  constexpr int kFrames = 20'000;
  LinkModel model = link({.loss = kLoss});
  arrivals(model, kFrames);
  // The number of losses before the first success is geometric: mean p/(1-p), variance p/(1-p)^2.
  EXPECT_NEAR(static_cast<double>(model.counts().resent_frames) / kFrames, kLoss / (1 - kLoss),
              5.0 * std::sqrt(kLoss / kFrames) / (1 - kLoss));
}

TEST(LinkModel, DuplicatesAreCountedAndCostNoTime) {
  constexpr int kFrames = 10'000;
  LinkModel plain = link({.rate = 1e6});
  LinkModel doubling = link({.rate = 1e6, .duplication = 0.1});
  std::uint64_t doubled = 0;
  for (std::uint64_t k = 1; k <= kFrames; ++k) {
    const auto delivery = doubling.send(0.0, 1, k, 200);
    EXPECT_EQ(delivery.arrives, plain.send(0.0, 1, k, 200).arrives);
    doubled += delivery.duplicated ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(doubled), 0.1 * kFrames, 5.0 * std::sqrt(0.09 * kFrames));
  EXPECT_EQ(doubling.counts(),
            (LinkCounts{.duplicate_frames = doubled, .duplicate_bytes = 200 * doubled}));
}

TEST(LinkModel, DrawsDoNotDependOnTime) {
  const LinkSettings settings{.jitter = 1.0, .loss = 0.3, .duplication = 0.3};
  LinkModel fast = link(settings);
  LinkModel slow = link(settings);
  for (std::uint64_t k = 1; k <= 200; ++k) {
    EXPECT_EQ(fast.send(0.0, k, k, 100).duplicated, slow.send(1000.0 * k, k, k, 100).duplicated);
    EXPECT_EQ(fast.counts(), slow.counts());
  }
}

TEST(LinkModel, DrawsDifferByLinkDirectionAndSeed) {
  const LinkSettings settings{.jitter = 1.0};
  const auto first = [&](NodeId from, NodeId to, std::uint64_t seed) {
    return LinkModel(from, to, seed, settings).send(0.0, 1, 1, 100).arrives;
  };
  const std::set<double> all{first(0, 1, 1), first(1, 0, 1), first(0, 2, 1), first(0, 1, 2)};
  EXPECT_EQ(all.size(), 4U);
  EXPECT_EQ(first(0, 1, 1), first(0, 1, 1));
}

TEST(LinkModel, AnOutageHoldsTheFramesOfItsRounds) {
  LinkModel model = link({.resend_after = 0.25}, {{.from = 2, .to = 3, .seconds = 1.0}});
  EXPECT_EQ(model.send(0.0, 1, 1, 100).arrives, 0.0);
  // Tried at 10, 10.25, ... in vain.
  EXPECT_THAT(model.send(10.0, 2, 2, 100).arrives, DoubleNear(11.0, 1e-9));
  EXPECT_EQ(model.counts(), (LinkCounts{.resent_frames = 4, .resent_bytes = 400}));
  EXPECT_THAT(model.send(11.5, 2, 3, 100).arrives, DoubleEq(11.5)) << "it is up again";
  EXPECT_THAT(model.send(20.0, 3, 4, 100).arrives, DoubleNear(21.0, 1e-9)) << "the next round";
  EXPECT_EQ(model.send(30.0, 4, 5, 100).arrives, 30.0);
}

TEST(LinkModel, AnOutageEndsBetweenTwoTries) {
  LinkModel model =
      link({.rate = 8000.0, .resend_after = 0.5}, {{.from = 1, .to = 1, .seconds = 2.0}});
  // Each try takes one second, and half a second until the next: at 0, 1.5, 3.
  EXPECT_THAT(model.send(0.0, 1, 1, 1000).arrives, DoubleEq(4.0));
  EXPECT_EQ(model.counts().resent_frames, 2U);
}

TEST(LinkModel, OutagesOfOneRoundOverlap) {
  LinkModel model = link({.resend_after = 0.125}, {{.from = 1, .to = 5, .seconds = 1.0},
                                                   {.from = 2, .to = 2, .seconds = 3.0}});
  EXPECT_THAT(model.send(0.0, 1, 1, 100).arrives, DoubleNear(1.0, 1e-9));
  EXPECT_THAT(model.send(1.0, 2, 2, 100).arrives, DoubleNear(4.0, 1e-9));
  EXPECT_THAT(model.send(2.0, 3, 3, 100).arrives, DoubleNear(4.0, 1e-9)) << "it waits in line";
}

}  // namespace
}  // namespace hearsay
