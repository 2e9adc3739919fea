// Which maker's processor this is, where the same loop is best written in two ways. Both ways give
// the same bits.
#pragma once

#include <hwy/highway.h>

namespace hearsay::simd {

inline bool is_amd() {
#if HWY_ARCH_X86
  static const bool kIs = __builtin_cpu_is("amd") != 0;
  return kIs;
#else
  return false;
#endif
}

}  // namespace hearsay::simd
