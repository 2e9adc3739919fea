#include "core/compressors/qsgd.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "core/vector_ops.h"

namespace hearsay {

namespace {

constexpr int kMostLevels = 32767;

}  // namespace

double Qsgd::omega(std::size_t dimension, int levels) {
  const double ratio = std::sqrt(static_cast<double>(dimension)) / levels;
  return std::min(ratio * ratio, ratio);
}

std::uint64_t Qsgd::encode(ConstVectorView x, Stream& stream, Workspace&, Bytes& out) const {
  assert(x.size() == dimension());
  const float sent = scaling_.sent(std::sqrt(squared_norm(x)));
  store_random(x, sent, scaling_.divisor(), steps(), stream, grow(out));
  return ideal_bits();
}

std::unique_ptr<Compressor> Qsgd::resized(std::size_t dimension) const {
  const double ratio = static_cast<double>(dimension) / static_cast<double>(this->dimension());
  const double wanted =
      std::clamp(std::round(steps() * std::sqrt(ratio)), 1.0, double{kMostLevels});
  const int levels = static_cast<int>(wanted);
  return std::unique_ptr<Compressor>(
      new Qsgd(dimension, levels, scaling_.resized(omega(dimension, levels))));
}

Part<MakeCompressor> part_qsgd() {
  return {"qsgd",
          "even levels of the Euclidean norm, rounded at random (QSGD, Alistarh et al. 2017)",
          {integer("levels", "levels s on each side of zero; 2^(b-1) - 1 of them fill b bits")
               .at_least(1)
               .at_most(kMostLevels)
               .by_default(7),
           scaled_param()},
          [](const Params& params, const Layout& layout) -> std::unique_ptr<Compressor> {
            return std::make_unique<Qsgd>(layout.dimension(),
                                          static_cast<int>(params.integer("levels")),
                                          params.flag("scaled"));
          }};
}

}  // namespace hearsay
