#include "core/wager.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

constexpr double kAlpha = 1e-3;

using Draw = std::function<double(Stream&)>;

double log_wealth(const Draw& draw, double bound, std::size_t draws, std::uint64_t seed) {
  Stream stream = stream_of(seed);
  MeanWager wager(bound);
  for (std::size_t i = 0; i < draws; ++i) wager.add(draw(stream));
  return wager.log_wealth();
}

double bias_log_wealth(const Draw& draw, double variance, std::size_t draws, std::uint64_t seed) {
  Stream stream = stream_of(seed);
  BiasWager wager(variance, draws, kAlpha);
  for (std::size_t i = 0; i < draws; ++i) wager.add(draw(stream));
  return wager.log_wealth();
}

/// How many of 1,000 wagers have won 1 / kAlpha times their stake.
template <class Wealth>
int won(Wealth wealth) {
  int count = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed)
    count += wealth(seed) > -std::log(kAlpha) ? 1 : 0;
  return count;
}

const Draw kUniform = [](Stream& stream) { return 2 * stream.uniform(); };
const Draw kRare = [](Stream& stream) { return stream.below(100) == 0 ? 100.0 : 0.0; };
const Draw kCoin = [](Stream& stream) { return stream.below(2) == 0 ? 1.0 : -1.0; };

TEST(MeanWager, SeldomWinsAgainstAPromiseThatHolds) {
  // Mean 1, which is the bound: at most once in 1,000 each; 8 of 1,000 is beyond one in a million.
  for (const Draw& draw : {kUniform, kRare})
    EXPECT_LE(won([&](std::uint64_t seed) { return log_wealth(draw, 1.0, 300, seed); }), 7);
}

TEST(MeanWager, WinsAgainstAMeanAboveTheBound) {
  EXPECT_EQ(won([](std::uint64_t seed) { return log_wealth(kUniform, 0.8, 1000, seed); }), 1000);
}

TEST(MeanWager, NeedsAsManyDrawsAsTheExcessIsSmall) {
  // X = (1 + e) bound always: the wealth is (1 + e)^n for the whole stake, a share 1/8 of it all.
  const Draw constant = [](Stream&) { return 1.05; };
  EXPECT_NEAR(log_wealth(constant, 1.0, 300, 1), 300 * std::log(1.05) - std::log(8), 0.1);
}

TEST(MeanWager, LosesAllButNotForeverOnZero) {
  MeanWager wager(1.0);
  wager.add(0.0);
  EXPECT_LT(wager.log_wealth(), 0);
  EXPECT_TRUE(std::isfinite(wager.log_wealth()));
}

TEST(BiasWager, SeldomWinsWithoutABias) {
  EXPECT_LE(won([](std::uint64_t seed) { return bias_log_wealth(kCoin, 1.0, 200, seed); }), 7);
}

TEST(BiasWager, FindsABiasOfEitherSign) {
  // 2 sqrt(2 ln(1000) / 200) = 0.53, and a second moment that keeps its promise.
  for (const double bias : {0.55, -0.55}) {
    const Draw draw = [&](Stream& stream) { return 0.8 * kCoin(stream) + bias; };
    EXPECT_GE(won([&](std::uint64_t seed) { return bias_log_wealth(draw, 1.0, 200, seed); }), 950);
  }
}

}  // namespace
}  // namespace hearsay
