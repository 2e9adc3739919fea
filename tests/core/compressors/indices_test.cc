#include "core/compressors/indices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hwy/targets.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Indices = std::vector<std::uint32_t>;

Bytes written(const Indices& kept, std::size_t dimension) {
  const IndexWriter writer(kept, dimension);
  Bytes bytes(writer.size());
  writer.write(bytes.data());
  return bytes;
}

Indices read(ByteView bytes, std::size_t kept, std::size_t dimension) {
  // Exactly as long, so that a sanitizer sees every byte read past the end.
  const Bytes exact(bytes.begin(), bytes.end());
  IndexReader reader(exact, kept, dimension);
  IndexBlock block;
  Indices result;
  for (auto some = reader.next(block); !some.empty(); some = reader.next(block))
    result.insert(result.end(), some.begin(), some.end());
  return result;
}

/// The form byte of messages that have one.
int form_of(const Bytes& bytes) {
  return std::to_integer<int>(bytes.at(0));
}

/// As the header describes it, bit by bit.
Indices plainly_read(const Bytes& bytes, std::size_t kept, std::uint64_t dimension) {
  const std::size_t n = std::min<std::uint64_t>(kept, dimension - kept);
  Indices coded;
  if (n > 0) {
    std::size_t at = 1;
    const std::size_t blocks = (n + 319) / 320;
    std::vector<int> codes(blocks, form_of(bytes));
    if (codes[0] == 64)
      for (int& code : codes) code = std::to_integer<int>(bytes.at(at++));
    std::vector<std::uint64_t> remainders;
    const auto bit = [&](std::size_t from, std::size_t i) {
      return std::to_integer<std::uint64_t>(bytes.at(from + i / 8)) >> (i % 8) & 1U;
    };
    for (std::size_t b = 0; b < blocks; ++b) {
      const std::size_t count = std::min<std::size_t>(320, n - 320 * b);
      const bool ternary = codes[b] % 2 == 1;
      const std::size_t low = static_cast<std::size_t>(ternary ? codes[b] - 3 : codes[b]) / 2;
      const std::size_t digits = at + (low * count + 7) / 8;
      for (std::size_t i = 0; i < count; ++i) {
        std::uint64_t remainder = 0;
        for (std::size_t l = 0; l < low; ++l) remainder |= bit(at, i * low + l) << l;
        if (ternary) {
          auto digit = std::to_integer<std::uint64_t>(bytes.at(digits + i / 5));
          for (std::size_t skip = 0; skip < i % 5; ++skip) digit /= 3;
          remainder += digit % 3 << low;
        }
        remainders.push_back(remainder);
      }
      at = digits + (ternary ? (count + 4) / 5 : 0);
    }
    std::uint64_t next = 0;
    std::size_t place = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const int code = codes[i / 320];
      const std::uint64_t modulus =
          code % 2 == 1 ? std::uint64_t{3} << ((code - 3) / 2) : std::uint64_t{1} << (code / 2);
      for (; bit(at, place) == 0; ++place) next += modulus;
      ++place;
      next += remainders[i];
      coded.push_back(static_cast<std::uint32_t>(next++));
    }
    EXPECT_EQ(at + (place + 7) / 8, bytes.size());
  }
  if (n == kept && kept < dimension) return coded;
  Indices result;
  for (std::uint64_t j = 0; j < dimension; ++j)
    if (!std::binary_search(coded.begin(), coded.end(), j))
      result.push_back(static_cast<std::uint32_t>(j));
  return result;
}

/// k of d, all sets equally likely.
Indices uniform(std::size_t d, std::size_t k, std::uint64_t seed) {
  Stream stream = stream_of(seed);
  std::set<std::uint64_t> taken;
  for (std::uint64_t last = d - k; last < d; ++last)
    if (!taken.insert(stream.below(last + 1)).second) taken.insert(last);
  return {taken.begin(), taken.end()};
}

