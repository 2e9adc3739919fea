// Groups of layers: the same compressor in other bytes, which may travel before all are written.
#include "core/compressors/layer_groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/compressors/block_sign.h"
#include "core/compressors/top_k.h"
#include "core/finite.h"
#include "core/vector_ops.h"
#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Layers of 40, 3, 0, 25, 60 and 7 coordinates: of 50 and more, groups of the first four, of the
/// fifth with the last.
Layout layout() {
  Layout made;
  made.append("a", {8, 5});
  made.append("b", {3});
  made.append("nothing", {0});
  made.append("c", {25});
  made.append("d", {6, 10});
  made.append("e", {7});
  return made;
}
constexpr std::size_t kGroup = 50;

std::unique_ptr<Compressor> make(const std::string& name) {
  if (name == "block-sign") return std::make_unique<BlockSign>(layout());
  return std::make_unique<TopK>(layout(), std::vector<std::size_t>{4, 1, 0, 25, 6, 1}, 37);
}

struct RecordedAdvance final : Advance {
  void begin(std::span<const NodeId> /*to*/) override {}
  void ready(ByteView so_far) override { seen.emplace_back(so_far.begin(), so_far.end()); }
  std::vector<Bytes> seen;
};

class LayerGroupsOf : public ::testing::TestWithParam<std::string> {
 protected:
  const std::size_t d = layout().dimension();
  const std::unique_ptr<Compressor> whole = make(GetParam());
  const std::unique_ptr<Compressor> grouped = by_groups(make(GetParam()), kGroup);
  Workspace work;
};

INSTANTIATE_TEST_SUITE_P(Compressors, LayerGroupsOf, ::testing::Values("block-sign", "top-k"),
                         [](const auto& tested) {
                           return tested.param == "top-k" ? "TopK" : "BlockSign";
                         });

TEST_P(LayerGroupsOf, StandForTheSame) {
  ASSERT_NE(dynamic_cast<const LayerGroups*>(grouped.get()), nullptr);
  EXPECT_EQ(grouped->contraction(), whole->contraction());
  EXPECT_EQ(grouped->sparsifies(), whole->sparsifies());
  EXPECT_EQ(grouped->layer_ends(), whole->layer_ends());
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Vector x = gaussian_vector(d, seed);
    EXPECT_EQ(bits_of(compressed(*grouped, x)), bits_of(compressed(*whole, x)));
  }
}

TEST_P(LayerGroupsOf, KeepTheSameMemory) {
  for (const bool sum : {false, true}) {
    Vector one = gaussian_vector(d, 2);
    Vector other = one;
    for (std::uint64_t seed = 3; seed <= 8; ++seed) {
      const Vector w = gaussian_vector(d, seed);
      Stream stream = stream_of(1);
      Bytes of_one;
      Bytes of_other;
      const auto encode = [&](const Compressor& by, VectorView memory, Bytes& out) {
        return sum ? by.encode_sum(w, memory, stream, work, out)
                   : by.encode_difference(w, memory, stream, work, out);
      };
      EXPECT_EQ(encode(*whole, one, of_one), encode(*grouped, other, of_other)) << "ideal bits";
      ASSERT_EQ(bits_of(one), bits_of(other)) << "message " << seed;
      EXPECT_EQ(bits_of(decoded(*whole, of_one)), bits_of(decoded(*grouped, of_other)));
    }
  }
}

TEST_P(LayerGroupsOf, MarkTheSameCoordinates) {
  const Vector x = gaussian_vector(d, 5);
  const auto marks = [&](const Compressor& by) {
    std::vector<std::size_t> each_alone(d);
    for (std::size_t j = 0; j < d; ++j) each_alone[j] = j + 1;
    Coverage coverage(each_alone);
    coverage.begin_message();
    by.mark_sent(encoded(by, x), 0, coverage);
    std::vector<std::uint64_t> sent;
    for (const LayerCoverage& layer : coverage.layers()) sent.push_back(layer.sent);
    return sent;
  };
  EXPECT_EQ(marks(*grouped), marks(*whole));
}

