#include "core/compressors/top_k.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <numeric>

#include "core/compressors/indices.h"
#include "core/compressors/sparsity.h"
#include "core/compressors/wire.h"

namespace hearsay {

namespace {

constexpr std::uint32_t kCertain = 0x80000000U;  // above every magnitude

std::span<std::uint32_t> room(std::vector<std::uint32_t>& scratch, std::size_t size) {
  if (scratch.size() < size) scratch.resize(size);
  return std::span(scratch).first(size);
}

/// Writes the entries `first`, `first` + 1, ... of a message of k: indices + offset, and values.
void store_entries(std::span<const std::uint32_t> indices, std::span<const float> values,
                   std::size_t offset, std::size_t first, std::size_t k, std::byte* to) {
  std::byte* index = to + 4 * first;
  std::byte* value = to + 4 * (k + first);
  for (std::size_t i = 0; i < indices.size(); ++i) {
    wire::store(index + 4 * i, static_cast<std::uint32_t>(indices[i] + offset));
    wire::store(value + 4 * i, values[i]);
  }
}

}  // namespace

TopK::TopK(std::size_t dimension, std::size_t k)
    : Compressor(dimension), k_(k), ideal_bits_(k * (32 + index_bits(dimension))) {}

TopK::TopK(const Layout& layout, const std::vector<std::size_t>& least, std::size_t k)
    : Compressor(layout.dimension()), k_(k), least_share_(1.0) {
  const std::vector<Layer>& layers = layout.layers();
  assert(least.size() == layers.size());
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const Layer& layer = layers[l];
    assert(least[l] <= layer.size);
    if (layer.size == 0) continue;
    least_share_ =
        std::min(least_share_, static_cast<double>(least[l]) / static_cast<double>(layer.size));
    if (least[l] == 0) continue;
    quotas_.push_back({layer.offset, layer.offset + layer.size, least[l]});
    certain_ += least[l];
    ideal_bits_ += least[l] * (32 + index_bits(layer.size));
  }
  assert(certain_ <= k_);
  if (certain_ < k_) ideal_bits_ = k_ * (32 + index_bits(dimension()));
}

std::span<const std::uint32_t> TopK::select_with_quotas(ConstVectorView x,
                                                        std::vector<std::uint32_t>& scratch) const {
  const std::size_t d = x.size();
  const auto both = room(scratch, 2 * d);
  const auto space = both.first(d);
  const auto keys = both.subspan(d);
  for (std::size_t j = 0; j < d; ++j) keys[j] = std::bit_cast<std::uint32_t>(x[j]) & ~kCertain;
  for (const Quota& quota : quotas_) {
    const auto own = keys.subspan(quota.begin, quota.size());
    for (const std::uint32_t j : select_largest_keys(own, quota.least, space)) own[j] |= kCertain;
  }
  return select_largest_keys(keys, k_, space);
}

std::uint64_t TopK::store(const Selection& selection, Bytes& out) const {
  store_entries(selection.indices, selection.values, 0, 0, k_, wire::grow(out, 8 * k_));
  return ideal_bits_;
}

std::uint64_t TopK::encode(ConstVectorView x, Stream&, Workspace& work, Bytes& out) const {
  assert(x.size() == dimension());
  if (quotas_.empty()) return store(work.selector().largest(x, k_, work.hint), out);
  std::byte* to = wire::grow(out, 8 * k_);
  if (certain_ < k_) {
    const auto indices = select_with_quotas(x, work.indices());
    const VectorView values = work.floats(Workspace::Slot::compression, k_);
    for (std::size_t i = 0; i < k_; ++i) values[i] = x[indices[i]];
    store_entries(indices, values, 0, 0, k_, to);
  } else {
    std::size_t first = 0;
    for (const Quota& quota : quotas_) {
      const Selection own =
          work.selector().largest(x.subspan(quota.begin, quota.size()), quota.least);
      store_entries(own.indices, own.values, quota.begin, first, k_, to);
      first += quota.least;
    }
  }
  return ideal_bits_;
}

std::uint64_t TopK::encode_difference(ConstVectorView w, VectorView memory, Stream& stream,
                                      Workspace& work, Bytes& out) const {
  if (!quotas_.empty()) return Compressor::encode_difference(w, memory, stream, work, out);
  const Selection q = work.selector().largest_of_difference(w, memory, k_, work.hint);
  if (!q.finite) refuse_difference(w, memory);
  for (std::size_t i = 0; i < k_; ++i) memory[q.indices[i]] += q.values[i];
  return store(q, out);
}