/// Runs on the indices of sparse stretches and dense ones.
Indices clustered(std::size_t runs, std::uint64_t seed) {
  Stream stream = stream_of(seed);
  Indices result;
  std::uint32_t next = 0;
  for (std::size_t r = 0; r < runs; ++r) {
    const std::uint64_t width = std::uint64_t{1} << (4 * (r % 4));
    for (int i = 0; i < 500; ++i) {
      next += static_cast<std::uint32_t>(stream.below(width));
      result.push_back(next++);
    }
  }
  return result;
}

void expect_round_trip(const Indices& kept, std::size_t dimension) {
  const Bytes bytes = written(kept, dimension);
  ASSERT_EQ(check_indices(bytes, kept.size(), dimension), std::nullopt);
  ASSERT_EQ(read(bytes, kept.size(), dimension), kept);
}

double bound_in_bits(double d, double k) {
  return (std::lgamma(d + 1) - std::lgamma(k + 1) - std::lgamma(d - k + 1)) / std::numbers::ln2;
}

// ---- What is written.

TEST(Indices, ABitmapServesWhereMoreThanAThirdIsKept) {
  // Bits 0, 1, 3 and 6.
  EXPECT_EQ(hex(written({0, 1, 3, 6}, 9)), "004b");
}

TEST(Indices, RemaindersComeBeforeQuotients) {
  // Span 30 of 4: 4/5 * 30/4 - 1/5 = 5.8, so M = 4, code 4. Gaps 5, 6, 3, 12.
  EXPECT_EQ(hex(written({5, 12, 16, 29}, 100)),
            "04"    // M = 4
            "39"    // remainders 1, 2, 3, 0: 00 11 10 01
            "1a"    // quotients 1, 1, 0, 3: bits 01 01 1 0001, the last of them
            "01");  // in a second byte
}

TEST(Indices, WithThreeTimesAPowerOfTwoDigitsGoFiveToAByte) {
  // Span 44 of 5: 6.8, so M = 6, code 5. Gaps 16, 11, 5, 4, 3.
  EXPECT_EQ(hex(written({16, 28, 34, 39, 43}, 200)),
            "05"    // M = 6: one low bit and a digit
            "16"    // remainders 4, 5, 5, 4, 3: low bits 0 1 1 0 1
            "a1"    // digits 2, 2, 2, 2, 1: 2 + 6 + 18 + 54 + 81
            "f4");  // quotients 2, 1, 0, 0, 0: bits 001 01 1 1 1
}

TEST(Indices, ThoseLeftOutGoWhereTheyAreFewer) {
  // 4 is missing: span 5 of 1, 3.8, M = 3, one digit 1 and quotient 1.
  EXPECT_EQ(hex(written({0, 1, 2, 3, 5, 6, 7}, 8)), "030102");
  EXPECT_THAT(written({0, 1, 2}, 3), IsEmpty());
  EXPECT_THAT(written({0}, 1), IsEmpty());
  // As many are kept as left out: the kept ones.
  EXPECT_EQ(hex(written({0, 1}, 4)), "0003");
}

TEST(Indices, EachBlockHasItsOwnModulusWhereThatIsShorter) {
  const Indices kept = clustered(8, 1);
  const std::size_t d = kept.back() + 1000U;
  const Bytes bytes = written(kept, d);
  EXPECT_EQ(form_of(bytes), 64);
  EXPECT_LT(8.0 * static_cast<double>(bytes.size()),
            0.75 * bound_in_bits(static_cast<double>(d), static_cast<double>(kept.size())));
  EXPECT_EQ(plainly_read(bytes, kept.size(), d), kept);
}

TEST(Indices, OneModulusServesAllWhereIndicesLieEvenly) {
  for (const std::uint64_t seed : {1, 2, 3})
    EXPECT_EQ(form_of(written(uniform(100000, 5000, seed), 100000)), 7);  // M = 12
}