TEST_P(LayerGroupsOf, AreReadyOneAfterTheOther) {
  RecordedAdvance advance;
  work.advance = &advance;
  Stream stream = stream_of(1);
  Bytes out = from_hex("abcd");  // of another part of the message
  grouped->encode(gaussian_vector(d, 5), stream, work, out);
  EXPECT_EQ(work.advance, &advance);
  ASSERT_EQ(advance.seen.size(), 2U);
  EXPECT_GT(advance.seen.front().size(), 2U);
  EXPECT_EQ(hex(advance.seen.front()), hex(ByteView(out).first(advance.seen.front().size())));
  EXPECT_EQ(hex(advance.seen.back()), hex(out));
}

TEST_P(LayerGroupsOf, RefuseWhatIsNoneOfTheirs) {
  const Bytes payload = encoded(*grouped, gaussian_vector(d, 5));
  ASSERT_EQ(grouped->check(payload), std::nullopt);
  for (std::size_t size = 0; size < payload.size(); ++size)
    EXPECT_NE(grouped->check(ByteView(payload).first(size)), std::nullopt) << size;
  Bytes longer = payload;
  longer.push_back(std::byte{0});
  EXPECT_EQ(grouped->check(longer), "1 bytes behind the last layer");
  Bytes oversized = payload;
  oversized[7] = std::byte{0xff};
  EXPECT_THAT(grouped->check(oversized).value_or(""), HasSubstr("for layers a to c, of which"));
  Bytes shifted = payload;  // a byte of the second group told to be the first one's
  shifted[0] = static_cast<std::byte>(std::to_integer<int>(shifted[0]) + 1);
  EXPECT_THAT(grouped->check(shifted).value_or(""), HasSubstr("in layers a to c: "));
}

TEST_P(LayerGroupsOf, NameTheTensorThatIsNotFinite) {
  Vector w(d);
  w[80] = NAN;
  Vector memory(d);
  Stream stream = stream_of(1);
  Bytes out;
  EXPECT_THAT(
      message_of<NotFinite>([&] { grouped->encode_difference(w, memory, stream, work, out); }),
      HasSubstr("is nan at entry 12 of tensor \"d\""));
}

TEST(LayerGroups, AreForCompressorsByLayerAndModelsOfMoreThanOne) {
  const auto groups = [](std::unique_ptr<Compressor> of, std::size_t coordinates) {
    return dynamic_cast<const LayerGroups*>(by_groups(std::move(of), coordinates).get()) != nullptr;
  };
  EXPECT_TRUE(groups(make("top-k"), kGroup));
  EXPECT_FALSE(groups(make("top-k"), 500)) << "one group";
  EXPECT_FALSE(groups(std::make_unique<TopK>(layout().dimension(), 37), kGroup)) << "global";
  EXPECT_FALSE(groups(std::make_unique<BlockSign>(layout().dimension(), 5), kGroup)) << "blocks";
  const std::vector<std::size_t> least{4, 1, 0, 25, 6, 1};
  EXPECT_FALSE(groups(std::make_unique<TopK>(layout(), least, 40), kGroup)) << "a floor";
  EXPECT_FALSE(groups(std::make_unique<TopK>(layout(), least, 37, TopK::Values::float16), kGroup));
}

TEST(LayerGroups, AreMadeOfTheRegistrysForLargeModels) {
  Layout large;
  for (int l = 0; l < 3; ++l) large.append(fmt::format("w{}", l), {1024, 1024});
  Workspace work;
  RecordedAdvance advance;
  work.advance = &advance;
  Stream stream = stream_of(1);
  Bytes out;
  compressor_of(settings({{"name", "block-sign"}}), large)
      ->encode(Vector(large.dimension(), 1.0F), stream, work, out);
  std::vector<std::size_t> sizes;
  for (const Bytes& seen : advance.seen) sizes.push_back(seen.size());
  constexpr std::size_t kOne = 8 + 4 + (std::size_t{1} << 17U);
  EXPECT_THAT(sizes, ElementsAre(kOne, 2 * kOne, 3 * kOne));
}

}  // namespace
}  // namespace hearsay
