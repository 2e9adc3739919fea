// What every compressor must do. The battery walks the registry, so a new compressor is tested by
// being listed; one that cannot be made from its defaults adds its settings to `samples`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cfloat>
#include <functional>
#include <map>
#include <set>

#include "core/compressor.h"
#include "core/vector_ops.h"
#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

struct Sample {
  std::string label;
  Params params;
};

std::vector<Sample> samples_of(const PartInfo& part) {
  const std::string& name = part.name;
  std::vector<Sample> result;
  const auto with = [&](const std::string& key, const Value& value, const std::string& label) {
    result.push_back({label, complete(part, settings({{"name", name}, {key, value}}))});
  };
  if (name == "top-k" || name == "random-k") {
    with("ratio", 0.1, "tenth");
    with("ratio", 1.0, "all");
    with("k", 1, "one");
    return result;
  }
  result.push_back({"default", complete(part)});
  if (name == "block-sign") {
    with("block_size", 1, "blocks_of_1");
    with("block_size", 7, "blocks_of_7");
    with("block_size", 100000, "one_block");
  }
  if (name == "uniform")
    for (const int bits : {2, 3, 7, 8, 13, 16}) with("bits", bits, fmt::format("{}_bits", bits));
  return result;
}

std::vector<Sample> all_samples() {
  std::vector<Sample> result;
  for (const PartInfo* part : compressor_catalogue().parts()) {
    for (Sample& sample : samples_of(*part)) {
      sample.label = part->name + "_" + sample.label;
      std::replace(sample.label.begin(), sample.label.end(), '-', '_');
      result.push_back(std::move(sample));
    }
  }
  return result;
}

/// Three layers where d allows it, of unequal sizes that are no multiples of 8.
Layout layout_of(std::size_t d) {
  Layout layout;
  const auto size = static_cast<std::int64_t>(d);
  if (size / 5 > 0) layout.append("a", {size / 5});
  if (size / 3 > 0) layout.append("b", {1, size / 3});
  layout.append("c", {size - size / 5 - size / 3});
  return layout;
}

const std::size_t kSizes[] = {1, 2, 7, 8, 9, 63, 64, 65, 200, 511, 512, 513, 1030};

/// Vectors of every kind that has broken a compressor somewhere.
const std::map<std::string, std::function<Vector(std::size_t)>> kVectors = {
    {"gaussian", [](std::size_t d) { return gaussian_vector(d, d); }},
    {"zero", [](std::size_t d) { return Vector(d, 0.0F); }},
    {"negative zero", [](std::size_t d) { return Vector(d, -0.0F); }},
    {"equal magnitudes",
     [](std::size_t d) {
       Vector x(d, 0.7F);
       for (std::size_t j = 0; j < d; j += 3) x[j] = -0.7F;
       return x;
     }},
    {"one spike",
     [](std::size_t d) {
       Vector x(d, 0.0F);
       x[d / 2] = -3.0F;
       return x;
     }},
    {"denormal",
     [](std::size_t d) {
       Vector x = gaussian_vector(d, d + 1);
       for (float& value : x) value *= 1e-40F;
       return x;
     }},
    {"huge",
     [](std::size_t d) {
       Vector x = gaussian_vector(d, d + 2);
       for (float& value : x) value *= 1e30F;
       return x;
     }},
    {"largest", [](std::size_t d) { return Vector(d, -FLT_MAX); }},
    {"many exponents",
     [](std::size_t d) {
       Vector x = gaussian_vector(d, d + 3);
       for (std::size_t j = 0; j < d; ++j)
         x[j] = std::ldexp(x[j], static_cast<int>(j * 37 % 120) - 60);
       return x;
     }},
};

// ---- The same compressors, written as plainly as their formulas.

using Indices = std::set<std::size_t>;

Vector keep(ConstVectorView x, const Indices& kept) {
  Vector result(x.size(), 0.0F);
  for (const std::size_t j : kept) result[j] = x[j];
  return result;
}

std::size_t k_of(const Params& params, std::size_t d) {
  if (params.has("k")) return static_cast<std::size_t>(params.integer("k"));
  const double share = std::floor(params.number("ratio") * static_cast<double>(d) + 0.5);
  return std::max<std::size_t>(1, static_cast<std::size_t>(share));
}

Vector plain_top_k(const Params& params, const Layout&, ConstVectorView x, ByteView) {
  std::vector<std::size_t> order(x.size());
  for (std::size_t j = 0; j < x.size(); ++j) order[j] = j;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return std::fabs(x[a]) > std::fabs(x[b]); });
  order.resize(k_of(params, x.size()));
  return keep(x, Indices(order.begin(), order.end()));
}

