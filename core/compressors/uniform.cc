#include "core/compressors/uniform.h"

#include <cassert>

namespace hearsay {

std::uint64_t Uniform::encode(ConstVectorView x, Stream&, Workspace&, Bytes& out) const {
  assert(x.size() == dimension());
  store_nearest(x, steps(), grow(out));
  return ideal_bits();
}

double nearest_level_contraction(std::size_t dimension, int steps) {
  const double spread = 4.0 * steps * steps;
  return spread / (spread + static_cast<double>(dimension - 1));
}

double Uniform::contraction() const {
  return nearest_level_contraction(dimension(), steps());
}

std::unique_ptr<Compressor> Uniform::resized(std::size_t dimension) const {
  return std::make_unique<Uniform>(dimension, bits_);
}

Part<MakeCompressor> part_uniform() {
  return {
      "uniform",
      "the nearest of 2^bits - 1 even levels of the largest magnitude (QAdam, Chen et al. 2021)",
      {bits_param()},
      [](const Params& params, const Layout& layout) -> std::unique_ptr<Compressor> {
        return std::make_unique<Uniform>(layout.dimension(),
                                         static_cast<unsigned>(params.integer("bits")));
      }};
}

}  // namespace hearsay
