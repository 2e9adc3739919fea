#include "core/objectives/list_sums.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/random.h"

namespace hearsay {
namespace {

struct Lists {
  std::vector<std::uint32_t> begin{0};
  std::vector<std::uint32_t> places;
};

/// Of no places, of one, and of up to some hundred.
Lists random_lists(std::size_t count, std::size_t size) {
  Stream stream({.seed = count + size});
  Lists lists;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t length = i % 7 == 0 ? 0 : stream() % (i % 5 == 0 ? 300 : 20);
    for (std::size_t k = 0; k < length; ++k)
      lists.places.push_back(static_cast<std::uint32_t>(stream() % size));
    lists.begin.push_back(static_cast<std::uint32_t>(lists.places.size()));
  }
  return lists;
}

/// In segments of 32, one after the other.
double sum_of(const Lists& lists, std::size_t i, const std::vector<double>& values, double sum) {
  for (std::size_t at = lists.begin[i]; at < lists.begin[i + 1]; at += 32) {
    double segment = 0.0;
    for (std::size_t k = at; k < std::min<std::size_t>(at + 32, lists.begin[i + 1]); ++k)
      segment += values[lists.places[k]];
    sum += segment;
  }
  return sum;
}

TEST(ListSums, AddTheValuesOfEachListInItsOrder) {
  for (const std::size_t size : {1U, 50U, 65535U, 65536U, 100'000U})
    for (const std::size_t count : {0U, 1U, 7U, 8U, 9U, 500U}) {
      const Lists lists = random_lists(count, size);
      const ListSums list_sums(lists.begin, lists.places, size);
      Stream stream({.seed = 3});
      std::vector<double> values(size + 1);
      for (double& value : values) value = stream.uniform() - 0.3;
      values.back() = 0.0;
      std::vector<double> sums(count);
      std::vector<double> expected(count);
      for (std::size_t i = 0; i < count; ++i) {
        sums[i] = static_cast<double>(i) / 3.0;
        expected[i] = sum_of(lists, i, values, sums[i]);
      }
      list_sums.add(values.data(), sums.data());
      EXPECT_EQ(sums, expected) << count << " lists of places below " << size;
    }
}

TEST(ListSums, OfNoListsAreNone) {
  ListSums().add(nullptr, nullptr);
}

}  // namespace
}  // namespace hearsay
