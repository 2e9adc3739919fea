#include "core/selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "tests/core/simd/targets.h"
#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

/// The definition: sorted by magnitude, of equal ones the lower place first.
std::vector<std::uint32_t> by_sorting(ConstVectorView x, std::size_t k) {
  std::vector<std::uint32_t> places(x.size());
  std::iota(places.begin(), places.end(), 0U);
  std::stable_sort(places.begin(), places.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::fabs(x[a]) > std::fabs(x[b]);
  });
  places.resize(k);
  std::sort(places.begin(), places.end());
  return places;
}

std::vector<std::uint32_t> places_of(const Selection& selection) {
  return {selection.indices.begin(), selection.indices.end()};
}

void expect_values(const Selection& selection, ConstVectorView x) {
  for (std::size_t i = 0; i < selection.indices.size(); ++i)
    ASSERT_EQ(selection.values[i], x[selection.indices[i]]);
}

/// Long enough to be sampled, and to be cut on the way.
constexpr std::size_t kLong = 100'003;

std::vector<Vector> long_vectors() {
  std::vector<Vector> all = {gaussian_vector(kLong, 1)};
  Vector& rising = all.emplace_back(kLong);  // every entry above all before it
  for (std::size_t j = 0; j < kLong; ++j) rising[j] = static_cast<float>(j);
  all.emplace_back(rising.rbegin(), rising.rend());
  all.emplace_back(kLong, 0.0F);
  all.emplace_back(kLong, -2.5F);
  Vector& few = all.emplace_back(kLong);  // a sample sees none of them
  for (std::size_t j = 5; j < kLong; j += 9973) few[j] = 1.0F + static_cast<float>(j);
  Vector& misleading = all.emplace_back(gaussian_vector(kLong, 4));  // a sample sees nothing else
  for (std::size_t line = 0; line + 16 <= kLong; line += kLong / 256)
    for (std::size_t j = line; j < line + 16; ++j) misleading[j] = 50.0F + misleading[j];
  Vector& ends = all.emplace_back(gaussian_vector(kLong, 2));  // the large ones are at the end
  for (std::size_t j = kLong - 3000; j < kLong; ++j) ends[j] *= 100.0F;
  Vector& levels = all.emplace_back(gaussian_vector(kLong, 3));  // many ties
  for (float& value : levels) value = std::round(value * 2.0F);
  return all;
}

TEST(Selector, FindsTheLargestWhateverTheVectorIsLike) {
  for (const Vector& x : long_vectors())
    for (const std::size_t k : {std::size_t{1}, std::size_t{100}, std::size_t{1000},
                                std::size_t{30'000}, kLong - 1, kLong}) {
      const std::vector<std::uint32_t> expected = by_sorting(x, k);
      on_every_cpu([&] {
        Selector selector;
        const Selection found = selector.largest(x, k);
        ASSERT_EQ(places_of(found), expected);
        expect_values(found, x);
      });
    }
}

TEST(Selector, HintsChangeNoResult) {
  const std::vector<Vector> vectors = long_vectors();
  for (const std::size_t k : {std::size_t{10}, std::size_t{1000}, std::size_t{30'000}}) {
    Selector selector;
    SelectionHint hint;  // of one vector for the next, which is nothing like it
    for (int round = 0; round < 2; ++round)
      for (const Vector& x : vectors)
        ASSERT_EQ(places_of(selector.largest(x, k, &hint)), by_sorting(x, k));
    for (const std::uint32_t guess : {1U, 0x3f800000U, simd::kMagnitude}) {
      SelectionHint wrong{.guess = guess, .threshold = guess};
      ASSERT_EQ(places_of(selector.largest(vectors[0], k, &wrong)), by_sorting(vectors[0], k));
    }
  }
}

TEST(Selector, TakesDifferencesAndSumsAsTheyAreInFloat) {
  const std::vector<Vector> vectors = long_vectors();
  Selector selector;
  for (std::size_t i = 0; i < vectors.size(); ++i) {
    const Vector& x = vectors[i];
    Vector y = vectors[(i + 1) % vectors.size()];
    Vector difference(kLong);
    Vector sum(kLong);
    for (std::size_t j = 0; j < kLong; ++j) {
      difference[j] = x[j] - y[j];
      sum[j] = x[j] + y[j];
    }
    for (const std::size_t k : {std::size_t{7}, std::size_t{1500}, std::size_t{30'000}}) {
      const Selection found = selector.largest_of_difference(x, y, k);
      ASSERT_EQ(places_of(found), by_sorting(difference, k));
      expect_values(found, difference);
      for (const std::uint32_t guess : {0U, simd::kMagnitude}) {  // the second takes several passes
        SelectionHint hint{.guess = guess, .threshold = guess};
        Vector into = y;
        const Selection of_sum = selector.largest_of_sum(x, into, k, &hint);
        ASSERT_EQ(places_of(of_sum), by_sorting(sum, k));
        expect_values(of_sum, sum);
        ASSERT_EQ(bits_of(into), bits_of(sum));
      }
    }
  }
}

TEST(Selector, SaysWhetherAllIsFinite) {
  Selector selector;
  Vector x = gaussian_vector(kLong, 1);
  EXPECT_TRUE(selector.largest(x, 10).finite);
  for (const float bad : {NAN, -INFINITY, std::bit_cast<float>(0xffffffffU)})
    for (const std::size_t place : {std::size_t{0}, kLong / 2, kLong - 1}) {
      Vector broken = x;
      broken[place] = bad;
      const Selection found = selector.largest(broken, 10);
      EXPECT_FALSE(found.finite);
      EXPECT_THAT(places_of(found), ::testing::Contains(place));  // never lost silently
    }
}

TEST(Selector, FindsTheLargestOfShortVectors) {
  rc::check([](const std::vector<std::int8_t>& small) {  // with ties
    RC_PRE(!small.empty());
    const Vector x(small.begin(), small.end());
    const std::size_t k = *rc::gen::inRange<std::size_t>(1, x.size() + 1);
    Selector selector;
    RC_ASSERT(places_of(selector.largest(x, k)) == by_sorting(x, k));
    SelectionHint hint{.guess = *rc::gen::arbitrary<std::uint32_t>() & simd::kMagnitude};
    RC_ASSERT(places_of(selector.largest(x, k, &hint)) == by_sorting(x, k));
  });
}

}  // namespace
}  // namespace hearsay
