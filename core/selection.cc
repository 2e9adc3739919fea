#include "core/selection.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>
#include <functional>

namespace hearsay {

namespace {

constexpr std::size_t kStep = 4096;       // entries between two looks at the room that is left
constexpr std::size_t kLeastRoom = 8192;  // candidates
constexpr std::size_t kBuckets = 2048;    // of a histogram of magnitudes
constexpr std::size_t kFew = 512;         // keys that are sorted about rather than counted
constexpr std::size_t kLine = 16;         // floats that a sample takes side by side
constexpr std::size_t kLeastSample = 4096;

std::uint32_t magnitude(float x) {
  return std::bit_cast<std::uint32_t>(x) & simd::kMagnitude;
}

/// A magnitude as a number, scaled, as a magnitude again.
std::uint32_t scaled(std::uint32_t of, double factor) {
  return magnitude(static_cast<float>(static_cast<double>(std::bit_cast<float>(of)) * factor));
}

struct Place {
  std::uint32_t key = 0;
  std::size_t ties = 0;
};

/// The k-th largest of the keys, which are moved about, and how many of the k largest equal it.
Place kth_of(std::size_t k, std::span<std::uint32_t> keys) {
  const auto place = keys.begin() + static_cast<std::ptrdiff_t>(k - 1);
  std::nth_element(keys.begin(), place, keys.end(), std::greater<>());
  // nth_element leaves what is larger before place k - 1, so the rest of those k are ties.
  return {*place, static_cast<std::size_t>(std::count(keys.begin(), place + 1, *place))};
}

/// Keys by their distance above `lowest`, in buckets of 2^shift.
class Histogram {
 public:
  Histogram(std::uint32_t lowest, std::uint32_t largest)
      : lowest_(lowest),
        shift_(static_cast<unsigned>(
            std::max(0, static_cast<int>(std::bit_width(largest - lowest)) - kBits))) {}

  void count(std::uint32_t key) { ++counts_[(key - lowest_) >> shift_]; }

  /// A bucket, and how many keys are in those above.
  struct Rank {
    std::size_t bucket = kBuckets - 1;
    std::size_t above = 0;
  };
  /// Goes on to the bucket of the k-th largest key.
  void descend_to(std::size_t k, Rank& rank) const {
    for (; rank.above + counts_[rank.bucket] < k; --rank.bucket) rank.above += counts_[rank.bucket];
  }
  std::uint32_t bottom_of(std::size_t bucket) const {
    return lowest_ + (static_cast<std::uint32_t>(bucket) << shift_);
  }
  std::uint32_t top_of(std::size_t bucket) const {
    return std::min(simd::kMagnitude, bottom_of(bucket) + ((std::uint32_t{1} << shift_) - 1));
  }

