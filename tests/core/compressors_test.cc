// What every compressor must do. The battery walks the registry, so a new compressor is tested by
// being listed; one that cannot be made from its defaults adds its settings to `samples`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <bit>
#include <cfloat>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "core/certify.h"
#include "core/channel.h"
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
  if (name == "top-k" || name == "random-k" || name == "top-k-quantized") {
    with("ratio", 0.1, "tenth");
    with("ratio", 1.0, "all");
    with("k", 1, "one");
    if (name != "top-k") return result;
    const auto more = [&](double ratio, const std::string& key, const Value& value) {
      result.push_back(
          {fmt::format("{:.0f}_percent_{}", 100 * ratio, key),
           complete(part, settings({{"name", name}, {"ratio", ratio}, {key, value}}))});
    };
    more(0.1, "scope", "layer");
    more(1.0, "scope", "layer");
    more(0.5, "floor", 1);
    more(0.1, "values", "float16");
    more(1.0, "values", "float16");
    return result;
  }
  result.push_back({"default", complete(part)});
  if (name == "block-sign") {
    with("block_size", 1, "blocks_of_1");
    with("block_size", 7, "blocks_of_7");
    with("block_size", 100000, "one_block");
  }
  if (name == "uniform") {
    for (const int bits : {2, 3, 7, 8, 13, 16}) with("bits", bits, fmt::format("{}_bits", bits));
    for (const int size : {1, 7, 24, 4096, 5000, 100000})
      with("block_size", size, fmt::format("blocks_of_{}", size));
  }
  if (name == "qsgd")
    for (const int levels : {1, 16, 127, 32767})
      with("levels", levels, fmt::format("{}_levels", levels));
  if (name == "qsgd" || name == "natural" || name == "terngrad") with("scaled", false, "unscaled");
  if (name == "low-rank")
    for (const int rank : {1, 2, 1000}) with("rank", rank, fmt::format("rank_{}", rank));
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

/// Layers of unequal sizes that are no multiples of 8, where d allows it: a vector, a row, a
/// matrix, a tensor.
Layout layout_of(std::size_t d) {
  Layout layout;
  auto left = static_cast<std::int64_t>(d);
  const auto append = [&](const char* name, std::vector<std::int64_t> shape) {
    std::int64_t size = 1;
    for (const std::int64_t length : shape) size *= length;
    if (size == 0 || size > left) return;
    layout.append(name, std::move(shape));
    left -= size;
  };
  append("a", {left / 5});
  append("b", {1, left / 5});
  append("c", {7, left / 3 / 7});
  append("d", {left / 2 / 15, 3, 5});
  append("e", {left});
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

/// The indices from `begin` to `end` by falling magnitude.
std::vector<std::size_t> ordered(ConstVectorView x, std::size_t begin, std::size_t end) {
  std::vector<std::size_t> order;
  for (std::size_t j = begin; j < end; ++j) order.push_back(j);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return std::fabs(x[a]) > std::fabs(x[b]); });
  return order;
}

bool by_layer(const Params& params) {
  return params.has("scope") && params.text("scope") == "layer";
}

/// Eleven significant bits, of the smallest values fewer: units of 2^-24 where 2^15 <= ||x||_inf <
/// 2^16, and a power of two times that elsewhere.
Vector plain_float16(ConstVectorView x) {
  float largest = 0;
  for (const float value : x) largest = std::max(largest, std::fabs(value));
  const int e = largest > 0 ? std::max(std::ilogb(largest) - 15, -125) : -125;
  Vector result(x.begin(), x.end());
  for (float& value : result) {
    const double scaled = std::ldexp(static_cast<double>(value), -e);
    if (scaled == 0) continue;
    const int unit = std::max(std::ilogb(scaled), -14) - 10;
    const double near = std::ldexp(std::nearbyint(std::ldexp(scaled, -unit)), unit);
    value = static_cast<float>(std::ldexp(std::clamp(near, -65504.0, 65504.0), e));
  }
  return result;
}