/// The number of quotient bits and remainder bytes of each M is known: none is much shorter.
TEST(Indices, TheModulusIsNearTheBest) {
  for (const double ratio : {0.3, 0.2, 0.1, 0.07, 0.05, 0.03, 0.015, 0.01, 0.003, 0.001}) {
    const std::size_t d = 200000;
    const Indices kept = uniform(d, static_cast<std::size_t>(ratio * d), 5);
    std::size_t best = ~std::size_t{0};
    for (unsigned code = 0; code < golomb::Modulus::kCodes; ++code) {
      if (!golomb::Modulus::exists(code)) continue;
      const golomb::Modulus modulus(code);
      std::uint64_t bits = kept.size();
      std::uint64_t next = 0;
      for (const std::uint32_t j : kept) {
        bits += (j - next) / modulus.value();
        next = std::uint64_t{j} + 1;
      }
      best = std::min(best, 1 + modulus.remainder_bytes(kept.size()) + (bits + 7) / 8);
    }
    EXPECT_LE(static_cast<double>(written(kept, d).size()), 1.003 * static_cast<double>(best))
        << ratio;
  }
}

TEST(Indices, TakeWithinOnePercentOfTheEntropy) {
  for (const auto& [d, ratio] : {std::pair(1'000'000, 0.01),
                                 {1'000'000, 0.001},
                                 {1'000'000, 0.1},
                                 {1'000'000, 0.05},
                                 {1'000'000, 0.03},
                                 {1'000'000, 0.015},
                                 {11'000'000, 0.0001},
                                 {11'000'000, 0.001}}) {
    const auto k = static_cast<std::size_t>(ratio * d);
    const Indices kept = uniform(static_cast<std::size_t>(d), k, 9);
    const double bits =
        8.0 * static_cast<double>(written(kept, static_cast<std::size_t>(d)).size());
    EXPECT_LE(bits, 1.01 * bound_in_bits(d, static_cast<double>(k))) << d << " " << ratio;
  }
}

// ---- And back.

TEST(Indices, ComeBackAsTheyWere) {
  ASSERT_TRUE(rc::check("what is written is read, by both readers", [] {
    const auto d = *rc::gen::inRange<std::size_t>(1, 2000);
    const auto few = *rc::gen::inRange<std::size_t>(1, d + 1);
    const auto k = *rc::gen::element(few, d, std::size_t{1}, std::max<std::size_t>(1, d / 2),
                                     std::max<std::size_t>(1, d - d / 50));
    const Indices kept = uniform(d, k, *rc::gen::arbitrary<std::uint64_t>());
    const Bytes bytes = written(kept, d);
    RC_ASSERT(check_indices(bytes, k, d) == std::nullopt);
    RC_ASSERT(read(bytes, k, d) == kept);
    RC_ASSERT(plainly_read(bytes, k, d) == kept);
  }));
}

TEST(Indices, ComeBackFromAnyGaps) {
  ASSERT_TRUE(rc::check("gaps of any size", [] {
    const auto widths = *rc::gen::nonEmpty(
        rc::gen::container<std::vector<unsigned>>(rc::gen::inRange<unsigned>(0, 25)));
    Stream stream = stream_of(*rc::gen::arbitrary<std::uint64_t>());
    const auto times = *rc::gen::inRange<int>(1, 60);
    Indices kept;
    std::uint64_t next = 0;
    for (const unsigned width : widths)
      for (int i = 0; i < times && next < 0xf0000000U; ++i) {
        next += stream.below(std::uint64_t{1} << width);
        kept.push_back(static_cast<std::uint32_t>(next++));
      }
    const std::size_t d = std::max<std::size_t>(next, 2 * kept.size()) + stream.below(1000);
    const Bytes bytes = written(kept, d);
    RC_ASSERT(check_indices(bytes, kept.size(), d) == std::nullopt);
    RC_ASSERT(read(bytes, kept.size(), d) == kept);
  }));
}

TEST(Indices, ComeBackFromTheLargestVectors) {
  for (const std::size_t d : {(std::size_t{1} << 32U) - 1, std::size_t{1} << 32U}) {
    const auto last = static_cast<std::uint32_t>(d - 1);
    expect_round_trip({0}, d);
    expect_round_trip({last}, d);
    expect_round_trip({0, last}, d);
    expect_round_trip({last - 1, last}, d);
    for (const std::size_t k : {5U, 319U, 320U, 321U, 5000U})
      expect_round_trip(uniform(d, k, k), d);
    Indices ends;  // half of them at either end
    for (std::uint32_t j = 0; j < 1000; ++j) ends.push_back(j);
    for (std::uint32_t j = 1000; j > 0; --j) ends.push_back(last - j);
    expect_round_trip(ends, d);
  }
}