Vector plain_random_k(const Params& params, const Layout&, ConstVectorView x, ByteView payload) {
  std::uint64_t seed = 0;
  for (std::size_t i = 0; i < 8; ++i) seed |= std::to_integer<std::uint64_t>(payload[i]) << (8 * i);
  Stream stream = Stream::from_state(seed);
  Indices kept;
  for (std::size_t last = x.size() - k_of(params, x.size()); last < x.size(); ++last)
    if (!kept.insert(stream.below(last + 1)).second) kept.insert(last);
  return keep(x, kept);
}

Vector plain_sign(ConstVectorView x) {
  long double sum = 0;
  for (const float value : x) sum += std::fabs(value);
  const auto scale = static_cast<float>(sum / static_cast<long double>(x.size()));
  Vector result;
  for (const float value : x) result.push_back(value >= 0 ? scale : -scale);
  return result;
}

Vector plain_block_sign(const Params& params, const Layout& layout, ConstVectorView x, ByteView) {
  std::vector<std::size_t> sizes;
  if (params.is_word("block_size", "layers")) {
    for (const Layer& layer : layout.layers()) sizes.push_back(layer.size);
  } else {
    const auto size = static_cast<std::size_t>(params.integer("block_size"));
    for (std::size_t j = 0; j < x.size(); j += size) sizes.push_back(std::min(size, x.size() - j));
  }
  Vector result;
  for (const std::size_t size : sizes)
    for (const float value : plain_sign(x.subspan(result.size(), size))) result.push_back(value);
  return result;
}

Vector plain_uniform(const Params& params, const Layout&, ConstVectorView x, ByteView) {
  const int s = (1 << (params.integer("bits") - 1)) - 1;
  float norm = 0;
  for (const float value : x) norm = std::max(norm, std::fabs(value));
  Vector result(x.size(), 0.0F);
  if (norm == 0) return result;
  for (std::size_t j = 0; j < x.size(); ++j) {
    const long double level = static_cast<long double>(x[j]) * s / norm;
    result[j] = norm * (static_cast<float>(std::round(level)) / static_cast<float>(s));
  }
  return result;
}

using Plain = std::function<Vector(const Params&, const Layout&, ConstVectorView, ByteView)>;
const std::map<std::string, Plain> kPlain = {
    {"identity", [](const Params&, const Layout&, ConstVectorView x,
                    ByteView) { return Vector(x.begin(), x.end()); }},
    {"top-k", plain_top_k},
    {"random-k", plain_random_k},
    {"scaled-sign",
     [](const Params&, const Layout&, ConstVectorView x, ByteView) { return plain_sign(x); }},
    {"block-sign", plain_block_sign},
    {"uniform", plain_uniform},
};

/// The ideal bits of the design's table.
const std::map<std::string, std::function<std::uint64_t(const Params&, const Layout&)>> kIdealBits =
    {
        {"identity", [](const Params&, const Layout& l) { return 32 * l.dimension(); }},
        {"top-k",
         [](const Params& p, const Layout& l) {
           std::uint64_t log = 0;
           while ((std::uint64_t{1} << log) < l.dimension()) ++log;
           return k_of(p, l.dimension()) * (32 + log);
         }},
        {"random-k",
         [](const Params& p, const Layout& l) { return 64 + 32 * k_of(p, l.dimension()); }},
        {"scaled-sign", [](const Params&, const Layout& l) { return 32 + l.dimension(); }},
        {"block-sign",
         [](const Params& p, const Layout& l) {
           if (p.is_word("block_size", "layers")) return 32 * l.layers().size() + l.dimension();
           const auto size = static_cast<std::size_t>(p.integer("block_size"));
           return 32 * ((l.dimension() + size - 1) / size) + l.dimension();
         }},
        {"uniform",
         [](const Params& p, const Layout& l) {
           return 32 + static_cast<std::uint64_t>(p.integer("bits")) * l.dimension();
         }},
};

class Compressors : public ::testing::TestWithParam<Sample> {
 protected:
  std::unique_ptr<Compressor> make(std::size_t d) const {
    return make_compressor(GetParam().params, layout_of(d));
  }
  const std::string& name() const { return GetParam().params.part(); }
};

INSTANTIATE_TEST_SUITE_P(Registry, Compressors, ::testing::ValuesIn(all_samples()),
                         [](const auto& sample) { return sample.param.label; });

