#include "core/data/prepared.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <optional>

#include "core/bytes.h"
#include "core/data/cache_file.h"
#include "core/data/finish.h"
#include "core/data/locate.h"
#include "core/digest.h"

namespace hearsay {

namespace fs = std::filesystem;

// A file is a preamble, a header and the content, each padded to a multiple of kAlignment:
//   preamble  magic (8 bytes), version, header's size, crc32 of the header
//   header    see Header; little-endian (core/bytes.h)
//   content   rows and labels of the training set, then of the test set, as this host keeps them
namespace {

constexpr std::string_view kMagic = "hearsay\n";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kPreamble = 20;
constexpr std::size_t kAlignment = 64;
constexpr std::size_t kLargestHeader = std::size_t{1} << 20U;

std::uint64_t padded(std::uint64_t size) {
  return (size + kAlignment - 1) / kAlignment * kAlignment;
}

struct PartHeader {
  std::uint64_t count = 0;
  std::uint64_t features = 0;
};

struct Header {
  std::string key;
  std::string source;
  std::uint16_t byte_order = 0;  // kByteOrder as this host keeps it, byte by byte
  std::uint8_t item = 0;         // bytes of an item: 1 bytes, 2 words
  std::uint64_t vocabulary = 0;
  std::vector<std::uint64_t> shape;
  std::array<PartHeader, 2> parts;  // train, test
  std::uint64_t content = 0;        // bytes
  std::uint32_t content_sum = 0;    // crc32

  static std::uint16_t host_byte_order() {
    constexpr std::array<std::uint8_t, 2> kBytes = {1, 2};
    std::uint16_t value = 0;
    std::memcpy(&value, kBytes.data(), sizeof(value));
    return value;
  }

  Bytes encode() const {
    Bytes out;
    ByteWriter writer(out);
    writer.text(key);
    writer.text(source);
    writer.u16(byte_order);
    writer.u8(item);
    writer.u64(vocabulary);
    writer.u64(shape.size());
    for (const std::uint64_t length : shape) writer.u64(length);
    for (const PartHeader& part : parts) {
      writer.u64(part.count);
      writer.u64(part.features);
    }
    writer.u64(content);
    writer.u32(content_sum);
    return out;
  }

  static std::optional<Header> decode(ByteView bytes) {
    ByteReader reader(bytes);
    Header header;
    header.key = reader.text();
    header.source = reader.text();
    header.byte_order = reader.u16();
    header.item = reader.u8();
    header.vocabulary = reader.u64();
    std::uint64_t dimensions = reader.u64();
    for (; dimensions > 0 && reader.ok(); --dimensions) header.shape.push_back(reader.u64());
    for (PartHeader& part : header.parts) {
      part.count = reader.u64();
      part.features = reader.u64();
    }
    header.content = reader.u64();
    header.content_sum = reader.u32();
    if (!reader.ok()) return std::nullopt;
    return header;
  }

  std::uint64_t rows_size(std::size_t part) const {
    return parts.at(part).count * parts.at(part).features * item;
  }
  std::uint64_t labels_size(std::size_t part) const { return parts.at(part).count * 8; }

