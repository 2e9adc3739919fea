#include "core/compressors/indices.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <vector>

#include "core/compressors/wire.h"

namespace hearsay {

using golomb::kBlock;
using golomb::Modulus;

namespace {

constexpr unsigned kByBlock = Modulus::kCodes;  // the form in which each block has its own M

unsigned byte_at(const std::byte* place) {
  return std::to_integer<unsigned>(*place);
}

std::size_t blocks_of(std::size_t count) {
  return (count + kBlock - 1) / kBlock;
}

/// The coordinates that are not among `kept`; until the next call.
std::span<const std::uint32_t> left_out(std::span<const std::uint32_t> kept,
                                        std::size_t dimension) {
  thread_local std::vector<std::uint32_t> scratch;
  scratch.clear();
  std::uint64_t coordinate = 0;
  for (const std::uint32_t j : kept) {
    for (; coordinate < j; ++coordinate) scratch.push_back(static_cast<std::uint32_t>(coordinate));
    ++coordinate;
  }
  for (; coordinate < dimension; ++coordinate)
    scratch.push_back(static_cast<std::uint32_t>(coordinate));
  return scratch;
}

/// Where the parts of coded indices lie.
struct Parts {
  std::optional<Modulus> modulus;  // of all; none: each block has its own
  const std::byte* codes = nullptr;
  const std::byte* remainders = nullptr;
  ByteView quotients;

  Modulus of_block(std::size_t block) const {
    return modulus ? *modulus : Modulus(byte_at(codes + block));
  }
};

/// The parts of `count` >= 1 coded indices, or what is wrong.
std::optional<std::string> find_parts(ByteView bytes, std::size_t count, Parts& parts) {
  const auto too_short = [&](std::size_t least) {
    return fmt::format("{} bytes of indices, expected at least {}", bytes.size(), least);
  };
  std::size_t expected = 1;
  if (bytes.size() < expected) return too_short(expected);
  const unsigned form = byte_at(bytes.data());
  parts.remainders = bytes.data() + 1;
  if (form == kByBlock) {
    const std::size_t blocks = blocks_of(count);
    expected += blocks;
    if (bytes.size() < expected) return too_short(expected);
    parts.codes = bytes.data() + 1;
    parts.remainders += blocks;
    for (std::size_t b = 0; b < blocks; ++b) {
      const unsigned code = byte_at(parts.codes + b);
      if (!Modulus::exists(code)) return fmt::format("unknown code {} of block {}", code, b);
      expected += Modulus(code).remainder_bytes(std::min(kBlock, count - b * kBlock));
    }
  } else if (Modulus::exists(form)) {
    parts.modulus = Modulus(form);
    expected += parts.modulus->remainder_bytes(count);
  } else {
    return fmt::format("unknown form {} of indices", form);
  }
  if (bytes.size() <= expected) return too_short(expected + 1);
  parts.quotients = bytes.subspan(expected);
  return std::nullopt;
}

/// There must be `count` ones, the last of them in the last byte.
std::optional<std::string> check_quotients(ByteView bytes, std::size_t count) {
  std::size_t ones = 0;
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8)
    ones += static_cast<std::size_t>(std::popcount(wire::load<std::uint64_t>(bytes.data() + i)));
  for (; i < bytes.size(); ++i)
    ones += static_cast<std::size_t>(std::popcount(byte_at(bytes.data() + i)));
  if (ones != count)
    return fmt::format("{} indices end in {} bytes of quotients, expected {}", ones, bytes.size(),
                       count);
  if (bytes.back() == std::byte{0})
    return fmt::format("the last of {} bytes of quotients is zero", bytes.size());
  return std::nullopt;
}

/// Unused bits and digits must be zero.
std::optional<std::string> check_remainders(const std::byte* from, Modulus modulus,
                                            std::size_t count) {
  const ByteView low(from, modulus.low_bytes(count));
  if (!low.empty())
    if (auto wrong = wire::check_tail(low, modulus.low_bits() * count)) return wrong;
  const ByteView digits(low.data() + low.size(), modulus.digit_bytes(count));
  if (digits.empty()) return std::nullopt;
  const auto largest = static_cast<unsigned>(*std::max_element(digits.begin(), digits.end()));
  constexpr unsigned kFull = 243;
  constexpr unsigned kPowers[] = {kFull, 3, 9, 27, 81};
  if (largest >= kFull || byte_at(&digits.back()) >= kPowers[count % 5])
    return "a byte of digits that no five remainders have";
  return std::nullopt;
}

/// Points a block of `count` indices to its remainders. Where fewer bytes follow than the reader
/// may touch, they are copied.
void set_remainders(const std::byte* from, const std::byte* end, Modulus modulus, std::size_t count,
                    std::span<std::byte> copy, simd::GolombBlock& block) {
  const std::size_t size = modulus.remainder_bytes(count);
  if (static_cast<std::size_t>(end - from) < size + simd::kGolombOverrun) {
    std::memcpy(copy.data(), from, size);
    std::memset(copy.data() + size, 0, simd::kGolombOverrun);
    from = copy.data();
  }
  block.low = from;
  block.low_bits = modulus.low_bits();
  block.digits = modulus.ternary() ? from + modulus.low_bytes(count) : nullptr;
  block.modulus = modulus.value();
  block.count = count;
}

}  // namespace

