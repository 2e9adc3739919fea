// The indices of a sparse message: k of d, ascending, in about as few bits as there are sets of
// them, log2 C(d, k).
//
// Both sides know k and d. If fewer coordinates are left out than kept, those that are left out are
// coded, and none when k = d. Of the n = min(k, d - k) indices that are:
//   u8 form c: one M for all, by its code (core/compressors/golomb.h). c = 0 is M = 1, a bitmap:
//     bit j is one for index j. Or 64: of each block of 320 indices its own M;
//   form 64: the u8 code of each block;
//   the remainders of each block;
//   the quotients of all, in whole bytes: the last one is not zero. Their size is what is left.
// The writer takes the form of the fewest bytes: one M where indices lie evenly, one a block where
// some layers have many and others few. Readers take any.
//
// Reading is done by blocks: some of the indices of a message at a time, in the caller's room.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/compressors/golomb.h"
#include "core/coverage.h"
#include "core/simd/golomb.h"
#include "core/types.h"

namespace hearsay {

/// ceil(log2 d), what the papers count for an index. d >= 1.
std::uint64_t index_bits(std::size_t dimension);

/// Room for some indices of a message.
using IndexBlock = std::array<std::uint32_t, golomb::kBlock + simd::kGolombSlack>;

/// Chooses the form for some indices, and then writes it. One at a time in a thread: they share
/// room.
class IndexWriter {
 public:
  /// `kept`: ascending and below `dimension` <= 2^32, one at least; must outlive this.
  IndexWriter(std::span<const std::uint32_t> kept, std::size_t dimension);

  /// Bytes.
  std::size_t size() const { return size_; }

  /// Writes them.
  void write(std::byte* to) const;

 private:
  template <class Visit>
  void for_each_block(Visit visit) const;

  std::span<const std::uint32_t> coded_;
  std::optional<golomb::Modulus> modulus_;  // of all; none: each block has its own
  std::size_t remainder_bytes_ = 0;
  std::size_t size_ = 0;
};

/// What is wrong with the bytes of `kept` >= 1 indices below `dimension`.
std::optional<std::string> check_indices(ByteView bytes, std::size_t kept, std::size_t dimension);

/// Reads indices that have passed the check, ascending.
class IndexReader {
 public:
  IndexReader(ByteView bytes, std::size_t kept, std::size_t dimension);

  /// The next ones, in `block`: up to golomb::kBlock, and none when all have been read.
  std::span<const std::uint32_t> next(IndexBlock& block);

  /// The same, and y[index_i] += weight * values_i for them, where values_of(count) is where their
  /// f32 values start. Returns how many they were.
  template <class ValuesOf>
  std::size_t add(ValuesOf values_of, float weight, VectorView y) {
    const std::size_t size = next_size();
    if (size > 0) add_next(values_of(size), weight, y);
    return size;
  }

 private:
  std::size_t next_size() const;
  void add_next(const std::byte* values, float weight, VectorView y);
  std::span<const std::uint32_t> next_coded(IndexBlock& block);
  void go_on();
  std::uint64_t next_left_out();

  const std::byte* end_;
  std::size_t dimension_;
  std::size_t kept_left_;             // to be read
  std::size_t coded_left_;            // to be decoded
  bool inverted_;                     // the coded ones are left out
  const std::byte* codes_ = nullptr;  // of the blocks to come; null when one M serves all
  golomb::Modulus modulus_{0};
  const std::byte* remainders_ = nullptr;
  simd::GolombBlock block_{.before = golomb::kBeforeFirst};
  std::array<std::byte, golomb::kMostRemainderBytes + simd::kGolombOverrun> copy_;
  // When inverted: the next coordinate, and the next one left out.
  std::uint64_t coordinate_ = 0;
  std::uint64_t hole_ = 0;
  std::span<const std::uint32_t> holes_;  // after that one
  IndexBlock hole_block_;
};

/// Marks the coordinates of these indices, which are counted from `begin`. They must have passed
/// the check.
void mark_indices(ByteView bytes, std::size_t kept, std::size_t dimension, std::size_t begin,
                  Coverage& coverage);

/// y[index_i] += weight * value_i for all `kept` indices of `bytes`, which must have passed the
/// check; values_of(first, count) is where the f32 values of the entries `first`, `first` + 1, ...
/// start.
template <class ValuesOf>
void add_sparse(ByteView bytes, std::size_t kept, float weight, VectorView y, ValuesOf values_of) {
  IndexReader reader(bytes, kept, y.size());
  for (std::size_t first = 0; first < kept;)
    first += reader.add([&](std::size_t count) { return values_of(first, count); }, weight, y);
}

}  // namespace hearsay
