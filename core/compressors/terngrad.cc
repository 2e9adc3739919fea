#include "core/compressors/terngrad.h"

#include <cassert>
#include <cmath>

#include "core/vector_ops.h"

namespace hearsay {

double TernGrad::omega(std::size_t dimension) {
  return (std::sqrt(static_cast<double>(dimension)) - 1.0) / 2.0;
}

std::uint64_t TernGrad::encode(ConstVectorView x, Stream& stream, Workspace&, Bytes& out) const {
  assert(x.size() == dimension());
  const float sent = scaling_.sent(norm_inf(x));
  store_random(x, sent, scaling_.divisor(), steps(), stream, grow(out));
  return ideal_bits();
}

std::unique_ptr<Compressor> TernGrad::resized(std::size_t dimension) const {
  return std::unique_ptr<Compressor>(new TernGrad(dimension, scaling_.resized(omega(dimension))));
}

Part<MakeCompressor> part_terngrad() {
  return {"terngrad",
          "minus, zero or plus the largest magnitude, drawn at random (TernGrad, Wen et al. 2017)",
          {scaled_param()},
          [](const Params& params, const Layout& layout) -> std::unique_ptr<Compressor> {
            return std::make_unique<TernGrad>(layout.dimension(), params.flag("scaled"));
          }};
}

}  // namespace hearsay
