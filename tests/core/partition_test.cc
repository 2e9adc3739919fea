#include "core/partition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/core/data/data_testing.h"

// rapidcheck/gtest.h needs gtest first.
#include <rapidcheck/gtest.h>

namespace hearsay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::key_of;
using testing::message_of;
using testing::settings;

using Parts = std::vector<std::vector<std::uint32_t>>;

Rows labelled(const std::vector<double>& labels) {
  Rows rows;
  rows.count = labels.size();
  rows.labels = labels;
  return rows;
}

Rows with_classes(std::size_t count, std::size_t classes) {
  std::vector<double> labels(count);
  for (std::size_t r = 0; r < count; ++r) labels[r] = static_cast<double>(r % classes);
  return labelled(labels);
}

Params settings_for(const PartInfo& part, double alpha = 1.0) {
  return part.name == "dirichlet" ? settings({{"alpha", alpha}}) : Params();
}

Parts parts_of(const std::string& kind, const Rows& rows, std::size_t nodes, std::uint64_t seed = 1,
               double alpha = 1.0) {
  const auto& part = partitions().at(kind);
  return part.make(complete(part, settings_for(part, alpha)), rows, nodes, seed);
}

std::vector<std::uint32_t> flatten(const Parts& parts) {
  std::vector<std::uint32_t> rows;
  for (const auto& part : parts) rows.insert(rows.end(), part.begin(), part.end());
  return rows;
}

TEST(EvenlySpaced, FollowsTheFormula) {
  EXPECT_EQ(evenly_spaced(10, 4), (std::vector<std::uint32_t>{0, 2, 5, 7}));
  EXPECT_EQ(evenly_spaced(3, 3), (std::vector<std::uint32_t>{0, 1, 2}));
  EXPECT_EQ(evenly_spaced(3, 100), (std::vector<std::uint32_t>{0, 1, 2}));
  EXPECT_EQ(evenly_spaced(7, 1), (std::vector<std::uint32_t>{0}));
  EXPECT_TRUE(evenly_spaced(0, 5).empty());
}

TEST(ContiguousRange, FollowsTheFormula) {
  const std::pair<std::size_t, std::size_t> expected[] = {{0, 3}, {3, 6}, {6, 10}};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(contiguous_range(10, 3, i).begin, expected[i].first);
    EXPECT_EQ(contiguous_range(10, 3, i).end, expected[i].second);
  }
  EXPECT_EQ(contiguous_range(2, 3, 0).begin, contiguous_range(2, 3, 0).end);
}

TEST(Contiguous, CutsInTheOrderOfTheFile) {
  EXPECT_THAT(parts_of("contiguous", with_classes(7, 2), 3),
              ElementsAre(ElementsAre(0, 1), ElementsAre(2, 3), ElementsAre(4, 5, 6)));
}

TEST(LabelSorted, SortsStably) {
  EXPECT_THAT(parts_of("label-sorted", labelled({2, -1, 2, 0, -1, 0}), 3),
              ElementsAre(ElementsAre(1, 4), ElementsAre(3, 5), ElementsAre(0, 2)));
}

TEST(Iid, IsAShuffleByTheSeedCutLikeContiguous) {
  const Rows rows = with_classes(100, 10);
  const Parts parts = parts_of("iid", rows, 3, 7);
  EXPECT_EQ(parts, parts_of("iid", rows, 3, 7));
  EXPECT_NE(parts, parts_of("iid", rows, 3, 8));
  EXPECT_FALSE(std::is_sorted(parts[0].begin(), parts[0].end()));
  EXPECT_EQ(parts[0].size(), 33U);
  EXPECT_EQ(parts[2].size(), 34U);
  // The shuffle does not depend on the number of nodes.
  EXPECT_EQ(flatten(parts), flatten(parts_of("iid", rows, 5, 7)));
}

TEST(Dirichlet, IsAFunctionOfTheSeed) {
  const Rows rows = with_classes(500, 10);
  EXPECT_EQ(parts_of("dirichlet", rows, 8, 3), parts_of("dirichlet", rows, 8, 3));
  EXPECT_NE(parts_of("dirichlet", rows, 8, 3), parts_of("dirichlet", rows, 8, 4));
}

