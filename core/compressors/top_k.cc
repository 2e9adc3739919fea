#include "core/compressors/top_k.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstring>
#include <numeric>

#include "core/compressors/float16.h"
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

/// visit(v_j, q_j). The places are far apart, each a cache line of its own that is asked for early.
template <class Visit>
void for_each_kept(const Selection& q, VectorView v, Visit visit) {
  constexpr std::size_t kAhead = 96;
  const std::size_t k = q.indices.size();
  for (std::size_t i = 0; i < k; ++i) {
    __builtin_prefetch(&v[q.indices[std::min(i + kAhead, k - 1)]], 0, 2);
    visit(v[q.indices[i]], q.values[i]);
  }
}

}  // namespace

TopK::TopK(std::size_t dimension, std::size_t k, Values values)
    : Compressor(dimension),
      k_(k),
      values_(values),
      ideal_bits_(k * index_bits(dimension) + ideal_bits_of_values()) {}

TopK::TopK(const Layout& layout, const std::vector<std::size_t>& least, std::size_t k,
           Values values)
    : Compressor(layout), k_(k), values_(values), least_share_(1.0) {
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
    ideal_bits_ += least[l] * index_bits(layer.size);
  }
  assert(certain_ <= k_);
  if (certain_ < k_) ideal_bits_ = k_ * index_bits(dimension());
  ideal_bits_ += ideal_bits_of_values();
}

std::uint64_t TopK::ideal_bits_of_values() const {
  return values_ == Values::float16 ? 8 + 16 * std::uint64_t{k_} : 32 * std::uint64_t{k_};
}

