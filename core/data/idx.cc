#include "core/data/idx.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "core/data/finish.h"
#include "core/data/locate.h"
#include "core/data/prepared.h"

namespace hearsay {

namespace {

std::uint32_t read_u32(ByteStream& stream) {
  std::array<char, 4> bytes{};
  if (stream.read_fully(bytes) != bytes.size())
    throw DataError(stream.name() + ": ends inside its idx header");
  std::uint32_t value = 0;
  for (const char byte : bytes) value = value << 8U | static_cast<unsigned char>(byte);
  return value;
}

/// Reads a header whose number of dimensions is in [least, most], and returns their lengths.
std::vector<std::size_t> read_header(ByteStream& stream, std::uint32_t least, std::uint32_t most) {
  constexpr std::uint32_t kUnsignedBytes = 0x0800;
  const std::uint32_t magic = read_u32(stream);
  if (magic < kUnsignedBytes + least || magic > kUnsignedBytes + most)
    throw DataError(
        fmt::format("{}: idx magic {:#010x} found, allowed is {:#010x}{}", stream.name(), magic,
                    kUnsignedBytes + least,
                    least == most ? "" : fmt::format(" to {:#010x}", kUnsignedBytes + most)));
  std::vector<std::size_t> lengths;
  for (std::uint32_t i = 0; i < (magic & 0xffU); ++i) lengths.push_back(read_u32(stream));
  return lengths;
}

/// Hands the `total` bytes behind the header to `sink` block by block.
template <class Sink>
void read_body(ByteStream& stream, std::size_t total, Sink sink) {
  std::vector<char> block(std::size_t{1} << 17U);
  std::size_t done = 0;
  while (done < total) {
    const auto want = std::span<char>(block).first(std::min(block.size(), total - done));
    const std::size_t count = stream.read(want);
    if (count == 0)
      throw DataError(fmt::format("{}: truncated, {} of {} bytes behind the header", stream.name(),
                                  done, total));
    sink(want.first(count));
    done += count;
  }
  if (stream.read(std::span<char>(block).first(1)) != 0)
    throw DataError(
        fmt::format("{}: more than the {} bytes that its header states", stream.name(), total));
}

std::size_t product(const std::vector<std::size_t>& lengths, const ByteStream& stream) {
  std::size_t result = 1;
  for (const std::size_t length : lengths) {
    if (length != 0 && result > std::numeric_limits<std::size_t>::max() / 8 / length)
      throw DataError(stream.name() + ": impossible lengths in its idx header");
    result *= length;
  }
  return result;
}

}  // namespace

Rows read_idx(ByteStream& images, ByteStream& labels, std::shared_ptr<const ByteValues> stand_for,
              std::vector<std::int64_t>* shape) {
  const auto lengths = read_header(images, 2, 4);
  const std::size_t count = read_header(labels, 1, 1).front();
  if (count != lengths.front())
    throw DataError(fmt::format("{}: {} labels for the {} images of {}", labels.name(), count,
                                lengths.front(), images.name()));
  const std::size_t total = product(lengths, images);

  // A header may lie: memory beyond this grows only as bytes come.
  constexpr std::size_t kTrusted = std::size_t{1} << 20U;
  Rows rows;
  rows.count = count;
  rows.features = product({lengths.begin() + 1, lengths.end()}, images);
  rows.labels.reserve(std::min(count, kTrusted));
  std::vector<std::uint8_t> all;
  all.reserve(std::min(total, kTrusted));
  read_body(images, total, [&](std::span<const char> bytes) {
    all.insert(all.end(), bytes.begin(), bytes.end());
  });
  rows.keep_bytes(std::move(all), std::move(stand_for));
  read_body(labels, count, [&](std::span<const char> bytes) {
    for (const char byte : bytes) rows.labels.push_back(static_cast<unsigned char>(byte));
  });
  if (shape != nullptr) {
    shape->clear();
    if (lengths.size() == 3) shape->push_back(1);
    if (lengths.size() > 2) shape->insert(shape->end(), lengths.begin() + 1, lengths.end());
  }
  return rows;
}

Dataset load_idx(std::string name, const IdxPaths& files, const Normalization& normalization,
                 const Params& params) {
  const auto stand_for = ByteValues::normalized(params.number("scale"), {&normalization.mean, 1},
                                                {&normalization.deviation, 1});
  const PreparedKey key{
      "idx",
      {files.train_images, files.train_labels, files.test_images, files.test_labels},
      fmt::format("holdout {}", params.number("holdout"))};
  Dataset data = prepared(key, stand_for, [&] {
    Dataset made;
    made.source = files.train_images;
    made.train = read_idx(*open_file(files.train_images), *open_file(files.train_labels), stand_for,
                          &made.shape);
    if (!files.test_images.empty()) {
      made.test = read_idx(*open_file(files.test_images), *open_file(files.test_labels), stand_for);
      made.source += " and " + files.test_images;
    }
    finish(made, params);
    return made;
  });
  data.name = std::move(name);
  return data;
}

namespace {

Dataset make(const Params& params, const DataPaths& paths, std::uint64_t /*seed*/) {
  const auto path = [&](const char* key) {
    return params.has(key) ? find_by_path(params.text(key), paths) : std::string();
  };
  for (const auto& [given, missing] :
       {std::pair{"test_images", "test_labels"}, std::pair{"test_labels", "test_images"}})
    if (params.has(given) && !params.has(missing))
      throw ParamError(missing, fmt::format("must be given together with {}", given));
  return load_idx(
      params.text("train_images"),
      {path("train_images"), path("train_labels"), path("test_images"), path("test_labels")},
      {params.number("mean"), params.number("deviation")}, params);
}

}  // namespace

Part<DatasetMaker> part_idx() {
  return {"idx",
          "byte images in the idx format of MNIST",
          with_common_params({text("train_images", "file of the training images").must(),
                              text("train_labels", "file of their labels").must(),
                              text("test_images", "file of the test images"),
                              text("test_labels", "file of their labels"),
                              number("mean", "subtracted after scaling").by_default(0.0),
                              number("deviation", "and then divided by").above(0).by_default(1.0)},
                             1.0 / 255.0),
          {make},
          "format"};
}

}  // namespace hearsay
