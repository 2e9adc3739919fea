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

/// How far ahead loops over whole models ask for memory, in floats: two pages of 4 KiB where they go
/// over two vectors, four where it is one. Processors stop fetching by themselves where a page ends:
/// with a quarter of it signs of 11,000,000 entries take 1.7 times as long on a Zen 5; with twice as
/// much the first cache is short of room.
constexpr std::size_t kAhead = 2048;
constexpr std::size_t kAheadOfOne = 2 * kAhead;

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
//   prefetch(j)  asks for the cache lines that come up when j is done, which need not be there.

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
  HWY_INLINE void prefetch(std::size_t j) const { hwy::Prefetch(x + j + kAheadOfOne); }
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
  HWY_INLINE void prefetch(std::size_t j) const { hwy::Prefetch(x + 4 * (j + kAheadOfOne));
  }
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
  HWY_INLINE void prefetch(std::size_t j) const {
    hwy::Prefetch(x + j + kAhead);
    hwy::Prefetch(y + j + kAhead);
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
  HWY_INLINE void prefetch(std::size_t j) const {
    hwy::Prefetch(x + j + kAhead);
    hwy::Prefetch(y + j + kAhead);
  }
};

}  // namespace hearsay::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
