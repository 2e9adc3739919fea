// Sums in a fixed order, for functions that are compiled for several CPUs: include it inside such a
// file, behind hwy/highway.h.

#if defined(HEARSAY_CORE_SIMD_REDUCE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HEARSAY_CORE_SIMD_REDUCE_INL_H_
#undef HEARSAY_CORE_SIMD_REDUCE_INL_H_
#else
#define HEARSAY_CORE_SIMD_REDUCE_INL_H_
#endif

#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace hearsay::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

constexpr hn::ScalableTag<double> kDoubles{};
using Doubles = hn::Vec<decltype(kDoubles)>;
/// As many floats as there are doubles in a vector.
constexpr hn::Rebind<float, decltype(kDoubles)> kHalfFloats{};

/// Adds up halves of some partial sums, a power of two of them, until one is left.
template <std::size_t kCount>
HWY_INLINE double Pairwise(double (&lane)[kCount]) {
  for (std::size_t half = kCount / 2; half > 0; half /= 2)
    for (std::size_t l = 0; l < half; ++l) lane[l] += lane[l + half];
  return lane[0];
}

/// Sixteen partial sums, whatever the width of the vectors: term j goes to number j mod 16, and
/// they are added pairwise at the end. So the result depends on the terms alone.
class Lanes {
 public:
  static constexpr std::size_t kCount = 16;

  HWY_INLINE Lanes() {
    for (auto& sum : sums_) sum = hn::Zero(kDoubles);
  }

  /// Adds term(0), term(kWidth), ...: the vectors of 16 terms.
  template <class Term>
  HWY_INLINE void add(Term term) {
    for (std::size_t v = 0; v < kVectors; ++v) sums_[v] = hn::Add(sums_[v], term(v * kWidth));
  }

  /// The sum of it all and of the last `count` < 16 terms, tail(0), tail(1), ...
  template <class Tail>
  HWY_INLINE double total(std::size_t count, Tail tail) const {
    double lane[kCount];
    for (std::size_t v = 0; v < kVectors; ++v) hn::StoreU(sums_[v], kDoubles, lane + v * kWidth);
    for (std::size_t l = 0; l < count; ++l) lane[l] += tail(l);
    return Pairwise(lane);
  }

 private:
  static constexpr std::size_t kWidth = hn::MaxLanes(kDoubles);
  static constexpr std::size_t kVectors = kCount / kWidth;
  Doubles sums_[kVectors];
};

/// The sum of magnitudes of floats with the bits that Lanes gives, at the price of two shifts. A
/// float's bits without the sign, moved to where a double has its lowest exponent bit, are that
/// double times 2^-896, exactly, subnormal numbers too.
class MagnitudeLanes {
 public:
  static constexpr hn::CappedTag<float, Lanes::kCount> kFloats{};
  static constexpr std::size_t kWidth = hn::MaxLanes(kFloats);

  HWY_INLINE MagnitudeLanes() {
    for (auto& sum : even_) sum = hn::Zero(kScaled);
    for (auto& sum : odd_) sum = hn::Zero(kScaled);
  }

  /// Adds the terms j with j mod 16 = l, l + 1, ..., for l a multiple of kWidth.
  HWY_INLINE void add(std::size_t l, hn::Vec<decltype(kFloats)> x) {
#if HWY_TARGET == HWY_SCALAR
    even_[l] = hn::Add(even_[l], hn::PromoteTo(kScaled, hn::Abs(x)));
#else
    const auto bits = hn::BitCast(kPairs, x);
    const auto magnitude = hn::Set(kPairs, std::uint64_t{0x7fffffff} << kShift);
    auto& even = even_[l / kWidth];
    auto& odd = odd_[l / kWidth];
    even = hn::Add(even, hn::BitCast(kScaled, hn::And(hn::ShiftLeft<kShift>(bits), magnitude)));
    odd = hn::Add(odd, hn::BitCast(kScaled, hn::And(hn::ShiftRight<32 - kShift>(bits), magnitude)));
#endif
  }

  /// The sum of `size` terms, of which all but the last size mod 16 were added; one(j) is term j.
  template <class One>
  HWY_INLINE double total(std::size_t size, One one) const {
    double lane[Lanes::kCount];
    for (std::size_t v = 0; v < kVectors; ++v) store(v, lane);
    const std::size_t rest = size % Lanes::kCount;
    for (std::size_t l = 0; l < rest; ++l) lane[l] += __builtin_fabs(double{one(size - rest + l)});
    const double sum = Pairwise(lane);
    // Infinity and NaN came as numbers of that size.
    return HWY_LIKELY(sum < 0x1p128) ? sum : slow_total(size, one);
  }

 private:
  static constexpr std::size_t kVectors = Lanes::kCount / kWidth;
#if HWY_TARGET == HWY_SCALAR
  static constexpr hn::Rebind<double, decltype(kFloats)> kScaled{};
#else
  static constexpr int kShift = 29;
  static constexpr hn::Repartition<std::uint64_t, decltype(kFloats)> kPairs{};
  static constexpr hn::Repartition<double, decltype(kFloats)> kScaled{};
#endif

  HWY_INLINE void store(std::size_t v, double* lane) const {
#if HWY_TARGET == HWY_SCALAR
    lane[v] = hn::GetLane(even_[v]);
#else
    constexpr std::size_t kHalf = kWidth / 2;
    double even[kHalf];
    double odd[kHalf];
    const auto scale = hn::Set(kScaled, 0x1p896);
    hn::StoreU(hn::Mul(even_[v], scale), kScaled, even);
    hn::StoreU(hn::Mul(odd_[v], scale), kScaled, odd);
    for (std::size_t i = 0; i < kHalf; ++i) {
      lane[v * kWidth + 2 * i] = even[i];
      lane[v * kWidth + 2 * i + 1] = odd[i];
    }
#endif
  }

  template <class One>
  static HWY_NOINLINE double slow_total(std::size_t size, One one) {
    double lane[Lanes::kCount] = {};
    for (std::size_t j = 0; j < size; ++j)
      lane[j % Lanes::kCount] += __builtin_fabs(double{one(j)});
    return Pairwise(lane);
  }

  hn::Vec<decltype(kScaled)> even_[kVectors];
  hn::Vec<decltype(kScaled)> odd_[kVectors];
};

/// The sum of `size` terms: wide(j) has those from j on, one(j) is a single one.
template <class Wide, class One>
HWY_INLINE double Reduce(std::size_t size, Wide wide, One one) {
  Lanes lanes;
  std::size_t j = 0;
  for (; j + Lanes::kCount <= size; j += Lanes::kCount)
    lanes.add([=](std::size_t l) HWY_ATTR { return wide(j + l); });
  return lanes.total(size - j, [=](std::size_t l) HWY_ATTR { return one(j + l); });
}

}  // namespace hearsay::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
