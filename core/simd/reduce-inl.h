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

HWY_BEFORE_NAMESPACE();
namespace hearsay::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

constexpr hn::ScalableTag<double> kDoubles{};
using Doubles = hn::Vec<decltype(kDoubles)>;
/// As many floats as there are doubles in a vector.
constexpr hn::Rebind<float, decltype(kDoubles)> kHalfFloats{};

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
    for (std::size_t half = kCount / 2; half > 0; half /= 2)
      for (std::size_t l = 0; l < half; ++l) lane[l] += lane[l + half];
    return lane[0];
  }

 private:
  static constexpr std::size_t kWidth = hn::MaxLanes(kDoubles);
  static constexpr std::size_t kVectors = kCount / kWidth;
  Doubles sums_[kVectors];
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