  /// Do the counts make the content's size? They are of a file, and may be anything.
  bool adds_up() const {
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max() / 64;
    std::uint64_t size = 0;
    for (std::size_t p = 0; p < parts.size(); ++p) {
      if (parts[p].count > kMost ||
          (parts[p].count > 0 && parts[p].features > kMost / parts[p].count))
        return false;
      size += padded(rows_size(p)) + padded(labels_size(p));
    }
    return size == content;
  }
};

std::uint32_t sum_of(ByteView bytes, std::uint32_t before = 0) {
  if (bytes.empty()) return before;  // zlib takes null for a wish to start anew
  return static_cast<std::uint32_t>(
      crc32_z(before, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

/// The sum of the content, read in blocks: going over a map would make it part of this process's
/// resident memory.
std::optional<std::uint32_t> sum_of(const CacheFile& file, std::uint64_t begin) {
  std::vector<std::byte> block(std::size_t{1} << 18U);
  std::uint32_t sum = 0;
  while (begin < file.size()) {
    const auto part =
        std::span(block).first(std::min<std::uint64_t>(block.size(), file.size() - begin));
    if (!file.read(begin, part)) return std::nullopt;
    sum = sum_of(part, sum);
    begin += part.size();
  }
  return sum;
}

// --- The key ---

/// The whole key as text, or "" when a source cannot be looked at.
std::string text_of(const PreparedKey& key) {
  std::string text = fmt::format("{}\n{}\n", key.name, key.settings);
  for (const std::string& source : key.sources) {
    if (source.empty()) {
      text += "-\n";
      continue;
    }
    std::error_code error;
    const fs::path real = fs::canonical(source, error);
    struct stat status {};
    if (error || stat(real.c_str(), &status) != 0) return {};
    text += fmt::format("{} {} {}.{:09}\n", real.string(), status.st_size, status.st_mtim.tv_sec,
                        status.st_mtim.tv_nsec);
  }
  return text;
}

// --- Reading ---

/// Sums say that a file is as it was written. These are what the readers of data files have seen
/// to, and what all that comes after relies on.
bool is_sound(const Dataset& data) {
  const auto finite = [](const Rows& rows) {
    return std::all_of(rows.labels.begin(), rows.labels.end(),
                       [](double label) { return std::isfinite(label); });
  };
  const std::size_t features = data.train.features;
  if (data.train.count == 0 || features == 0 || !finite(data.train) || !finite(data.test))
    return false;
  if (data.test.count > 0 && data.test.features != features) return false;
  std::size_t items = 1;
  for (const std::int64_t length : data.shape) {
    if (length <= 0 || static_cast<std::size_t>(length) > features / items) return false;
    items *= static_cast<std::size_t>(length);
  }
  return data.shape.empty() || items == features;
}

/// Are the `size` bytes of the file from `begin` on words of the vocabulary? Read in blocks, as in
/// sum_of.
bool holds_words(const CacheFile& file, std::uint64_t begin, std::uint64_t size,
                 std::uint64_t vocabulary) {
  std::vector<std::uint16_t> block(std::size_t{1} << 17U);
  while (size > 0) {
    const auto part =
        std::span(block).first(std::min<std::uint64_t>(block.size(), size / sizeof(std::uint16_t)));
    if (!file.read(begin, std::as_writable_bytes(part))) return false;
    if (std::any_of(part.begin(), part.end(),
                    [vocabulary](std::uint16_t word) { return word >= vocabulary; }))
      return false;
    begin += part.size_bytes();
    size -= part.size_bytes();
  }
  return true;
}

Rows rows_of(const Header& header, std::size_t part, const std::shared_ptr<const std::byte>& map,
             std::uint64_t& at, const std::shared_ptr<const ByteValues>& byte_values) {
  Rows rows;
  rows.count = header.parts.at(part).count;
  rows.features = header.parts.at(part).features;
  const std::byte* place = map.get() + at;
  const std::size_t items = rows.count * rows.features;
  if (header.item == 1) {
    rows.bytes = {reinterpret_cast<const std::uint8_t*>(place), items};
    rows.byte_values = byte_values;
  } else {
    rows.words = {reinterpret_cast<const std::uint16_t*>(place), items};
  }
  rows.storage = map;
  at += padded(header.rows_size(part));
  rows.labels.resize(rows.count);
  if (rows.count > 0) std::memcpy(rows.labels.data(), map.get() + at, header.labels_size(part));
  at += padded(header.labels_size(part));
  return rows;
}

std::optional<Dataset> read(const fs::path& path, const std::string& name, const std::string& key,
                            const std::shared_ptr<const ByteValues>& byte_values) {
  const auto file = CacheFile::open(path);
  std::array<std::byte, kPreamble> preamble{};
  if (file == nullptr || !file->read(0, preamble)) return std::nullopt;
  if (std::memcmp(preamble.data(), kMagic.data(), kMagic.size()) != 0) return std::nullopt;
  ByteReader reader(ByteView(preamble).subspan(kMagic.size()));
  const std::uint32_t version = reader.u32();
  const std::uint32_t header_size = reader.u32();
  const std::uint32_t header_sum = reader.u32();
  if (version != kVersion || header_size > kLargestHeader) return std::nullopt;

  Bytes header_bytes(header_size);
  if (!file->read(kPreamble, header_bytes) || sum_of(header_bytes) != header_sum)
    return std::nullopt;
  const auto header = Header::decode(header_bytes);
  if (!header || header->key != key || header->byte_order != Header::host_byte_order() ||
      header->item != (byte_values != nullptr ? 1 : 2) || !header->adds_up())
    return std::nullopt;
  std::uint64_t at = padded(kPreamble + header_size);
  if (file->size() != at + header->content || sum_of(*file, at) != header->content_sum)
    return std::nullopt;

  if (header->item == 2) {
    std::uint64_t rows = at;
    for (std::size_t p = 0; p < header->parts.size(); ++p) {
      if (!holds_words(*file, rows, header->rows_size(p), header->vocabulary)) return std::nullopt;
      rows += padded(header->rows_size(p)) + padded(header->labels_size(p));
    }
  }

  const auto map = file->map();
  if (map == nullptr) return std::nullopt;
  Dataset data;
  data.name = name;
  data.source = header->source;
  data.vocabulary = header->vocabulary;
  for (const std::uint64_t length : header->shape)
    data.shape.push_back(static_cast<std::int64_t>(length));
  data.train = rows_of(*header, 0, map, at, byte_values);
  data.test = rows_of(*header, 1, map, at, byte_values);
  if (!is_sound(data)) return std::nullopt;
  data.classes = distinct_labels(data.train);
  return data;
}

// --- Writing ---

bool write(const fs::path& path, const Dataset& data, const std::string& key) {
  static constexpr std::array<std::byte, kAlignment> kZeros{};
  Header header;
  std::vector<ByteView> parts(2);  // preamble and header, and what pads them, come last
  const auto append = [&](ByteView bytes) {
    parts.push_back(bytes);
    parts.push_back(ByteView(kZeros).first(padded(bytes.size()) - bytes.size()));
  };
  for (std::size_t p = 0; p < 2; ++p) {
    const Rows& rows = p == 0 ? data.train : data.test;
    header.parts.at(p) = {rows.count, rows.features};
    append(rows.has_bytes() ? std::as_bytes(rows.bytes) : std::as_bytes(rows.words));
    append(std::as_bytes(std::span(rows.labels)));
  }
  for (const ByteView part : parts) {
    header.content += part.size();
    header.content_sum = sum_of(part, header.content_sum);
  }
  header.key = key;
  header.source = data.source;
  header.byte_order = Header::host_byte_order();
  header.item = data.train.has_bytes() ? 1 : 2;
  header.vocabulary = data.vocabulary;
  for (const std::int64_t length : data.shape)
    header.shape.push_back(static_cast<std::uint64_t>(length));

  const Bytes encoded = header.encode();
  if (encoded.size() > kLargestHeader) return false;
  Bytes front;
  ByteWriter writer(front);
  writer.bytes(std::as_bytes(std::span(kMagic)));
  writer.u32(kVersion);
  writer.u32(static_cast<std::uint32_t>(encoded.size()));
  writer.u32(sum_of(encoded));
  writer.bytes(encoded);
  parts[0] = front;
  parts[1] = ByteView(kZeros).first(padded(front.size()) - front.size());
  return write_whole(path, parts);
}

}  // namespace

Dataset prepared(const PreparedKey& key, const std::shared_ptr<const ByteValues>& byte_values,
                 const std::function<Dataset()>& make) {
  const std::string cache = user_cache();
  const std::string text = text_of(key);
  if (cache.empty() || text.empty()) return make();
  const fs::path folder = fs::path(cache) / "prepared";
  // Two keys of the same digest would take turns in one file; the whole key is inside.
  const fs::path path = folder / fmt::format("{}-{:016x}", key.name, digest_of(text));
  const auto find = [&] { return read(path, key.name, text, byte_values); };
  if (auto found = find()) return std::move(*found);

  std::error_code error;
  fs::create_directories(folder, error);
  const FolderLock lock(folder);
  if (auto found = find()) return std::move(*found);  // another process was quicker
  Dataset made = make();
  // A source that changed while it was read is not what the key says.
  if (text_of(key) == text && write(path, made, text))
    if (auto found = find()) return std::move(*found);
  return made;
}

}  // namespace hearsay
