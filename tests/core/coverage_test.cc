#include "core/coverage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/state.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

void message(Coverage& coverage, const std::vector<std::size_t>& coordinates) {
  coverage.begin_message();
  for (const std::size_t j : coordinates) coverage.mark(j);
}

TEST(Coverage, CountsByLayer) {
  Coverage coverage({2, 2, 5, 6});  // the second is empty
  message(coverage, {0, 2, 3});
  message(coverage, {3});
  message(coverage, {3, 4});
  ASSERT_EQ(coverage.messages(), 3U);
  const auto layers = coverage.layers();
  ASSERT_EQ(layers.size(), 4U);
  EXPECT_EQ(layers[0].sent, 1U);
  EXPECT_EQ(layers[0].never_sent, 1U);
  EXPECT_EQ(layers[0].oldest_age, 3U);
  EXPECT_EQ(layers[1].sent + layers[1].never_sent + layers[1].oldest_age, 0U);
  EXPECT_EQ(layers[2].sent, 5U);
  EXPECT_EQ(layers[2].never_sent, 0U);
  EXPECT_EQ(layers[2].oldest_age, 2U);  // coordinate 2 went with message 1 of 3
  EXPECT_EQ(layers[3].sent, 0U);
  EXPECT_EQ(layers[3].never_sent, 1U);
  EXPECT_EQ(layers[3].oldest_age, 3U);
}

TEST(Coverage, IsRestoredFromItsState) {
  Coverage coverage({2, 5});
  message(coverage, {0, 3});
  message(coverage, {1, 3, 4});
  Coverage restored({2, 5});
  copy_state(coverage, restored);
  message(coverage, {2});
  message(restored, {2});
  EXPECT_EQ(restored.messages(), 3U);
  for (std::size_t l = 0; l < 2; ++l) {
    EXPECT_EQ(restored.layers()[l].sent, coverage.layers()[l].sent);
    EXPECT_EQ(restored.layers()[l].never_sent, coverage.layers()[l].never_sent);
    EXPECT_EQ(restored.layers()[l].oldest_age, coverage.layers()[l].oldest_age);
  }
}

}  // namespace
}  // namespace hearsay
