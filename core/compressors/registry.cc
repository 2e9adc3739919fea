#include <utility>

#include "core/compressor.h"
#include "core/compressors/layer_groups.h"

// A new compressor: a file pair in this folder, and its name in this list.
#define HEARSAY_COMPRESSORS(PART) \
  PART(identity)                  \
  PART(top_k)                     \
  PART(random_k)                  \
  PART(scaled_sign)               \
  PART(block_sign)                \
  PART(uniform)                   \
  PART(qsgd)                      \
  PART(natural)                   \
  PART(terngrad)                  \
  PART(top_k_quantized)           \
  PART(low_rank)

namespace hearsay {

#define HEARSAY_DECLARE(name) Part<MakeCompressor> part_##name();
HEARSAY_COMPRESSORS(HEARSAY_DECLARE)
#undef HEARSAY_DECLARE

const Registry<MakeCompressor>& compressors() {
#define HEARSAY_ROW(name) part_##name(),
  static const Registry<MakeCompressor> kRegistry("compressor", {HEARSAY_COMPRESSORS(HEARSAY_ROW)});
#undef HEARSAY_ROW
  return kRegistry;
}

const Catalogue& compressor_catalogue() {
  return compressors().catalogue();
}

std::unique_ptr<Compressor> make_compressor(const Params& params, const Layout& layout) {
  auto made = compressors().at(params.part()).make(params, layout);
  if (layout.layers().empty()) return made;
  made->layout_ = layout;
  made->layer_ends_ = layer_ends(layout);
  return by_groups(std::move(made));
}

}  // namespace hearsay
