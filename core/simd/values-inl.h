// What a pass goes over: a vector, or what is made of two, entry by entry. For functions that are
// compiled for several CPUs: include it inside such a file, behind hwy/highway.h.

#if defined(HEARSAY_CORE_SIMD_VALUES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HEARSAY_CORE_SIMD_VALUES_INL_H_
#undef HEARSAY_CORE_SIMD_VALUES_INL_H_
#else
#define HEARSAY_CORE_SIMD_VALUES_INL_H_
#endif

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace hearsay::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// How far ahead loops over one vector ask for memory, in floats: four pages of 4 KiB. Processors
/// stop fetching by themselves where one ends; on a Zen 5, signs of 11,000,000 entries take twice
/// as long if nobody asks. Of two vectors at once enough is under way, and asking takes time.
constexpr std::size_t kAhead = 4096;

/// As many floats as d has lanes, at any address.
template <class D>
HWY_INLINE hn::Vec<D> LoadPacked(D d, const std::byte* from) {
#if HWY_TARGET == HWY_SCALAR
  float value = 0.0F;
  __builtin_memcpy(&value, from, sizeof value);
  return hn::Set(d, value);
#else
  const hn::Repartition<std::uint8_t, D> bytes;
  return hn::BitCast(d, hn::LoadU(bytes, reinterpret_cast<const std::uint8_t*>(from)));
#endif
}

// Each has
//   many(d, j)   the entries from j on, as many as d has lanes;
//   take(d, j)   the same for the last time: where they are to be left somewhere, they are now;
//   one(j)       a single one, taken;
//   taken(j)     a single one that was taken before;
//   prefetch(j)  asks for what comes up later, where that helps;
//   ask_for(j)   asks for the entries of a cache line, unless prefetch() has.

/// x
struct PlainValues {
  const float* x;
  template <class D>
  HWY_INLINE hn::Vec<D> many(D d, std::size_t j) const {
    return hn::LoadU(d, x + j);
  }
  template <class D>
  HWY_INLINE hn::Vec<D> take(D d, std::size_t j) const {
    return many(d, j);
  }
  HWY_INLINE float one(std::size_t j) const { return x[j]; }
  HWY_INLINE float taken(std::size_t j) const { return one(j); }
  HWY_INLINE void prefetch(std::size_t j) const { hwy::Prefetch(x + j + kAhead); }
  HWY_INLINE void ask_for(std::size_t /*j*/) const {}
};

/// x, where it lies in a message
struct PackedValues {
  const std::byte* x;
  template <class D>
  HWY_INLINE hn::Vec<D> many(D d, std::size_t j) const {
    return LoadPacked(d, x + 4 * j);
  }
  template <class D>
  HWY_INLINE hn::Vec<D> take(D d, std::size_t j) const {
    return many(d, j);
  }
  HWY_INLINE float one(std::size_t j) const {
    float value = 0.0F;
    __builtin_memcpy(&value, x + 4 * j, sizeof value);
    return value;
  }
  HWY_INLINE void prefetch(std::size_t j) const { hwy::Prefetch(x + 4 * (j + kAhead)); }
};

/// x - y
struct Differences {
  const float* x;
  const float* y;
  template <class D>
  HWY_INLINE hn::Vec<D> many(D d, std::size_t j) const {
    return hn::Sub(hn::LoadU(d, x + j), hn::LoadU(d, y + j));
  }
  template <class D>
  HWY_INLINE hn::Vec<D> take(D d, std::size_t j) const {
    return many(d, j);
  }
  HWY_INLINE float one(std::size_t j) const { return x[j] - y[j]; }
  HWY_INLINE float taken(std::size_t j) const { return one(j); }
  HWY_INLINE void prefetch(std::size_t /*j*/) const {}
  HWY_INLINE void ask_for(std::size_t j) const {
    hwy::Prefetch(x + j);
    hwy::Prefetch(y + j);
  }
};

/// x + y, to be left in y
struct RunningSums {
  const float* x;
  float* y;
  template <class D>
  HWY_INLINE hn::Vec<D> many(D d, std::size_t j) const {
    return hn::Add(hn::LoadU(d, x + j), hn::LoadU(d, y + j));
  }
  template <class D>
  HWY_INLINE hn::Vec<D> take(D d, std::size_t j) const {
    const auto sum = many(d, j);
    hn::StoreU(sum, d, y + j);
    return sum;
  }
  HWY_INLINE float one(std::size_t j) const { return y[j] = x[j] + y[j]; }
  HWY_INLINE float taken(std::size_t j) const { return y[j]; }
  HWY_INLINE void prefetch(std::size_t /*j*/) const {}
  HWY_INLINE void ask_for(std::size_t j) const {
    hwy::Prefetch(x + j);
    hwy::Prefetch(y + j);
  }
};

}  // namespace hearsay::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
