#include "core/compressors/top_k.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <functional>

#include "core/compressors/indices.h"
#include "core/compressors/sparsity.h"
#include "core/compressors/wire.h"

namespace hearsay {

namespace {

/// |x| as an integer: orders like the magnitude, with NaN above infinity.
std::uint32_t magnitude(float x) {
  return std::bit_cast<std::uint32_t>(x) & 0x7fffffffU;
}

/// The k-th largest magnitude: a value, so it does not depend on how the selection moves things.
std::uint32_t kth_magnitude(ConstVectorView x, std::size_t k, std::span<std::uint32_t> scratch) {
  for (std::size_t j = 0; j < x.size(); ++j) scratch[j] = magnitude(x[j]);
  const auto kth = scratch.begin() + static_cast<std::ptrdiff_t>(k - 1);
  std::nth_element(scratch.begin(), kth, scratch.end(), std::greater<>());
  return *kth;
}

}  // namespace

std::span<const std::uint32_t> select_top_k(ConstVectorView x, std::size_t k,
                                            std::vector<std::uint32_t>& scratch) {
  assert(1 <= k && k <= x.size());
  if (scratch.size() < x.size()) scratch.resize(x.size());
  const auto space = std::span(scratch).first(x.size());
  const std::uint32_t threshold = kth_magnitude(x, k, space);
  // nth_element leaves what is larger before place k - 1, so the rest of those k are ties.
  std::size_t ties = 0;
  for (std::size_t i = 0; i < k; ++i) ties += space[i] == threshold ? 1U : 0U;

  std::size_t found = 0;
  for (std::size_t j = 0; j < x.size(); ++j) {
    const std::uint32_t size = magnitude(x[j]);
    const bool tie = size == threshold && ties > 0;
    ties -= tie ? 1U : 0U;
    // Written whether kept or not: found <= j, and the next entry overwrites what is not kept.
    space[found] = static_cast<std::uint32_t>(j);
    found += size > threshold || tie ? 1U : 0U;
  }
  assert(found == k);
  return space.first(k);
}

std::uint64_t TopK::encode(ConstVectorView x, Stream&, Workspace& work, Bytes& out) const {
  assert(x.size() == dimension());
  const auto indices = select_top_k(x, k_, work.indices());
  std::byte* to = wire::grow(out, 8 * k_);
  store_indices(indices, to);
  for (std::size_t i = 0; i < k_; ++i) wire::store(to + 4 * (k_ + i), x[indices[i]]);
  return k_ * (32 + index_bits(dimension()));
}

std::optional<std::string> TopK::check(ByteView payload) const {
  if (auto wrong = wire::check_size(payload, 8 * k_)) return wrong;
  if (auto wrong = check_indices(payload, k_, dimension())) return wrong;
  return wire::check_finite(payload.subspan(4 * k_), k_, "value");
}

void TopK::decode_add(ByteView payload, float weight, VectorView y) const {
  assert(payload.size() == 8 * k_ && y.size() == dimension());
  const std::byte* index = payload.data();
  const std::byte* value = index + 4 * k_;
  for (std::size_t i = 0; i < k_; ++i)
    y[wire::load<std::uint32_t>(index + 4 * i)] += weight * wire::load<float>(value + 4 * i);
}

void TopK::mark_sent(ByteView payload, std::uint32_t round,
                     std::span<std::uint32_t> last_sent) const {
  assert(payload.size() == 8 * k_ && last_sent.size() == dimension());
  mark_indices(payload, k_, round, last_sent);
}

double TopK::contraction() const {
  return static_cast<double>(k_) / static_cast<double>(dimension());
}

std::unique_ptr<Compressor> TopK::resized(std::size_t dimension) const {
  return std::make_unique<TopK>(dimension, count_of_ratio(contraction(), dimension));
}

Part<MakeCompressor> part_top_k() {
  return {"top-k", "the k coordinates of largest magnitude", sparsity_params(),
          [](const Params& params, const Layout& layout) -> std::unique_ptr<Compressor> {
            const std::size_t d = layout.dimension();
            return std::make_unique<TopK>(d, kept_count(params, d));
          }};
}

}  // namespace hearsay
