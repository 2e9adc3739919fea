#include "core/compressors/signs.h"

#include <cassert>

#include "core/simd/signs.h"
#include "core/vector_ops.h"

namespace hearsay {

float mean_magnitude(ConstVectorView x) {
  assert(!x.empty());
  return static_cast<float>(norm1(x) / static_cast<double>(x.size()));
}

}  // namespace hearsay
