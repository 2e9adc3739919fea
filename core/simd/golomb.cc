#include "core/simd/golomb.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/simd/golomb.cc"
#include <hwy/foreach_target.h>
// above all others that it includes again
#include <hwy/highway.h>

#include <bit>
#include <cassert>
#include <cstring>

#ifndef HEARSAY_CORE_SIMD_GOLOMB_TABLES
#define HEARSAY_CORE_SIMD_GOLOMB_TABLES

namespace hearsay::simd {

static_assert(std::endian::native == std::endian::little);

/// The places of the ones of a byte, and their number.
struct OnesOfBytes {
  std::uint8_t places[256][8] = {};
  std::uint8_t counts[256] = {};

  constexpr OnesOfBytes() {
    for (unsigned byte = 0; byte < 256; ++byte)
      for (unsigned bit = 0; bit < 8; ++bit)
        if ((byte >> bit & 1U) != 0) places[byte][counts[byte]++] = static_cast<std::uint8_t>(bit);
  }
};
inline constexpr OnesOfBytes kOnes;

/// The five digits of a byte below 243, in base 3.
struct DigitsOfBytes {
  std::uint8_t digits[256][8] = {};

  constexpr DigitsOfBytes() {
    for (unsigned byte = 0; byte < 243; ++byte) {
      unsigned rest = byte;
      for (unsigned place = 0; place < 5; ++place, rest /= 3)
        digits[byte][place] = static_cast<std::uint8_t>(rest % 3);
    }
  }
};
inline constexpr DigitsOfBytes kDigits;

}  // namespace hearsay::simd

#endif

HWY_BEFORE_NAMESPACE();
namespace hearsay::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Numbers of `bits` bits each, wherever they start.
HWY_INLINE void UnpackAny(const std::uint8_t* from, unsigned bits, std::size_t count,
                          std::uint32_t* to) {
  const std::uint64_t mask = (std::uint64_t{1} << bits) - 1;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t bit = i * bits;
    std::uint64_t window;
    std::memcpy(&window, from + bit / 8, sizeof window);
    to[i] = static_cast<std::uint32_t>(window >> (bit % 8) & mask);
  }
}

#if HWY_TARGET == HWY_SCALAR

class LowBits {
 public:
  HWY_INLINE explicit LowBits(unsigned bits) : bits_(bits) {}
  HWY_INLINE void unpack(const std::uint8_t* from, std::size_t count, std::uint32_t* to) const {
    UnpackAny(from, bits_, count, to);
  }

 private:
  unsigned bits_;
};

HWY_INLINE void AddDigits(const std::uint8_t* digits, unsigned low_bits, std::size_t count,
                          std::uint32_t* to) {
  for (std::size_t i = 0; i < count; ++i)
    to[i] += std::uint32_t{simd::kDigits.digits[digits[i / 5]][i % 5]} << low_bits;
}

HWY_INLINE void StorePlaces(const std::uint8_t* row, std::uint32_t base, std::uint32_t* to) {
  for (std::size_t lane = 0; lane < 8; ++lane) to[lane] = row[lane] + base;
}

/// Adds up places and remainders to indices.
class Sums {
 public:
  HWY_INLINE Sums(std::uint32_t before, std::uint32_t modulus)
      : modulus_(modulus), sum_(before + modulus) {}

  HWY_INLINE void store(const std::uint32_t* places, const std::uint32_t* remainders,
                        std::size_t count, std::uint32_t* indices) {
    for (std::size_t i = 0; i < count; ++i) {
      sum_ += remainders[i] + 1 - modulus_;
      indices[i] = places[i] * modulus_ + sum_;
    }
  }

 private:
  std::uint32_t modulus_;
  std::uint32_t sum_;
};

#else

