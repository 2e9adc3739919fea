#include "core/compressors/top_k_quantized.h"

#include <array>
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

std::size_t TopKQuantized::levels_size() const {
  return hearsay::levels_size(k_, steps_);
}

ByteView TopKQuantized::indices_of(ByteView payload) const {
  return payload.first(payload.size() - levels_size());
}

std::uint64_t TopKQuantized::encode(ConstVectorView x, Stream&, Workspace& work, Bytes& out) const {
  assert(x.size() == dimension());
  const Selection kept = work.selector().largest(x, k_, work.hint);
  const IndexWriter indices(kept.indices, dimension());
  std::byte* const to = wire::grow(out, indices.size() + levels_size());
  indices.write(to);
  store_nearest(kept.values, steps_, to + indices.size());
  return k_ * (index_bits(dimension()) + bits_) + 32;
}

std::optional<std::string> TopKQuantized::check(ByteView payload) const {
  if (auto wrong = wire::check_least_size(payload, levels_size())) return wrong;
  if (auto wrong = check_indices(indices_of(payload), k_, dimension())) return wrong;
  return check_levels(payload.last(levels_size()), k_, steps_);
}

void TopKQuantized::decode_add(ByteView payload, float weight, VectorView y) const {
  assert(payload.size() >= levels_size() && y.size() == dimension());
  const ByteView indices = indices_of(payload);
  const std::byte* const from = payload.data() + indices.size();
  const auto norm = wire::load<float>(from);
  const auto scale = static_cast<float>(steps_);
  static_assert(golomb::kBlock % 8 == 0, "the codes of a block start on a whole byte");
  std::array<std::int32_t, golomb::kBlock> levels;
  std::array<float, golomb::kBlock> values;
  add_sparse(indices, k_, weight, y, [&](std::size_t first, std::size_t count) {
    unpack_levels(from + 4 + first / 8 * bits_, steps_, std::span(levels).first(count));
    for (std::size_t i = 0; i < count; ++i)
      values[i] = norm * (static_cast<float>(levels[i]) / scale);
    return std::as_bytes(std::span(values)).data();
  });
}

void TopKQuantized::mark_sent(ByteView payload, std::size_t begin, Coverage& coverage) const {
  mark_indices(indices_of(payload), k_, dimension(), begin, coverage);
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
