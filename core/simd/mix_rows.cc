#include "core/simd/mix_rows.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/simd/mix_rows.cc"
#include <hwy/foreach_target.h>
// above all others that it includes again
#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <cassert>
#include <type_traits>

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

/// y = x + gamma * sums, of as many vectors; returns the largest magnitude so far.
template <std::size_t kVectors>
HWY_INLINE Words step(const float* HWY_RESTRICT x, Floats gamma, const Floats (&sums)[kVectors],
                      float* HWY_RESTRICT y, Words largest) {
  for (std::size_t v = 0; v < kVectors; ++v) {
    const Floats mixed = hn::Add(hn::LoadU(kFloats, x + v * kLanes), hn::Mul(gamma, sums[v]));
    hn::StoreU(mixed, kFloats, y + v * kLanes);
    largest = hn::Max(largest, hn::BitCast(kWords, hn::Abs(mixed)));
  }
  return largest;
}

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
  return step(x + i * width + c, gamma, sums, y + i * width + c, largest);
}

struct Rows {
  const simd::SparseMatrix& w;
  const float* HWY_RESTRICT x;
  std::size_t width;
  float* HWY_RESTRICT y;
  const float* next;

  Row row(std::size_t i) const {
    const std::uint32_t begin = w.row_begin[i];
    return {w.columns.data() + begin, w.values.data() + begin, w.row_begin[i + 1] - begin};
  }
};

constexpr std::size_t kStep = 4;   // vectors
constexpr std::size_t kLine = 16;  // floats of a cache line

Words mix_one_by_one(const Rows& of, std::size_t begin, std::size_t end, Floats gamma,
                     Words largest) {
  const std::size_t width = of.width;
  for (std::size_t i = begin; i < end; ++i) {
    const Row row = of.row(i);
    if (of.next != nullptr)
      for (std::size_t c = 0; c < width; c += kLine) hwy::Prefetch(of.next + i * width + c);
    std::size_t c = 0;
    for (; c + kStep * kLanes <= width; c += kStep * kLanes)
      largest = mix<kStep>(row, gamma, of.x, width, i, c, of.y, largest);
    for (; c < width; c += kLanes) largest = mix<1>(row, gamma, of.x, width, i, c, of.y, largest);
  }
  return largest;
}

/// The rows of a run, of kCount entries each, are one row as long as all of them together, whose
/// columns and weights are looked up once. On a Zen 5 a cycle that loads one of those loads no
/// vector of 64 bytes besides.
template <std::size_t kCount>
Words mix_run(const Rows& of, std::size_t begin, std::size_t end, Floats gamma, Words largest) {
  const Row row = of.row(begin);
  Floats weights[kCount];
  const float* others[kCount];
  for (std::size_t k = 0; k < kCount; ++k) {
    weights[k] = hn::Set(kFloats, row.values[k]);
    others[k] = of.x + row.columns[k] * of.width;
  }
  const float* const own = of.x + begin * of.width;
  float* HWY_RESTRICT const to = of.y + begin * of.width;
  const float* const next = of.next == nullptr ? nullptr : of.next + begin * of.width;
  const auto some = [&](std::size_t c, auto vectors) HWY_ATTR {
    constexpr std::size_t kVectors = decltype(vectors)::value;
    Floats sums[kVectors];
    for (std::size_t v = 0; v < kVectors; ++v) sums[v] = hn::Zero(kFloats);
    for (std::size_t k = 0; k < kCount; ++k)
      for (std::size_t v = 0; v < kVectors; ++v)
        sums[v] =
            hn::Add(sums[v], hn::Mul(weights[k], hn::LoadU(kFloats, others[k] + c + v * kLanes)));
    largest = step(own + c, gamma, sums, to + c, largest);
  };
  const std::size_t count = (end - begin) * of.width;
  std::size_t c = 0;
  for (; c + kStep * kLanes <= count; c += kStep * kLanes) {
    if (next != nullptr)
      for (std::size_t l = 0; l < kStep * kLanes; l += kLine) hwy::Prefetch(next + c + l);
    some(c, std::integral_constant<std::size_t, kStep>());
  }
  for (; c < count; c += kLanes) some(c, std::integral_constant<std::size_t, 1>());
  return largest;
}

Words mix_run(const Rows& of, const simd::SparseMatrix::Run& run, Floats gamma, Words largest) {
  static_assert(simd::SparseMatrix::kLongestInRun == 6);
  switch (of.row(run.begin).count) {
    case 2:
      return mix_run<2>(of, run.begin, run.end, gamma, largest);
    case 3:
      return mix_run<3>(of, run.begin, run.end, gamma, largest);
    case 4:
      return mix_run<4>(of, run.begin, run.end, gamma, largest);
    case 5:
      return mix_run<5>(of, run.begin, run.end, gamma, largest);
    default:
      return mix_run<6>(of, run.begin, run.end, gamma, largest);
  }
}

bool mix_rows(const simd::SparseMatrix& w, float gamma, const float* x, std::size_t width, float* y,
              const float* next) {
  const Rows of{w, x, width, y, next};
  const Floats factor = hn::Set(kFloats, gamma);
  Words largest = hn::Zero(kWords);  // magnitude, as the bits of a float
  std::size_t done = 0;
  for (const simd::SparseMatrix::Run& run : w.runs) {
    largest = mix_one_by_one(of, done, run.begin, factor, largest);
    largest = mix_run(of, run, factor, largest);
    done = run.end;
  }
  largest = mix_one_by_one(of, done, w.rows(), factor, largest);
  constexpr std::uint32_t kInfinity = 0x7f800000U;
  return hn::AllTrue(kWords, hn::Lt(largest, hn::Set(kWords, kInfinity)));
}

}  // namespace hearsay::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include "core/simd/cpu.h"

namespace hearsay::simd {

HWY_EXPORT(mix_rows);

bool SparseMatrix::continues(std::size_t row) const {
  const std::size_t before = row_begin[row - 1];
  const std::size_t begin = row_begin[row];
  const std::size_t count = row_begin[row + 1] - begin;
  if (count != begin - before || count < 2 || count > kLongestInRun) return false;
  for (std::size_t k = 0; k < count; ++k)
    if (columns[begin + k] != columns[before + k] + 1 || values[begin + k] != values[before + k])
      return false;
  return true;
}

void SparseMatrix::find_runs() {
  runs.clear();
  for (std::size_t row = 1; row < rows(); ++row) {
    if (!continues(row)) continue;
    const auto end = static_cast<std::uint32_t>(row + 1);
    if (!runs.empty() && runs.back().end == row)
      runs.back().end = end;
    else
      runs.push_back({static_cast<std::uint32_t>(row - 1), end});
  }
}

bool mix_rows(const SparseMatrix& w, float gamma, const float* x, std::size_t width, float* y,
              const float* next) {
  assert(width % kMixWidth == 0);
  // A Zen 5 has the next block in time without being asked, and asking takes a sixth of the time.
  if (is_amd()) next = nullptr;
  return HWY_DYNAMIC_DISPATCH(mix_rows)(w, gamma, x, width, y, next);
}

}  // namespace hearsay::simd

#endif  // HWY_ONCE