/// All that Highway dispatches meanwhile is for that CPU.
class OnTarget {
 public:
  explicit OnTarget(std::int64_t target) { use(target); }
  ~OnTarget() { use(0); }
  OnTarget(const OnTarget&) = delete;
  OnTarget& operator=(const OnTarget&) = delete;

 private:
  static void use(std::int64_t target) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
};

TEST(Indices, AreTheSameOnEveryCpu) {
  const std::vector<std::pair<Indices, std::size_t>> messages = {
      {uniform(100000, 1000, 1), 100000},                                          // M = 64
      {uniform(100000, 1500, 2), 100000},                                          // M = 48
      {uniform(3000, 1400, 3), 3000},                                              // bitmap
      {uniform(3000, 2900, 4), 3000},                                              // left out
      {clustered(5, 5), 2'000'000},                                                // by block
      {uniform((std::size_t{1} << 32U) - 1, 30, 6), (std::size_t{1} << 32U) - 1},  // 26 bits
  };
  for (const auto& [kept, d] : messages) {
    const Bytes bytes = written(kept, d);
    const std::size_t room = std::min<std::size_t>(d, 2'000'000);
    const Vector values = gaussian_vector(kept.size(), 7);
    Vector expected(room, 1.0F);
    if (d == room)
      for (std::size_t i = 0; i < kept.size(); ++i) expected[kept[i]] += 0.3F * values[i];
    for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
      const OnTarget only(target);
      EXPECT_EQ(check_indices(bytes, kept.size(), d), std::nullopt);
      EXPECT_EQ(read(bytes, kept.size(), d), kept);
      Vector y(room, 1.0F);
      if (d == room)
        add_sparse(bytes, kept.size(), 0.3F, y, [&](std::size_t first, std::size_t) {
          return std::as_bytes(std::span(values)).data() + 4 * first;
        });
      EXPECT_TRUE(y == expected) << hwy::TargetName(target);
    }
  }
}

// ---- What is refused.

std::string wrong_with(const std::string& bytes, std::size_t kept, std::size_t dimension) {
  return check_indices(from_hex(bytes), kept, dimension).value_or("");
}

TEST(Indices, RefuseUnknownForms) {
  EXPECT_EQ(wrong_with("00 4b", 4, 9), "");
  EXPECT_EQ(wrong_with("01 4b", 4, 9), "unknown form 1 of indices");
  EXPECT_EQ(wrong_with("41 4b", 4, 9), "unknown form 65 of indices");
  EXPECT_EQ(wrong_with("40 00 4b", 4, 9), "");  // by block, though there is one only
  EXPECT_EQ(wrong_with("40 01 4b", 4, 9), "unknown code 1 of block 0");
  EXPECT_EQ(wrong_with("40 ff 4b", 4, 9), "unknown code 255 of block 0");
}

TEST(Indices, RefuseOtherLengths) {
  EXPECT_EQ(wrong_with("", 4, 9), "0 bytes of indices, expected at least 1");
  EXPECT_EQ(wrong_with("00", 4, 9), "1 bytes of indices, expected at least 2");
  EXPECT_EQ(wrong_with("40", 4, 9), "1 bytes of indices, expected at least 2");
  EXPECT_EQ(wrong_with("04 39", 4, 100), "2 bytes of indices, expected at least 3");
  EXPECT_EQ(wrong_with("00", 9, 9), "1 bytes of indices, expected none");
  EXPECT_EQ(wrong_with("00 4b 00", 4, 9), "the last of 2 bytes of quotients is zero");
}

TEST(Indices, RefuseOtherCounts) {
  EXPECT_EQ(wrong_with("00 4a", 4, 9), "3 indices end in 1 bytes of quotients, expected 4");
  EXPECT_EQ(wrong_with("00 4f", 4, 9), "5 indices end in 1 bytes of quotients, expected 4");
}

