#include "core/simd/piece_sums.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/simd/piece_sums.cc"
#include <hwy/foreach_target.h>
// above all others that it includes again
#include <hwy/highway.h>

#include <bit>
#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace hearsay::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

constexpr hn::ScalableTag<double> kDoubles{};
constexpr hn::RebindToUnsigned<decltype(kDoubles)> kWords{};
constexpr hn::RebindToSigned<decltype(kDoubles)> kNumbers{};
using Doubles = hn::Vec<decltype(kDoubles)>;
constexpr std::size_t kLanes = hn::MaxLanes(kDoubles);

/// What stands in `table` at place k of the words.
template <unsigned k>
HWY_INLINE Doubles look_up(hn::Vec<decltype(kWords)> words, const double* table) {
  auto place = hn::ShiftRight<k * simd::kPlaceBits>(words);
  if constexpr (k + 1 < simd::kPlaces) place = hn::And(place, hn::Set(kWords, 0xffff));
  return hn::GatherIndex(kDoubles, table, hn::BitCast(kNumbers, place));
}

static_assert(std::endian::native == std::endian::little);  // the first place comes first

/// The places are read from memory: fewer instructions than taking the word apart.
HWY_INLINE double sum_of(const std::uint64_t* word, const double* table) {
  std::uint16_t places[simd::kPlaces];
  std::memcpy(places, word, sizeof places);
  return (table[places[0]] + table[places[1]]) + (table[places[2]] + table[places[3]]);
}

/// The rows from `begin` on, one by one.
HWY_INLINE void one_by_one(const std::uint64_t* words, std::size_t per_row, std::size_t begin,
                           std::size_t rows, const double* table, double* sums) {
  for (std::size_t r = begin; r < rows; ++r) {
    double sum = 0.0;
    for (std::size_t w = 0; w < per_row; ++w) sum += sum_of(words + r * per_row + w, table);
    sums[r] = sum;
  }
}

void PieceSums(const std::uint64_t* words, std::size_t per_row, std::size_t rows,
               const double* table, double* sums, simd::LookUp way) {
  std::size_t r = 0;
  // By vectors only where CPUs have gathers, and where the words of rows lie one behind the other.
  if (per_row == 1 && kLanes >= 4 && way == simd::LookUp::gathers)
    for (; r + kLanes <= rows; r += kLanes) {
      const auto word = hn::LoadU(kWords, words + r);
      const auto low = hn::Add(look_up<0>(word, table), look_up<1>(word, table));
      const auto high = hn::Add(look_up<2>(word, table), look_up<3>(word, table));
      hn::StoreU(hn::Add(hn::Zero(kDoubles), hn::Add(low, high)), kDoubles, sums + r);
    }
  if (per_row == 1)
    one_by_one(words, 1, r, rows, table, sums);
  else
    one_by_one(words, per_row, r, rows, table, sums);
}

}  // namespace hearsay::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include "core/simd/cpu.h"

namespace hearsay::simd {

HWY_EXPORT(PieceSums);

LookUp best_look_up() {
  // On a Zen 5 a gather takes 1.6 times as long as its loads, on a Xeon 0.7 times as long.
  return is_amd() ? LookUp::loads : LookUp::gathers;
}

void piece_sums(const std::uint64_t* words, std::size_t per_row, std::size_t rows,
                const double* table, double* sums, LookUp way) {
  HWY_DYNAMIC_DISPATCH(PieceSums)(words, per_row, rows, table, sums, way);
}

}  // namespace hearsay::simd

#endif  // HWY_ONCE