Vector plain_top_k(const Params& params, const Layout& layout, ConstVectorView x, ByteView) {
  Indices kept;
  std::size_t floor = 0;
  if (params.has("floor")) floor = static_cast<std::size_t>(params.integer("floor"));
  for (const Layer& layer : layout.layers()) {
    const auto order = ordered(x, layer.offset, layer.offset + layer.size);
    const std::size_t count = by_layer(params) ? k_of(params, layer.size) : floor;
    for (std::size_t i = 0; i < std::min(count, order.size()); ++i) kept.insert(order[i]);
  }
  if (!by_layer(params))
    for (const std::size_t j : ordered(x, 0, x.size()))
      if (kept.size() < k_of(params, x.size())) kept.insert(j);
  const Vector exact = keep(x, kept);
  return params.text("values") == "float16" ? plain_float16(exact) : exact;
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

Vector plain_uniform(const Params& params, const Layout& layout, ConstVectorView x,
                     ByteView payload) {
  const int s = (1 << (params.integer("bits") - 1)) - 1;
  if (params.part() == "uniform" && !params.is_word("block_size", "all")) {
    const auto size = static_cast<std::size_t>(params.integer("block_size"));
    const Params whole = settings({{"name", "one block"}, {"bits", params.integer("bits")}});
    Vector blocks;
    while (blocks.size() < x.size()) {
      const ConstVectorView block = x.subspan(blocks.size());
      for (const float value :
           plain_uniform(whole, layout, block.first(std::min(size, block.size())), payload))
        blocks.push_back(value);
    }
    return blocks;
  }
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

std::vector<long double> levels_at_random(ConstVectorView x, long double norm, int s) {
  Stream stream = stream_of(1);
  std::vector<long double> result;
  for (const float value : x) {
    const long double level = std::fabs(static_cast<long double>(value)) * s / norm;
    const long double below = std::floor(level);
    const long double drawn = below + (stream.uniform() < level - below ? 1 : 0);
    result.push_back(std::copysign(std::min<long double>(drawn, s), value));
  }
  return result;
}

/// Levels of `norm`, divided by `tau`: as the message has them, from a norm that is a float.
Vector plain_levels(ConstVectorView x, long double norm, int s, double tau) {
  Vector result(x.size(), 0.0F);
  const auto sent = static_cast<float>(std::min<long double>(norm / tau, FLT_MAX));
  if (sent == 0) return result;
  const auto levels = levels_at_random(x, static_cast<long double>(sent) * tau, s);
  for (std::size_t j = 0; j < x.size(); ++j)
    result[j] = sent * (static_cast<float>(levels[j]) / static_cast<float>(s));
  return result;
}

Vector plain_qsgd(const Params& params, const Layout&, ConstVectorView x, ByteView) {
  const auto s = static_cast<int>(params.integer("levels"));
  const auto d = static_cast<double>(x.size());
  long double energy = 0;
  for (const float value : x) energy += static_cast<long double>(value) * value;
  const double omega = std::min(d / s / s, std::sqrt(d) / s);
  return plain_levels(x, std::sqrt(energy), s, params.flag("scaled") ? 1 + omega : 1);
}

Vector plain_terngrad(const Params& params, const Layout&, ConstVectorView x, ByteView) {
  const double omega = (std::sqrt(static_cast<double>(x.size())) - 1) / 2;
  return plain_levels(x, norm_inf(x), 1, params.flag("scaled") ? 1 + omega : 1);
}

Vector plain_natural(const Params& params, const Layout&, ConstVectorView x, ByteView) {
  const double tau = params.flag("scaled") ? 1.125 : 1;
  Stream stream = stream_of(1);
  Vector result;
  for (const float value : x) {
    const double drawn = std::floor(std::ldexp(static_cast<double>(stream() >> 32U), -9)) * 0x1p-23;
    if (value == 0) {
      result.push_back(0);
      continue;
    }
    int exponent = 0;  // |x| = mantissa 2^exponent, 1/2 <= mantissa < 1
    const double mantissa = std::frexp(std::fabs(static_cast<double>(value)), &exponent);
    const double power = std::ldexp(drawn < 2 * mantissa - 1 ? 1.0 : 0.5, exponent);
    result.push_back(
        std::copysign(static_cast<float>(std::min<double>(power / tau, FLT_MAX)), value));
  }
  return result;
}

Vector plain_top_k_quantized(const Params& params, const Layout& layout, ConstVectorView x,
                             ByteView payload) {
  Indices kept;
  for (const std::size_t j : ordered(x, 0, x.size()))
    if (kept.size() < k_of(params, x.size())) kept.insert(j);
  return plain_uniform(params, layout, keep(x, kept), payload);
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
    {"qsgd", plain_qsgd},
    {"natural", plain_natural},
    {"terngrad", plain_terngrad},
    {"top-k-quantized", plain_top_k_quantized},
};

/// The ideal bits of the design's table.
const std::map<std::string, std::function<std::uint64_t(const Params&, const Layout&)>> kIdealBits =
    {
        {"identity", [](const Params&, const Layout& l) { return 32 * l.dimension(); }},
        {"top-k",
         [](const Params& p, const Layout& l) {
           const auto of = [&](std::size_t d) {
             std::uint64_t log = 0;
             while ((std::uint64_t{1} << log) < d) ++log;
             return k_of(p, d) * ((p.text("values") == "float16" ? 16 : 32) + log);
           };
           std::uint64_t bits = p.text("values") == "float16" ? 8 : 0;  // the exponent
           if (!by_layer(p)) return bits + of(l.dimension());
           for (const Layer& layer : l.layers()) bits += of(layer.size);
           return bits;
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
           const auto codes = static_cast<std::uint64_t>(p.integer("bits")) * l.dimension();
           if (p.is_word("block_size", "all")) return 32 + codes;
           const auto size = static_cast<std::uint64_t>(p.integer("block_size"));
           return 32 * ((l.dimension() + size - 1) / size) + codes;
         }},
        {"qsgd",
         [](const Params& p, const Layout& l) {
           std::uint64_t bits = 0;
           while ((std::int64_t{1} << bits) < 2 * p.integer("levels") + 1) ++bits;
           return 32 + bits * l.dimension();
         }},
        {"natural", [](const Params&, const Layout& l) { return 9 * l.dimension(); }},
        {"terngrad", [](const Params&, const Layout& l) { return 32 + 2 * l.dimension(); }},
        {"top-k-quantized",
         [](const Params& p, const Layout& l) {
           std::uint64_t log = 0;
           while ((std::uint64_t{1} << log) < l.dimension()) ++log;
           return k_of(p, l.dimension()) * (log + static_cast<std::uint64_t>(p.integer("bits"))) +
                  32;
         }},
        {"low-rank",
         [](const Params& p, const Layout& l) {
           std::uint64_t floats = 0;
           for (const Layer& layer : l.layers()) {
             const auto m = static_cast<std::uint64_t>(layer.shape.front());
             const auto n = layer.size / m;
             const auto r = std::min({static_cast<std::uint64_t>(p.integer("rank")), m, n});
             const bool matrix = layer.shape.size() > 1;
             floats += matrix ? std::min<std::uint64_t>(layer.size, r * (m + n)) : layer.size;
           }
           return 32 * floats;
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

TEST_P(Compressors, KeepTheirPromises) {
  for (const std::size_t d : {1U, 2U, 9U, 70U, 513U}) {
    const auto compressor = make(d);
    EXPECT_LE(compressor->contraction(), 1.0);
    EXPECT_TRUE(compressor->variance() || compressor->contraction() > 0.0);
    EXPECT_THAT(certify(*compressor, d).broken, ::testing::IsEmpty()) << "d = " << d;
  }
}

bool draws_numbers(const Compressor& compressor, ConstVectorView x) {
  Stream stream = stream_of(1);
  Workspace work;
  Bytes out;
  compressor.encode(x, stream, work, out);
  return stream.state() != stream_of(1).state();
}

TEST_P(Compressors, AreContractionsOfAnyVectorIfNotRandom) {
  ASSERT_TRUE(rc::check("||x - C(x)||^2 <= (1 - pi) ||x||^2", [this] {
    const auto x = *rc::gen::nonEmpty(rc::gen::container<Vector>(
        rc::gen::map(rc::gen::pair(rc::gen::inRange(-1000, 1001), rc::gen::inRange(-30, 31)),
                     [](const std::pair<int, int>& p) {
                       return std::ldexp(static_cast<float>(p.first), p.second);
                     })));
    const auto compressor = make(x.size());
    if (draws_numbers(*compressor, x)) return;
    const double error = squared_distance(compressed(*compressor, x), x);
    RC_ASSERT(error <= (1 - compressor->contraction() + 1e-6) * squared_norm(x));
  }));
}

TEST_P(Compressors, MarkWhatTheySend) {
  for (const std::size_t d : {1U, 9U, 200U}) {
    const auto compressor = make(d);
    Vector x = gaussian_vector(d, 12);
    for (float& value : x) value = std::copysign(1.0F, value);  // none is quantized to zero
    const Bytes payload = encoded(*compressor, x);
    const Vector c = decoded(*compressor, payload);
    std::vector<std::size_t> each_alone(d);  // a layer for every coordinate
    for (std::size_t j = 0; j < d; ++j) each_alone[j] = j + 1;
    Coverage coverage(each_alone);
    coverage.begin_message();
    compressor->mark_sent(payload, 0, coverage);
    const auto found = coverage.layers();
    for (std::size_t j = 0; j < d; ++j)
      ASSERT_EQ(found[j].sent, compressor->sparsifies() && c[j] != 0.0F ? 1U : 0U) << j;
  }
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

/// What a sender rests on when it looks at the vector and not at the payload.
TEST_P(Compressors, OfFiniteVectorsMakePayloadsThatPassTheCheck) {
  ASSERT_TRUE(rc::check("finite vectors have well-formed payloads", [this] {
    const auto bits = *rc::gen::suchThat(rc::gen::arbitrary<std::vector<std::uint32_t>>(),
                                         [](const auto& raw) { return !raw.empty(); });
    const auto shift = *rc::gen::inRange<std::uint32_t>(0, 24);  // rapidcheck likes small numbers
    Vector x;
    for (const std::uint32_t raw : bits) {
      const auto value = std::bit_cast<float>(raw << shift);
      x.push_back(std::isfinite(value) ? value : std::copysign(FLT_MAX, value));
    }
    const auto compressor = make(x.size());
    RC_ASSERT(compressor->check(encoded(*compressor, x)) == std::nullopt);
    expect_harmless(*compressor, encoded(*compressor, x));
  }));
}

TEST_P(Compressors, DoInOneGoWhatTheStepsDo) {
  for (const std::size_t d :
       {std::size_t{1}, std::size_t{65}, std::size_t{1030}, std::size_t{9001}}) {
    const auto compressor = make(d);
    Workspace work;
    for (const auto& [kind, vector] : kVectors) {
      const Vector w = vector(d);
      for (const bool sum : {false, true}) {
        Vector memory = gaussian_vector(d, 5);
        Vector expected_memory = memory;
        Bytes out(3, std::byte{0});
        Bytes expected(3, std::byte{0});
        Stream stream = stream_of(1);
        Stream same = stream_of(1);
        const std::uint64_t bits =
            sum ? compressor->encode_sum(w, memory, stream, work, out)
                : compressor->encode_difference(w, memory, stream, work, out);
        const std::uint64_t expected_bits =
            sum ? compressor->Compressor::encode_sum(w, expected_memory, same, work, expected)
                : compressor->Compressor::encode_difference(w, expected_memory, same, work,
                                                            expected);
        ASSERT_EQ(bits, expected_bits);
        ASSERT_EQ(hex(out), hex(expected)) << kind;
        ASSERT_EQ(bits_of(memory), bits_of(expected_memory)) << kind;
        ASSERT_EQ(stream.state(), same.state());
      }
    }
  }
}

TEST_P(Compressors, LeaveNothingToAChannelThatIsNotFinite) {
  constexpr std::size_t kDimension = 70;
  const auto compressor = std::shared_ptr<const Compressor>(make(kDimension));
  for (const ChannelKind kind :
       {ChannelKind::direct, ChannelKind::error_feedback, ChannelKind::markov}) {
    if (kind != ChannelKind::direct && compressor->contraction() == 0.0) continue;
    for (std::size_t j = 0; j < kDimension; ++j) {
      ChannelSender sender(kind, compressor);
      Stream stream = stream_of(1);
      Workspace work;
      Bytes out;
      sender.send(gaussian_vector(kDimension, 1), stream, work, out);
      const std::size_t before = out.size();
      Vector x = gaussian_vector(kDimension, 2);
      x[j] = j % 2 == 0 ? NAN : -INFINITY;
      const Layer& layer = compressor->layout().layer_of(j);
      EXPECT_THAT(message_of<NotFinite>([&] { sender.send(x, stream, work, out); }),
                  ::testing::HasSubstr(
                      fmt::format("at entry {} of tensor \"{}\"", j - layer.offset, layer.name)));
      EXPECT_EQ(out.size(), before);  // nothing was written that could be sent
    }
  }
}

TEST_P(Compressors, AreMadeForAnotherDimension) {
  const auto compressor = make(200);
  for (const std::size_t d : {1U, 20U, 333U}) {
    const auto other = compressor->resized(d);
    ASSERT_EQ(other->dimension(), d);
    EXPECT_EQ(other->check(encoded(*other, gaussian_vector(d, 6))), std::nullopt);
    EXPECT_TRUE(other->variance() || other->contraction() > 0.0);
    EXPECT_EQ(other->variance().has_value(), compressor->variance().has_value());
    EXPECT_EQ(other->sparsifies(), compressor->sparsifies());
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
                                              "block-sign", "uniform", "qsgd", "natural",
                                              "terngrad", "top-k-quantized", "low-rank"}));
}

}  // namespace
}  // namespace hearsay
