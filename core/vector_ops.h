// Reductions and updates over model-sized vectors.
//
// Reductions accumulate in double, in a fixed number of lanes that are added in a fixed order, so
// that the result depends on the values alone: not on the alignment, the thread count or the SIMD
// width. Products are never fused into sums (-ffp-contract=off). All are compiled for several CPUs
// and chosen at run time (Highway); all give the same bits.
#pragma once

#include "core/types.h"

namespace hearsay {

double dot(ConstVectorView x, ConstVectorView y);               // sum_j x_j y_j
double norm1(ConstVectorView x);                                // sum_j |x_j|
double squared_norm(ConstVectorView x);                         // sum_j x_j^2
double squared_distance(ConstVectorView x, ConstVectorView y);  // sum_j (x_j - y_j)^2
float norm_inf(ConstVectorView x);  // max_j |x_j|, NaN above infinity; 0 for d = 0
float norm_inf_of_difference(ConstVectorView x, ConstVectorView y);  // the same of x - y, in float
double sum(std::span<const double> x);

bool all_finite(ConstVectorView x);
bool all_finite(ByteView floats);  // as they lie in a message, at any address

/// y += a x. Returns whether all of y is finite then.
bool add_scaled(VectorView y, float a, ConstVectorView x);
void add(VectorView y, ConstVectorView x);                            // y = x + y
float add_norm_inf(VectorView y, ConstVectorView x);                  // y = x + y; ||y||_inf
void subtract(VectorView out, ConstVectorView x, ConstVectorView y);  // out = x - y
void accumulate(std::span<double> y, double a, ConstVectorView x);    // y += a x
void round_to_float(VectorView out, std::span<const double> x);       // out = float(x)

}  // namespace hearsay
