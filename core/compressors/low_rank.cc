#include "core/compressors/low_rank.h"

#include <algorithm>
#include <array>
#include <boost/random/normal_distribution.hpp>
#include <cassert>
#include <cfloat>
#include <cmath>

#include "core/compressors/wire.h"
#include "core/orthonormal.h"
#include "core/vector_ops.h"

namespace hearsay {

namespace {

/// M Q, a column of Q at a time, and then its orthonormal basis.
void find_basis(ConstVectorView m, std::size_t rows, Stream& stream, VectorView q,
                std::span<double> basis) {
  boost::random::normal_distribution<float> normal;
  for (std::size_t k = 0; k * rows < basis.size(); ++k) {
    for (float& value : q) value = normal(stream);
    const std::span<double> image = column(basis, rows, k);
    for (std::size_t i = 0; i < rows; ++i) image[i] = dot(m.subspan(i * q.size(), q.size()), q);
    orthonormalize_column(basis, rows, k);
  }
}

/// The power of two at or above sqrt(m).
float gain_of(std::size_t rows) {
  float gain = 1.0F;
  while (gain * gain < static_cast<float>(rows)) gain *= 2.0F;
  return gain;
}

}  // namespace

LowRank::LowRank(const Layout& layout, std::size_t rank) : Compressor(layout.dimension()) {
  assert(rank >= 1);
  for (const Layer& layer : layout.layers()) {
    blocks_.push_back(block_of(layer, rank));
    floats_ += blocks_.back().floats();
  }
}

LowRank::Block LowRank::block_of(const Layer& layer, std::size_t rank) {
  const bool vector = layer.shape.size() < 2 || layer.size == 0;
  const std::size_t rows = vector ? 1 : static_cast<std::size_t>(layer.shape.front());
  const std::size_t columns = layer.size / rows;
  Block block{rows, columns, std::min({rank, rows, columns}), gain_of(rows)};
  if (vector || block.floats() >= block.size()) block.rank = 0;
  return block;
}

std::uint64_t LowRank::encode(ConstVectorView x, Stream& stream, Workspace& work,
                              Bytes& out) const {
  assert(x.size() == dimension());
  std::byte* to = wire::grow(out, 4 * floats_);
  const std::byte* const begin = out.data();
  for (const Block& block : blocks_) {
    const ConstVectorView part = x.first(block.size());
    x = x.subspan(block.size());
    if (block.rank == 0)
      std::memcpy(to, part.data(), part.size_bytes());
    else
      encode_matrix(block, part, stream, work, to);
    to += 4 * block.floats();
    work.ready({begin, to});
  }
  return 32 * std::uint64_t{floats_};
}

void LowRank::encode_matrix(const Block& block, ConstVectorView m, Stream& stream, Workspace& work,
                            std::byte* to) {
  const auto [rows, columns, rank, gain] = block;
  const auto scratch = work.doubles(Workspace::Slot::compression, rank * (rows + columns));
  const std::span<double> basis = scratch.first(rank * rows);
  const std::span<double> factor = scratch.subspan(rank * rows);
  find_basis(m, rows, stream, work.floats(Workspace::Slot::compression, columns), basis);

  // R is the factor of U as it is sent: what the rounding of U loses, R makes up for.
  std::fill(factor.begin(), factor.end(), 0.0);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t k = 0; k < rank; ++k) {
      const auto u = static_cast<float>(basis[k * rows + i]);
      wire::store(to, gain * u);
      to += 4;
      accumulate(factor.subspan(k * columns, columns), double{u}, m.subspan(i * columns, columns));
    }
  }
  for (const double value : factor) {
    wire::store(to, static_cast<float>(value / double{gain}));
    to += 4;
  }
}

std::optional<std::string> LowRank::check(ByteView payload) const {
  if (auto wrong = wire::check_size(payload, 4 * floats_)) return wrong;
  return wire::check_finite(payload, floats_, "value");
}

void LowRank::decode_add(ByteView payload, float weight, VectorView y) const {
  assert(payload.size() == 4 * floats_ && y.size() == dimension());
  const std::byte* from = payload.data();
  for (const Block& block : blocks_) {
    const VectorView part = y.first(block.size());
    y = y.subspan(block.size());
    if (block.rank == 0)
      for (std::size_t j = 0; j < part.size(); ++j)
        part[j] += weight * wire::load<float>(from + 4 * j);
    else
      decode_matrix(block, from, weight, part);
    from += 4 * block.floats();
  }
}

void LowRank::decode_matrix(const Block& block, const std::byte* from, float weight, VectorView y) {
  constexpr std::size_t kStrip = 256;  // columns at a time, so that the sums need no heap
  std::array<double, kStrip> sums;
  const std::byte* p = from;
  const std::byte* r = from + 4 * block.rank * block.rows;
  for (std::size_t i = 0; i < block.rows; ++i) {
    for (std::size_t begin = 0; begin < block.columns; begin += kStrip) {
      const std::size_t size = std::min(kStrip, block.columns - begin);
      std::fill_n(sums.begin(), size, 0.0);
      for (std::size_t k = 0; k < block.rank; ++k) {
        const double p_ik = wire::load<float>(p + 4 * (i * block.rank + k));
        const std::byte* row = r + 4 * (k * block.columns + begin);
        for (std::size_t j = 0; j < size; ++j)
          sums[j] += p_ik * static_cast<double>(wire::load<float>(row + 4 * j));
      }
      const VectorView strip = y.subspan(i * block.columns + begin, size);
      for (std::size_t j = 0; j < size; ++j)
        strip[j] +=
            weight * static_cast<float>(std::clamp(sums[j], -double{FLT_MAX}, double{FLT_MAX}));
    }
  }
}

double LowRank::contraction() const {
  double least = 1.0;
  for (const Block& block : blocks_)
    if (block.rank != 0)
      least = std::min(least, static_cast<double>(block.rank) /
                                  static_cast<double>(std::min(block.rows, block.columns)));
  return least;
}

std::unique_ptr<Compressor> LowRank::resized(std::size_t dimension) const {
  const Layout layout = Layout::square(dimension);
  const Block square = block_of(layout.layers().front(), 1);
  const std::size_t side = std::min(square.rows, square.columns);
  if (contraction() == 1.0) return std::make_unique<LowRank>(layout, side);
  // Not so large a rank that a matrix of this shape would be sent in full.
  const std::size_t most = (square.size() - 1) / (square.rows + square.columns);
  const double rank = std::round(contraction() * static_cast<double>(side));
  return std::make_unique<LowRank>(
      layout,
      std::clamp<std::size_t>(static_cast<std::size_t>(rank), 1, std::max<std::size_t>(most, 1)));
}

Part<MakeCompressor> part_low_rank() {
  return {"low-rank",
          "each matrix as a product of two thin ones (PowerSGD without memory, Vogels et al. 2019)",
          {integer("rank", "columns of the thin matrices").at_least(1).by_default(4)},
          [](const Params& params, const Layout& layout) -> std::unique_ptr<Compressor> {
            return std::make_unique<LowRank>(layout,
                                             static_cast<std::size_t>(params.integer("rank")));
          }};
}

}  // namespace hearsay
