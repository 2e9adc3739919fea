#include "nodes/config/spelling.h"

#include <gtest/gtest.h>

namespace hearsay {
namespace {

TEST(EditDistance, CountsEachKindOfEditOnce) {
  EXPECT_EQ(edit_distance("ring", "ring"), 0U);
  EXPECT_EQ(edit_distance("", "ring"), 4U);
  EXPECT_EQ(edit_distance("ring", "rings"), 1U);
  EXPECT_EQ(edit_distance("ring", "rng"), 1U);
  EXPECT_EQ(edit_distance("ring", "rink"), 1U);
  EXPECT_EQ(edit_distance("ring", "rign"), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(NearestWord, PrefersTheNearestAndThenTheFirst) {
  EXPECT_EQ(nearest_word("beta3", {"beta1", "beta2", "epsilon"}), "beta1");
  EXPECT_EQ(nearest_word("epsylon", {"beta1", "beta2", "epsilon"}), "epsilon");
}

TEST(NearestWord, IgnoresCapitalsAndTheKindOfDash) {
  EXPECT_EQ(nearest_word("Top_K", {"tok-p", "top-k"}), "top-k");
  EXPECT_EQ(nearest_word("learning-rate", {"learning_rate"}), "learning_rate");
}

TEST(NearestWord, SuggestsNothingFarFetched) {
  EXPECT_EQ(nearest_word("zebra", {"name", "seed", "run"}), "");
  EXPECT_EQ(nearest_word("q", {"k"}), "");
  EXPECT_EQ(nearest_word("", {"ab"}), "");
  EXPECT_EQ(nearest_word(std::string(100'000, 'k'), {"k"}), "");
}

TEST(DidYouMean, IsAPhraseOrNothing) {
  EXPECT_EQ(did_you_mean("rouns", {"rounds"}), ", did you mean \"rounds\"?");
  EXPECT_EQ(did_you_mean("zebra", {"rounds"}), "");
}

}  // namespace
}  // namespace hearsay
