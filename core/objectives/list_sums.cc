#include "core/objectives/list_sums.h"

#include <algorithm>
#include <array>
#include <limits>

namespace hearsay {

ListSums::ListSums(std::span<const std::uint32_t> begin, std::span<const std::uint32_t> places,
                   std::size_t size) {
  struct Segment {
    std::uint32_t list;
    std::uint32_t first;
    std::uint32_t length;
  };
  std::vector<Segment> segments;
  for (std::uint32_t list = 0; list + 1 < begin.size(); ++list)
    for (std::uint32_t first = begin[list]; first < begin[list + 1]; first += kSegment)
      segments.push_back({list, first, std::min<std::uint32_t>(kSegment, begin[list + 1] - first)});
  std::stable_sort(segments.begin(), segments.end(),
                   [](const Segment& a, const Segment& b) { return a.length > b.length; });

  const bool is_short = size <= std::numeric_limits<std::uint16_t>::max();
  const auto put = [&](std::size_t place) {
    if (is_short)
      short_places_.push_back(static_cast<std::uint16_t>(place));
    else
      places_.push_back(static_cast<std::uint32_t>(place));
  };
  for (std::size_t s = 0; s < segments.size(); s += kLanes) {
    Group& group = groups_.emplace_back();
    group.steps = segments[s].length;
    const std::size_t lanes = std::min(kLanes, segments.size() - s);
    for (std::size_t lane = 0; lane < lanes; ++lane) group.lists[lane] = segments[s + lane].list;
    for (std::size_t step = 0; step < group.steps; ++step)
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        const bool there = lane < lanes && step < segments[s + lane].length;
        put(there ? places[segments[s + lane].first + step] : size);
      }
  }
}

template <class Place>
void ListSums::add(const std::vector<Place>& places, const double* values, double* sums) const {
  const Place* place = places.data();
  for (const Group& group : groups_) {
    std::array<double, kLanes> sum{};
    for (std::uint32_t step = 0; step < group.steps; ++step, place += kLanes)
      for (std::size_t lane = 0; lane < kLanes; ++lane) sum[lane] += values[place[lane]];
    for (std::size_t lane = 0; lane < kLanes; ++lane) sums[group.lists[lane]] += sum[lane];
  }
}

void ListSums::add(const double* values, double* sums) const {
  if (places_.empty())
    add(short_places_, values, sums);
  else
    add(places_, values, sums);
}

}  // namespace hearsay
