// From rows as they are kept to batches, and augmentation.
#include "core/data/gather.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>

#include "tests/core/data/data_testing.h"

namespace hearsay {
namespace {

using ::testing::ElementsAre;
using testing::values_of;

constexpr StreamKey kKey{7};

/// Images of 2 channels, 3 x 4, whose bytes are all different in a row.
constexpr std::int64_t kShape[] = {2, 3, 4};
constexpr std::size_t kPixels = 24;

Rows images(std::size_t count) {
  Rows rows;
  rows.count = count;
  rows.features = kPixels;
  std::vector<std::uint8_t> bytes;
  for (std::size_t k = 0; k < count * kPixels; ++k)
    bytes.push_back(static_cast<std::uint8_t>(1 + k % 251));
  const std::vector<double> mean = {0.5, 0.25};
  const std::vector<double> deviation = {0.5, 2.0};
  rows.keep_bytes(bytes, ByteValues::normalized(1.0 / 255.0, mean, deviation));
  return rows;
}

Rows as_floats(const Rows& rows) {
  Rows dense;
  dense.count = rows.count;
  dense.features = rows.features;
  dense.values = values_of(rows);
  return dense;
}

Vector augmented(const Rows& rows, const std::vector<std::uint32_t>& which, const Augmentation& how,
                 Stream& random) {
  Vector out(which.size() * rows.features, NAN);
  gather_augmented(rows, kShape, which, how, random, out);
  return out;
}

Vector augmented(const Rows& rows, const std::vector<std::uint32_t>& which,
                 const Augmentation& how) {
  Stream random(kKey);
  return augmented(rows, which, how, random);
}

Vector plain(const Rows& rows, const std::vector<std::uint32_t>& which) {
  Vector out(which.size() * rows.features, NAN);
  gather(rows, which, out);
  return out;
}

Vector mirrored(Vector image) {
  for (auto row = image.begin(); row != image.end(); row += 4) std::reverse(row, row + 4);
  return image;
}

TEST(Gather, BytesBecomeTheValuesOfTheirChannel) {
  const Rows rows = images(2);
  const Vector values = plain(rows, {1, 0, 1});
  for (std::size_t k = 0; k < 3 * kPixels; ++k) {
    const std::size_t r = k / kPixels == 1 ? 0 : 1;
    const bool second = k % kPixels >= 12;
    const double share = rows.bytes[r * kPixels + k % kPixels] * (1.0 / 255.0);
    EXPECT_EQ(values[k], static_cast<float>((share - (second ? 0.25 : 0.5)) / (second ? 2 : 0.5)));
  }
}

TEST(Gather, WordsAndValuesAreNotMixedUp) {
  Rows rows;
  rows.count = 2;
  rows.features = 3;
  rows.keep_words({1, 2, 3, 4, 5, 65535});
  std::vector<std::int64_t> words(6);
  const std::vector<std::uint32_t> which = {1, 0};
  gather_words(rows, which, words);
  EXPECT_THAT(words, ElementsAre(4, 5, 65535, 1, 2, 3));
  Vector values(6);
  EXPECT_THROW(gather(rows, which, values), std::logic_error);
  EXPECT_THROW(gather_words(images(2), which, words), std::logic_error);
}

RC_GTEST_PROP(Gather, KeepsWhatWasEncoded, (const std::vector<std::uint8_t>& bytes)) {
  Rows rows;
  rows.count = bytes.size();
  rows.features = 1;
  rows.keep_bytes(bytes, ByteValues::scaled(1.0));
  const Rows copy = rows;  // shares the bytes
  rows = {};
  const Vector values = values_of(copy);
  RC_ASSERT(std::equal(values.begin(), values.end(), bytes.begin(), bytes.end()));
}

TEST(Augmentation, WithoutChangesIsTheImageAndDrawsNothing) {
  const Rows rows = images(5);
  Stream random(kKey);
  EXPECT_EQ(augmented(rows, {3, 1}, {}, random), plain(rows, {3, 1}));
  EXPECT_EQ(random.state(), Stream(kKey).state());
}

TEST(Augmentation, FlipsHalfOfTheImages) {
  const Rows rows = images(1);
  const std::vector<std::uint32_t> which(400, 0);
  const Vector out = augmented(rows, which, {.flip = true});
  const Vector image = plain(rows, {0});
  std::size_t flipped = 0;
  for (std::size_t k = 0; k < which.size(); ++k) {
    const Vector one(out.begin() + static_cast<std::ptrdiff_t>(k * kPixels),
                     out.begin() + static_cast<std::ptrdiff_t>((k + 1) * kPixels));
    if (one == image) continue;
    ASSERT_EQ(one, mirrored(image));
    ++flipped;
  }
  EXPECT_GT(flipped, 150U);  // five standard deviations
  EXPECT_LT(flipped, 250U);
}

TEST(Augmentation, FlippedTwiceIsTheImage) {
  const Rows rows = as_floats(images(1));
  std::uint64_t seed = 0;  // of a stream that flips
  Vector once;
  do {
    Stream random(StreamKey{++seed});
    once = augmented(rows, {0}, {.flip = true}, random);
  } while (once == rows.values);
  Rows turned = rows;
  turned.values = once;
  Stream again(StreamKey{seed});
  EXPECT_EQ(augmented(turned, {0}, {.flip = true}, again), rows.values);
}

RC_GTEST_PROP(Augmentation, WithoutACropKeepsTheMultisetOfPixels,
              (std::uint64_t seed, const std::vector<std::uint8_t>& picks)) {
  const Rows rows = images(9);
  std::vector<std::uint32_t> which;
  for (const std::uint8_t pick : picks) which.push_back(pick % 9);
  Stream random(StreamKey{seed});
  Vector out = augmented(rows, which, {.flip = true}, random);
  Vector in = plain(rows, which);
  for (std::size_t at = 0; at < out.size(); at += 4) {  // of every line of every channel
    const auto of = [&](Vector& all) { return all.begin() + static_cast<std::ptrdiff_t>(at); };
    std::sort(of(out), of(out) + 4);
    std::sort(of(in), of(in) + 4);
  }
  RC_ASSERT(out == in);
}

/// What the header promises, written the long way: pad, then cut, then mirror.
Vector padded_and_cut(const Vector& image, const float black[2], std::size_t crop, std::size_t down,
                      std::size_t right, bool flip) {
  const std::size_t height = 3 + 2 * crop;
  const std::size_t width = 4 + 2 * crop;
  Vector result;
  for (std::size_t c = 0; c < 2; ++c) {
    Vector padded(height * width, black[c]);
    for (std::size_t y = 0; y < 3; ++y)
      for (std::size_t x = 0; x < 4; ++x)
        padded[(y + crop) * width + x + crop] = image[c * 12 + y * 4 + x];
    for (std::size_t y = 0; y < 3; ++y)
      for (std::size_t x = 0; x < 4; ++x) result.push_back(padded[(y + down) * width + x + right]);
  }
  return flip ? mirrored(result) : result;
}

TEST(Augmentation, CutsThePaddedImageWhereTheStreamSays) {
  const Rows bytes = images(3);
  const Rows floats = as_floats(bytes);
  const float dark[2] = {bytes.byte_values->tables[0][0], bytes.byte_values->tables[1][0]};
  const float zero[2] = {0.0F, 0.0F};
  const std::vector<std::uint32_t> which = {2, 0, 1, 1, 2};
  for (const std::size_t crop : {1U, 2U, 7U}) {
    for (const bool flip : {false, true}) {
      for (const bool as_bytes : {false, true}) {
        const Rows& rows = as_bytes ? bytes : floats;
        Vector expected;
        Stream draws(kKey);
        for (const std::uint32_t r : which) {
          const std::size_t down = draws.below(2 * crop + 1);
          const std::size_t right = draws.below(2 * crop + 1);
          const bool turn = flip && draws.below(2) == 1;
          const Vector one =
              padded_and_cut(plain(rows, {r}), as_bytes ? dark : zero, crop, down, right, turn);
          expected.insert(expected.end(), one.begin(), one.end());
        }
        EXPECT_EQ(augmented(rows, which, {static_cast<std::int64_t>(crop), flip}), expected)
            << crop << flip << as_bytes;
      }
    }
  }
}

TEST(Augmentation, ReachesEveryPlaceOfTheCut) {
  const Rows rows = images(1);
  const std::vector<std::uint32_t> which(2000, 0);
  const Vector out = augmented(rows, which, {.crop = 1});
  std::map<Vector, int> seen;
  for (std::size_t k = 0; k < which.size(); ++k)
    ++seen[Vector(out.begin() + static_cast<std::ptrdiff_t>(k * kPixels),
                  out.begin() + static_cast<std::ptrdiff_t>((k + 1) * kPixels))];
  EXPECT_EQ(seen.size(), 9U);
  for (const auto& [image, count] : seen) EXPECT_GT(count, 140);  // 222 expected, deviation 14
}

TEST(Augmentation, TakesOnlyImages) {
  const Rows rows = images(1);
  Stream random(kKey);
  Vector out(kPixels);
  const std::vector<std::uint32_t> which = {0};
  const std::vector<std::int64_t> flat = {24};
  const std::vector<std::int64_t> other = {2, 3, 5};
  EXPECT_THROW(gather_augmented(rows, flat, which, {1, true}, random, out), std::logic_error);
  EXPECT_THROW(gather_augmented(rows, other, which, {1, true}, random, out), std::logic_error);
}

}  // namespace
}  // namespace hearsay
