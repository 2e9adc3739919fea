#include "core/compressors/identity.h"

#include <cassert>

#include "core/compressors/wire.h"

namespace hearsay {

std::uint64_t Identity::encode(ConstVectorView x, Stream&, Workspace&, Bytes& out) const {
  assert(x.size() == dimension());
  if (!x.empty()) std::memcpy(wire::grow(out, x.size_bytes()), x.data(), x.size_bytes());
  return 32 * std::uint64_t{x.size()};
}

std::optional<std::string> Identity::check(ByteView payload) const {
  if (auto wrong = wire::check_size(payload, 4 * dimension())) return wrong;
  return wire::check_finite(payload, dimension(), "value");
}

void Identity::decode_add(ByteView payload, float weight, VectorView y) const {
  assert(payload.size() == 4 * dimension() && y.size() == dimension());
  const std::byte* from = payload.data();
  for (std::size_t j = 0; j < y.size(); ++j) y[j] += weight * wire::load<float>(from + 4 * j);
}

std::unique_ptr<Compressor> Identity::resized(std::size_t dimension) const {
  return std::make_unique<Identity>(dimension);
}

Part<MakeCompressor> part_identity() {
  return {"identity",
          "no compression: all 32 d bits",
          {},
          [](const Params&, const Layout& layout) -> std::unique_ptr<Compressor> {
            return std::make_unique<Identity>(layout.dimension());
          }};
}

}  // namespace hearsay
