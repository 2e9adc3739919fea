#include "core/finite.h"

#include <fmt/format.h>

#include <cassert>
#include <cmath>

#include "core/vector_ops.h"

namespace hearsay {

void require_finite(ConstVectorView x, const Layout& layout, std::string_view what) {
  assert(x.size() == layout.dimension());
  if (all_finite(x)) return;
  std::size_t j = 0;
  while (std::isfinite(x[j])) ++j;
  const Layer& layer = layout.layer_of(j);
  throw NotFinite(
      fmt::format("the run has diverged: {} is {} at entry {} of tensor \"{}\"; a smaller "
                  "learning_rate or gossip_step may help",
                  what, x[j], j - layer.offset, layer.name));
}

}  // namespace hearsay
