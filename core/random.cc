#include "core/random.h"

#include <boost/random/uniform_int_distribution.hpp>
#include <utility>

namespace hearsay {

Stream::Stream(const StreamKey& key) : state_(0) {
  // Each field is absorbed by one round of the generator's own finalizer, so that neighbouring keys
  // start far apart.
  const std::uint64_t fields[] = {key.seed, static_cast<std::uint64_t>(key.purpose), key.node,
                                  key.round, key.index};
  for (const std::uint64_t field : fields)
    state_ = finalize(state_ + 0x9e3779b97f4a7c15U + finalize(field + 0x632be59bd9b4e019U));
}

Stream Stream::from_state(std::uint64_t state) {
  return Stream(state);
}

std::uint64_t Stream::below(std::uint64_t bound) {
  return boost::random::uniform_int_distribution<std::uint64_t>(0, bound - 1)(*this);
}

void shuffle(std::span<std::uint32_t> items, Stream& stream) {
  for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[stream.below(i)]);
}

}  // namespace hearsay
