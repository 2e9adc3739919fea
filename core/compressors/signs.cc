#include "core/compressors/signs.h"

#include <algorithm>
#include <cassert>

#include "core/vector_ops.h"

namespace hearsay {

namespace {

std::byte eight_signs(const float* x, std::size_t count) {
  unsigned bits = 0;
  for (std::size_t l = 0; l < count; ++l) bits |= (x[l] < 0.0F ? 1U : 0U) << l;
  return static_cast<std::byte>(bits);
}

}  // namespace

float mean_magnitude(ConstVectorView x) {
  assert(!x.empty());
  return static_cast<float>(norm1(x) / static_cast<double>(x.size()));
}

void pack_signs(ConstVectorView x, std::byte* to) {
  const std::size_t whole = x.size() / 8;
  for (std::size_t i = 0; i < whole; ++i) to[i] = eight_signs(x.data() + 8 * i, 8);
  if (x.size() % 8 != 0) to[whole] = eight_signs(x.data() + 8 * whole, x.size() % 8);
}

void add_signs(const std::byte* bits, std::size_t begin, std::size_t end, float scale,
               VectorView y) {
  std::size_t j = begin;
  for (const std::size_t edge = std::min(end, (begin + 7) / 8 * 8); j < edge; ++j)
    y[j] += with_sign(scale, bits[j / 8], j % 8);
  for (; j + 8 <= end; j += 8) {
    const std::byte eight = bits[j / 8];
    for (std::size_t l = 0; l < 8; ++l) y[j + l] += with_sign(scale, eight, l);
  }
  for (; j < end; ++j) y[j] += with_sign(scale, bits[j / 8], j % 8);
}

}  // namespace hearsay