std::size_t TopK::values_size() const {
  return values_ == Values::float16 ? float16_size(k_) : 4 * k_;
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

template <class Select>
std::uint64_t TopK::send(Workspace& work, Bytes& out, Select select) const {
  if (quotas_.empty()) {
    const Selection kept = select(Quota{0, dimension(), k_}, work.hint);
    return store(kept.indices, kept.values, out);
  }
  const auto indices = room(work.indices(), k_);
  const VectorView values = work.floats(Workspace::Slot::compression, k_);
  std::size_t first = 0;
  for (const Quota& layer : quotas_) {
    const Selection kept = select(layer, nullptr);
    for (std::size_t i = 0; i < layer.least; ++i)
      indices[first + i] = static_cast<std::uint32_t>(layer.begin + kept.indices[i]);
    std::copy_n(kept.values.begin(), layer.least, values.subspan(first).begin());
    first += layer.least;
  }
  return store(indices, values, out);
}

std::uint64_t TopK::encode(ConstVectorView x, Stream&, Workspace& work, Bytes& out) const {
  assert(x.size() == dimension());
  if (takes_shares())
    return send(work, out, [&](const Quota& part, SelectionHint* hint) {
      return work.selector().largest(part.of(x), part.least, hint);
    });
  const auto kept = select_with_quotas(x, work.indices());
  const VectorView values = work.floats(Workspace::Slot::compression, k_);
  for (std::size_t i = 0; i < k_; ++i) values[i] = x[kept[i]];
  return store(kept, values, out);
}

std::uint64_t TopK::store(std::span<const std::uint32_t> kept, ConstVectorView values,
                          Bytes& out) const {
  const IndexWriter indices(kept, dimension());
  std::byte* const to = wire::grow(out, indices.size() + values_size());
  indices.write(to);
  std::byte* const behind = to + indices.size();
  if (values_ == Values::float16) {
    store_float16(values, behind);
  } else {
    std::memcpy(behind, values.data(), 4 * k_);
  }
  return ideal_bits_;
}

std::uint64_t TopK::encode_difference(ConstVectorView w, VectorView memory, Stream& stream,
                                      Workspace& work, Bytes& out) const {
  if (!sends_selection()) return Compressor::encode_difference(w, memory, stream, work, out);
  return send(work, out, [&](const Quota& part, SelectionHint* hint) {
    const VectorView known = part.of(memory);
    const Selection q = work.selector().largest_of_difference(part.of(w), known, part.least, hint);
    if (!q.finite) refuse_difference(w, memory);
    for_each_kept(q, known, [](float& known_j, float q_j) { known_j += q_j; });
    return q;
  });
}

std::uint64_t TopK::encode_sum(ConstVectorView w, VectorView memory, Stream& stream,
                               Workspace& work, Bytes& out) const {
  if (!sends_selection()) return Compressor::encode_sum(w, memory, stream, work, out);
  return send(work, out, [&](const Quota& part, SelectionHint* hint) {
    const VectorView sum = part.of(memory);
    const Selection q = work.selector().largest_of_sum(part.of(w), sum, part.least, hint);
    if (!q.finite) refuse_sum(memory);
    for_each_kept(q, sum, [](float& sum_j, float q_j) { sum_j -= q_j; });
    return q;
  });
}

ByteView TopK::indices_of(ByteView payload) const {
  return payload.first(payload.size() - values_size());
}

std::optional<std::string> TopK::check(ByteView payload) const {
  if (auto wrong = wire::check_least_size(payload, values_size())) return wrong;
  const ByteView indices = indices_of(payload);
  if (auto wrong = check_indices(indices, k_, dimension())) return wrong;
  if (auto wrong = check_quotas(indices)) return wrong;
  const ByteView values = payload.last(values_size());
  return values_ == Values::float16 ? check_float16(values, k_)
                                    : wire::check_finite(values, k_, "value");
}

/// The indices have passed their own check, so they ascend and one walk finds those of each layer.
std::optional<std::string> TopK::check_quotas(ByteView indices) const {
  if (quotas_.empty()) return std::nullopt;
  IndexReader reader(indices, k_, dimension());
  IndexBlock block;
  std::span<const std::uint32_t> ahead = reader.next(block);
  // How many of those that were not counted yet lie before `end`.
  const auto count_before = [&](std::size_t end) {
    std::size_t count = 0;
    while (!ahead.empty() && ahead.front() < end) {
      const auto place = std::lower_bound(ahead.begin(), ahead.end(), end);
      const auto passed = static_cast<std::size_t>(place - ahead.begin());
      count += passed;
      ahead = ahead.subspan(passed);
      if (ahead.empty()) ahead = reader.next(block);
    }
    return count;
  };
  for (const Quota& quota : quotas_) {
    count_before(quota.begin);
    const std::size_t found = count_before(quota.end);
    if (found < quota.least)
      return fmt::format(
          "{} indices in the layer of coordinates {} to {}, at least {} belong there", found,
          quota.begin, quota.end - 1, quota.least);
  }
  return std::nullopt;
}

void TopK::decode_add(ByteView payload, float weight, VectorView y) const {
  assert(payload.size() >= values_size() && y.size() == dimension());
  const ByteView indices = indices_of(payload);
  const std::byte* const values = payload.data() + indices.size();
  if (values_ == Values::float32)
    return add_sparse(indices, k_, weight, y,
                      [&](std::size_t first, std::size_t) { return values + 4 * first; });
  std::array<float, golomb::kBlock> decoded;
  add_sparse(indices, k_, weight, y, [&](std::size_t first, std::size_t count) {
    load_float16(values, first, std::span(decoded).first(count));
    return std::as_bytes(std::span(decoded)).data();
  });
}

void TopK::mark_sent(ByteView payload, std::size_t begin, Coverage& coverage) const {
  mark_indices(indices_of(payload), k_, dimension(), begin, coverage);
}

double TopK::contraction() const {
  const std::size_t others = dimension() - certain_;
  const double more = others == 0 ? 1.0
                                  : static_cast<double>(k_ - certain_) /
                                        static_cast<double>(others);  // of what is left
  const double exact = others == 0 ? 1.0 : least_share_ + (1.0 - least_share_) * more;
  return values_ == Values::float16 ? exact * (1.0 - float16_error(k_)) : exact;
}

std::unique_ptr<Compressor> TopK::resized(std::size_t dimension) const {
  const double ratio = static_cast<double>(k_) / static_cast<double>(this->dimension());
  return std::make_unique<TopK>(dimension, count_of_ratio(ratio, dimension), values_);
}

/// Not with float16, where the exponent is that of the largest value of all.
std::unique_ptr<Compressor> TopK::of_layers(std::size_t first, std::size_t last) const {
  if (quotas_.empty() || !sends_selection()) return nullptr;
  std::vector<std::size_t> least;
  std::size_t k = 0;
  auto quota = quotas_.begin();
  for (std::size_t l = 0; l < last; ++l) {
    const Layer& layer = layout().layers()[l];
    const bool has = quota != quotas_.end() && layer.size > 0 && quota->begin == layer.offset;
    if (l >= first) least.push_back(has ? quota->least : 0);
    if (l >= first) k += least.back();
    if (has) ++quota;
  }
  return std::make_unique<TopK>(layout().part(first, last), least, k);
}

namespace {

std::unique_ptr<Compressor> make_top_k(const Params& params, const Layout& layout) {
  const auto floor = static_cast<std::size_t>(params.integer("floor"));
  const auto values =
      params.text("values") == "float16" ? TopK::Values::float16 : TopK::Values::float32;
  if (params.text("scope") == "layer") {
    if (floor > 0)
      throw ParamError("floor", fmt::format("{} is for scope: global; scope: layer sends its share "
                                            "of every layer, and one entry at least",
                                            floor));
    const std::vector<std::size_t> counts = kept_counts(params, layout);
    return std::make_unique<TopK>(
        layout, counts, std::accumulate(counts.begin(), counts.end(), std::size_t{0}), values);
  }
  const std::size_t k = kept_count(params, layout.dimension());
  if (floor == 0) return std::make_unique<TopK>(layout.dimension(), k, values);
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
  return std::make_unique<TopK>(layout, least, k, values);
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
  params.push_back(choice("values", {"float32", "float16"},
                          "as they are, or rounded to 11 significant bits and half the bytes")
                       .by_default("float32"));
  return {
      "top-k",
      "the k coordinates of largest magnitude, of the model or of each layer (Stich et al. 2018)",
      params, make_top_k};
}

}  // namespace hearsay