// Eight lanes or four: the rows of the tables are eight long.
constexpr hn::CappedTag<std::uint32_t, 8> kWords{};
constexpr hn::Rebind<std::uint8_t, decltype(kWords)> kNarrow{};
constexpr std::size_t kWidth = hn::MaxLanes(kWords);
static_assert(kWidth == 8 || kWidth == 4);
static_assert(kWidth <= simd::kGolombSlack);
constexpr hn::CappedTag<std::uint32_t, 4> kQuad{};
constexpr hn::CappedTag<std::uint8_t, 16> kQuadBytes{};
using Words = hn::Vec<decltype(kWords)>;

/// Four numbers of at most 25 bits, behind less than a byte of others: they lie in 16 bytes, and
/// each of them in four.
class Quad {
 public:
  static constexpr unsigned kMostBits = 25;

  HWY_INLINE Quad(unsigned bits, unsigned first_bit) {
    for (unsigned lane = 0; lane < 4; ++lane) {
      const unsigned bit = first_bit + lane * bits;
      for (unsigned byte = 0; byte < 4; ++byte)
        bytes_[4 * lane + byte] = static_cast<std::uint8_t>(bit / 8 + byte);
      shifts_[lane] = bit % 8;
    }
    mask_ = (1U << bits) - 1;
  }

  HWY_INLINE hn::Vec<decltype(kQuad)> of(const std::uint8_t* from) const {
    const auto raw = hn::LoadU(kQuadBytes, from);
    const auto apart = hn::BitCast(kQuad, hn::TableLookupBytes(raw, hn::LoadU(kQuadBytes, bytes_)));
    return hn::And(apart >> hn::LoadU(kQuad, shifts_), hn::Set(kQuad, mask_));
  }

 private:
  std::uint8_t bytes_[16];
  std::uint32_t shifts_[4];
  std::uint32_t mask_;
};

class LowBits {
 public:
  // Eight numbers are whole bytes; the second four of them may start in the middle of one.
  HWY_INLINE explicit LowBits(unsigned bits)
      : bits_(bits), first_(bits, 0), second_(bits, 4 * bits % 8) {}

  HWY_INLINE void unpack(const std::uint8_t* from, std::size_t count, std::uint32_t* to) const {
    if (bits_ > Quad::kMostBits) return UnpackAny(from, bits_, count, to);
    const unsigned half = 4 * bits_ / 8;
    for (std::size_t i = 0; i < count; i += 8, from += bits_) {
      hn::StoreU(first_.of(from), kQuad, to + i);
      hn::StoreU(second_.of(from + half), kQuad, to + i + 4);
    }
  }

 private:
  unsigned bits_;
  Quad first_;
  Quad second_;
};

HWY_INLINE void AddDigits(const std::uint8_t* digits, unsigned low_bits, std::size_t count,
                          std::uint32_t* to) {
  constexpr std::size_t kStep = 40;
  std::uint8_t apart[kStep + 8];
  const std::uint8_t* const end = digits + (count + 4) / 5;
  for (std::size_t i = 0; i < count; i += kStep) {
    // Rows of eight that hold five: what is too much, the next one overwrites.
    for (std::size_t b = 0; b < kStep / 5; ++b)
      std::memcpy(apart + 5 * b, simd::kDigits.digits[digits < end ? *digits++ : 0], 8);
    for (std::size_t j = 0; j < kStep && i + j < count; j += kWidth) {
      const Words digit = hn::PromoteTo(kWords, hn::LoadU(kNarrow, apart + j));
      const Words low = hn::LoadU(kWords, to + i + j);
      hn::StoreU(hn::Add(low, hn::ShiftLeftSame(digit, static_cast<int>(low_bits))), kWords,
                 to + i + j);
    }
  }
}

HWY_INLINE void StorePlaces(const std::uint8_t* row, std::uint32_t base, std::uint32_t* to) {
  const Words shift = hn::Set(kWords, base);
  for (std::size_t lane = 0; lane < 8; lane += kWidth)
    hn::StoreU(hn::Add(hn::PromoteTo(kWords, hn::LoadU(kNarrow, row + lane)), shift), kWords,
               to + lane);
}

