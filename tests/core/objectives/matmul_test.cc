#include "core/objectives/matmul.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/random.h"
#include "core/types.h"

// rapidcheck/gtest.h needs gtest first.
#include <rapidcheck/gtest.h>

namespace hearsay {
namespace {

Vector random_matrix(std::size_t size, std::uint64_t seed) {
  Vector matrix(size);
  Stream stream(StreamKey{seed});
  for (float& value : matrix) value = static_cast<float>(stream.uniform() - 0.5);
  return matrix;
}

/// The order of summation that the header promises, written out.
Vector in_order(const Vector& a, const Vector& b, std::size_t m, std::size_t n, std::size_t k) {
  Vector c(m * n, 0.0F);
  for (std::size_t i = 0; i < m; ++i)
    for (std::size_t j = 0; j < n; ++j)
      for (std::size_t p = 0; p < k; ++p) {
        const float term = a[i * k + p] * b[p * n + j];
        c[i * n + j] += term;
      }
  return c;
}

RC_GTEST_PROP(Multiply, SumsInOrderForAllSizesAndAlignments, ()) {
  const auto m = *rc::gen::inRange<std::size_t>(1, 14);
  const auto n = *rc::gen::inRange<std::size_t>(1, 27);
  const auto k = *rc::gen::inRange<std::size_t>(1, 40);
  const auto shift = *rc::gen::inRange<std::size_t>(0, 5);
  const Vector a = random_matrix(m * k, 1);
  const Vector b = random_matrix(k * n, 2);
  const Vector expected = in_order(a, b, m, n, k);

  Vector moved(b.size() + shift);
  std::copy(b.begin(), b.end(), moved.begin() + static_cast<std::ptrdiff_t>(shift));
  Vector c(m * n + shift, -1.0F);
  multiply({a.data(), k, 1}, moved.data() + shift, c.data() + shift, m, n, k);
  RC_ASSERT(
      std::equal(expected.begin(), expected.end(), c.begin() + static_cast<std::ptrdiff_t>(shift)));

  // The same through a transposed copy of A.
  Vector turned(m * k);
  transpose(a.data(), m, k, turned.data());
  multiply({turned.data(), 1, m}, b.data(), c.data(), m, n, k);
  RC_ASSERT(std::equal(expected.begin(), expected.end(), c.begin()));
}

TEST(Transpose, SwapsRowsAndColumns) {
  const Vector matrix{1, 2, 3, 4, 5, 6};
  Vector out(6);
  transpose(matrix.data(), 2, 3, out.data());
  EXPECT_EQ(out, (Vector{1, 4, 2, 5, 3, 6}));
}

}  // namespace
}  // namespace hearsay
