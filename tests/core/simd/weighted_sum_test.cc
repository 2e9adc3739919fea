#include "core/simd/weighted_sum.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "tests/core/simd/targets.h"
#include "tests/core/vectors.h"

namespace hearsay::testing {
namespace {

/// Rows as they lie in messages, none of them aligned.
class Messages {
 public:
  Messages(std::size_t rows, std::size_t d) : bytes_(rows * 4 * d + 1), d_(d) {
    for (std::size_t k = 0; k < rows; ++k) {
      values_.push_back(gaussian_vector(d, k + 1));
      std::memcpy(place(k), values_.back().data(), 4 * d);
      rows_.push_back({place(k), 0.7F / static_cast<float>(k + 1)});
    }
  }

  std::vector<simd::WeightedRow>& rows() { return rows_; }
  const Vector& values(std::size_t k) const { return values_[k]; }
  float weight(std::size_t k) const { return rows_[k].weight; }

 private:
  std::byte* place(std::size_t k) { return bytes_.data() + 1 + k * 4 * d_; }

  Bytes bytes_;
  std::size_t d_;
  std::vector<Vector> values_;
  std::vector<simd::WeightedRow> rows_;
};

constexpr std::size_t kSizes[] = {1, 7, 15, 16, 33, 63, 64, 65, 131, 4099};

TEST(WeightedSum, GivesTheBitsOfThePlainLoopOnEveryCpu) {
  for (const std::size_t d : kSizes)
    for (const std::size_t count : {0U, 1U, 3U, 8U}) {
      Messages messages(count, d);
      Vector expected(d);
      for (std::size_t k = 0; k < count; ++k)
        for (std::size_t j = 0; j < d; ++j)
          expected[j] += messages.weight(k) * messages.values(k)[j];
      on_every_cpu([&] {
        Vector x(d, 3.0F);
        EXPECT_TRUE(simd::weighted_sum(messages.rows(), x));
        EXPECT_EQ(bits_of(x), bits_of(expected)) << d << " " << count;
      });
    }
}

TEST(WeightedSum, TakesTheSumItselfAsARow) {
  for (const std::size_t d : kSizes) {
    Messages messages(2, d);
    const Vector own = gaussian_vector(d, 9);
    Vector expected(d);
    for (std::size_t j = 0; j < d; ++j) {
      expected[j] = messages.weight(0) * messages.values(0)[j];
      expected[j] += 0.25F * own[j];
      expected[j] += messages.weight(1) * messages.values(1)[j];
    }
    on_every_cpu([&] {
      Vector x = own;
      std::vector<simd::WeightedRow> rows = messages.rows();
      rows.insert(rows.begin() + 1, {std::as_bytes(std::span(x)).data(), 0.25F});
      simd::weighted_sum(rows, x);
      EXPECT_EQ(bits_of(x), bits_of(expected)) << d;
    });
  }
}

TEST(WeightedSum, TellsOfValuesThatAreNotFinite) {
  constexpr std::size_t kDimension = 131;
  for (const float bad : {std::numeric_limits<float>::infinity(), std::nanf("")})
    for (const std::size_t place : {0U, 63U, 64U, 130U})
      on_every_cpu([&] {
        Vector row = gaussian_vector(kDimension, 1);
        row[place] = bad;
        Vector x(kDimension);
        const std::vector<simd::WeightedRow> rows = {{std::as_bytes(std::span(row)).data(), 0.5F}};
        EXPECT_FALSE(simd::weighted_sum(rows, x)) << place;
      });
}

TEST(WeightedStep, GivesTheBitsOfThePlainLoopsOnEveryCpu) {
  constexpr float kGamma = 0.3F;
  for (const std::size_t d : kSizes)
    for (const std::size_t count : {1U, 3U}) {
      Messages messages(count, d);
      const Vector own = gaussian_vector(d, 9);
      Vector expected(d);
      for (std::size_t k = 0; k < count; ++k)
        for (std::size_t j = 0; j < d; ++j)
          expected[j] += messages.weight(k) * messages.values(k)[j];
      for (std::size_t j = 0; j < d; ++j) expected[j] = own[j] + kGamma * expected[j];
      on_every_cpu([&] {
        Vector y(d, 3.0F);
        EXPECT_TRUE(simd::weighted_step(messages.rows(), own, kGamma, y));
        EXPECT_EQ(bits_of(y), bits_of(expected)) << d << " " << count;
      });
    }
}

TEST(WeightedStep, TellsOfValuesThatAreNotFinite) {
  constexpr std::size_t kDimension = 131;
  for (const std::size_t place : {0U, 64U, 130U})
    on_every_cpu([&] {
      Messages messages(2, kDimension);
      Vector own = gaussian_vector(kDimension, 1);
      own[place] = std::numeric_limits<float>::infinity();
      Vector y(kDimension);
      EXPECT_FALSE(simd::weighted_step(messages.rows(), own, 1.0F, y)) << place;
    });
}

TEST(WeightedDifferences, GiveTheBitsOfThePlainLoopOnEveryCpu) {
  for (const std::size_t d : kSizes) {
    Messages messages(3, d);
    const Vector own = gaussian_vector(d, 9);
    Vector expected(d);
    for (std::size_t k = 0; k < 3; ++k)
      for (std::size_t j = 0; j < d; ++j)
        expected[j] += messages.weight(k) * (messages.values(k)[j] - own[j]);
    on_every_cpu([&] {
      Vector delta(d, 3.0F);
      simd::weighted_differences(messages.rows(), own, delta);
      EXPECT_EQ(bits_of(delta), bits_of(expected)) << d;
    });
  }
}

}  // namespace
}  // namespace hearsay::testing
