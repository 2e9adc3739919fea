#include "nodes/sha256.h"

#include <gtest/gtest.h>

namespace hearsay {
namespace {

std::string sum_of(const std::string& text, std::size_t step) {
  Sha256 sum;
  for (std::size_t at = 0; at < text.size(); at += step)
    sum.add(std::span(text).subspan(at, std::min(step, text.size() - at)));
  return sum.hex();
}

// FIPS 180-4, the examples of NIST: the empty text, one block, two blocks.
TEST(Sha256, AgreesWithTheExamplesOfTheStandard) {
  EXPECT_EQ(sum_of("", 1), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sum_of("abc", 3), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const std::string two = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
  for (const std::size_t step : {1, 7, 64})
    EXPECT_EQ(sum_of(two, step),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

}  // namespace
}  // namespace hearsay
