#include "core/aggregator.h"

#include <algorithm>
#include <cassert>

#include "core/phase_clock.h"

namespace hearsay {

PeerVectors::PeerVectors(std::size_t most, std::size_t dimension, Workspace& work)
    : dimension_(dimension) {
  const VectorView room = work.floats(Workspace::Slot::decoded, most * (dimension + 1));
  vectors_ = room.first(most * dimension);
  weights_ = room.subspan(most * dimension);
}

VectorView PeerVectors::next(float weight) {
  assert(count_ < weights_.size());
  weights_[count_] = weight;
  return vectors_.subspan(count_++ * dimension_, dimension_);
}

void PeerVectors::add(const Compressor& compressor, ByteView payload, float weight) {
  assert(compressor.dimension() == dimension_);
  const PhaseClock::Scope scope(Phase::decode);
  const VectorView vector = next(weight);
  std::fill(vector.begin(), vector.end(), 0.0F);
  compressor.decode_add(payload, 1.0F, vector);
}

void PeerVectors::add(ConstVectorView vector, float weight) {
  assert(vector.size() == dimension_);
  std::copy(vector.begin(), vector.end(), next(weight).begin());
}

}  // namespace hearsay
