#include "core/compressors/scaled_sign.h"

#include <cassert>

#include "core/compressors/signs.h"
#include "core/compressors/wire.h"

namespace hearsay {

namespace {

std::size_t payload_size(std::size_t dimension) {
  return 4 + wire::bytes_for_bits(dimension);
}

}  // namespace

std::uint64_t ScaledSign::encode(ConstVectorView x, Stream&, Workspace&, Bytes& out) const {
  assert(x.size() == dimension());
  std::byte* to = wire::grow(out, payload_size(dimension()));
  wire::store(to, mean_magnitude(x));
  pack_signs(x, to + 4);
  return 32 + std::uint64_t{dimension()};
}

std::optional<std::string> ScaledSign::check(ByteView payload) const {
  if (auto wrong = wire::check_size(payload, payload_size(dimension()))) return wrong;
  if (auto wrong = wire::check_magnitudes(payload, 1, "scale")) return wrong;
  return wire::check_tail(payload.subspan(4), dimension());
}

void ScaledSign::decode_add(ByteView payload, float weight, VectorView y) const {
  assert(payload.size() == payload_size(dimension()) && y.size() == dimension());
  const float scale = weight * wire::load<float>(payload.data());
  add_signs(payload.data() + 4, 0, y.size(), scale, y);
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
