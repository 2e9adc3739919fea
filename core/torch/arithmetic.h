// Small arithmetic that the plugin needs around LibTorch.
#pragma once

#include <torch/script.h>
#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

#include <cmath>
#include <functional>
#include <numbers>

#include "core/torch/sketch.h"

namespace hearsay {

/// Flushes denormal numbers to zero for as long as it lives, on this thread: they cost an LSTM a
/// factor of three. No longer than that, since which rounds of which nodes run on a thread must not
/// show in the arithmetic outside.
class ArithmeticGuard {
 public:
#if defined(__SSE2__)
  ArithmeticGuard() : saved_(_mm_getcsr()) {
    _mm_setcsr(saved_ | kFlushToZero | kDenormalsAreZero);
  }
  ~ArithmeticGuard() {
    _mm_setcsr(saved_);
  }

 private:
  static constexpr unsigned kFlushToZero = 0x8000;
  static constexpr unsigned kDenormalsAreZero = 0x0040;
  unsigned saved_;
#else
  ArithmeticGuard() : flushing_(at::globalContext().setFlushDenormal(true)) {}
  ~ArithmeticGuard() {
    if (flushing_) at::globalContext().setFlushDenormal(false);
  }

 private:
  bool flushing_;
#endif
 public:
  ArithmeticGuard(const ArithmeticGuard&) = delete;
  ArithmeticGuard& operator=(const ArithmeticGuard&) = delete;
};

/// One draw; `uniform` gives values in [0, 1).
inline float sample(const Draw& draw, const std::function<double()>& uniform) {
  switch (draw.kind) {
    case Draw::Kind::constant:
      return static_cast<float>(draw.scale);
    case Draw::Kind::uniform:
      return static_cast<float>(draw.scale * (2.0 * uniform() - 1.0));
    case Draw::Kind::normal: {  // Box, Muller 1958
      const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
      return static_cast<float>(draw.scale * radius * std::cos(2.0 * std::numbers::pi * uniform()));
    }
  }
  return 0.0F;
}

/// The sum of a vector's entries in their order, in double.
inline double ordered_sum(const at::Tensor& values) {
  const at::Tensor flat = values.detach().contiguous();
  const auto* data = flat.data_ptr<float>();
  double total = 0.0;
  for (std::int64_t k = 0; k < flat.numel(); ++k) total += static_cast<double>(data[k]);
  return total;
}

}  // namespace hearsay
