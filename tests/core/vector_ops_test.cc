#include "core/vector_ops.h"

#include <gtest/gtest.h>

#include <cfloat>
#include <cmath>
#include <functional>

#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

const std::size_t kSizes[] = {0, 1, 2, 7, 8, 9, 15, 16, 17, 100, 1003, 65537};

struct Sums {
  long double dot = 0, norm1 = 0, squared = 0, distance = 0, sum = 0;
};

Sums sums_of(ConstVectorView x, ConstVectorView y) {
  Sums result;
  for (std::size_t j = 0; j < x.size(); ++j) {
    const long double a = x[j];
    const long double b = y[j];
    result.dot += a * b;
    result.norm1 += std::fabs(a);
    result.squared += a * a;
    result.distance += (a - b) * (a - b);
    result.sum += a;
  }
  return result;
}

TEST(VectorOps, ReductionsAgreeWithLongDouble) {
  for (const std::size_t d : kSizes) {
    const Vector x = gaussian_vector(d, 1);
    const Vector y = gaussian_vector(d, 2);
    const Sums sums = sums_of(x, y);
    // Each lane adds d / 16 terms, and four more additions join the lanes.
    const long double bound = (static_cast<long double>(d) / 16 + 5) * 0x1p-53L;
    const auto close = [=](double value, long double expected, long double scale) {
      return std::fabs(value - expected) <= bound * scale;
    };
    EXPECT_TRUE(close(dot(x, y), sums.dot, sums.squared + sums.distance));
    EXPECT_TRUE(close(norm1(x), sums.norm1, sums.norm1));
    EXPECT_TRUE(close(squared_norm(x), sums.squared, sums.squared));
    EXPECT_TRUE(close(squared_distance(x, y), sums.distance, sums.distance));
    const std::vector<double> wide(x.begin(), x.end());
    EXPECT_TRUE(close(sum(wide), sums.sum, sums.norm1));
  }
}

TEST(VectorOps, ReductionsDependOnTheValuesAlone) {
  const std::function<double(ConstVectorView, ConstVectorView)> reductions[] = {
      [](ConstVectorView x, ConstVectorView y) { return dot(x, y); },
      [](ConstVectorView x, ConstVectorView) { return norm1(x); },
      [](ConstVectorView x, ConstVectorView) { return squared_norm(x); },
      [](ConstVectorView x, ConstVectorView y) { return squared_distance(x, y); },
      [](ConstVectorView x, ConstVectorView) { return double{norm_inf(x)}; }};
  for (const std::size_t d : kSizes) {
    const Vector x = gaussian_vector(d, 1);
    const Vector y = gaussian_vector(d, 2);
    for (std::size_t offset = 0; offset < 8; ++offset) {
      Vector shifted_x(offset);
      Vector shifted_y(7 - offset);
      shifted_x.insert(shifted_x.end(), x.begin(), x.end());
      shifted_y.insert(shifted_y.end(), y.begin(), y.end());
      for (const auto& reduction : reductions)
        ASSERT_EQ(reduction(x, y), reduction(ConstVectorView(shifted_x).subspan(offset),
                                             ConstVectorView(shifted_y).subspan(7 - offset)));
    }
  }
}

TEST(VectorOps, ReductionsPinTheirOrder) {
  // Lanes j mod 16, of which halves are added up until one is left: 1e16 swallows the 1 in its own
  // lane, or in one that it meets before -1e16.
  std::vector<double> same_lane(33);
  same_lane[0] = 1e16;
  same_lane[16] = 1;
  same_lane[32] = -1e16;
  EXPECT_EQ(sum(same_lane), 0.0);
  const std::vector<double> other_lane = {1e16, 1, 0, 0, 0, 0, 0, 0, -1e16};
  EXPECT_EQ(sum(other_lane), 1.0);  // 0 and 8 cancel before lane 1 comes
  const std::vector<double> late = {1e16, -1e16, 1};
  EXPECT_EQ(sum(late), 0.0);  // lanes 0 and 2 meet before lane 1
}

TEST(VectorOps, ReductionsDoNotOverflow) {
  const Vector x(10, FLT_MAX);
  const double largest = FLT_MAX;
  EXPECT_DOUBLE_EQ(squared_norm(x), 10 * largest * largest);
  EXPECT_DOUBLE_EQ(norm1(x), 10 * largest);
  EXPECT_DOUBLE_EQ(squared_distance(x, Vector(10, -FLT_MAX)), 40 * largest * largest);
  EXPECT_GT(squared_norm(Vector{FLT_TRUE_MIN}), 0.0);
}

TEST(VectorOps, NormInfIsTheLargestMagnitude) {
  EXPECT_EQ(norm_inf(Vector{1.0F, -7.0F, 3.0F}), 7.0F);
  EXPECT_EQ(norm_inf(Vector{}), 0.0F);
  EXPECT_EQ(norm_inf(Vector{-0.0F}), 0.0F);
  for (std::size_t place = 0; place < 20; ++place) {
    Vector x = Vector(20, 1.0F);
    x[place] = -2.0F;
    EXPECT_EQ(norm_inf(x), 2.0F);
  }
}

TEST(VectorOps, AllFiniteSeesEveryPlace) {
  for (const std::size_t d : {1U, 8U, 19U}) {
    EXPECT_TRUE(all_finite(Vector(d, FLT_MAX)));
    EXPECT_TRUE(all_finite(Vector(d, -FLT_TRUE_MIN)));
    for (std::size_t place = 0; place < d; ++place) {
      for (const float bad : {NAN, INFINITY, -INFINITY}) {
        Vector x(d, 1.0F);
        x[place] = bad;
        EXPECT_FALSE(all_finite(x)) << place;
      }
    }
  }
  EXPECT_TRUE(all_finite(Vector{}));
}

TEST(VectorOps, AnUpdateTellsWhetherItsResultIsFinite) {
  for (const std::size_t d : {1U, 8U, 83U})
    for (std::size_t place = 0; place < d; ++place) {
      Vector x(d, 1.0F);
      Vector y(d, FLT_MAX);
      EXPECT_TRUE(add_scaled(y, 1.0F, x));
      x[place] = FLT_MAX;  // the sum overflows
      EXPECT_FALSE(add_scaled(y, 1.0F, x)) << place;
    }
}

TEST(VectorOps, UpdatesRoundTheProductAndThenTheSum) {
  // (1 + 2^-23)^2 = 1 + 2^-22 + 2^-46; a fused multiply-add would keep the last term.
  const float a = 1.0F + 0x1p-23F;
  Vector y{-(1.0F + 0x1p-22F)};
  add_scaled(y, a, Vector{a});
  EXPECT_EQ(y[0], 0.0F);
}

TEST(VectorOps, UpdatesElementByElement) {
  for (const std::size_t d : kSizes) {
    const Vector x = gaussian_vector(d, 1);
    const Vector y = gaussian_vector(d, 2);
    Vector scaled = y;
    add_scaled(scaled, 0.3F, x);
    Vector difference(d);
    subtract(difference, x, y);
    std::vector<double> wide(d, 0.5);
    accumulate(wide, 0.25, x);
    Vector narrow(d);
    round_to_float(narrow, wide);
    for (std::size_t j = 0; j < d; ++j) {
      ASSERT_EQ(scaled[j], y[j] + 0.3F * x[j]);
      ASSERT_EQ(difference[j], x[j] - y[j]);
      ASSERT_EQ(wide[j], 0.5 + 0.25 * double{x[j]});
      ASSERT_EQ(narrow[j], static_cast<float>(wide[j]));
    }
  }
}

}  // namespace
}  // namespace hearsay