TEST_P(Compressors, DecodeWhatTheFormulaSays) {
  const auto plain = kPlain.find(name());
  if (plain == kPlain.end()) GTEST_SKIP() << "no plain version of " << name();
  for (const std::size_t d : kSizes) {
    const auto compressor = make(d);
    for (const auto& [kind, vector] : kVectors) {
      SCOPED_TRACE(fmt::format("{} in d = {}", kind, d));
      const Vector x = vector(d);
      const Bytes payload = encoded(*compressor, x);
      ASSERT_EQ(compressor->check(payload), std::nullopt);

      const Vector c = plain->second(GetParam().params, layout_of(d), x, payload);
      const float weight = 0.37F;
      Vector y = gaussian_vector(d, 99);
      Vector expected = y;
      compressor->decode_add(payload, weight, y);
      for (std::size_t j = 0; j < d; ++j) expected[j] = expected[j] + weight * c[j];
      ASSERT_EQ(bits_of(y), bits_of(expected));
    }
  }
}

TEST_P(Compressors, CountTheIdealBitsOfThePapers) {
  const auto formula = kIdealBits.find(name());
  if (formula == kIdealBits.end()) GTEST_SKIP() << "no formula for " << name();
  for (const std::size_t d : kSizes) {
    Stream stream = stream_of(1);
    Workspace work;
    Bytes out;
    EXPECT_EQ(make(d)->encode(gaussian_vector(d, 5), stream, work, out),
              formula->second(GetParam().params, layout_of(d)))
        << "d = " << d;
  }
}

TEST_P(Compressors, AreContractions) {
  for (const std::size_t d : kSizes) {
    const auto compressor = make(d);
    const double pi = compressor->contraction();
    EXPECT_GT(pi, 0.0);
    EXPECT_LE(pi, 1.0);
    for (const auto& [kind, vector] : kVectors) {
      const Vector x = vector(d);
      const bool random = encoded(*compressor, x, 1) != encoded(*compressor, x, 2);
      const int draws = random ? 300 : 1;
      double mean = 0;
      for (int draw = 0; draw < draws; ++draw)
        mean += squared_distance(compressed(*compressor, x, static_cast<std::uint64_t>(draw)), x) /
                draws;
      // Where it is random: five standard errors of a mean of values between 0 and ||x||^2. And the
      // roundings to float, also of denormals.
      const double spread = random ? squared_norm(x) * std::sqrt(pi * (1 - pi) / draws) : 0;
      const double rounding = 1e-6 * squared_norm(x) + static_cast<double>(d) * 0x1p-298;
      EXPECT_LE(mean, (1 - pi) * squared_norm(x) + 5 * spread + rounding)
          << kind << " in d = " << d;
    }
  }
}

TEST_P(Compressors, AreContractionsOnAnyVector) {
  ASSERT_TRUE(rc::check("||x - C(x)|| <= ||x||, and by the factor where nothing is random", [this] {
    const auto x = *rc::gen::nonEmpty(rc::gen::container<Vector>(
        rc::gen::map(rc::gen::pair(rc::gen::inRange(-1000, 1001), rc::gen::inRange(-30, 31)),
                     [](const std::pair<int, int>& p) {
                       return std::ldexp(static_cast<float>(p.first), p.second);
                     })));
    const auto compressor = make(x.size());
    const double error = squared_distance(compressed(*compressor, x), x);
    const bool random = encoded(*compressor, x, 1) != encoded(*compressor, x, 2);
    const double pi = random ? 0.0 : compressor->contraction();
    RC_ASSERT(error <= (1 - pi + 1e-6) * squared_norm(x));
  }));
}

TEST_P(Compressors, DecodeZeroFromZero) {
  for (const std::size_t d : kSizes) {
    const auto compressor = make(d);
    for (const float value : compressed(*compressor, Vector(d))) ASSERT_EQ(value, 0.0F);
  }
}

TEST_P(Compressors, AppendTheSameBytesWhateverIsAround) {
  for (const std::size_t d : kSizes) {
    const auto compressor = make(d);
    const Vector x = gaussian_vector(d, 7);
    const Bytes expected = encoded(*compressor, x);
    for (std::size_t offset = 1; offset < 8; ++offset) {
      Vector shifted(offset);
      shifted.insert(shifted.end(), x.begin(), x.end());
      Stream stream = stream_of(1);
      Workspace work;  // with the leavings of a larger call
      work.indices().assign(2 * d + 100, 12345U);
      std::ranges::fill(work.floats(Workspace::Slot::decoded, 2 * d), 1e9F);
      const Bytes before(offset, std::byte{0xab});
      Bytes out = before;
      compressor->encode(ConstVectorView(shifted).subspan(offset), stream, work, out);
      ASSERT_EQ(hex(out), hex(before) + hex(expected));

      // And decode from any address to any address.
      Vector y(d + offset, 1.0F);
      Vector reference(d, 1.0F);
      compressor->decode_add(ByteView(out).subspan(offset), 0.3F, VectorView(y).subspan(offset));
      compressor->decode_add(expected, 0.3F, reference);
      ASSERT_EQ(bits_of(ConstVectorView(y).subspan(offset)), bits_of(reference));
    }
  }
}

