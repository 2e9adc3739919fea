#include "core/compressors/relative_threshold.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/compressors/indices.h"
#include "core/compressors/wire.h"

namespace hearsay {

namespace {

constexpr std::size_t kEntry = 8;  // bytes: an index and a value

std::uint32_t index_at(ByteView payload, std::size_t entry) {
  return wire::load<std::uint32_t>(payload.data() + kEntry * entry);
}

}  // namespace

std::uint64_t RelativeThreshold::encode(ConstVectorView x, Stream& /*stream*/, Workspace& /*work*/,
                                        Bytes& out) const {
  float largest = 0.0F;
  for (const float value : x) largest = std::max(largest, std::abs(value));
  if (largest == 0.0F) return 0;
  const double threshold = tau_ * static_cast<double>(largest);
  std::uint64_t kept = 0;
  for (std::size_t j = 0; j < x.size(); ++j) {
    if (static_cast<double>(std::abs(x[j])) < threshold) continue;
    std::byte* to = wire::grow(out, kEntry);
    wire::store(to, static_cast<std::uint32_t>(j));
    wire::store(to + 4, x[j]);
    ++kept;
  }
  return kept * (32 + index_bits(dimension()));
}

// Never trust a length or an index: a payload comes from the network.
std::optional<std::string> RelativeThreshold::check(ByteView payload) const {
  if (payload.size() % kEntry != 0) return fmt::format("{} bytes, no entries", payload.size());
  std::uint64_t next = 0;  // the least index that may come
  for (std::size_t k = 0; k < payload.size() / kEntry; ++k) {
    const std::uint32_t j = index_at(payload, k);
    if (j < next || j >= dimension()) return fmt::format("index {} in entry {}", j, k);
    if (auto wrong = wire::check_finite(payload.subspan(kEntry * k + 4), 1, "value")) return wrong;
    next = std::uint64_t{j} + 1;
  }
  return std::nullopt;
}

void RelativeThreshold::decode_add(ByteView payload, float weight, VectorView y) const {
  for (std::size_t k = 0; k < payload.size() / kEntry; ++k)
    y[index_at(payload, k)] += weight * wire::load<float>(payload.data() + kEntry * k + 4);
}

double RelativeThreshold::contraction() const {
  return 1.0 / (1.0 + static_cast<double>(dimension() - 1) * tau_ * tau_);
}

std::unique_ptr<Compressor> RelativeThreshold::resized(std::size_t dimension) const {
  return std::make_unique<RelativeThreshold>(dimension, tau_);
}

void RelativeThreshold::mark_sent(ByteView payload, std::size_t begin, Coverage& coverage) const {
  for (std::size_t k = 0; k < payload.size() / kEntry; ++k)
    coverage.mark(begin + index_at(payload, k));
}

Part<MakeCompressor> part_relative_threshold() {
  return {"relative-threshold",
          "the coordinates of at least tau times the largest magnitude",
          {number("tau", "share of the largest magnitude").above(0).at_most(1).by_default(0.5)},
          [](const Params& params, const Layout& layout) -> std::unique_ptr<Compressor> {
            return std::make_unique<RelativeThreshold>(layout.dimension(), params.number("tau"));
          }};
}

}  // namespace hearsay