 private:
  static constexpr int kBits = std::bit_width(kBuckets) - 1;
  std::uint32_t lowest_;
  unsigned shift_;
  std::array<std::uint32_t, kBuckets> counts_{};
};

/// How many entries of the next vector are to be candidates: k, a fifth, and twice what a number of
/// k varies by where chance alone decides.
std::size_t enough_for(std::size_t k) {
  return k + k / 5 + static_cast<std::size_t>(2.0 * std::sqrt(static_cast<double>(k)));
}

}  // namespace

/// `lowest`: what all candidates have. It is the guess while they are not too many: the lowest of
/// them is above it, and guesses would rise from round to round until one is missed.
Selector::Kth Selector::kth_of_few(std::size_t k, std::uint32_t lowest) {
  const std::size_t count = found_.count;
  for (std::size_t i = 0; i < count; ++i) keys_[i] = magnitude(values_[i]);
  const auto keys = std::span(keys_).first(count);
  const auto [key, ties] = kth_of(k, keys);
  const std::size_t enough = enough_for(k);
  return {key, ties, count > enough ? kth_of(enough, keys).key : lowest};
}

/// Cuts the candidates, whose magnitudes are all from `lowest` to `largest`, to the k largest.
Selector::Kth Selector::cut(std::size_t k, std::uint32_t lowest, std::uint32_t largest) {
  assert(found_.count >= k);
  Kth kth;
  if (found_.count < kFew) {
    kth = kth_of_few(k, lowest);
  } else {
    Histogram histogram(lowest, largest);
    for (std::size_t i = 0; i < found_.count; ++i) histogram.count(magnitude(values_[i]));
    Histogram::Rank rank;
    histogram.descend_to(k, rank);
    const std::size_t bucket = rank.bucket;
    const std::size_t few =
        simd::keys_within(found_, histogram.bottom_of(bucket), histogram.top_of(bucket), keys_);
    const auto [key, ties] = kth_of(k - rank.above, std::span(keys_).first(few));
    kth.magnitude = key;
    kth.ties = ties;
    histogram.descend_to(std::min(found_.count, enough_for(k)), rank);
    kth.guess = histogram.bottom_of(rank.bucket);
  }
  simd::keep_above(kth.magnitude, kth.ties, found_);
  assert(found_.count == k);
  return kth;
}

/// What about 3/2 k entries and some more have, so that fewer than k are not likely.
template <class Value>
std::uint32_t Selector::guess_of_sample(std::size_t d, std::size_t k, Value value) {
  const std::size_t lines = std::max(kLeastSample, d / 128) / kLine;
  const std::size_t stride = d / lines;
  assert(stride >= kLine);
  std::size_t count = 0;
  for (std::size_t l = 0; l < lines; ++l)
    for (std::size_t i = 0; i < kLine; ++i) keys_[count++] = magnitude(value(l * stride + i));
  const double expected =
      static_cast<double>(k) * static_cast<double>(count) / static_cast<double>(d);
  const auto rank = static_cast<std::size_t>(expected + 3.0 * std::sqrt(expected) + 4.0);
  if (rank >= count) return 0;
  Histogram histogram(0, simd::kMagnitude);
  for (std::size_t i = 0; i < count; ++i) histogram.count(keys_[i]);
  Histogram::Rank place;
  histogram.descend_to(rank, place);
  const std::uint32_t bottom = histogram.bottom_of(place.bucket);
  const std::uint32_t top = histogram.top_of(place.bucket);
  std::size_t few = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t key = keys_[i];
    keys_[few] = key;  // few <= i: what is not kept is overwritten
    few += bottom <= key && key <= top ? 1U : 0U;
  }
  return kth_of(rank - place.above, std::span(keys_).first(few)).key;
}

/// Fills the candidates with those of at least `threshold`, or, when they become too many on the
/// way, with the largest of them, k at least.
template <class Scan>
Selector::Collected Selector::collect(std::size_t d, std::size_t k, std::uint32_t threshold,
                                      Scan scan) {
  const std::size_t room = places_.size() - simd::Candidates::kSlack;
  found_ = {places_.data(), values_.data(), 0};
  Collected result{.lowest = threshold};
  for (std::size_t begin = 0; begin < d; begin += kStep) {
    const std::size_t end = std::min(d, begin + kStep);
    if (found_.count + (end - begin) > room) {
      result.lowest = cut(k, result.lowest, result.largest).magnitude;
      // Of those that equal the k-th no more are needed: k at lower places have as much.
      threshold = std::min(result.lowest + 1, simd::kMagnitude);
    }
    result.largest = std::max(result.largest, scan(begin, end, threshold, found_));
  }
  return result;
}

