#include "core/data/gather.h"

#include <algorithm>
#include <stdexcept>

namespace hearsay {

namespace {

void decode(const Rows& rows, std::size_t r, float* to) {
  const std::uint8_t* from = rows.bytes.data() + r * rows.features;
  const std::size_t channel = rows.features / rows.byte_values->tables.size();
  for (const auto& table : rows.byte_values->tables) {
    for (std::size_t j = 0; j < channel; ++j) to[j] = table[from[j]];
    from += channel;
    to += channel;
  }
}

}  // namespace

void gather(const Rows& rows, std::span<const std::uint32_t> which, VectorView out) {
  if (rows.has_words()) throw std::logic_error("word numbers are no values");
  float* to = out.data();
  for (const std::uint32_t r : which) {
    if (rows.has_bytes()) {
      decode(rows, r, to);
    } else if (rows.sparse()) {
      std::fill_n(to, rows.features, 0.0F);
      for (std::uint64_t k = rows.row_begin[r]; k < rows.row_begin[r + 1]; ++k)
        to[rows.columns[k]] = rows.values[k];
    } else {
      std::copy_n(rows.values.data() + r * rows.features, rows.features, to);
    }
    to += rows.features;
  }
}

void gather_words(const Rows& rows, std::span<const std::uint32_t> which,
                  std::span<std::int64_t> out) {
  if (!rows.has_words()) throw std::logic_error("the rows are no word numbers");
  std::int64_t* to = out.data();
  for (const std::uint32_t r : which)
    to = std::copy_n(rows.words.data() + r * rows.features, rows.features, to);
}

namespace {

struct Image {
  std::size_t channels;
  std::size_t height;
  std::size_t width;
};

Image image_of(const Rows& rows, std::span<const std::int64_t> shape) {
  if (shape.size() != 3) throw std::logic_error("only images of channels x height x width change");
  const Image image{static_cast<std::size_t>(shape[0]), static_cast<std::size_t>(shape[1]),
                    static_cast<std::size_t>(shape[2])};
  if (image.channels * image.height * image.width != rows.features)
    throw std::logic_error("the shape is not that of the rows");
  return image;
}

/// What was drawn for one image. `down` and `right`: the place of the cut in the padded image.
struct Change {
  std::size_t down = 0;
  std::size_t right = 0;
  bool flip = false;
};

/// Writes one channel, whose pixel is `black` where the cut lies outside of it.
template <class Pixel>
void change_channel(const Image& image, std::size_t pad, const Change& change, float black,
                    Pixel pixel, float* to) {
  for (std::size_t y = 0; y < image.height; ++y, to += image.width) {
    // In unsigned arithmetic what is left of or above the image is larger than it is wide or high.
    const std::size_t from_y = y + change.down - pad;
    if (from_y >= image.height) {
      std::fill_n(to, image.width, black);
      continue;
    }
    for (std::size_t x = 0; x < image.width; ++x) {
      const std::size_t from_x = x + change.right - pad;
      to[x] = from_x < image.width ? pixel(from_y * image.width + from_x) : black;
    }
    if (change.flip) std::reverse(to, to + image.width);
  }
}

}  // namespace

void gather_augmented(const Rows& rows, std::span<const std::int64_t> shape,
                      std::span<const std::uint32_t> which, const Augmentation& how, Stream& random,
                      VectorView out) {
  const Image image = image_of(rows, shape);
  const auto pad = static_cast<std::size_t>(how.crop);
  const std::size_t plane = image.height * image.width;
  Vector row(rows.has_bytes() ? 0 : rows.features);
  float* to = out.data();
  for (const std::uint32_t r : which) {
    Change change;
    if (pad > 0) {
      change.down = random.below(2 * pad + 1);
      change.right = random.below(2 * pad + 1);
    }
    if (how.flip) change.flip = random.below(2) == 1;
    if (!rows.has_bytes()) gather(rows, {&r, 1}, row);
    for (std::size_t c = 0; c < image.channels; ++c, to += plane) {
      if (rows.has_bytes()) {
        const auto& tables = rows.byte_values->tables;
        const auto& table = tables[c * tables.size() / image.channels];
        const std::uint8_t* from = rows.bytes.data() + r * rows.features + c * plane;
        change_channel(
            image, pad, change, table[0], [&](std::size_t at) { return table[from[at]]; }, to);
      } else {
        const float* from = row.data() + c * plane;
        change_channel(
            image, pad, change, 0.0F, [&](std::size_t at) { return from[at]; }, to);
      }
    }
  }
}

}  // namespace hearsay