std::uint64_t TopK::encode_sum(ConstVectorView w, VectorView memory, Stream& stream,
                               Workspace& work, Bytes& out) const {
  if (!quotas_.empty()) return Compressor::encode_sum(w, memory, stream, work, out);
  const Selection q = work.selector().largest_of_sum(w, memory, k_, work.hint);
  if (!q.finite) refuse_sum(memory);
  for (std::size_t i = 0; i < k_; ++i) memory[q.indices[i]] -= q.values[i];
  return store(q, out);
}

std::optional<std::string> TopK::check(ByteView payload) const {
  if (auto wrong = wire::check_size(payload, 8 * k_)) return wrong;
  if (auto wrong = check_indices(payload, k_, dimension())) return wrong;
  if (auto wrong = check_quotas(payload)) return wrong;
  return wire::check_finite(payload.subspan(4 * k_), k_, "value");
}

/// The indices have passed their own check, so they ascend and one walk finds those of each layer.
std::optional<std::string> TopK::check_quotas(ByteView payload) const {
  std::size_t i = 0;
  const auto index = [&] { return wire::load<std::uint32_t>(payload.data() + 4 * i); };
  for (const Quota& quota : quotas_) {
    while (i < k_ && index() < quota.begin) ++i;
    const std::size_t first = i;
    while (i < k_ && index() < quota.end) ++i;
    if (i - first < quota.least)
      return fmt::format(
          "{} indices in the layer of coordinates {} to {}, at least {} belong there", i - first,
          quota.begin, quota.end - 1, quota.least);
  }
  return std::nullopt;
}

void TopK::decode_add(ByteView payload, float weight, VectorView y) const {
  assert(payload.size() == 8 * k_ && y.size() == dimension());
  const std::byte* index = payload.data();
  const std::byte* value = index + 4 * k_;
  for (std::size_t i = 0; i < k_; ++i)
    y[wire::load<std::uint32_t>(index + 4 * i)] += weight * wire::load<float>(value + 4 * i);
}

void TopK::mark_sent(ByteView payload, Coverage& coverage) const {
  assert(payload.size() == 8 * k_);
  mark_indices(payload, k_, coverage);
}

double TopK::contraction() const {
  const std::size_t others = dimension() - certain_;
  if (others == 0) return 1.0;
  return least_share_ +
         (1.0 - least_share_) * (static_cast<double>(k_ - certain_) / static_cast<double>(others));
}

std::unique_ptr<Compressor> TopK::resized(std::size_t dimension) const {
  const double ratio = static_cast<double>(k_) / static_cast<double>(this->dimension());
  return std::make_unique<TopK>(dimension, count_of_ratio(ratio, dimension));
}

namespace {

std::unique_ptr<Compressor> make_top_k(const Params& params, const Layout& layout) {
  const auto floor = static_cast<std::size_t>(params.integer("floor"));
  if (params.text("scope") == "layer") {
    if (floor > 0)
      throw ParamError("floor", fmt::format("{} is for scope: global; scope: layer sends its share "
                                            "of every layer, and one entry at least",
                                            floor));
    const std::vector<std::size_t> counts = kept_counts(params, layout);
    return std::make_unique<TopK>(layout, counts,
                                  std::accumulate(counts.begin(), counts.end(), std::size_t{0}));
  }
  const std::size_t k = kept_count(params, layout.dimension());
  if (floor == 0) return std::make_unique<TopK>(layout.dimension(), k);
  std::vector<std::size_t> least;
  std::size_t certain = 0;
  for (const Layer& layer : layout.layers()) {
    least.push_back(std::min(floor, layer.size));
    certain += least.back();
  }
  if (certain > k)
    throw ParamError("floor", fmt::format("{} in each of {} layers asks for {} coordinates, and "
                                          "only k = {} are kept",
                                          floor, least.size(), certain, k));
  return std::make_unique<TopK>(layout, least, k);
}

}  // namespace

Part<MakeCompressor> part_top_k() {
  std::vector<Param> params = sparsity_params();
  params.push_back(choice("scope", {"global", "layer"},
                          "the largest of the whole model, or of each of its layers")
                       .by_default("global"));
  params.push_back(integer("floor",
                           "with scope: global, coordinates of each layer that are kept whatever "
                           "the others are (all of a smaller layer)")
                       .at_least(0)
                       .by_default(0));
  return {
      "top-k",
      "the k coordinates of largest magnitude, of the model or of each layer (Stich et al. 2018)",
      params, make_top_k};
}

}  // namespace hearsay
