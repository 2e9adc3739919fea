#include "core/orthonormal.h"

#include <cmath>

namespace hearsay {

namespace {

double inner(std::span<const double> a, std::span<const double> b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace

bool orthonormalize_column(std::span<double> columns, std::size_t rows, std::size_t k) {
  constexpr double kRoundings = 1e-10;
  const std::span<double> own = column(columns, rows, k);
  const double before = std::sqrt(inner(own, own));
  // Twice, since the first time leaves rounding errors as large as what it took off. What then is
  // no more than such errors is no direction.
  for (int pass = 0; pass < 2; ++pass)
    for (std::size_t l = 0; l < k; ++l) {
      const std::span<const double> other = column(columns, rows, l);
      const double share = inner(own, other);
      for (std::size_t i = 0; i < rows; ++i) own[i] -= share * other[i];
    }
  const double after = std::sqrt(inner(own, own));
  const bool has_direction = after > kRoundings * before;
  const double scale = has_direction ? 1.0 / after : 0.0;
  for (double& value : own) value *= scale;
  return has_direction;
}

}  // namespace hearsay
