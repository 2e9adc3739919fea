// Sums over lists of places in a table, many short lists and some long ones. To add values to the
// sums one by one would take a load and a store for each; here every value is only read, and lists
// of one length are added up side by side, so that a CPU need not guess where a list ends.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace hearsay {

class ListSums {
 public:
  ListSums() = default;

  /// List i has the places places[begin[i]] .. places[begin[i + 1] - 1], all below `size`. Sorts
  /// segments of lists by length.
  ListSums(std::span<const std::uint32_t> begin, std::span<const std::uint32_t> places,
           std::size_t size);

  /// sums[i] += the values of list i, for all lists. values: `size` of them, and a zero behind. The
  /// same bits on every CPU: a list is cut into segments of kSegment, each is added up in its
  /// order, and so are the segments.
  void add(const double* values, double* sums) const;

 private:
  static constexpr std::size_t kSegment = 32;
  static constexpr std::size_t kLanes = 8;  // segments that are added up side by side

  struct Group {
    std::uint32_t steps = 0;  // of its longest segment; shorter ones read the zero
    std::uint32_t lists[kLanes] = {};
  };

  template <class Place>
  void add(const std::vector<Place>& places, const double* values, double* sums) const;

  std::vector<Group> groups_;
  std::vector<std::uint16_t> short_places_;  // group by group, step by step, a place for each lane
  std::vector<std::uint32_t> places_;        // in their stead, of a long table
};

}  // namespace hearsay
