#include "core/compressors/sign.h"

#include <cassert>

#include "core/compressors/wire.h"
#include "core/simd/signs.h"

namespace hearsay {

std::uint64_t Sign::encode(ConstVectorView x, Stream&, Workspace&, Bytes& out) const {
  assert(x.size() == dimension());
  simd::pack_signs(x, wire::grow(out, wire::bytes_for_bits(dimension())));
  return dimension();
}

std::optional<std::string> Sign::check(ByteView payload) const {
  if (auto wrong = wire::check_size(payload, wire::bytes_for_bits(dimension()))) return wrong;
  return wire::check_tail(payload, dimension());
}

void Sign::decode_add(ByteView payload, float weight, VectorView y) const {
  assert(payload.size() == wire::bytes_for_bits(dimension()) && y.size() == dimension());
  simd::add_signs(payload.data(), 0, y.size(), weight, y);
}

std::unique_ptr<Compressor> Sign::resized(std::size_t dimension) const {
  return std::make_unique<Sign>(dimension);
}

}  // namespace hearsay
