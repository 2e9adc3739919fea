#include "core/aggregators/clipping.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

#include "core/vector_ops.h"

namespace hearsay {

void find_distances(const PeerVectors& peers, ConstVectorView x, std::span<double> distances) {
  assert(distances.size() >= peers.count());
  for (std::size_t i = 0; i < peers.count(); ++i)
    distances[i] = std::sqrt(squared_distance(peers.vector(i), x));
}

void add_clipped(const PeerVectors& peers, double tau, std::span<const double> distances,
                 VectorView x) {
  constexpr std::size_t kBlock = 256;  // coordinates at a time, so that the sums need no heap
  std::array<double, kBlock> sums;
  for (std::size_t begin = 0; begin < x.size(); begin += kBlock) {
    const VectorView own = x.subspan(begin, std::min(kBlock, x.size() - begin));
    std::fill_n(sums.begin(), own.size(), 0.0);
    for (std::size_t i = 0; i < peers.count(); ++i) {
      const double share = peers.weight(i) * (distances[i] > tau ? tau / distances[i] : 1.0);
      const ConstVectorView other = peers.vector(i).subspan(begin, own.size());
      for (std::size_t j = 0; j < own.size(); ++j)
        sums[j] += share * (static_cast<double>(other[j]) - static_cast<double>(own[j]));
    }
    for (std::size_t j = 0; j < own.size(); ++j)
      own[j] = static_cast<float>(static_cast<double>(own[j]) + sums[j]);
  }
}

}  // namespace hearsay
