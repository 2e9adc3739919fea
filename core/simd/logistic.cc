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

/// 2^(j/8) for j = 0 .. 7, and what is missing to it in double.
alignas(64) constexpr double kEighths[8] = {
    0x1p0,
    0x1.172b83c7d517bp0,
    0x1.306fe0a31b715p0,
    0x1.4bfdad5362a27p0,
    0x1.6a09e667f3bcdp0,
    0x1.8ace5422aa0dbp0,
    0x1.ae89f995ad3adp0,
    0x1.d5818dcfba487p0,
};
alignas(64) constexpr double kBehindEighths[8] = {
    0.0,
    -0x1.19041b9d78a76p-55,
    0x1.6f46ad23182e4p-55,
    0x1.d4397afec42e2p-56,
    -0x1.bdd3413b26456p-54,
    0x1.6e9f156864b27p-54,
    0x1.7a1cd345dcc81p-54,
    0x1.2ed02d75b3707p-55,
};

/// table[j] in each lane.
HWY_INLINE Doubles eighth(const double* table, hn::Vec<decltype(kWords)> j) {
#if HWY_TARGET <= HWY_AVX3
  return hn::TableLookupLanes(hn::Load(kDoubles, table), hn::IndicesFromVec(kDoubles, j));
#else
  constexpr hn::RebindToSigned<decltype(kDoubles)> kNumbers{};
  return hn::GatherIndex(kDoubles, table, hn::BitCast(kNumbers, j));
#endif
}

/// exp(a) for -708 <= a <= 0, by 2^k 2^(j/8) exp(r) with |r| <= ln(2) / 16 and the best polynomial
/// of degree 7 that begins with 1 + r, which is right to 1e-17. Products and sums are apart, so
/// that CPUs with and without fused ones agree.
HWY_INLINE Doubles exp_of(Doubles a) {
  // The last bits of `shifted` are the whole number 8 k + j, in two's complement.
  const Doubles magic = constant(0x1.8p52);
  const Doubles shifted = hn::Add(hn::Mul(a, constant(0x1.71547652b82fep3)), magic);  // 8 / ln 2
  const Doubles eighths = hn::Sub(shifted, magic);
  // ln(2) / 8 in two parts, the first of which is multiplied exactly.
  const Doubles near = hn::Sub(a, hn::Mul(eighths, constant(0x1.62e42feep-4)));
  const Doubles r = hn::Sub(near, hn::Mul(eighths, constant(0x1.a39ef35793c76p-36)));
  // Even and odd powers apart: two short chains instead of a long one.
  const Doubles square = hn::Mul(r, r);
  Doubles even = constant(0x1.6c1b735ab0459p-10);
  for (const double term : {0x1.5555554e8d709p-5, 0x1.000000000002ep-1})
    even = hn::Add(hn::Mul(even, square), constant(term));
  Doubles odd = constant(0x1.a01e2e013e538p-13);
  for (const double term : {0x1.1111110e0d9p-7, 0x1.555555555556ap-3})
    odd = hn::Add(hn::Mul(odd, square), constant(term));
  const Doubles less_one = hn::Add(hn::Mul(hn::Add(even, hn::Mul(odd, r)), square), r);
  const auto words = hn::BitCast(kWords, shifted);
  const auto j = hn::And(words, hn::Set(kWords, 7));
  const Doubles power = eighth(kEighths, j);
  // The largest last.
  const Doubles times_exp =
      hn::Add(hn::Add(hn::Mul(power, less_one), eighth(kBehindEighths, j)), power);
  const auto exponent = hn::ShiftLeft<49>(hn::Sub(words, j));
  return hn::BitCast(kDoubles, hn::Add(hn::BitCast(kWords, times_exp), exponent));
}

void logistic_slopes(const double* HWY_RESTRICT margins, const double* HWY_RESTRICT signs,
                     std::size_t count, double* HWY_RESTRICT exps, double* HWY_RESTRICT slopes) {
  const Doubles one = constant(1.0);
  const Doubles minus = hn::SignBit(kDoubles);
  for (std::size_t k = 0; k < count; k += hn::MaxLanes(kDoubles)) {
    const Doubles sign = hn::LoadU(kDoubles, signs + k);
    const Doubles z = hn::Xor(hn::LoadU(kDoubles, margins + k), hn::And(sign, minus));
    const Doubles exponent = hn::Or(z, minus);
    const Doubles lowest = constant(-708.0);
    const Doubles e =
        hn::IfThenElseZero(hn::Ge(exponent, lowest), exp_of(hn::Max(exponent, lowest)));
    const Doubles above = hn::IfNegativeThenElse(z, one, e);
    const Doubles wrong = hn::Div(above, hn::Add(one, e));
    hn::StoreU(e, kDoubles, exps + k);
    hn::StoreU(hn::Xor(wrong, hn::AndNot(sign, minus)), kDoubles, slopes + k);
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
