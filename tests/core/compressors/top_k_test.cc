#include "core/compressors/top_k.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <limits>

#include "core/vector_ops.h"
#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::uint32_t> kept(ConstVectorView x, std::size_t k) {
  Selector selector;
  const auto indices = selector.largest(x, k).indices;
  return {indices.begin(), indices.end()};
}

TEST(TopK, KeepsMagnitudesNotSignedValues) {
  EXPECT_THAT(kept(Vector{1.0F, -5.0F, 2.0F, -3.0F}, 2), ElementsAre(1, 3));
}

TEST(TopK, BreaksTiesByLowerIndex) {
  EXPECT_THAT(kept(Vector{1.0F, -1.0F, 1.0F, -1.0F}, 2), ElementsAre(0, 1));
  EXPECT_THAT(kept(Vector{0.5F, 2.0F, -0.5F, 0.5F}, 2), ElementsAre(0, 1));
  EXPECT_THAT(kept(Vector{0.0F, -0.0F, 0.0F}, 2), ElementsAre(0, 1));
  EXPECT_THAT(kept(Vector(5, 3.0F), 4), ElementsAre(0, 1, 2, 3));
}

TEST(TopK, TakesNeighbouringFloatsApart) {
  const float above = std::nextafter(1.0F, 2.0F);
  EXPECT_THAT(kept(Vector{1.0F, 1.0F, above}, 1), ElementsAre(2));
  const float tiny = std::numeric_limits<float>::denorm_min();
  EXPECT_THAT(kept(Vector{0.0F, tiny, -2 * tiny}, 1), ElementsAre(2));
}

TEST(TopK, NeverLosesANaN) {
  EXPECT_THAT(kept(Vector{1.0F, INFINITY, -NAN, 3.0F}, 1), ElementsAre(2));
  EXPECT_THAT(kept(Vector{1.0F, INFINITY, NAN, 3.0F}, 2), ElementsAre(1, 2));
}

TEST(TopK, KeepsTheLargestOfAnyVector) {
  ASSERT_TRUE(
      rc::check("nothing left out is larger than what is kept, and equal only behind it", [] {
        const auto x = *rc::gen::nonEmpty(rc::gen::container<Vector>(
            rc::gen::map(rc::gen::inRange(-6, 7), [](int v) { return static_cast<float>(v); })));
        const auto k = *rc::gen::inRange<std::size_t>(1, x.size() + 1);
        const auto indices = kept(x, k);
        RC_ASSERT(indices.size() == k);
        std::vector<bool> in(x.size());
        for (const std::uint32_t j : indices) in[j] = true;
        for (std::size_t a = 0; a < x.size(); ++a)
          for (std::size_t b = 0; b < x.size(); ++b)
            if (in[a] && !in[b])
              RC_ASSERT(std::fabs(x[a]) > std::fabs(x[b]) ||
                        (std::fabs(x[a]) == std::fabs(x[b]) && a < b));
      }));
}

TEST(TopK, SendsIndicesThenValues) {
  const TopK top(300, 2);
  Vector x(300);
  x[299] = 1.0F;
  x[258] = -2.0F;
  x[7] = 0.5F;
  EXPECT_EQ(hex(encoded(top, x)),
            "0c"          // M = 64; gaps 258 = 4 * 64 + 2 and 299 - 259 = 40
            "020a"        // 2 and 40, six bits each
            "30"          // quotients 4 and 0
            "000000c0"    // -2
            "0000803f");  // 1
}

TEST(TopK, TouchesOnlyTheKeptCoordinates) {
  const TopK top(4, 1);
  Vector y{NAN, 1.0F, NAN, NAN};  // a product or sum with these would not be harmless
  top.decode_add(encoded(top, Vector{0.0F, 4.0F, 0.0F, 0.0F}), 0.5F, y);
  EXPECT_EQ(y[1], 3.0F);
}