/// Mean over nodes of the share of a node's commonest class.
double skew(const Parts& parts, const Rows& rows, std::size_t classes) {
  double total = 0.0;
  for (const auto& part : parts) {
    std::vector<double> counts(classes, 0.0);
    for (const auto r : part) counts[static_cast<std::size_t>(rows.labels[r])] += 1.0;
    total += *std::max_element(counts.begin(), counts.end()) / static_cast<double>(part.size());
  }
  return total / static_cast<double>(parts.size());
}

TEST(Dirichlet, AlphaSetsHowUnevenTheClassesAre) {
  const Rows rows = with_classes(2000, 10);
  EXPECT_GT(skew(parts_of("dirichlet", rows, 8, 1, 0.05), rows, 10), 0.5);
  EXPECT_LT(skew(parts_of("dirichlet", rows, 8, 1, 1000.0), rows, 10), 0.15);
}

TEST(Dirichlet, SplitsAClassWithTheMomentsOfTheLaw) {
  // The share of a node in a class is Beta(alpha, (n - 1) alpha): mean 1/n, variance
  // (n - 1) / (n^2 (n alpha + 1)). With n = 2, alpha = 0.5: 1/2 and 1/8.
  const Rows rows = with_classes(400'000, 400);
  const Parts parts = parts_of("dirichlet", rows, 2, 11, 0.5);
  std::vector<double> share(400, 0.0);
  for (const auto r : parts[0]) share[static_cast<std::size_t>(rows.labels[r])] += 1e-3;
  double mean = 0.0;
  double square = 0.0;
  for (const double s : share) {
    mean += s / 400.0;
    square += s * s / 400.0;
  }
  EXPECT_NEAR(mean, 0.5, 0.07);  // four standard errors
  EXPECT_NEAR(square - mean * mean, 0.125, 0.03);
}

TEST(Dirichlet, SurvivesATinyAlpha) {
  // Every class goes to one node; a plain Gamma(1e-4) would underflow to 0 / 0.
  const Rows rows = with_classes(1000, 50);
  const Parts parts = parts_of("dirichlet", rows, 3, 1, 1e-4);
  EXPECT_EQ(flatten(parts).size(), 1000U);
  for (const auto& part : parts) EXPECT_EQ(part.size() % 20, 0U);
}

TEST(Dirichlet, RefusesWhenNoDrawGivesEveryNodeARow) {
  const auto impossible = [] { parts_of("dirichlet", with_classes(100, 2), 50, 1, 1e-3); };
  EXPECT_EQ(key_of(impossible), "partition");
  EXPECT_THAT(message_of<ParamError>(impossible), HasSubstr("50 nodes"));
}

TEST(Partitions, RefuseMoreNodesThanRows) {
  for (const PartInfo* part : partition_catalogue().parts()) {
    const auto too_many = [&] { parts_of(part->name, with_classes(3, 2), 4); };
    EXPECT_EQ(key_of(too_many), "partition") << part->name;
    EXPECT_THAT(message_of<ParamError>(too_many), HasSubstr("4 nodes cannot share 3"));
  }
}

RC_GTEST_PROP(Partitions, GiveEveryRowToOneNodeAndEveryNodeARow, ()) {
  const auto nodes = *rc::gen::inRange<std::size_t>(1, 12);
  const auto count = *rc::gen::inRange<std::size_t>(nodes, 300);
  const auto classes = *rc::gen::inRange<std::size_t>(1, 8);
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  for (const PartInfo* part : partition_catalogue().parts()) {
    // A large alpha, so that a draw without an empty node is found.
    const bool tight = count < 10 * nodes * classes;
    if (part->name == "dirichlet" && tight) continue;
    const Parts parts = parts_of(part->name, with_classes(count, classes), nodes, seed, 5.0);
    RC_ASSERT(parts.size() == nodes);
    for (const auto& rows : parts) RC_ASSERT(!rows.empty());
    auto rows = flatten(parts);
    std::sort(rows.begin(), rows.end());
    std::vector<std::uint32_t> all(count);
    std::iota(all.begin(), all.end(), 0U);
    RC_ASSERT(rows == all);
  }
}

}  // namespace
}  // namespace hearsay
