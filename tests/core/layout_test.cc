#include "core/layout.h"

#include <gtest/gtest.h>

namespace hearsay {
namespace {

TEST(Layout, IsAsSquareAsTheDimensionAllows) {
  for (std::size_t d = 1; d < 300; ++d) {
    const Layout layout = Layout::square(d);
    ASSERT_EQ(layout.dimension(), d);
    const Layer& matrix = layout.layers().front();
    const auto rows = static_cast<std::size_t>(matrix.shape.front());
    const auto columns = static_cast<std::size_t>(matrix.shape.back());
    EXPECT_EQ(matrix.size, rows * columns);
    EXPECT_LE(rows * rows, d);
    EXPECT_GT((rows + 1) * (rows + 1), d);
    EXPECT_LT(d - matrix.size, rows) << d;
    ASSERT_LE(layout.layers().size(), 2U);
  }
}

TEST(Layout, PutsLayersBehindEachOther) {
  Layout layout;
  layout.append("weight", {3, 2, 2});
  layout.append("bias", {3});
  EXPECT_EQ(layout.layers().at(1).offset, 12U);
  EXPECT_EQ(layout.layers().at(1).size, 3U);
  EXPECT_EQ(layout.dimension(), 15U);
}

}  // namespace
}  // namespace hearsay