TEST_P(Compressors, RefuseEveryOtherLength) {
  for (const std::size_t d : {1U, 9U, 64U, 70U}) {
    const auto compressor = make(d);
    Bytes payload = encoded(*compressor, gaussian_vector(d, 3));
    for (std::size_t length = 0; length < payload.size(); ++length) {
      // A copy of its own, so that a sanitizer sees every byte read past the end.
      const Bytes cut(payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(length));
      ASSERT_THAT(compressor->check(cut).value_or(""), ::testing::HasSubstr("bytes"))
          << length << " of " << payload.size();
    }
    payload.push_back(std::byte{0});
    EXPECT_THAT(compressor->check(payload).value_or(""), ::testing::HasSubstr("bytes"));
  }
}

/// What passed the check can be decoded, and to finite values.
void expect_harmless(const Compressor& compressor, const Bytes& payload) {
  if (compressor.check(payload)) return;
  Vector y(compressor.dimension());
  compressor.decode_add(payload, 1.0F, y);
  ASSERT_TRUE(all_finite(y)) << hex(payload);
}

TEST_P(Compressors, SurviveEveryFlippedBit) {
  for (const std::size_t d : {1U, 9U, 70U}) {
    const auto compressor = make(d);
    const Bytes payload = encoded(*compressor, gaussian_vector(d, 4));
    for (std::size_t bit = 0; bit < 8 * payload.size(); ++bit) {
      Bytes flipped = payload;
      flipped[bit / 8] ^= std::byte(1U << (bit % 8));
      expect_harmless(*compressor, flipped);
    }
  }
}

TEST_P(Compressors, SurviveAnyBytes) {
  ASSERT_TRUE(rc::check("what passes the check decodes to finite values", [this] {
    const auto d = *rc::gen::inRange<std::size_t>(1, 80);
    const auto compressor = make(d);
    const std::size_t size = encoded(*compressor, Vector(d)).size();
    const auto raw =
        *rc::gen::container<std::vector<std::uint8_t>>(size, rc::gen::arbitrary<std::uint8_t>());
    Bytes payload;
    for (const std::uint8_t byte : raw) payload.push_back(std::byte{byte});
    expect_harmless(*compressor, payload);
  }));
}

TEST_P(Compressors, NeverDeliverWhatIsNotFinite) {
  for (const float bad : {NAN, -NAN, INFINITY, -INFINITY}) {
    for (const std::size_t d : {1U, 9U, 70U}) {
      const auto compressor = make(d);
      EXPECT_THAT(compressor->check(encoded(*compressor, Vector(d, bad))).value_or(""),
                  ::testing::HasSubstr("finite"));
      Vector x = gaussian_vector(d, 8);
      x[d / 2] = bad;
      expect_harmless(*compressor, encoded(*compressor, x));
    }
  }
}

TEST_P(Compressors, AreMadeForAnotherDimension) {
  const auto compressor = make(200);
  for (const std::size_t d : {1U, 20U, 333U}) {
    const auto other = compressor->resized(d);
    ASSERT_EQ(other->dimension(), d);
    EXPECT_EQ(other->check(encoded(*other, gaussian_vector(d, 6))), std::nullopt);
    EXPECT_GT(other->contraction(), 0.0);
  }
}

TEST(CompressorRegistry, NamesEachPartOnceWithASummary) {
  std::set<std::string> names;
  for (const PartInfo* part : compressor_catalogue().parts()) {
    EXPECT_TRUE(names.insert(part->name).second) << part->name;
    EXPECT_NE(part->summary, "");
    for (const Param& param : part->params) EXPECT_NE(param.help, "") << param.name;
  }
  EXPECT_EQ(compressor_catalogue().kind(), "compressor");
  EXPECT_THAT(names, ::testing::IsSupersetOf({"identity", "top-k", "random-k", "scaled-sign",
                                              "block-sign", "uniform"}));
}

}  // namespace
}  // namespace hearsay
