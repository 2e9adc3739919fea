// CIFAR-10: 50,000 + 10,000 colour images, 32 x 32 (Krizhevsky, Learning multiple layers of
// features from tiny images, 2009). Its binary form is records of a label byte and 3 x 1024 bytes:
// red, green, blue, each row by row.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>
#include <utility>

#include "core/data/byte_stream.h"
#include "core/data/finish.h"
#include "core/data/locate.h"
#include "core/data/prepared.h"

namespace hearsay {

namespace {

constexpr std::size_t kPixels = 3 * 32 * 32;
constexpr std::size_t kBatch = 10'000;  // records of each of the original files
constexpr int kLastLabel = 9;

/// The records of all files, in their order. Throws DataError that names file and record.
Rows read_records(const std::vector<std::string>& files,
                  const std::shared_ptr<const ByteValues>& stand_for) {
  Rows rows;
  rows.features = kPixels;
  std::vector<std::uint8_t> all;
  std::error_code unknown;
  std::uintmax_t bytes = 0;
  for (const std::string& file : files)
    if (const auto size = std::filesystem::file_size(file, unknown); !unknown) bytes += size;
  all.reserve(bytes);  // enough but for gzipped files
  std::array<char, 1 + kPixels> record{};
  for (const std::string& file : files) {
    const auto stream = open_file(file);
    for (std::size_t number = 1;; ++number) {
      const std::size_t size = stream->read_fully(record);
      if (size == 0 && number > 1) break;
      if (size < record.size())
        throw DataError(fmt::format("{}: truncated, {} of {} bytes of record {}", file, size,
                                    record.size(), number));
      const auto label = static_cast<unsigned char>(record[0]);
      if (label > kLastLabel)
        throw DataError(fmt::format("{}: label {} of record {}, allowed is 0 to {}", file, label,
                                    number, kLastLabel));
      rows.labels.push_back(label);
      all.insert(all.end(), record.begin() + 1, record.end());
    }
  }
  rows.count = rows.labels.size();
  rows.keep_bytes(std::move(all), stand_for);
  return rows;
}

Dataset load(const std::vector<std::string>& train, const std::vector<std::string>& test,
             const Params& params) {
  constexpr double kScale = 1.0 / 255.0;
  // Of the 50,000 training images.
  constexpr std::array kMean = {0.4914, 0.4822, 0.4465};
  constexpr std::array kDeviation = {0.2470, 0.2435, 0.2616};
  const auto stand_for = params.flag("normalize")
                             ? ByteValues::normalized(kScale, kMean, kDeviation)
                             : ByteValues::scaled(kScale);
  PreparedKey key{"cifar10", train, fmt::format("holdout {}", params.number("holdout"))};
  key.sources.emplace_back();  // between the two sets
  key.sources.insert(key.sources.end(), test.begin(), test.end());
  return prepared(key, stand_for, [&] {
    Dataset data;
    data.name = "cifar10";
    data.source = fmt::format("{}", fmt::join(train, ", "));
    data.shape = {3, 32, 32};
    data.train = read_records(train, stand_for);
    if (!test.empty()) {
      data.test = read_records(test, stand_for);
      data.source += fmt::format(" and {}", fmt::join(test, ", "));
    }
    finish(data, params);
    return data;
  });
}

PublicFile file(std::vector<std::string> names) {
  return {{std::move(names), false}, {}, kBatch * (1 + kPixels), {}};
}

const PublicData& cifar10() {
  static const PublicData kData{
      .page = "https://www.cs.toronto.edu/~kriz/cifar.html",
      .by_hand =
          "unpack cifar-10-binary.tar.gz, which holds data_batch_1.bin to data_batch_5.bin "
          "and test_batch.bin",
      .licence = "none stated; the authors ask to be cited (A. Krizhevsky, 2009)",
      .files = {file({"data_batch_1.bin"}), file({"data_batch_2.bin"}), file({"data_batch_3.bin"}),
                file({"data_batch_4.bin"}), file({"data_batch_5.bin"}),
                file({"test_batch.bin", "test_batch_first1000.bin"})}};
  return kData;
}

std::vector<std::string> by_path(const Params& params, const char* key, const DataPaths& paths) {
  std::vector<std::string> files;
  if (!params.has(key)) return files;
  for (const Value& path : params.list(key))
    files.push_back(find_by_path(std::get<std::string>(path.data), paths));
  if (files.empty()) throw ParamError(key, "must name at least one file");
  return files;
}

/// For the message when there is none of them.
UsualFile any_batch() {
  UsualFile any;
  for (const PublicFile& batch : cifar10().files)
    if (any.names.size() < 5) any.names.push_back(batch.usual.names.front());
  return any;
}

Dataset make(const Params& params, const DataPaths& paths, std::uint64_t /*seed*/) {
  auto train = by_path(params, "train", paths);
  auto test = by_path(params, "test", paths);
  if (train.empty() && !test.empty()) throw ParamError("train", "must be given together with test");
  if (train.empty()) {
    train = find_usual_files("cifar10", usual_files(cifar10()), paths);
    test = {train.back()};
    train.pop_back();
    for (auto* files : {&train, &test})
      files->erase(std::remove(files->begin(), files->end(), ""), files->end());
    // One of the five is enough; without any this throws.
    if (train.empty()) find_usual_files("cifar10", {any_batch()}, paths, advice(cifar10()));
  }
  return load(train, test, params);
}

}  // namespace

Part<DatasetMaker> part_cifar10() {
  return {
      "cifar10",
      "CIFAR-10 colour images (50,000 images, 3 x 32 x 32, 10 classes), or files of that form",
      with_holdout({list_of("train", text("file", "a file of records"),
                            "files of the training records; without: the usual names")
                        .or_single(),
                    list_of("test", text("file", "a file of records"), "files of the test records")
                        .or_single(),
                    boolean("normalize",
                            "each colour's mean subtracted, then divided by its deviation; "
                            "without: values in [0, 1]")
                        .by_default(true)}),
      {.make = make, .origin = cifar10},
      "name"};
}

}  // namespace hearsay