class Sums {
 public:
  HWY_INLINE Sums(std::uint32_t before, std::uint32_t modulus)
      : modulus_(hn::Set(kWords, modulus)),
        step_(hn::Set(kWords, 1U - modulus)),
        carry_(hn::Set(kWords, before + modulus)) {}

  HWY_INLINE void store(const std::uint32_t* places, const std::uint32_t* remainders,
                        std::size_t count, std::uint32_t* indices) {
    for (std::size_t i = 0; i < count; i += kWidth) {
      // Sums of the lanes up to each one, by blocks of four.
      Words sum = hn::Add(hn::LoadU(kWords, remainders + i), step_);
      sum = hn::Add(sum, hn::ShiftLeftLanes<1>(kWords, sum));
      sum = hn::Add(sum, hn::ShiftLeftLanes<2>(kWords, sum));
      Words total = hn::Broadcast<3>(sum);
      if (kWidth == 8) {
        sum = hn::Add(sum, hn::ConcatLowerLower(kWords, total, hn::Zero(kWords)));
        total = hn::Add(total, hn::ConcatLowerUpper(kWords, total, total));
      }
      const Words place = hn::Mul(hn::LoadU(kWords, places + i), modulus_);
      hn::StoreU(hn::Add(hn::Add(place, sum), carry_), kWords, indices + i);
      carry_ = hn::Add(carry_, total);
    }
  }

 private:
  Words modulus_;
  Words step_;
  Words carry_;  // of the lanes before
};

#endif

/// Finds the ones of a block.
class Ones {
 public:
  HWY_INLINE explicit Ones(const simd::GolombBlock& block)
      : next_(reinterpret_cast<const std::uint8_t*>(block.quotients)),
        start_(next_),
        bit_(block.bit),
        base_(8 - block.bit) {
    const auto byte = static_cast<std::uint8_t>(*next_++ & (0xffU << bit_));
    StorePlaces(simd::kOnes.places[byte], 0U - bit_, places_);
    found_ = simd::kOnes.counts[byte];
  }

  /// Until there are `count`, counted from the block's first bit.
  HWY_INLINE void find(std::size_t count) {
    // Kept out of memory, where stores of places might seem to change them.
    const std::uint8_t* next = next_;
    std::uint32_t base = base_;
    std::size_t found = found_;
    while (found < count) {
      const std::uint8_t byte = *next++;
      StorePlaces(simd::kOnes.places[byte], base, places_ + found);
      found += simd::kOnes.counts[byte];
      base += 8;
    }
    next_ = next;
    base_ = base;
    found_ = found;
  }
  const std::uint32_t* places() const { return places_; }

  /// Moves the block behind its last one, and returns how many bits it has.
  HWY_INLINE std::uint64_t leave(simd::GolombBlock& block) const {
    // It is in the last byte that was read, so its place in it is known exactly.
    const std::uint32_t place = places_[block.count - 1] - (base_ - 8);
    const std::uint64_t end = 8 * static_cast<std::uint64_t>(next_ - start_ - 1) + place + 1;
    block.quotients += end / 8;
    block.bit = static_cast<unsigned>(end % 8);
    return end - bit_;
  }

 private:
  const std::uint8_t* next_;
  const std::uint8_t* start_;
  unsigned bit_;
  std::uint32_t base_;  // place of the next byte's first bit, modulo 2^32
  std::size_t found_;
  std::uint32_t places_[simd::kGolombBlock + simd::kGolombSlack];
};

/// Indices that are read at a time. Adding to y waits for its cache lines, and what is read
/// meanwhile costs little: a message of 1 % of 1e6 takes 1.4 times as long as a bare indexed add,
/// and 1.75 times if its indices are read first, a block at a time.
constexpr std::size_t kPiece = 160;
static_assert(kPiece % 40 == 0, "whole bytes of low bits and of digits");