TEST(TopK, RefusesWhatIsNoMessage) {
  const TopK top(16, 2);
  const std::string values = "0000803f 0000803f";
  EXPECT_EQ(top.check(from_hex("00 0880" + values)), std::nullopt);  // a bitmap with 3 and 15
  EXPECT_THAT(top.check(from_hex("00 080001" + values)).value_or(""), HasSubstr("16 coordinates"));
  EXPECT_THAT(top.check(from_hex("00 0881" + values)).value_or(""), HasSubstr("expected 2"));
  EXPECT_THAT(top.check(from_hex("00 0880 0000803f 0000807f")).value_or(""),
              HasSubstr("value 1 is not finite"));
  EXPECT_THAT(top.check(from_hex("00 0880 0000")).value_or(""), HasSubstr("5 bytes"));
}

TEST(TopK, SendsFloat16InUnitsOfTheLargest) {
  const TopK top(9, 3, TopK::Values::float16);
  const Vector x{0, 3.0F, 0, 0, -0.75F, 0, 0, 0.1F, 0};
  EXPECT_EQ(hex(encoded(top, x)),
            "00"      // a bitmap
            "92"      // 1, 4, 7
            "6f"      // 3 is 2^15 times 1.5 2^-14
            "007a"    // 3
            "00f2"    // -0.75
            "6666");  // about 0.1
  const Vector c = compressed(top, x);
  EXPECT_EQ(c[1], 3.0F);
  EXPECT_EQ(c[4], -0.75F);
  EXPECT_NEAR(c[7], 0.1F, 0.1F * 0x1p-11F);
  EXPECT_DOUBLE_EQ(top.contraction(), (1 - 0x1p-22 - 3 * 0x1p-80) / 3);
  EXPECT_DOUBLE_EQ(TopK(9, 9, TopK::Values::float16).contraction(), 1 - 0x1p-22 - 9 * 0x1p-80);
  EXPECT_THAT(top.check(from_hex("00 92 6f 007a 00f2 007c")).value_or(""), HasSubstr("finite"));
  const auto made =
      compressor_of(settings({{"name", "top-k"}, {"k", 3}, {"values", "float16"}}), 9);
  EXPECT_EQ(hex(encoded(*made, x)), hex(encoded(top, x)));
  EXPECT_EQ(encoded(*made->resized(9), x).size(), encoded(top, x).size());
}

TEST(TopK, MeetsItsBoundOnEqualMagnitudes) {
  const Vector x(10, -2.0F);
  const TopK top(10, 3);
  EXPECT_DOUBLE_EQ(top.contraction(), 0.3);
  EXPECT_DOUBLE_EQ(squared_distance(compressed(top, x), x), 0.7 * squared_norm(x));
}

TEST(TopK, KeepsItsShareInAnotherDimension) {
  const TopK top(1000, 50);
  EXPECT_DOUBLE_EQ(top.resized(200)->contraction(), 0.05);
  EXPECT_DOUBLE_EQ(top.resized(10)->contraction(), 0.1);  // one of ten is the least there is
}

TEST(TopK, IsMadeFromARatioOrACount) {
  const auto by_ratio = compressor_of(settings({{"name", "top-k"}, {"ratio", 0.05}}), 650);
  EXPECT_EQ(dynamic_cast<const TopK&>(*by_ratio).k(), 33U);  // 32.5
  const auto by_count = compressor_of(settings({{"name", "top-k"}, {"k", 20}}), 650);
  EXPECT_EQ(dynamic_cast<const TopK&>(*by_count).k(), 20U);
  EXPECT_EQ(key_of([] { compressor_of(settings({{"name", "top-k"}, {"k", 651}}), 650); }), "k");
}

// ---- By layer.

Layout layers_of(const std::vector<std::int64_t>& sizes) {
  Layout layout;
  for (const std::int64_t size : sizes) layout.append("layer", {size});
  return layout;
}

Params by_layer(const std::string& key, const Value& value) {
  return settings({{"name", "top-k"}, {key, value}, {"scope", "layer"}});
}

