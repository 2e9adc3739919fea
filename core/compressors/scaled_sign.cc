#include "core/compressors/scaled_sign.h"

#include <cassert>
#include <cmath>

#include "core/compressors/wire.h"
#include "core/simd/signs.h"

namespace hearsay {

namespace {

std::size_t payload_size(std::size_t dimension) {
  return 4 + wire::bytes_for_bits(dimension);
}

}  // namespace

std::byte* ScaledSign::grow(Bytes& out) const {
  return wire::grow(out, payload_size(dimension()));
}

/// ||x||_1 / d, rounded to float once, in front of the signs.
float ScaledSign::store_scale(double norm1, std::byte* to) const {
  const auto scale = static_cast<float>(norm1 / static_cast<double>(dimension()));
  wire::store(to, scale);
  return scale;
}

std::uint64_t ScaledSign::ideal_bits() const {
  return 32 + std::uint64_t{dimension()};
}

std::uint64_t ScaledSign::encode(ConstVectorView x, Stream&, Workspace&, Bytes& out) const {
  assert(x.size() == dimension());
  std::byte* to = grow(out);
  store_scale(simd::pack_signs(x, to + 4), to);
  return ideal_bits();
}

// A norm in double is finite just when all floats are.

std::uint64_t ScaledSign::encode_difference(ConstVectorView w, VectorView memory, Stream&,
                                            Workspace&, Bytes& out) const {
  const std::size_t before = out.size();
  std::byte* to = grow(out);
  const double norm1 = simd::pack_signs_of_difference(w, memory, to + 4);
  if (!std::isfinite(norm1)) {
    out.resize(before);
    refuse_difference(w, memory);
  }
  simd::add_signs(to + 4, 0, memory.size(), store_scale(norm1, to), memory);
  return ideal_bits();
}

std::uint64_t ScaledSign::encode_sum(ConstVectorView w, VectorView memory, Stream&, Workspace&,
                                     Bytes& out) const {
  const std::size_t before = out.size();
  std::byte* to = grow(out);
  const double norm1 = simd::pack_signs_of_sum(w, memory, to + 4);
  if (!std::isfinite(norm1)) {
    out.resize(before);
    refuse_sum(memory);
  }
  simd::add_signs(to + 4, 0, memory.size(), -store_scale(norm1, to), memory);
  return ideal_bits();
}

std::optional<std::string> ScaledSign::check(ByteView payload) const {
  if (auto wrong = wire::check_size(payload, payload_size(dimension()))) return wrong;
  if (auto wrong = wire::check_magnitudes(payload, 1, "scale")) return wrong;
  return wire::check_tail(payload.subspan(4), dimension());
}

void ScaledSign::decode_add(ByteView payload, float weight, VectorView y) const {
  assert(payload.size() == payload_size(dimension()) && y.size() == dimension());
  const float scale = weight * wire::load<float>(payload.data());
  simd::add_signs(payload.data() + 4, 0, y.size(), scale, y);
}

double ScaledSign::contraction() const {
  return 1.0 / static_cast<double>(dimension());
}

std::unique_ptr<Compressor> ScaledSign::resized(std::size_t dimension) const {
  return std::make_unique<ScaledSign>(dimension);
}

Part<MakeCompressor> part_scaled_sign() {
  return {"scaled-sign",
          "one bit a coordinate and the mean magnitude (Karimireddy et al. 2019)",
          {},
          [](const Params&, const Layout& layout) -> std::unique_ptr<Compressor> {
            return std::make_unique<ScaledSign>(layout.dimension());
          }};
}

}  // namespace hearsay
