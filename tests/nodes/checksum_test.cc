#include <gtest/gtest.h>
#include <zlib.h>

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>
#endif

#include "nodes/frame.h"
#include "tests/nodes/envelopes.h"

namespace hearsay {
namespace {

std::uint32_t by_zlib(ByteView bytes, std::uint32_t start) {
  return static_cast<std::uint32_t>(::crc32(start, reinterpret_cast<const Bytef*>(bytes.data()),
                                            static_cast<uInt>(bytes.size())));
}

TEST(Checksum, IsZlibsAtEveryLengthAndPlace) {
  const Bytes bytes = random_bytes(5000);
  for (std::size_t size = 0; size < 1100; ++size)
    for (const std::size_t begin : {0U, 1U, 63U}) {
      const ByteView some = ByteView(bytes).subspan(begin, size);
      if (size > 0) {
        ASSERT_EQ(checksum(some), by_zlib(some, 0)) << begin << " " << size;
        ASSERT_EQ(checksum(some, 77), by_zlib(some, 77)) << begin << " " << size;
      }
    }
}

TEST(Checksum, OfNothingIsTheStart) {
  EXPECT_EQ(checksum({}), 0U);
  EXPECT_EQ(checksum({}, 77), 77U);
}

TEST(Checksum, GoesOnBehindWhatWasSummed) {
  const Bytes bytes = random_bytes(9000);
  for (const std::size_t cut : {1U, 64U, 4096U, 8999U})
    EXPECT_EQ(checksum(ByteView(bytes).subspan(cut), checksum(ByteView(bytes).first(cut))),
              checksum(bytes));
}

#ifdef __x86_64__
/// Which parts of the vector registers the processor holds to be in use.
__attribute__((target("xsave"))) unsigned long long in_use() {
  return _xgetbv(1);
}

__attribute__((target("avx"))) unsigned long long in_use_when_clean() {
  _mm256_zeroupper();
  return in_use();
}

bool tells_what_is_in_use() {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  constexpr unsigned kXgetbv1 = 4;
  return __builtin_cpu_supports("avx") != 0 && __get_cpuid_count(0xd, 1, &a, &b, &c, &d) != 0 &&
         (a & kXgetbv1) != 0;
}

/// Else all code for narrow registers after it would be several times slower on some processors.
TEST(Checksum, LeavesNoUpperHalvesOfRegistersInUse) {
  if (!tells_what_is_in_use()) GTEST_SKIP() << "the processor does not tell";
  const Bytes bytes = random_bytes(std::size_t{1} << 20U);
  const unsigned long long clean = in_use_when_clean();
  checksum(bytes);
  EXPECT_EQ(in_use(), clean);
}
#endif

}  // namespace
}  // namespace hearsay
