// What all data sets share, and those that are made without files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/data/finish.h"
#include "tests/core/data/data_testing.h"

namespace hearsay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::load;
using testing::message_of;
using testing::settings;
using testing::TempFolder;

TEST(Digits, HasAllRowsAndClasses) {
  const Dataset data = load("digits");
  EXPECT_EQ(data.train.count + data.test.count, 1797U);
  EXPECT_EQ(data.test.count, 359U);
  EXPECT_EQ(data.train.features, 64U);
  std::vector<int> counts(10, 0);
  for (const Rows* rows : {&data.train, &data.test})
    for (const double label : rows->labels) ++counts.at(static_cast<std::size_t>(label));
  EXPECT_THAT(counts, ElementsAre(178, 182, 177, 183, 181, 182, 181, 179, 174, 180));
  EXPECT_EQ(data.classes.size(), 10U);
}

TEST(Digits, HoldsOutEveryFifthRow) {
  const Dataset all = load("digits", settings({{"holdout", 0.0}}));
  const Dataset split = load("digits");
  EXPECT_EQ(all.train.count, 1797U);
  EXPECT_EQ(all.test.count, 0U);
  for (std::size_t r = 0; r < 1797; ++r) {
    const bool test = r % 5 == 4;
    const Rows& rows = test ? split.test : split.train;
    const std::size_t place = test ? r / 5 : r - (r + 1) / 5;
    ASSERT_EQ(rows.labels[place], all.train.labels[r]) << r;
    const auto held = rows.dense_row(place);
    const auto whole = all.train.dense_row(r);
    ASSERT_TRUE(std::equal(held.begin(), held.end(), whole.begin(), whole.end())) << r;
  }
}

TEST(Digits, ScalesItsValues) {
  const Dataset data = load("digits", settings({{"scale", 0.0625}}));
  const auto [least, most] =
      std::minmax_element(data.train.values.begin(), data.train.values.end());
  EXPECT_EQ(*least, 0.0F);
  EXPECT_EQ(*most, 1.0F);
}

TEST(Holdout, SplitsSparseRowsToo) {
  const TempFolder folder;
  const Dataset data =
      load("libsvm", settings({{"train", folder.write("a", "1 1:1 2:2\n2 3:3\n3\n4 1:4\n5 2:5\n")},
                               {"holdout", 0.5}}));
  EXPECT_THAT(data.train.labels, ElementsAre(1.0, 3.0, 5.0));
  EXPECT_THAT(data.train.row_begin, ElementsAre(0U, 2U, 2U, 3U));
  EXPECT_THAT(data.train.columns, ElementsAre(0U, 1U, 1U));
  EXPECT_THAT(data.train.values, ElementsAre(1.0F, 2.0F, 5.0F));
  EXPECT_THAT(data.test.labels, ElementsAre(2.0, 4.0));
  EXPECT_THAT(data.test.columns, ElementsAre(2U, 0U));
  EXPECT_THAT(data.classes, ElementsAre(1.0, 3.0, 5.0));
}

TEST(Holdout, LeavesATestFileAlone) {
  const TempFolder folder;
  const Dataset data = load("libsvm", settings({{"train", folder.write("a", "1 1:1\n2 1:2\n")},
                                                {"test", folder.write("t", "1 1:3\n")},
                                                {"holdout", 0.5}}));
  EXPECT_EQ(data.train.count, 2U);
  EXPECT_EQ(data.test.count, 1U);
}

TEST(DistinctLabels, StopsAtTenThousand) {
  Rows rows;
  for (int i = 0; i < 10'000; ++i) rows.labels.push_back((i * 7919) % 10'000);
  EXPECT_EQ(distinct_labels(rows).size(), 10'000U);
  rows.labels.push_back(0.5);
  EXPECT_TRUE(distinct_labels(rows).empty());
}

TEST(Synthetic, IsAFunctionOfTheSeed) {
  const Dataset a = load("synthetic", {}, {}, 5);
  const Dataset b = load("synthetic", {}, {}, 5);
  const Dataset c = load("synthetic", {}, {}, 6);
  EXPECT_EQ(a.train.values, b.train.values);
  EXPECT_EQ(a.train.labels, b.train.labels);
  EXPECT_NE(a.train.values, c.train.values);
  EXPECT_EQ(a.train.count, 1000U);
  EXPECT_EQ(a.train.features, 20U);
  EXPECT_THAT(a.classes, ElementsAre(0.0, 1.0));
}

TEST(Synthetic, MoreRowsLeaveTheEarlierOnesAndTheTestSet) {
  const auto made = [](int rows) {
    return load("synthetic", settings({{"rows", rows}, {"test_rows", 7}, {"classes", 3}}));
  };
  const Dataset few = made(50);
  const Dataset many = made(80);
  EXPECT_TRUE(
      std::equal(few.train.values.begin(), few.train.values.end(), many.train.values.begin()));
  EXPECT_TRUE(
      std::equal(few.train.labels.begin(), few.train.labels.end(), many.train.labels.begin()));
  EXPECT_EQ(few.test.values, many.test.values);
  EXPECT_EQ(few.test.count, 7U);
}

TEST(Synthetic, WithoutNoiseTheTeacherIsLinear) {
  // One feature, two classes: the label then only depends on the sign of the feature.
  const Dataset data =
      load("synthetic", settings({{"rows", 200}, {"features", 1}, {"noise", 0.0}}));
  double upper = 0.0;  // the label of positive rows
  for (std::size_t r = 0; r < data.train.count; ++r)
    if (data.train.values[r] > 0.0F) upper = data.train.labels[r];
  for (std::size_t r = 0; r < data.train.count; ++r)
    EXPECT_EQ(data.train.labels[r], data.train.values[r] > 0.0F ? upper : 1.0 - upper);
}

TEST(Synthetic, OneClassIsARegressionTarget) {
  const Dataset data =
      load("synthetic", settings({{"rows", 50}, {"features", 1}, {"classes", 1}, {"noise", 0.0}}));
  const double slope = data.train.labels[0] / static_cast<double>(data.train.values[0]);
  for (std::size_t r = 0; r < data.train.count; ++r)
    EXPECT_NEAR(data.train.labels[r], slope * static_cast<double>(data.train.values[r]), 1e-12);
}

TEST(Datasets, FormatsAreSelectedByFormatAndNamesByName) {
  for (const PartInfo* part : dataset_catalogue().parts()) {
    const bool format =
        part->name == "libsvm" || part->name == "csv" || part->name == "idx" || part->name == "tsv";
    EXPECT_EQ(part->selector, format ? "format" : "name") << part->name;
    EXPECT_FALSE(part->summary.empty());
  }
  EXPECT_EQ(dataset_catalogue().kind(), "data");
}

}  // namespace
}  // namespace hearsay
