#include "core/simd/logistic.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "core/random.h"
#include "tests/core/simd/targets.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

struct Slopes {
  std::vector<double> exps;
  std::vector<double> slopes;
};

Slopes slopes_of(std::vector<double> margins, std::vector<double> signs) {
  const std::size_t count = margins.size();
  const std::size_t room = count + simd::kLogisticSlack;
  margins.resize(room);
  signs.resize(room);
  Slopes result{std::vector<double>(room), std::vector<double>(room)};
  simd::logistic_slopes(margins.data(), signs.data(), count, result.exps.data(),
                        result.slopes.data());
  result.exps.resize(count);
  result.slopes.resize(count);
  return result;
}

/// Of all sizes, from far out to tiny, in both signs.
std::vector<double> many_margins() {
  Stream stream({.seed = 1});
  std::vector<double> margins = {0.0, -0.0, 1.0, -1.0, 708.0, -708.0, 1e300, -1e300, 5e-324};
  for (int k = 0; k < 20'000; ++k) {
    const double uniform = static_cast<double>(stream() >> 11U) * 0x1p-53;
    const double size = std::exp2(20.0 * uniform - 10.0);
    margins.push_back(k % 2 == 0 ? size : -size);
  }
  return margins;
}

std::vector<double> alternating_signs(std::size_t count) {
  std::vector<double> signs(count, 1.0);
  for (std::size_t k = 0; k < count; k += 3) signs[k] = -1.0;
  return signs;
}

TEST(LogisticSlopes, AreWithinUnitsInTheLastPlace) {
  const std::vector<double> margins = many_margins();
  const std::vector<double> signs = alternating_signs(margins.size());
  const Slopes at = slopes_of(margins, signs);
  for (std::size_t k = 0; k < margins.size(); ++k) {
    const auto z = static_cast<long double>(signs[k] * margins[k]);
    if (std::fabs(z) > 708.0L) continue;
    const long double exact = std::exp(-std::fabs(z));
    const double unit =
        std::nextafter(at.exps[k], std::numeric_limits<double>::infinity()) - at.exps[k];
    EXPECT_LE(std::fabs(static_cast<long double>(at.exps[k]) - exact),
              1.0L * static_cast<long double>(unit))
        << margins[k];
    const long double slope =
        -static_cast<long double>(signs[k]) * (z < 0 ? 1.0L : exact) / (1.0L + exact);
    EXPECT_LE(std::fabs(static_cast<long double>(at.slopes[k]) - slope), 4e-16L * std::fabs(slope))
        << margins[k];
  }
}

TEST(LogisticSlopes, OfNoMarginAndOfFarOutOnes) {
  const Slopes at = slopes_of({0.0, 0.0, 1e300, -1e300}, {1.0, -1.0, 1.0, 1.0});
  EXPECT_EQ(at.slopes[0], -0.5);
  EXPECT_EQ(at.slopes[1], 0.5);
  EXPECT_EQ(at.exps[0], 1.0);
  EXPECT_LE(std::fabs(at.slopes[2]), 1e-300);
  EXPECT_EQ(at.slopes[3], -1.0);
  EXPECT_LE(at.exps[3], 1e-300);
}

TEST(LogisticSlopes, HaveTheSameBitsOnEveryCpuAndInAnyCompany) {
  const std::vector<double> margins = many_margins();
  const std::vector<double> signs = alternating_signs(margins.size());
  const Slopes expected = slopes_of(margins, signs);
  int cpus = 0;
  on_every_cpu([&] {
    ++cpus;
    const Slopes all = slopes_of(margins, signs);
    for (std::size_t k = 0; k < margins.size(); ++k) {
      ASSERT_EQ(std::bit_cast<std::uint64_t>(all.exps[k]),
                std::bit_cast<std::uint64_t>(expected.exps[k]))
          << margins[k];
      ASSERT_EQ(std::bit_cast<std::uint64_t>(all.slopes[k]),
                std::bit_cast<std::uint64_t>(expected.slopes[k]))
          << margins[k];
    }
    const Slopes alone = slopes_of({margins[17]}, {signs[17]});
    EXPECT_EQ(alone.slopes[0], expected.slopes[17]);
  });
  EXPECT_GE(cpus, 1);
}

}  // namespace
}  // namespace hearsay
