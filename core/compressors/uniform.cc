#include "core/compressors/uniform.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>

#include "core/compressors/wire.h"

namespace hearsay {

namespace {

/// Codes are computed a block at a time, so that the arithmetic is a plain loop for the vectorizer
/// and only the packing runs bit by bit. A multiple of 8: every block starts on a whole byte.
constexpr std::size_t kBlock = 512;
using Codes = std::array<std::int32_t, kBlock>;

/// ||x||_inf by the bits of the magnitudes: unlike a maximum of floats it does not lose a NaN.
float largest_magnitude(ConstVectorView x) {
  std::uint32_t largest = 0;
  for (const float value : x)
    largest = std::max(largest, std::bit_cast<std::uint32_t>(value) & 0x7fffffffU);
  return std::bit_cast<float>(largest);
}

/// q_j + s for a block. s x_j is exact in double and the quotient is rounded once, which cannot
/// move it across a half: two floats within a factor 2^16 have no quotient that close to one. So
/// adding a half and cutting off is rounding half away from zero.
void quantize(ConstVectorView x, double norm, int steps, Codes& codes) {
  for (std::size_t j = 0; j < x.size(); ++j) {
    const double level = static_cast<double>(x[j]) * steps / norm;
    codes[j] = static_cast<std::int32_t>(level + std::copysign(0.5, level)) + steps;
  }
}

void pack(const Codes& codes, std::size_t count, unsigned bits, std::byte* to) {
  std::uint32_t buffer = 0;
  unsigned held = 0;
  for (std::size_t j = 0; j < count; ++j) {
    buffer |= static_cast<std::uint32_t>(codes[j]) << held;
    for (held += bits; held >= 8; held -= 8, buffer >>= 8U) *to++ = std::byte(buffer & 0xffU);
  }
  if (held > 0) *to = std::byte(buffer & 0xffU);
}

void unpack(const std::byte* from, std::size_t count, unsigned bits, Codes& codes) {
  const std::uint32_t mask = (1U << bits) - 1;
  std::uint32_t buffer = 0;
  unsigned held = 0;
  for (std::size_t j = 0; j < count; ++j) {
    for (; held < bits; held += 8) buffer |= std::to_integer<std::uint32_t>(*from++) << held;
    codes[j] = static_cast<std::int32_t>(buffer & mask);
    buffer >>= bits;
    held -= bits;
  }
}

/// Calls visit(first coordinate, count, where its codes start) for each block of d coordinates.
template <class Visit>
void for_each_block(std::size_t dimension, unsigned bits, Visit visit) {
  for (std::size_t begin = 0; begin < dimension; begin += kBlock)
    visit(begin, std::min(kBlock, dimension - begin), begin / 8 * bits);
}

}  // namespace

std::size_t Uniform::payload_size() const {
  return 4 + wire::bytes_for_bits(bits_ * dimension());
}

std::uint64_t Uniform::encode(ConstVectorView x, Stream&, Workspace&, Bytes& out) const {
  assert(x.size() == dimension());
  std::byte* to = wire::grow(out, payload_size());
  const float norm = largest_magnitude(x);
  wire::store(to, norm);
  // A vector without a usable norm (zero, or not finite) is sent as zeros; receivers refuse a norm
  // that is not finite.
  const bool usable = norm > 0.0F && std::isfinite(norm);
  Codes codes;
  codes.fill(steps_);
  for_each_block(x.size(), bits_, [&](std::size_t begin, std::size_t count, std::size_t place) {
    if (usable) quantize(x.subspan(begin, count), norm, steps_, codes);
    pack(codes, count, bits_, to + 4 + place);
  });
  return 32 + bits_ * std::uint64_t{dimension()};
}

std::optional<std::string> Uniform::check(ByteView payload) const {
  if (auto wrong = wire::check_size(payload, payload_size())) return wrong;
  if (auto wrong = wire::check_magnitudes(payload, 1, "norm")) return wrong;
  Codes codes;
  std::int32_t largest = 0;
  for_each_block(dimension(), bits_, [&](std::size_t, std::size_t count, std::size_t place) {
    unpack(payload.data() + 4 + place, count, bits_, codes);
    for (std::size_t j = 0; j < count; ++j) largest = std::max(largest, codes[j]);
  });
  if (largest > 2 * steps_) return fmt::format("code {}, the largest is {}", largest, 2 * steps_);
  return wire::check_tail(payload.subspan(4), bits_ * dimension());
}

void Uniform::decode_add(ByteView payload, float weight, VectorView y) const {
  assert(payload.size() == payload_size() && y.size() == dimension());
  const auto norm = wire::load<float>(payload.data());
  const auto steps = static_cast<float>(steps_);
  Codes codes;
  for_each_block(dimension(), bits_, [&](std::size_t begin, std::size_t count, std::size_t place) {
    unpack(payload.data() + 4 + place, count, bits_, codes);
    const VectorView part = y.subspan(begin, count);
    for (std::size_t j = 0; j < count; ++j)
      part[j] += weight * (norm * (static_cast<float>(codes[j] - steps_) / steps));
  });
}

double Uniform::contraction() const {
  const double spread = 4.0 * steps_ * steps_;
  return spread / (spread + static_cast<double>(dimension() - 1));
}

std::unique_ptr<Compressor> Uniform::resized(std::size_t dimension) const {
  return std::make_unique<Uniform>(dimension, bits_);
}

Part<MakeCompressor> part_uniform() {
  return {"uniform",
          "the nearest of 2^bits - 1 even levels of the largest magnitude (QAdam's)",
          {integer("bits", "bits a coordinate").at_least(2).at_most(16).by_default(4)},
          [](const Params& params, const Layout& layout) -> std::unique_ptr<Compressor> {
            return std::make_unique<Uniform>(layout.dimension(),
                                             static_cast<unsigned>(params.integer("bits")));
          }};
}

}  // namespace hearsay
