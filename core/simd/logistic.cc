#include "core/simd/logistic.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/simd/logistic.cc"
#include <hwy/foreach_target.h>
// above all others that it includes again
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace hearsay::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

constexpr hn::CappedTag<double, simd::kLogisticSlack + 1> kDoubles{};
constexpr hn::RebindToUnsigned<decltype(kDoubles)> kWords{};
using Doubles = hn::Vec<decltype(kDoubles)>;

HWY_INLINE Doubles constant(double value) {
  return hn::Set(kDoubles, value);
}

/// exp(a) for -708 <= a <= 0, by 2^k exp(r) with |r| <= ln(2) / 2 and the Taylor series of exp(r),
/// which leaves 4e-18 from r^14 on. Products and sums are apart, so that CPUs with and without
/// fused ones agree.
HWY_INLINE Doubles exp_of(Doubles a) {
  // The last bits of `shifted` are the whole number k, in two's complement.
  const Doubles magic = constant(0x1.8p52);
  const Doubles shifted = hn::Add(hn::Mul(a, constant(0x1.71547652b82fep0)), magic);  // 1 / ln 2
  const Doubles k = hn::Sub(shifted, magic);
  // ln 2 in two parts, the first of which k multiplies exactly.
  const Doubles near = hn::Sub(a, hn::Mul(k, constant(0x1.62e42feep-1)));
  const Doubles r = hn::Sub(near, hn::Mul(k, constant(0x1.a39ef35793c76p-33)));
  // sum_n r^n / (n + 2)!, even and odd powers apart: two short chains instead of a long one.
  const Doubles square = hn::Mul(r, r);
  Doubles even = constant(1.0 / 479001600);
  for (const double term : {1.0 / 3628800, 1.0 / 40320, 1.0 / 720, 1.0 / 24, 1.0 / 2})
    even = hn::Add(hn::Mul(even, square), constant(term));
  Doubles odd = constant(1.0 / 6227020800);
  for (const double term : {1.0 / 39916800, 1.0 / 362880, 1.0 / 5040, 1.0 / 120, 1.0 / 6})
    odd = hn::Add(hn::Mul(odd, square), constant(term));
  const Doubles sum = hn::Add(even, hn::Mul(odd, r));
  // 1 last, as the largest.
  const Doubles power = hn::Add(hn::Add(hn::Mul(sum, square), r), constant(1.0));
  const auto exponent = hn::ShiftLeft<52>(hn::BitCast(kWords, shifted));
  return hn::BitCast(kDoubles, hn::Add(hn::BitCast(kWords, power), exponent));
}

void logistic_slopes(const double* HWY_RESTRICT margins, const double* HWY_RESTRICT signs,
                     std::size_t count, double* HWY_RESTRICT exps, double* HWY_RESTRICT slopes) {
  const Doubles one = constant(1.0);
  for (std::size_t k = 0; k < count; k += hn::MaxLanes(kDoubles)) {
    const Doubles sign = hn::LoadU(kDoubles, signs + k);
    const Doubles z = hn::Mul(sign, hn::LoadU(kDoubles, margins + k));
    const Doubles exponent = hn::Neg(hn::Abs(z));
    const Doubles lowest = constant(-708.0);
    const Doubles e =
        hn::IfThenElseZero(hn::Ge(exponent, lowest), exp_of(hn::Max(exponent, lowest)));
    const Doubles above = hn::IfThenElse(hn::Lt(z, hn::Zero(kDoubles)), one, e);
    const Doubles wrong = hn::Div(above, hn::Add(one, e));
    hn::StoreU(e, kDoubles, exps + k);
    hn::StoreU(hn::Mul(hn::Neg(sign), wrong), kDoubles, slopes + k);
  }
}

}  // namespace hearsay::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace hearsay::simd {

HWY_EXPORT(logistic_slopes);

void logistic_slopes(const double* margins, const double* signs, std::size_t count, double* exps,
                     double* slopes) {
  HWY_DYNAMIC_DISPATCH(logistic_slopes)(margins, signs, count, exps, slopes);
}

}  // namespace hearsay::simd

#endif  // HWY_ONCE
