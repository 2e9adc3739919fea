// Prepared copies of data sets. Checksums keep a fuzzer out, so where the first byte says so the
// sums and the content's size are made right.
#include "core/data/prepared.h"

#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "core/bytes.h"
#include "core/digest.h"
#include "fuzz/input.h"
#include "fuzz/targets.h"

namespace hearsay::fuzz {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPreamble = 20;
constexpr std::size_t kSizeAt = 12;  // the content's size, from the header's end; its sum follows
constexpr std::size_t kAlignment = 64;

struct NotSound {};

/// A cache of this process, gone with it.
class Cache {
 public:
  Cache() {
    const fs::path memory = "/dev/shm";  // where it is, files cost nothing
    std::error_code ignored;
    const fs::path place = fs::is_directory(memory, ignored) ? memory : fs::temp_directory_path();
    std::string pattern = (place / "hearsay-fuzz-XXXXXX").string();
    require(mkdtemp(pattern.data()) != nullptr, "a temporary folder can be made");
    folder_ = pattern;
    fs::create_directory(folder_ / "prepared");
  }
  ~Cache() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;

  std::string folder() const { return folder_.string(); }
  void write(const std::string& name, ByteView content) const {
    std::ofstream out(folder_ / "prepared" / name, std::ios::binary);
    out.write(reinterpret_cast<const char*>(content.data()), std::ssize(content));
  }

 private:
  fs::path folder_;
};

std::uint32_t sum_of(ByteView bytes) {
  return bytes.empty() ? 0
                       : static_cast<std::uint32_t>(crc32_z(
                             0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

void put(Bytes& file, std::size_t at, const Bytes& what) {
  std::copy(what.begin(), what.end(), file.begin() + static_cast<std::ptrdiff_t>(at));
}

/// Makes the sums right, when the file is long enough for the header that it announces.
void seal(Bytes& file) {
  if (file.size() < kPreamble) return;
  ByteReader reader(ByteView(file).subspan(12));
  const std::size_t header = reader.u32();
  const std::size_t begin = (kPreamble + header + kAlignment - 1) / kAlignment * kAlignment;
  if (header < kSizeAt || begin > file.size()) return;
  const ByteView content = ByteView(file).subspan(begin);
  Bytes end;
  ByteWriter writer(end);
  writer.u64(content.size());
  writer.u32(sum_of(content));
  put(file, kPreamble + header - kSizeAt, end);
  Bytes sum;
  ByteWriter(sum).u32(sum_of(ByteView(file).subspan(kPreamble, header)));
  put(file, 16, sum);
}

void check_rows(const Rows& rows) {
  require(rows.labels.size() == rows.count, "each row has a label");
  require(std::all_of(rows.labels.begin(), rows.labels.end(),
                      [](double label) { return std::isfinite(label); }),
          "labels are finite");
  // Reads all of it: a map that is too short ends the process here.
  std::uint64_t sum = 0;
  for (const std::uint8_t byte : rows.bytes) sum += byte;
  for (const std::uint16_t word : rows.words) sum += word;
  require(rows.bytes.size() + rows.words.size() == rows.count * rows.features, "rows are complete");
  require(sum < ~std::uint64_t{0}, "rows can be read");
}

}  // namespace

void fuzz_prepared(ByteView input) {
  static const Cache kCache;
  setenv("HEARSAY_CACHE", kCache.folder().c_str(), 1);  // NOLINT: there is one thread
  static const auto kBytes = ByteValues::scaled(1.0 / 255.0);
  // Without sources the key is the same everywhere, and so is the file's name.
  static const PreparedKey kKey{"fuzz", {}, ""};
  static const std::string kName = [] {
    char name[32];  // NOLINT: for snprintf
    std::snprintf(name, sizeof name, "fuzz-%016llx",
                  static_cast<unsigned long long>(digest_of("fuzz\n\n")));
    return std::string(name);
  }();
  Choices choices(input);
  const std::size_t choice = choices.below(4);
  Bytes file(choices.rest().begin(), choices.rest().end());
  if (choice < 2) seal(file);
  kCache.write(kName, file);
  try {
    const Dataset data =
        prepared(kKey, choice % 2 == 0 ? kBytes : nullptr, []() -> Dataset { throw NotSound{}; });
    check_rows(data.train);
    check_rows(data.test);
    require(data.train.count > 0 && data.train.features > 0, "there is something to train on");
    require(data.test.count == 0 || data.test.features == data.train.features,
            "test rows are as wide as training rows");
    for (const auto* rows : {&data.train, &data.test})
      for (const std::uint16_t word : rows->words)
        require(word < data.vocabulary, "a word is one of the vocabulary");
    std::size_t items = 1;
    for (const std::int64_t length : data.shape) items *= static_cast<std::size_t>(length);
    require(data.shape.empty() || items == data.train.features, "the shape is that of a row");
  } catch (const NotSound&) {
    // It was refused.
  }
}

}  // namespace hearsay::fuzz
