#include "core/simd/moments.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/simd/moments.cc"
#include <hwy/foreach_target.h>
// above all others that it includes again
#include <hwy/cache_control.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace hearsay::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// One lane, for the rest of a vector that is not as long as a register: the same arithmetic.
constexpr hn::ScalableTag<float> kMany{};
constexpr hn::CappedTag<float, 1> kOne{};

/// How far ahead to ask for memory, in floats. Of models that stay in the caches little is needed,
/// and more takes a tenth of the time; of longer ones a whole round takes 4 % longer with little.
HWY_INLINE std::size_t AheadIn(std::size_t dimension) {
  constexpr std::size_t kStays = std::size_t{1} << 21U;
  return dimension < kStays ? 64 : 512;
}

/// The entries at j, as many as D has lanes.
template <bool kMaximum, bool kFrozen, Decay kDecay, bool kSteps, class D>
HWY_INLINE void Update(D d, const simd::MomentStep& step, const simd::Moments& moments,
                       const float* gradients, float* out, std::size_t j) {
  auto g = hn::LoadU(d, gradients + j);
  if constexpr (kDecay == Decay::coupled)
    g = hn::Add(g, hn::Mul(hn::Set(d, step.decay.rate), hn::LoadU(d, out + j)));
  const auto first = hn::Add(hn::Mul(hn::Set(d, step.beta1), hn::LoadU(d, moments.m + j)),
                             hn::Mul(hn::Set(d, step.rest1), g));
  hn::StoreU(first, d, moments.m + j);
  auto second = hn::LoadU(d, (kMaximum ? moments.vhat : moments.v) + j);
  if constexpr (!kFrozen) {
    const auto latest = hn::Add(hn::Mul(hn::Set(d, step.beta2), hn::LoadU(d, moments.v + j)),
                                hn::Mul(hn::Set(d, step.rest2), hn::Mul(g, g)));
    hn::StoreU(latest, d, moments.v + j);
    // As std::max has it, so that a NaN goes the same way everywhere.
    second = kMaximum ? hn::IfThenElse(hn::Lt(second, latest), latest, second) : latest;
    if constexpr (kMaximum) hn::StoreU(second, d, moments.vhat + j);
  }
  const auto root =
      hn::Sqrt(hn::Add(hn::Mul(second, hn::Set(d, step.scale2)), hn::Set(d, step.epsilon)));
  auto a = hn::Div(hn::Mul(first, hn::Set(d, step.scale1)), root);
  if constexpr (!kSteps) {
    hn::StoreU(a, d, out + j);
  } else {
    const auto x = hn::LoadU(d, out + j);
    if constexpr (kDecay == Decay::decoupled)
      a = hn::Add(a, hn::Mul(hn::Set(d, step.decay.rate), x));
    hn::StoreU(hn::Sub(x, hn::Mul(hn::Set(d, step.eta), a)), d, out + j);
  }
}

template <bool kMaximum, bool kFrozen, Decay kDecay, bool kSteps>
void Sweep(const simd::MomentStep& given, const simd::Moments& vectors, const float* g,
           float* out) {
  // Copies, so that the compiler knows that no store changes them.
  const simd::MomentStep step = given;
  const simd::Moments moments = vectors;
  constexpr std::size_t kWidth = hn::MaxLanes(kMany);
  const std::size_t ahead = AheadIn(moments.dimension);
  std::size_t j = 0;
  for (; j + kWidth <= moments.dimension; j += kWidth) {
    for (const float* of :
         {g, static_cast<const float*>(out), static_cast<const float*>(moments.m)})
      hwy::Prefetch(of + j + ahead);
    if constexpr (!kFrozen || !kMaximum) hwy::Prefetch(moments.v + j + ahead);
    if constexpr (kMaximum) hwy::Prefetch(moments.vhat + j + ahead);
    Update<kMaximum, kFrozen, kDecay, kSteps>(kMany, step, moments, g, out, j);
  }
  for (; j < moments.dimension; ++j)
    Update<kMaximum, kFrozen, kDecay, kSteps>(kOne, step, moments, g, out, j);
}

template <Decay kDecay, bool kSteps>
void SweepOf(const simd::MomentStep& step, const simd::Moments& moments, const float* g,
             float* out) {
  if (moments.vhat != nullptr)
    step.frozen ? Sweep<true, true, kDecay, kSteps>(step, moments, g, out)
                : Sweep<true, false, kDecay, kSteps>(step, moments, g, out);
  else
    step.frozen ? Sweep<false, true, kDecay, kSteps>(step, moments, g, out)
                : Sweep<false, false, kDecay, kSteps>(step, moments, g, out);
}

void StepWith(const simd::MomentStep& step, const simd::Moments& moments, const float* g,
              float* x) {
  switch (step.decay.kind) {
    case Decay::none:
      return SweepOf<Decay::none, true>(step, moments, g, x);
    case Decay::decoupled:
      return SweepOf<Decay::decoupled, true>(step, moments, g, x);
    case Decay::coupled:
      return SweepOf<Decay::coupled, true>(step, moments, g, x);
  }
}

void DirectionOf(const simd::MomentStep& step, const simd::Moments& moments, float* g) {
  SweepOf<Decay::none, false>(step, moments, g, g);
}

}  // namespace hearsay::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace hearsay::simd {

HWY_EXPORT(StepWith);
HWY_EXPORT(DirectionOf);

void moment_step(const MomentStep& step, const Moments& moments, const float* g, float* x) {
  HWY_DYNAMIC_DISPATCH(StepWith)(step, moments, g, x);
}

void moment_direction(const MomentStep& step, const Moments& moments, float* g) {
  HWY_DYNAMIC_DISPATCH(DirectionOf)(step, moments, g);
}

}  // namespace hearsay::simd

#endif  // HWY_ONCE