template <class First, class Again>
Selection Selector::select(std::size_t d, std::size_t k, SelectionHint* hint, First first,
                           Again again) {
  assert(1 <= k && k <= d);
  const std::size_t room =
      std::min(d, std::max(4 * k, kLeastRoom)) + kStep + simd::Candidates::kSlack;
  if (places_.size() < room) {
    places_.resize(room);
    values_.resize(room);
    keys_.resize(std::max(room, d / 128 + kLeastSample));
  }
  const bool sample = d > kLeastRoom;
  std::uint32_t threshold = 0;
  if (hint != nullptr && hint->guess > 0)
    threshold = hint->guess;
  else if (sample)
    threshold = guess_of_sample(d, k, first.value);
  Collected collected = collect(d, k, threshold, first.scan);
  const bool missed = found_.count < k;
  // A sample knows what this vector is like, though its guess may be missed too. Without one many
  // candidates are found and cut again, which takes more than twice as long.
  if (missed && sample) collected = collect(d, k, guess_of_sample(d, k, again.value), again.scan);
  if (found_.count < k) collected = collect(d, k, 0, again.scan);
  const Kth kth = cut(k, collected.lowest, collected.largest);
  if (hint != nullptr) {
    // Of vectors that become smaller from one to the next, so do the thresholds; twice, since a
    // guess that is too low costs less than one that is too high.
    const double now = static_cast<double>(std::bit_cast<float>(kth.magnitude));
    const double before = static_cast<double>(std::bit_cast<float>(hint->threshold));
    const double trend = before > 0.0 ? std::clamp(now / before, 0.5, 1.0) : 1.0;
    const double margin = (missed ? 0.9 : 1.0) * trend * trend;
    hint->guess = scaled(kth.guess, margin);
    hint->threshold = kth.magnitude;
  }
  return {.indices = std::span(places_).first(k),
          .values = std::span(values_).first(k),
          .finite = collected.largest < simd::kInfinity};
}

namespace {

/// How the entries of a vector are had: value(j) is one of them, and scan() one of those in
/// core/simd/scan.h.
template <class Value, class Scan>
struct Walk {
  Value value;
  Scan scan;
};
template <class Value, class Scan>
Walk(Value, Scan) -> Walk<Value, Scan>;

auto walk(ConstVectorView x) {
  return Walk{[x](std::size_t j) { return x[j]; },
              [x](std::size_t begin, std::size_t end, std::uint32_t threshold,
                  simd::Candidates& found) { return simd::scan(x, begin, end, threshold, found); }};
}

auto walk_difference(ConstVectorView x, ConstVectorView y) {
  return Walk{
      [x, y](std::size_t j) { return x[j] - y[j]; },
      [x, y](std::size_t begin, std::size_t end, std::uint32_t threshold, simd::Candidates& found) {
        return simd::scan_difference(x, y, begin, end, threshold, found);
      }};
}

/// Once: it leaves the sums in y.
auto walk_sum(ConstVectorView x, VectorView y) {
  return Walk{
      [x, y](std::size_t j) { return x[j] + y[j]; },
      [x, y](std::size_t begin, std::size_t end, std::uint32_t threshold, simd::Candidates& found) {
        return simd::scan_sum(x, y, begin, end, threshold, found);
      }};
}

}  // namespace

Selection Selector::largest(ConstVectorView x, std::size_t k, SelectionHint* hint) {
  return select(x.size(), k, hint, walk(x), walk(x));
}

Selection Selector::largest_of_difference(ConstVectorView x, ConstVectorView y, std::size_t k,
                                          SelectionHint* hint) {
  assert(x.size() == y.size());
  return select(x.size(), k, hint, walk_difference(x, y), walk_difference(x, y));
}

Selection Selector::largest_of_sum(ConstVectorView x, VectorView y, std::size_t k,
                                   SelectionHint* hint) {
  assert(x.size() == y.size());
  return select(x.size(), k, hint, walk_sum(x, y), walk(y));
}

std::span<const std::uint32_t> select_largest_keys(std::span<const std::uint32_t> keys,
                                                   std::size_t k, std::span<std::uint32_t> space) {
  assert(1 <= k && k <= keys.size() && space.size() >= keys.size());
  std::copy(keys.begin(), keys.end(), space.begin());
  auto [threshold, ties] = kth_of(k, space.first(keys.size()));
  std::size_t found = 0;
  for (std::size_t j = 0; j < keys.size(); ++j) {
    const bool tie = keys[j] == threshold && ties > 0;
    ties -= tie ? 1U : 0U;
    // Written whether kept or not: found <= j, and the next entry overwrites what is not kept.
    space[found] = static_cast<std::uint32_t>(j);
    found += keys[j] > threshold || tie ? 1U : 0U;
  }
  assert(found == k);
  return space.first(k);
}

}  // namespace hearsay
