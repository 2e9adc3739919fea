#include "core/layout.h"

#include <functional>
#include <numeric>
#include <utility>

namespace hearsay {

Layout Layout::flat(std::size_t dimension) {
  Layout layout;
  layout.append("x", {static_cast<std::int64_t>(dimension)});
  return layout;
}

void Layout::append(std::string name, std::vector<std::int64_t> shape) {
  const auto size = static_cast<std::size_t>(
      std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>()));
  layers_.push_back({std::move(name), dimension_, size, std::move(shape)});
  dimension_ += size;
}

}  // namespace hearsay
