#include "core/simd/mix_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "core/types.h"
#include "tests/core/simd/targets.h"
#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

constexpr std::size_t kRows = 11;

/// Row i has the columns i, i + 1 and i + 4, and the last row none.
simd::SparseMatrix some_matrix() {
  simd::SparseMatrix w;
  for (std::size_t i = 0; i < kRows; ++i) {
    for (std::size_t j = 0; j < kRows && i + 1 < kRows; ++j) {
      if (j != i && j != (i + 1) % kRows && j != (i + 4) % kRows) continue;
      w.columns.push_back(static_cast<std::uint32_t>(j));
      w.values.push_back(0.1F * static_cast<float>(j) - 0.37F);
    }
    w.row_begin.push_back(static_cast<std::uint32_t>(w.columns.size()));
  }
  return w;
}

/// A circle where everyone has `count` entries, at i and behind it; the last rows go round.
simd::SparseMatrix circle(std::size_t rows, std::size_t count) {
  simd::SparseMatrix w;
  for (std::size_t i = 0; i < rows; ++i) {
    std::vector<std::uint32_t> columns;
    for (std::size_t k = 0; k < count; ++k)
      columns.push_back(static_cast<std::uint32_t>((i + k) % rows));
    std::sort(columns.begin(), columns.end());
    for (const std::uint32_t j : columns) {
      w.columns.push_back(j);
      w.values.push_back(j == i ? -0.7F : 0.3F);
    }
    w.row_begin.push_back(static_cast<std::uint32_t>(w.columns.size()));
  }
  w.find_runs();
  return w;
}

/// As it is written.
Vector mixed(const simd::SparseMatrix& w, float gamma, const Vector& x, std::size_t width) {
  Vector y = x;
  for (std::size_t i = 0; i < w.rows(); ++i)
    for (std::size_t c = 0; c < width; ++c) {
      float sum = 0.0F;
      for (std::uint32_t k = w.row_begin[i]; k < w.row_begin[i + 1]; ++k)
        sum += w.values[k] * x[w.columns[k] * width + c];
      y[i * width + c] = x[i * width + c] + gamma * sum;
    }
  return y;
}

TEST(MixRows, GiveTheBitsOfThePlainLoopOnEveryCpu) {
  const simd::SparseMatrix w = some_matrix();
  for (const std::size_t width : {16, 32, 48, 64, 80, 176}) {
    Vector x = gaussian_vector(kRows * width, width);
    x[3] = -0.0F;
    x[width + 3] = 0.0F;
    const Vector expected = mixed(w, 0.7F, x, width);
    on_every_cpu([&] {
      Vector y(x.size(), 5.0F);
      EXPECT_TRUE(simd::mix_rows(w, 0.7F, x.data(), width, y.data()));
      EXPECT_EQ(bits_of(y), bits_of(expected)) << width;
    });
  }
}

TEST(MixRows, RunsHaveTheBitsOfTheirRowsOnEveryCpu) {
  for (std::size_t count = 1; count <= simd::SparseMatrix::kLongestInRun + 1; ++count) {
    const simd::SparseMatrix w = circle(kRows, count);
    const bool has_runs = 2 <= count && count <= simd::SparseMatrix::kLongestInRun;
    ASSERT_EQ(w.runs.size(), has_runs ? 1U : 0U) << count;
    if (has_runs) {
      EXPECT_EQ(w.runs[0].begin, 0U);
      EXPECT_EQ(w.runs[0].end, kRows - count + 1);
    }
    for (const std::size_t width : {16, 64, 80}) {
      const Vector x = gaussian_vector(kRows * width, width);
      const Vector expected = mixed(w, 0.7F, x, width);
      on_every_cpu([&] {
        for (const float* const next : {static_cast<const float*>(nullptr), x.data()}) {
          Vector y(x.size(), 5.0F);
          EXPECT_TRUE(simd::mix_rows(w, 0.7F, x.data(), width, y.data(), next));
          EXPECT_EQ(bits_of(y), bits_of(expected)) << count << " entries, width " << width;
        }
      });
    }
  }
}

TEST(MixRows, RunsEndWhereWeightsOrPlacesChange) {
  simd::SparseMatrix w;
  const auto add = [&w](std::uint32_t first, std::uint32_t second, float value) {
    w.columns.insert(w.columns.end(), {first, second});
    w.values.insert(w.values.end(), {value, 0.5F});
    w.row_begin.push_back(static_cast<std::uint32_t>(w.columns.size()));
  };
  add(0, 2, 0.5F);
  add(1, 3, 0.5F);
  add(2, 4, 0.25F);  // another weight
  add(3, 5, 0.25F);
  add(4, 6, 0.25F);
  add(5, 6, 0.25F);  // another distance
  add(0, 1, 0.25F);  // another place
  w.find_runs();
  ASSERT_EQ(w.runs.size(), 2U);
  EXPECT_EQ(w.runs[0].begin, 0U);
  EXPECT_EQ(w.runs[0].end, 2U);
  EXPECT_EQ(w.runs[1].begin, 2U);
  EXPECT_EQ(w.runs[1].end, 5U);
  const Vector x = gaussian_vector(w.rows() * 16, 1);
  Vector y(x.size());
  simd::mix_rows(w, 1.0F, x.data(), 16, y.data());
  EXPECT_EQ(bits_of(y), bits_of(mixed(w, 1.0F, x, 16)));
}

TEST(MixRows, KeepNegativeZerosAsTheNodesDo) {
  simd::SparseMatrix w;
  w.columns = {0};
  w.values = {-1.0F};
  w.row_begin = {0, 1};
  const Vector x(16, -0.0F);
  Vector y(16);
  simd::mix_rows(w, 1.0F, x.data(), 16, y.data());
  EXPECT_EQ(bits_of(y), bits_of(mixed(w, 1.0F, x, 16)));
}

TEST(MixRows, TellOfValuesThatAreNotFinite) {
  for (const simd::SparseMatrix& w : {some_matrix(), circle(kRows, 3)})
    on_every_cpu([&] {
      for (const std::size_t place : {0UL, 17UL, kRows * 48 - 1}) {
        Vector x(kRows * 48, 1.0F);
        Vector y(x.size());
        x[place] = std::numeric_limits<float>::max();
        EXPECT_TRUE(simd::mix_rows(w, 1e-3F, x.data(), 48, y.data())) << place;
        x[place] = std::numeric_limits<float>::quiet_NaN();
        EXPECT_FALSE(simd::mix_rows(w, 1.0F, x.data(), 48, y.data())) << place;
        x[place] = -std::numeric_limits<float>::infinity();
        EXPECT_FALSE(simd::mix_rows(w, 1.0F, x.data(), 48, y.data())) << place;
      }
    });
}

}  // namespace
}  // namespace hearsay