TEST(Indices, RefuseThoseOutOfRange) {
  EXPECT_EQ(wrong_with("04 39 1a01", 4, 30), "");
  EXPECT_EQ(wrong_with("04 39 1a01", 4, 29),
            "index 3 or one before it is not below the 29 coordinates");
  // Quotients and remainders whose sums are beyond 2^32, and would be small numbers modulo it.
  EXPECT_THAT(wrong_with("3e 00000000 02", 1, 3), HasSubstr("not below the 3 coordinates"));
  EXPECT_THAT(wrong_with("3e 00000000 04", 1, 3), HasSubstr("not below the 3 coordinates"));
  EXPECT_THAT(wrong_with("3f 00000000 02 02", 1, 3), HasSubstr("not below the 3 coordinates"));
  EXPECT_THAT(wrong_with("3e ffffff7f 02", 1, (std::size_t{1} << 32U) - 2),
              HasSubstr("not below the 4294967294 coordinates"));
  EXPECT_EQ(wrong_with("3e ffffff7f 02", 1, std::size_t{1} << 32U), "");
}

TEST(Indices, RefuseUnusedBitsAndDigits) {
  EXPECT_EQ(wrong_with("05 39 ea02 6e02", 6, 200), "");
  EXPECT_EQ(wrong_with("05 79 ea02 6e02", 6, 200), "unused bits at the end are not zero");
  EXPECT_THAT(wrong_with("05 39 f302 6e02", 6, 200), HasSubstr("no five remainders"));
  EXPECT_THAT(wrong_with("05 39 ea03 6e02", 6, 200), HasSubstr("no five remainders"));
}

/// Ascending, in range, as many as they should be: whatever passes the check.
void expect_harmless(const Bytes& bytes, std::size_t kept, std::size_t dimension) {
  const Bytes exact(bytes.begin(), bytes.end());
  if (check_indices(exact, kept, dimension)) return;
  const Indices found = read(exact, kept, dimension);
  ASSERT_EQ(found.size(), kept);
  ASSERT_LT(found.back(), dimension);
  ASSERT_TRUE(std::adjacent_find(found.begin(), found.end(), std::greater_equal<>()) ==
              found.end());
}

TEST(Indices, SurviveDamageAtEveryByte) {
  const std::vector<std::pair<Indices, std::size_t>> messages = {
      {uniform(3000, 30, 1), 3000},  // M = 64
      {uniform(3000, 45, 2), 3000},  // M = 48
      {uniform(300, 140, 3), 300},   // bitmap
      {uniform(300, 270, 4), 300},   // left out
      {clustered(3, 5), 1'000'000},  // by block
      {uniform(20000, 700, 6), 20000}};
  for (const auto& [kept, d] : messages) {
    const Bytes bytes = written(kept, d);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const Bytes cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(i));
      ASSERT_TRUE(check_indices(cut, kept.size(), d).has_value()) << i;
      for (const unsigned flip : {1U, 2U, 4U, 8U, 16U, 32U, 64U, 128U, 255U}) {
        Bytes damaged = bytes;
        damaged[i] ^= std::byte(flip);
        expect_harmless(damaged, kept.size(), d);
      }
    }
    Bytes longer = bytes;
    longer.push_back(std::byte{0x80});
    EXPECT_TRUE(check_indices(longer, kept.size(), d).has_value());
  }
}

TEST(Indices, SurviveAnyBytes) {
  ASSERT_TRUE(rc::check("what passes the check ascends below d", [] {
    const auto d = *rc::gen::inRange<std::size_t>(1, 60);
    const auto k = *rc::gen::inRange<std::size_t>(1, d + 1);
    const auto raw = *rc::gen::arbitrary<std::vector<std::uint8_t>>();
    Bytes bytes = {std::byte(*rc::gen::inRange(0, 66))};
    for (const std::uint8_t byte : raw) bytes.push_back(std::byte{byte});
    expect_harmless(bytes, k, d);
  }));
}

}  // namespace
}  // namespace hearsay