/// How many entries of each layer are kept of a vector without zeros.
std::vector<std::size_t> kept_by_layer(const Compressor& compressor, const Layout& layout) {
  const Vector c = compressed(compressor, Vector(layout.dimension(), 1.0F));
  std::vector<std::size_t> result;
  for (const Layer& layer : layout.layers()) {
    const auto own = ConstVectorView(c).subspan(layer.offset, layer.size);
    result.push_back(static_cast<std::size_t>(std::count(own.begin(), own.end(), 1.0F)));
  }
  return result;
}

TEST(TopKByLayer, KeepsTheLargestOfEachLayerAndTiesToTheLowerIndex) {
  const Layout layout = layers_of({4, 1, 3});
  const auto top = compressor_of(by_layer("ratio", 0.5), layout);
  EXPECT_EQ(hex(encoded(*top, Vector{100, 200, 300, 200, 1e-6F, 2, -2, 2})),
            hex(from_hex("00 89"  // 0, 3 and 7 are left out
                         "00004843 00009643 bd378635 00000040 000000c0")));
}

TEST(TopKByLayer, RoundsTheShareOfEachLayerAndKeepsOneAtLeast) {
  const Layout layout = layers_of({1, 10, 0, 149, 150, 1000});
  const auto top = compressor_of(by_layer("ratio", 0.01), layout);
  EXPECT_THAT(kept_by_layer(*top, layout), ElementsAre(1, 1, 0, 1, 2, 10));
  EXPECT_DOUBLE_EQ(top->contraction(), 1.0 / 149);
}

TEST(TopKByLayer, HasAContractionAboveTwoThirdsOfTheRatio) {
  for (const double ratio : {0.001, 0.01, 0.1, 0.3, 0.9})
    for (std::int64_t size = 1; size < 3000; ++size)
      ASSERT_GE(compressor_of(by_layer("ratio", ratio), layers_of({size, 7}))->contraction(),
                2 * ratio / 3 - 1e-12)
          << ratio << " of " << size;
}

TEST(TopKByLayer, SharesOutACountExactly) {
  const Layout layout = layers_of({500, 20, 0, 1, 400000, 10});
  for (const int k : {5, 6, 7, 100, 4011, 400530, 400531}) {
    const auto top = compressor_of(by_layer("k", k), layout);
    const auto counts = kept_by_layer(*top, layout);
    std::size_t sum = 0;
    for (std::size_t l = 0; l < counts.size(); ++l) {
      const std::size_t size = layout.layers()[l].size;
      sum += counts[l];
      EXPECT_LE(counts[l], size);
      EXPECT_GE(counts[l], size > 0 ? 1U : 0U);
      const double share = (k - 5) * (static_cast<double>(size) - 1) / (400531 - 5);
      if (size == 0) continue;
      EXPECT_NEAR(static_cast<double>(counts[l]), 1 + share, 1.0);
    }
    EXPECT_EQ(sum, static_cast<std::size_t>(k));
    EXPECT_EQ(dynamic_cast<const TopK&>(*top).k(), sum);
  }
  // The largest remainder first, of equal ones the earlier layer.
  EXPECT_THAT(
      kept_by_layer(*compressor_of(by_layer("k", 4), layers_of({3, 3, 3})), layers_of({3, 3, 3})),
      ElementsAre(2, 1, 1));
}

TEST(TopKByLayer, RefusesACountBelowTheLayers) {
  const auto make = [](int k) { compressor_of(by_layer("k", k), layers_of({5, 5, 0, 5})); };
  EXPECT_NO_THROW(make(3));
  EXPECT_EQ(key_of([&] { make(2); }), "k");
  EXPECT_THAT(message_of<ParamError>([&] { make(2); }),
              AllOf(HasSubstr("3 layers"), HasSubstr("got 2")));
}

TEST(TopKByLayer, MeetsItsBoundInTheLayerOfTheLeastShare) {
  const Layout layout = layers_of({149, 10, 400});
  const auto top = compressor_of(by_layer("ratio", 0.01), layout);
  Vector x(layout.dimension());
  std::fill_n(x.begin(), 149, -3.0F);
  EXPECT_DOUBLE_EQ(squared_distance(compressed(*top, x), x),
                   (1 - top->contraction()) * squared_norm(x));
}

