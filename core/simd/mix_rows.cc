#include "core/simd/mix_rows.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/simd/mix_rows.cc"
#include <hwy/foreach_target.h>
// above all others that it includes again
#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <cassert>

HWY_BEFORE_NAMESPACE();
namespace hearsay::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

constexpr hn::CappedTag<float, simd::kMixWidth> kFloats{};
constexpr hn::RebindToUnsigned<decltype(kFloats)> kWords{};
using Floats = hn::Vec<decltype(kFloats)>;
using Words = hn::Vec<decltype(kWords)>;
constexpr std::size_t kLanes = hn::MaxLanes(kFloats);

struct Row {
  const std::uint32_t* columns;
  const float* values;
  std::size_t count;
};

/// The entries of row i from column c on, of as many vectors.
template <std::size_t kVectors>
HWY_INLINE Words mix(const Row& row, Floats gamma, const float* HWY_RESTRICT x, std::size_t width,
                     std::size_t i, std::size_t c, float* HWY_RESTRICT y, Words largest) {
  Floats sums[kVectors];
  for (std::size_t v = 0; v < kVectors; ++v) sums[v] = hn::Zero(kFloats);
  for (std::size_t k = 0; k < row.count; ++k) {
    const Floats weight = hn::Set(kFloats, row.values[k]);
    const float* HWY_RESTRICT other = x + row.columns[k] * width + c;
    for (std::size_t v = 0; v < kVectors; ++v)
      sums[v] = hn::Add(sums[v], hn::Mul(weight, hn::LoadU(kFloats, other + v * kLanes)));
  }
  const std::size_t at = i * width + c;
  for (std::size_t v = 0; v < kVectors; ++v) {
    const Floats own = hn::LoadU(kFloats, x + at + v * kLanes);
    const Floats mixed = hn::Add(own, hn::Mul(gamma, sums[v]));
    hn::StoreU(mixed, kFloats, y + at + v * kLanes);
    largest = hn::Max(largest, hn::BitCast(kWords, hn::Abs(mixed)));
  }
  return largest;
}

bool mix_rows(const std::uint32_t* row_begin, std::size_t rows, const std::uint32_t* columns,
              const float* values, float gamma, const float* x, std::size_t width, float* y,
              const float* next) {
  constexpr std::size_t kStep = 4;
  constexpr std::size_t kLine = 16;  // floats of a cache line
  const Floats factor = hn::Set(kFloats, gamma);
  Words largest = hn::Zero(kWords);  // magnitude, as the bits of a float
  for (std::size_t i = 0; i < rows; ++i) {
    const std::uint32_t begin = row_begin[i];
    const Row row{columns + begin, values + begin, row_begin[i + 1] - begin};
    if (next != nullptr)
      for (std::size_t c = 0; c < width; c += kLine) hwy::Prefetch(next + i * width + c);
    std::size_t c = 0;
    for (; c + kStep * kLanes <= width; c += kStep * kLanes)
      largest = mix<kStep>(row, factor, x, width, i, c, y, largest);
    for (; c < width; c += kLanes) largest = mix<1>(row, factor, x, width, i, c, y, largest);
  }
  constexpr std::uint32_t kInfinity = 0x7f800000U;
  return hn::AllTrue(kWords, hn::Lt(largest, hn::Set(kWords, kInfinity)));
}

}  // namespace hearsay::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include "core/simd/cpu.h"

namespace hearsay::simd {

HWY_EXPORT(mix_rows);

bool mix_rows(const SparseMatrix& w, float gamma, const float* x, std::size_t width, float* y,
              const float* next) {
  assert(width % kMixWidth == 0);
  // A Zen 5 has the next block in time without being asked, and asking takes a sixth of the time.
  if (is_amd()) next = nullptr;
  return HWY_DYNAMIC_DISPATCH(mix_rows)(w.row_begin.data(), w.rows(), w.columns.data(),
                                        w.values.data(), gamma, x, width, y, next);
}

}  // namespace hearsay::simd

#endif  // HWY_ONCE
