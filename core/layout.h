// The layers inside a flat vector: which consecutive coordinates belong to which tensor of the
// model.
//
// Layer-aware compressors (block-sign and top-k by layer), the report on layers and the model file
// read it; everything else sees one flat vector.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace hearsay {

struct Layer {
  std::string name;
  std::size_t offset = 0;
  std::size_t size = 0;
  std::vector<std::int64_t> shape;  // row-major; the product of the entries is `size`
  bool integer = false;  // a count, kept as floats here; model files have it as whole numbers
};

class Layout {
 public:
  Layout() = default;

  /// One nameless layer of d coordinates.
  static Layout flat(std::size_t dimension);

  /// A matrix, as square as d allows, and a vector of what is left over: for compressors that want
  /// matrices where there is no model.
  static Layout square(std::size_t dimension);

  /// Appends a layer of the given shape behind the last one; a scalar's shape is empty.
  void append(std::string name, std::vector<std::int64_t> shape, bool integer = false);

  /// The layers [first, last) alone, the first of them at coordinate 0.
  Layout part(std::size_t first, std::size_t last) const;

  std::size_t dimension() const { return dimension_; }
  const std::vector<Layer>& layers() const { return layers_; }

  /// The layer that coordinate j < d belongs to.
  const Layer& layer_of(std::size_t j) const;

 private:
  std::vector<Layer> layers_;
  std::size_t dimension_ = 0;
};

/// Where each layer ends: its offset + size.
std::vector<std::size_t> layer_ends(const Layout& layout);

}  // namespace hearsay
