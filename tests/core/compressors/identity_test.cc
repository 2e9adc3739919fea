#include "core/compressors/identity.h"

#include <gtest/gtest.h>

#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

TEST(Identity, SendsTheFloatsLittleEndian) {
  const Identity identity(3);
  EXPECT_EQ(hex(encoded(identity, Vector{1.0F, -2.5F, 0.0F})),
            "0000803f"
            "000020c0"
            "00000000");
}

TEST(Identity, LosesNothing) {
  const Vector x = gaussian_vector(50, 1);
  const Identity identity(50);
  EXPECT_EQ(bits_of(compressed(identity, x)), bits_of(x));
  EXPECT_EQ(identity.contraction(), 1.0);
}

TEST(Identity, NamesTheValueThatIsNotFinite) {
  const Identity identity(3);
  EXPECT_EQ(identity.check(encoded(identity, Vector{1.0F, 2.0F, INFINITY})),
            "value 2 is not finite");
  EXPECT_EQ(identity.check(Bytes(11, std::byte{0})), "payload of 11 bytes, expected 12");
}

}  // namespace
}  // namespace hearsay
