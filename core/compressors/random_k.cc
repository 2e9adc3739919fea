#include "core/compressors/random_k.h"

#include <bit>
#include <cassert>

#include "core/compressors/sparsity.h"
#include "core/compressors/wire.h"

namespace hearsay {

namespace {

/// Calls visit(j) for the indices of the seed in ascending order.
template <class Visit>
void for_each_index(std::uint64_t seed, std::size_t dimension, std::size_t k, Visit visit) {
  // decode_add has no workspace, and the bitmap is the same at both ends; one a thread serves all.
  thread_local std::vector<std::uint64_t> bitmap;
  draw_subset(seed, dimension, k, bitmap);
  for (std::size_t w = 0; w < bitmap.size(); ++w)
    for (std::uint64_t bits = bitmap[w]; bits != 0; bits &= bits - 1)
      visit(64 * w + static_cast<std::size_t>(std::countr_zero(bits)));
}

}  // namespace

void draw_subset(std::uint64_t seed, std::size_t dimension, std::size_t k,
                 std::vector<std::uint64_t>& bitmap) {
  assert(k <= dimension);
  bitmap.assign((dimension + 63) / 64, 0);
  Stream stream = Stream::from_state(seed);
  for (std::size_t last = dimension - k; last < dimension; ++last) {
    const std::size_t drawn = stream.below(last + 1);
    const bool taken = ((bitmap[drawn / 64] >> (drawn % 64)) & 1U) != 0;
    const std::size_t j = taken ? last : drawn;
    bitmap[j / 64] |= std::uint64_t{1} << (j % 64);
  }
}

std::uint64_t RandomK::encode(ConstVectorView x, Stream& stream, Workspace&, Bytes& out) const {
  assert(x.size() == dimension());
  const std::uint64_t seed = stream();
  std::byte* to = wire::grow(out, 8 + 4 * k_);
  wire::store(to, seed);
  to += 8;
  for_each_index(seed, dimension(), k_, [&](std::size_t j) {
    wire::store(to, x[j]);
    to += 4;
  });
  return 64 + 32 * std::uint64_t{k_};
}

std::optional<std::string> RandomK::check(ByteView payload) const {
  if (auto wrong = wire::check_size(payload, 8 + 4 * k_)) return wrong;
  return wire::check_finite(payload.subspan(8), k_, "value");
}

void RandomK::decode_add(ByteView payload, float weight, VectorView y) const {
  assert(payload.size() == 8 + 4 * k_ && y.size() == dimension());
  const std::byte* value = payload.data() + 8;
  for_each_index(wire::load<std::uint64_t>(payload.data()), dimension(), k_, [&](std::size_t j) {
    y[j] += weight * wire::load<float>(value);
    value += 4;
  });
}

void RandomK::mark_sent(ByteView payload, std::size_t begin, Coverage& coverage) const {
  assert(payload.size() == 8 + 4 * k_);
  for_each_index(wire::load<std::uint64_t>(payload.data()), dimension(), k_,
                 [&](std::size_t j) { coverage.mark(begin + j); });
}

double RandomK::contraction() const {
  return static_cast<double>(k_) / static_cast<double>(dimension());
}

std::unique_ptr<Compressor> RandomK::resized(std::size_t dimension) const {
  return std::make_unique<RandomK>(dimension, count_of_ratio(contraction(), dimension));
}

Part<MakeCompressor> part_random_k() {
  return {"random-k", "k coordinates at random, by a shared seed (Stich et al. 2018)",
          sparsity_params(),
          [](const Params& params, const Layout& layout) -> std::unique_ptr<Compressor> {
            const std::size_t d = layout.dimension();
            return std::make_unique<RandomK>(d, kept_count(params, d));
          }};
}

}  // namespace hearsay
