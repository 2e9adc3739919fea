#include "core/compressors/uniform.h"

#include <cassert>
#include <cmath>

#include "core/compressors/uniform_blocks.h"
#include "core/vector_ops.h"

namespace hearsay {

std::uint64_t Uniform::encode(ConstVectorView x, Stream&, Workspace&, Bytes& out) const {
  assert(x.size() == dimension());
  store_nearest(x, steps(), grow(out));
  return ideal_bits();
}

// Two walks: one for the norm, and one that makes the message and takes it off, or puts it on, part
// by part.

std::uint64_t Uniform::encode_difference(ConstVectorView w, VectorView memory, Stream&,
                                         Workspace& work, Bytes& out) const {
  const float norm = norm_inf_of_difference(w, memory);
  if (!std::isfinite(norm)) refuse_difference(w, memory);
  std::byte* const to = grow(out);
  wire::store(to, norm);
  for_each_part(dimension(), [&](std::size_t begin, std::size_t size) {
    const VectorView difference = work.floats(Workspace::Slot::difference, size);
    const VectorView known = memory.subspan(begin, size);
    subtract(difference, w.subspan(begin, size), known);
    store_part_nearest(difference, begin, norm, steps(), to);
    add_part(to, begin, steps(), 1.0F, known);
  });
  return ideal_bits();
}

std::uint64_t Uniform::encode_sum(ConstVectorView w, VectorView memory, Stream&, Workspace&,
                                  Bytes& out) const {
  const float norm = add_norm_inf(memory, w);
  if (!std::isfinite(norm)) refuse_sum(memory);
  std::byte* const to = grow(out);
  wire::store(to, norm);
  for_each_part(dimension(), [&](std::size_t begin, std::size_t size) {
    const VectorView part = memory.subspan(begin, size);
    store_part_nearest(part, begin, norm, steps(), to);
    add_part(to, begin, steps(), -1.0F, part);
  });
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
      {bits_param(),
       integer("block_size", "coordinates that share a largest magnitude, such as 4096")
           .at_least(1)
           .or_word("all")
           .by_default("all")},
      [](const Params& params, const Layout& layout) -> std::unique_ptr<Compressor> {
        const auto bits = static_cast<unsigned>(params.integer("bits"));
        if (params.is_word("block_size", "all"))
          return std::make_unique<Uniform>(layout.dimension(), bits);
        const auto size = static_cast<std::size_t>(params.integer("block_size"));
        return std::make_unique<UniformBlocks>(layout.dimension(), size, bits);
      }};
}

}  // namespace hearsay
