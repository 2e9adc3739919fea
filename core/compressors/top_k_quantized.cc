#include "core/compressors/top_k_quantized.h"

#include <cassert>
#include <cmath>

#include "core/compressors/indices.h"
#include "core/compressors/levels.h"
#include "core/compressors/sparsity.h"
#include "core/compressors/uniform.h"
#include "core/compressors/wire.h"

namespace hearsay {

TopKQuantized::TopKQuantized(std::size_t dimension, std::size_t k, unsigned bits)
    : Compressor(dimension), k_(k), bits_(bits), steps_(steps_of_bits(bits)) {}

std::size_t TopKQuantized::payload_size() const {
  return 4 * k_ + levels_size(k_, steps_);
}

std::uint64_t TopKQuantized::encode(ConstVectorView x, Stream&, Workspace& work, Bytes& out) const {
  assert(x.size() == dimension());
  const Selection kept = work.selector().largest(x, k_, work.hint);
  std::byte* to = wire::grow(out, payload_size());
  store_indices(kept.indices, to);
  store_nearest(kept.values, steps_, to + 4 * k_);
  return k_ * (index_bits(dimension()) + bits_) + 32;
}

std::optional<std::string> TopKQuantized::check(ByteView payload) const {
  if (auto wrong = wire::check_size(payload, payload_size())) return wrong;
  if (auto wrong = check_indices(payload, k_, dimension())) return wrong;
  return check_levels(payload.subspan(4 * k_), k_, steps_);
}

void TopKQuantized::decode_add(ByteView payload, float weight, VectorView y) const {
  assert(payload.size() == payload_size() && y.size() == dimension());
  const std::byte* index = payload.data();
  for_each_value(index + 4 * k_, k_, steps_, [&](std::size_t i, float value) {
    y[wire::load<std::uint32_t>(index + 4 * i)] += weight * value;
  });
}

void TopKQuantized::mark_sent(ByteView payload, Coverage& coverage) const {
  assert(payload.size() == payload_size());
  mark_indices(payload, k_, coverage);
}

double TopKQuantized::contraction() const {
  return static_cast<double>(k_) / static_cast<double>(dimension()) *
         nearest_level_contraction(k_, steps_);
}

std::unique_ptr<Compressor> TopKQuantized::resized(std::size_t dimension) const {
  const double ratio = static_cast<double>(k_) / static_cast<double>(this->dimension());
  return std::make_unique<TopKQuantized>(dimension, count_of_ratio(ratio, dimension), bits_);
}

Part<MakeCompressor> part_top_k_quantized() {
  std::vector<Param> params = sparsity_params();
  params.push_back(bits_param());
  return {
      "top-k-quantized",
      "the k coordinates of largest magnitude, as even levels of the largest (Basu et al. 2019)",
      params, [](const Params& given, const Layout& layout) -> std::unique_ptr<Compressor> {
        const std::size_t d = layout.dimension();
        return std::make_unique<TopKQuantized>(d, kept_count(given, d),
                                               static_cast<unsigned>(given.integer("bits")));
      }};
}

}  // namespace hearsay