TEST(TopKByLayer, IsGlobalInOneLayer) {
  const Vector x = gaussian_vector(300, 4);
  EXPECT_EQ(hex(encoded(*compressor_of(by_layer("ratio", 0.1), 300), x)),
            hex(encoded(TopK(300, 30), x)));
}

TEST(TopKByLayer, RefusesIndicesThatBelongToAnotherLayer) {
  const auto top = compressor_of(by_layer("k", 2), layers_of({3, 3}));
  const std::string values = "0000803f 0000803f";
  EXPECT_EQ(top->check(from_hex("00 0c" + values)), std::nullopt);
  EXPECT_THAT(top->check(from_hex("00 06" + values)).value_or(""),
              HasSubstr("0 indices in the layer of coordinates 3 to 5"));
  EXPECT_THAT(top->check(from_hex("00 18" + values)).value_or(""),
              HasSubstr("0 indices in the layer of coordinates 0 to 2"));
}

TEST(TopKWithAFloor, SendsTheLargestOfEachLayerFirst) {
  const Layout layout = layers_of({4, 1, 3});
  const auto with = [&](int k, int floor) {
    return compressor_of(settings({{"name", "top-k"}, {"k", k}, {"floor", floor}}), layout);
  };
  const Vector x{40, 50, 60, 70, 0.5F, 1, 3, 2};
  EXPECT_THAT(compressed(*with(3, 0), x), ElementsAre(0, 50, 60, 70, 0, 0, 0, 0));
  EXPECT_THAT(compressed(*with(3, 1), x), ElementsAre(0, 0, 0, 70, 0.5F, 0, 3, 0));
  EXPECT_THAT(compressed(*with(4, 1), x), ElementsAre(0, 0, 60, 70, 0.5F, 0, 3, 0));
  EXPECT_THAT(compressed(*with(7, 2), x), ElementsAre(40, 50, 60, 70, 0.5F, 0, 3, 2));
  EXPECT_DOUBLE_EQ(with(4, 1)->contraction(), 0.25 + 0.75 * (1.0 / 5));  // a = 1/4, f = 3
  EXPECT_DOUBLE_EQ(with(8, 1)->contraction(), 1.0);
}

TEST(TopKWithAFloor, MeetsItsBoundOnEqualMagnitudesInEqualLayers) {
  const Layout layout = layers_of({20, 20});
  const auto top = compressor_of(settings({{"name", "top-k"}, {"k", 9}, {"floor", 2}}), layout);
  const Vector x(40, 1.5F);
  EXPECT_DOUBLE_EQ(top->contraction(), 9.0 / 40);
  EXPECT_NEAR(squared_distance(compressed(*top, x), x), (1 - 9.0 / 40) * squared_norm(x), 1e-9);
}

TEST(TopKWithAFloor, RefusesWhatCannotBe) {
  const auto make = [](const std::string& scope, int floor) {
    compressor_of(settings({{"name", "top-k"}, {"k", 4}, {"floor", floor}, {"scope", scope}}),
                  layers_of({5, 1, 5}));
  };
  EXPECT_NO_THROW(make("global", 1));
  EXPECT_THAT(message_of<ParamError>([&] { make("global", 2); }),
              AllOf(HasSubstr("5 coordinates"), HasSubstr("k = 4")));
  EXPECT_EQ(key_of([&] { make("layer", 1); }), "floor");
}

TEST(TopKWithAFloor, RefusesALayerWithTooFew) {
  const auto top =
      compressor_of(settings({{"name", "top-k"}, {"k", 3}, {"floor", 1}}), layers_of({3, 3}));
  const std::string values = "0000803f 0000803f 0000803f";
  EXPECT_EQ(top->check(from_hex("00 0d" + values)), std::nullopt);
  EXPECT_EQ(top->check(from_hex("00 31" + values)), std::nullopt);
  EXPECT_THAT(top->check(from_hex("00 07" + values)).value_or(""),
              HasSubstr("layer of coordinates 3 to 5"));
}

}  // namespace
}  // namespace hearsay