std::uint64_t index_bits(std::size_t dimension) {
  assert(dimension >= 1);
  return static_cast<std::uint64_t>(std::bit_width(dimension - 1));
}

/// Calls visit(indices, the one before them, their own M).
template <class Visit>
void IndexWriter::for_each_block(Visit visit) const {
  std::uint32_t before = golomb::kBeforeFirst;
  for (std::size_t first = 0; first < coded_.size(); first += kBlock) {
    const auto block = coded_.subspan(first, std::min(kBlock, coded_.size() - first));
    const std::uint32_t span = block.back() - before;  // 0 for 2^32
    visit(block, before, Modulus::of_density(std::uint64_t{span - 1U} + 1, block.size()));
    before = block.back();
  }
}

IndexWriter::IndexWriter(std::span<const std::uint32_t> kept, std::size_t dimension)
    : coded_(kept) {
  assert(!kept.empty() && kept.back() < dimension && dimension <= std::uint64_t{1} << 32U);
  if (kept.size() > dimension - kept.size()) coded_ = left_out(kept, dimension);
  if (coded_.empty()) return;
  const auto size_with = [&](std::size_t remainders, std::uint64_t quotients) {
    return 1 + remainders + wire::bytes_for_bits(quotients + coded_.size());
  };
  const auto try_one = [&](Modulus one) {
    const std::size_t remainders = one.remainder_bytes(coded_.size());
    const std::size_t size =
        size_with(remainders, golomb::sum_of_quotients(coded_, golomb::kBeforeFirst, one));
    if (modulus_ && size >= size_) return;
    modulus_ = one;
    remainder_bytes_ = remainders;
    size_ = size;
  };
  const auto likely = Modulus::of_density(std::uint64_t{coded_.back()} + 1, coded_.size());
  try_one(likely);
  if (coded_.size() <= kBlock) {
    // Few enough for whole bytes to matter.
    for (const unsigned code : {likely.code() - 1, likely.code() + 1})
      if (Modulus::exists(code)) try_one(Modulus(code));
    return;
  }
  std::size_t remainders = blocks_of(coded_.size());
  std::uint64_t quotients = 0;
  for_each_block([&](auto block, std::uint32_t before, Modulus own) {
    remainders += own.remainder_bytes(block.size());
    quotients += golomb::sum_of_quotients(block, before, own);
  });
  if (const std::size_t size = size_with(remainders, quotients); size < size_) {
    modulus_.reset();
    remainder_bytes_ = remainders;
    size_ = size;
  }
}

void IndexWriter::write(std::byte* to) const {
  if (coded_.empty()) return;
  *to++ = std::byte(modulus_ ? modulus_->code() : kByBlock);
  golomb::QuotientWriter quotients(to + remainder_bytes_);
  std::byte* code = to;
  if (!modulus_) to += blocks_of(coded_.size());
  for_each_block([&](auto block, std::uint32_t before, Modulus own) {
    if (!modulus_) *code++ = std::byte(own.code());
    const Modulus used = modulus_.value_or(own);
    golomb::write_block(block, before, used, to, quotients);
    to += used.remainder_bytes(block.size());
  });
  quotients.finish();
}

