#include "core/compressors/sparsity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::HasSubstr;

TEST(Sparsity, RoundsTheShareHalvesUp) {
  EXPECT_EQ(count_of_ratio(0.05, 50), 3U);  // 2.5
  EXPECT_EQ(count_of_ratio(0.05, 49), 2U);  // 2.45
  EXPECT_EQ(count_of_ratio(0.25, 10), 3U);  // 2.5
  EXPECT_EQ(count_of_ratio(0.5, 8), 4U);
}

TEST(Sparsity, KeepsAtLeastOneAndAtMostAll) {
  EXPECT_EQ(count_of_ratio(0.001, 10), 1U);
  EXPECT_EQ(count_of_ratio(1.0, 1), 1U);
  EXPECT_EQ(count_of_ratio(1.0, 650), 650U);
  EXPECT_EQ(count_of_ratio(0.9999, 7), 7U);
}

TEST(Sparsity, TakesExactlyOneKey) {
  EXPECT_EQ(kept_count(settings({{"name", "top-k"}, {"k", 7}}), 7), 7U);
  EXPECT_EQ(kept_count(settings({{"name", "top-k"}, {"ratio", 0.5}}), 8), 4U);

  const auto both = [] { kept_count(settings({{"name", "top-k"}, {"ratio", 0.5}, {"k", 4}}), 8); };
  EXPECT_EQ(key_of(both), "k");
  EXPECT_THAT(message_of<ParamError>(both), HasSubstr("not both"));

  const auto none = [] { kept_count(settings({{"name", "random-k"}}), 8); };
  EXPECT_THAT(message_of<ParamError>(none), HasSubstr("random-k needs ratio or k"));
}

TEST(Sparsity, RefusesMoreThanThereIs) {
  const auto above = [] { kept_count(settings({{"name", "top-k"}, {"k", 9}}), 8); };
  EXPECT_EQ(key_of(above), "k");
  EXPECT_THAT(message_of<ParamError>(above),
              HasSubstr("at most the model's 8 coordinates (got 9)"));
}

}  // namespace
}  // namespace hearsay