/// Reads a block in pieces, and calls use(first, count, the indices) for each, which room(first)
/// has room for.
template <class Room, class Use>
HWY_INLINE void Read(simd::GolombBlock& block, Room room, Use use) {
  std::uint32_t remainders[kPiece + simd::kGolombSlack];
  const auto* low = reinterpret_cast<const std::uint8_t*>(block.low);
  const auto* digits = reinterpret_cast<const std::uint8_t*>(block.digits);
  const LowBits low_bits(block.low_bits);
  Ones ones(block);
  ones.find(block.count);
  Sums sums(block.before, block.modulus);
  for (std::size_t first = 0; first < block.count; first += kPiece) {
    const std::size_t left = block.count - first;
    const std::size_t count = left < kPiece ? left : kPiece;
    low_bits.unpack(low, count, remainders);
    low += kPiece / 8 * block.low_bits;
    if (digits != nullptr) {
      AddDigits(digits, block.low_bits, count, remainders);
      digits += kPiece / 5;
    }
    std::uint32_t* const indices = room(first);
    sums.store(ones.places() + first, remainders, count, indices);
    use(first, count, indices);
    block.before = indices[count - 1];
  }
  ones.leave(block);
}

void ReadIndices(simd::GolombBlock& block, std::uint32_t* indices) {
  Read(
      block, [indices](std::size_t first) HWY_ATTR { return indices + first; },
      [](std::size_t, std::size_t, const std::uint32_t*) HWY_ATTR {});
}

void AddEntries(simd::GolombBlock& block, const std::uint8_t* values, float weight, float* y) {
  std::uint32_t room[kPiece + simd::kGolombSlack];
  Read(
      block, [&room](std::size_t) HWY_ATTR { return room; },
      [=](std::size_t first, std::size_t count, const std::uint32_t* indices) HWY_ATTR {
        for (std::size_t i = 0; i < count; ++i) {
          float value;
          std::memcpy(&value, values + 4 * (first + i), sizeof value);
          y[indices[i]] += weight * value;
        }
      });
}

simd::GolombSums SumUp(simd::GolombBlock& block) {
  std::uint32_t remainders[simd::kGolombBlock + simd::kGolombSlack];
  LowBits(block.low_bits)
      .unpack(reinterpret_cast<const std::uint8_t*>(block.low), block.count, remainders);
  if (block.digits != nullptr)
    AddDigits(reinterpret_cast<const std::uint8_t*>(block.digits), block.low_bits, block.count,
              remainders);
  simd::GolombSums sums;
  for (std::size_t i = 0; i < block.count; ++i) sums.remainders += remainders[i];
  Ones ones(block);
  ones.find(block.count);
  sums.quotients = ones.leave(block) - block.count;
  return sums;
}

}  // namespace hearsay::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace hearsay::simd {

HWY_EXPORT(ReadIndices);
HWY_EXPORT(AddEntries);
HWY_EXPORT(SumUp);

namespace {

[[maybe_unused]] bool is_sound(const GolombBlock& block) {
  return block.low_bits < 32 && block.count >= 1 && block.count <= kGolombBlock && block.bit < 8;
}

}  // namespace

void read_indices(GolombBlock& block, std::uint32_t* indices) {
  assert(is_sound(block));
  HWY_DYNAMIC_DISPATCH(ReadIndices)(block, indices);
}

void add_entries(GolombBlock& block, const std::byte* values, float weight, float* y) {
  assert(is_sound(block));
  HWY_DYNAMIC_DISPATCH(AddEntries)
  (block, reinterpret_cast<const std::uint8_t*>(values), weight, y);
}

GolombSums sum_up(GolombBlock& block) {
  assert(is_sound(block));
  return HWY_DYNAMIC_DISPATCH(SumUp)(block);
}

}  // namespace hearsay::simd

#endif
