#include "nodes/algorithms/dense_rows.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/core/vectors.h"

namespace hearsay::testing {
namespace {

/// A model cut into pieces of those many floats, and the rest.
std::vector<ByteView> cut(const Vector& model, const std::vector<std::size_t>& sizes) {
  ByteView rest = std::as_bytes(std::span(model));
  std::vector<ByteView> pieces;
  for (const std::size_t size : sizes) {
    const std::size_t bytes = std::min(rest.size(), 4 * size);
    if (bytes > 0) pieces.push_back(rest.first(bytes));
    rest = rest.subspan(bytes);
  }
  if (!rest.empty()) pieces.push_back(rest);
  return pieces;
}

TEST(DenseRows, OfNobodyHaveNoStretch) {
  DenseRows rows;
  EXPECT_EQ(rows.next().size, 0U);
}

TEST(DenseRows, ThatLieInOnePieceAreOneStretch) {
  const Vector model(7, 1.0F);
  DenseRows rows;
  rows.add(std::as_bytes(std::span(model)), 0.5F);
  const auto all = rows.next();
  EXPECT_EQ(all.begin, 0U);
  EXPECT_EQ(all.size, 7U);
  ASSERT_EQ(all.rows.size(), 1U);
  EXPECT_EQ(all.rows[0].weight, 0.5F);
  EXPECT_EQ(rows.next().size, 0U);
}

RC_GTEST_PROP(DenseRows, HoweverTheyAreCutTheSumIsTheSame, ()) {
  const auto d = *rc::gen::inRange<std::size_t>(1, 400);
  const auto sizes = rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange(1, 90));
  DenseRows rows;
  std::vector<Vector> models;
  std::vector<std::vector<ByteView>> pieces;
  std::vector<simd::WeightedRow> whole;
  for (std::size_t k = 0; k < 4; ++k) models.push_back(gaussian_vector(d, k + 1));
  for (std::size_t k = 0; k < 4; ++k) pieces.push_back(cut(models[k], *sizes));
  for (std::size_t k = 0; k < 4; ++k) {
    const float weight = 0.4F / static_cast<float>(k + 1);
    const ByteView bytes = std::as_bytes(std::span(models[k]));
    whole.push_back({bytes.data(), weight});
    if (pieces[k].size() > 1)
      rows.add(Incoming{.from = 0, .payload = {}, .pieces = pieces[k]}, weight);
    else
      rows.add(Incoming{.from = 0, .payload = bytes}, weight);
  }
  Vector expected(d);
  simd::weighted_sum(whole, expected);
  Vector x(d);
  std::size_t covered = 0;
  const auto most = *rc::gen::inRange<std::size_t>(1, 500);
  for (auto part = rows.next(most); part.size > 0; part = rows.next(most)) {
    RC_ASSERT(part.size <= most);
    RC_ASSERT(part.begin == covered);
    covered += part.size;
    simd::weighted_sum(part.rows, VectorView(x).subspan(part.begin, part.size));
  }
  RC_ASSERT(covered == d);
  RC_ASSERT(bits_of(x) == bits_of(expected));
}

}  // namespace
}  // namespace hearsay::testing
