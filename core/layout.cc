#include "core/layout.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <functional>
#include <numeric>
#include <utility>

namespace hearsay {

Layout Layout::flat(std::size_t dimension) {
  Layout layout;
  layout.append("x", {static_cast<std::int64_t>(dimension)});
  return layout;
}

Layout Layout::square(std::size_t dimension) {
  const auto size = static_cast<std::int64_t>(dimension);
  const auto rows = static_cast<std::int64_t>(std::sqrt(static_cast<double>(dimension)));
  const std::int64_t columns = size / std::max<std::int64_t>(1, rows);
  Layout layout;
  layout.append("matrix", {rows, columns});
  if (rows * columns < size) layout.append("rest", {size - rows * columns});
  return layout;
}

void Layout::append(std::string name, std::vector<std::int64_t> shape, bool integer) {
  const auto size = static_cast<std::size_t>(
      std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>()));
  layers_.push_back({std::move(name), dimension_, size, std::move(shape), integer});
  dimension_ += size;
}

Layout Layout::part(std::size_t first, std::size_t last) const {
  assert(first <= last && last <= layers_.size());
  Layout part;
  for (std::size_t l = first; l < last; ++l) {
    part.layers_.push_back(layers_[l]);
    part.layers_.back().offset = part.dimension_;
    part.dimension_ += layers_[l].size;
  }
  return part;
}

const Layer& Layout::layer_of(std::size_t j) const {
  assert(j < dimension_);
  const auto holds = [j](const Layer& layer) { return j < layer.offset + layer.size; };
  return *std::find_if(layers_.begin(), layers_.end(), holds);
}

std::vector<std::size_t> layer_ends(const Layout& layout) {
  std::vector<std::size_t> ends;
  ends.reserve(layout.layers().size());
  for (const Layer& layer : layout.layers()) ends.push_back(layer.offset + layer.size);
  return ends;
}

}  // namespace hearsay