std::optional<std::string> check_indices(ByteView bytes, std::size_t kept, std::size_t dimension) {
  assert(1 <= kept && kept <= dimension);
  const std::size_t count = std::min(kept, dimension - kept);
  if (count == 0) {
    if (bytes.empty()) return std::nullopt;
    return fmt::format("{} bytes of indices, expected none", bytes.size());
  }
  Parts parts;
  if (auto wrong = find_parts(bytes, count, parts)) return wrong;
  if (auto wrong = check_quotients(parts.quotients, count)) return wrong;
  const std::byte* from = parts.remainders;
  std::array<std::byte, golomb::kMostRemainderBytes + simd::kGolombOverrun> copy;
  simd::GolombBlock block{.quotients = parts.quotients.data()};
  std::uint64_t passed = 0;  // coordinates
  for (std::size_t first = 0; first < count; first += kBlock) {
    const std::size_t size = std::min(kBlock, count - first);
    const Modulus modulus = parts.of_block(first / kBlock);
    if (auto wrong = check_remainders(from, modulus, size)) return wrong;
    set_remainders(from, bytes.data() + bytes.size(), modulus, size, copy, block);
    from += modulus.remainder_bytes(size);
    const simd::GolombSums sums = simd::sum_up(block);
    // Far below 2^64, since the first block that is out of range is the last.
    const bool far = sums.quotients > dimension / modulus.value();
    if (!far) passed += sums.quotients * modulus.value() + sums.remainders + size;
    if (far || passed > dimension)
      return fmt::format("index {} or one before it is not below the {} coordinates",
                         first + size - 1, dimension);
  }
  return std::nullopt;
}

IndexReader::IndexReader(ByteView bytes, std::size_t kept, std::size_t dimension)
    : end_(bytes.data() + bytes.size()),
      dimension_(dimension),
      kept_left_(kept),
      coded_left_(std::min(kept, dimension - kept)),
      inverted_(kept > dimension - kept) {
  if (coded_left_ > 0) {
    Parts parts;
    [[maybe_unused]] const auto wrong = find_parts(bytes, coded_left_, parts);
    assert(!wrong);
    codes_ = parts.codes;
    if (parts.modulus) modulus_ = *parts.modulus;
    remainders_ = parts.remainders;
    block_.quotients = parts.quotients.data();
  }
  if (inverted_) hole_ = next_left_out();
}

std::size_t IndexReader::next_size() const {
  return std::min(kBlock, inverted_ ? kept_left_ : coded_left_);
}

/// To the next block of coded indices.
void IndexReader::go_on() {
  const std::size_t size = std::min(kBlock, coded_left_);
  if (codes_ != nullptr) modulus_ = Modulus(byte_at(codes_++));
  set_remainders(remainders_, end_, modulus_, size, copy_, block_);
  remainders_ += modulus_.remainder_bytes(size);
  coded_left_ -= size;
}

std::span<const std::uint32_t> IndexReader::next_coded(IndexBlock& block) {
  if (coded_left_ == 0) return {};
  go_on();
  simd::read_indices(block_, block.data());
  return std::span<const std::uint32_t>(block).first(block_.count);
}

/// The end of the vector when there is none.
std::uint64_t IndexReader::next_left_out() {
  if (holes_.empty()) holes_ = next_coded(hole_block_);
  if (holes_.empty()) return dimension_;
  const std::uint32_t hole = holes_.front();
  holes_ = holes_.subspan(1);
  return hole;
}

std::span<const std::uint32_t> IndexReader::next(IndexBlock& block) {
  if (!inverted_) return next_coded(block);
  const std::size_t size = next_size();
  for (std::size_t i = 0; i < size; ++i) {
    for (; coordinate_ == hole_; ++coordinate_) hole_ = next_left_out();
    block[i] = static_cast<std::uint32_t>(coordinate_++);
  }
  kept_left_ -= size;
  return std::span<const std::uint32_t>(block).first(size);
}

void IndexReader::add_next(const std::byte* values, float weight, VectorView y) {
  if (!inverted_) {
    go_on();
    simd::add_entries(block_, values, weight, y.data());
    return;
  }
  // More are kept than left out: whole stretches of y.
  for (std::size_t left = next_size(); left > 0;) {
    for (; coordinate_ == hole_; ++coordinate_) hole_ = next_left_out();
    const std::size_t size = std::min<std::uint64_t>(left, hole_ - coordinate_);
    for (std::size_t i = 0; i < size; ++i)
      y[coordinate_ + i] += weight * wire::load<float>(values + 4 * i);
    coordinate_ += size;
    values += 4 * size;
    kept_left_ -= size;
    left -= size;
  }
}

void mark_indices(ByteView bytes, std::size_t kept, std::size_t dimension, std::size_t begin,
                  Coverage& coverage) {
  IndexReader reader(bytes, kept, dimension);
  IndexBlock block;
  for (auto indices = reader.next(block); !indices.empty(); indices = reader.next(block))
    for (const std::uint32_t j : indices) coverage.mark(begin + j);
}

}  // namespace hearsay
