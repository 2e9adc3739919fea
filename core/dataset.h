// Data sets in memory: rows of features in the form that the files had them, with labels.
//
// A data set is loaded once a host, never changed, and shared by all nodes, threads and forked
// peers; a node's part is a list of row numbers. Images stay bytes and texts stay word numbers:
// they become floats a batch at a time (core/data/gather.h).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/params.h"
#include "core/registry.h"
#include "core/types.h"

namespace hearsay {

/// The values that bytes stand for: one table a channel. A row of `features` bytes has as many
/// channels as there are tables, of features / tables bytes each, one behind the other.
struct ByteValues {
  std::vector<std::array<float, 256>> tables;

  /// byte * scale, computed in double and rounded once.
  static std::shared_ptr<const ByteValues> scaled(double scale);
  /// (byte * scale - mean[c]) / deviation[c] in channel c, likewise.
  static std::shared_ptr<const ByteValues> normalized(double scale, std::span<const double> mean,
                                                      std::span<const double> deviation);
};

/// A set of rows a_r in R^features, or of sequences of `features` word numbers. One of
///   dense:  `values` is row-major, rows * features;
///   sparse: row r holds entries row_begin[r] .. row_begin[r + 1] - 1 of `columns` (ascending in a
///           row, from 0) and `values`;
///   bytes:  `bytes` is row-major, rows * features, and `byte_values` says what they stand for;
///   words:  `words` is row-major, rows * features.
struct Rows {
  std::size_t count = 0;
  std::size_t features = 0;
  Vector values;
  std::vector<std::uint32_t> columns;    // sparse only
  std::vector<std::uint64_t> row_begin;  // sparse only: count + 1 offsets
  std::span<const std::uint8_t> bytes;
  std::span<const std::uint16_t> words;
  std::shared_ptr<const ByteValues> byte_values;  // not null in rows of bytes
  std::shared_ptr<const void> storage;  // keeps `bytes` or `words` alive: a vector, a mapped file
  std::vector<double> labels;           // as in the file; one a row

  bool sparse() const { return !row_begin.empty(); }
  bool has_bytes() const { return byte_values != nullptr; }
  bool has_words() const { return !words.empty(); }

  /// Of dense rows.
  ConstVectorView dense_row(std::size_t r) const {
    return ConstVectorView(values).subspan(r * features, features);
  }

  /// Take the rows over; `count` and `features` are the caller's to set.
  void keep_bytes(std::vector<std::uint8_t> all, std::shared_ptr<const ByteValues> stand_for);
  void keep_words(std::vector<std::uint16_t> all);
};

struct Dataset {
  std::string name;
  std::string source;  // file or generator, for the logs
  Rows train;
  Rows test;  // count 0 when there is no test set; same features as train

  /// The distinct training labels, ascending: class c of a classifier is the label classes[c].
  std::vector<double> classes;

  /// The shape of a row for models that want one, such as {1, 28, 28} (channels, height, width) of
  /// an image; empty: {features}.
  std::vector<std::int64_t> shape;

  /// Above 0: a row is a sequence of word numbers below this.
  std::size_t vocabulary = 0;
};

/// Where data sets are looked for.
struct DataPaths {
  std::string data_dir;  // --data-dir, "" when not given
  std::string
      config_dir;  // relative paths in a config are relative to the config's folder, then to "."
};

struct PublicData;

/// How a data set is made. `make` throws DataError (unreadable or malformed file, with file and
/// line) or ParamError.
struct DatasetMaker {
  Dataset (*make)(const Params& params, const DataPaths& paths, std::uint64_t seed);
  bool seeded = false;                      // the rows depend on the seed
  const PublicData& (*origin)() = nullptr;  // of a known data set that is not built in
};

const Registry<DatasetMaker>& datasets();
const Catalogue& dataset_catalogue();

/// A data file that is missing or malformed; the message starts with the file and, where it
/// applies, the line: "heart.txt:14: index 0 is not allowed, indices start at 1".
class DataError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace hearsay
