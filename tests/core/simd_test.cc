// What is compiled for several CPUs gives the same bits on all of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <optional>

#include "core/channel.h"
#include "core/optimizers/adaptive.h"
#include "core/selection.h"
#include "core/simd/levels.h"
#include "core/vector_ops.h"
#include "tests/core/simd/targets.h"
#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

/// Sizes around the widths of registers and the steps of the loops.
const std::size_t kSizes[] = {1, 2, 7, 8, 15, 16, 17, 31, 33, 64, 65, 127, 4099, 20011};

Vector mixed_vector(std::size_t d, std::uint64_t seed) {
  Vector x = gaussian_vector(d, seed);
  for (std::size_t j = 0; j < d; j += 5) x[j] = std::ldexp(x[j], static_cast<int>(j % 61) - 30);
  for (std::size_t j = 3; j < d; j += 11) x[j] = j % 2 == 0 ? 0.0F : -0.0F;
  return x;
}

using Results = std::vector<std::uint64_t>;

void append(Results& results, ConstVectorView x) {
  for (const float value : x) results.push_back(std::bit_cast<std::uint32_t>(value));
}

/// All that is compiled for several CPUs, on one size of vectors.
Results results_of(std::size_t d) {
  Results results;
  const auto number = [&](double value) { results.push_back(std::bit_cast<std::uint64_t>(value)); };
  const Vector x = mixed_vector(d, 1);
  const Vector y = mixed_vector(d, 2);
  number(dot(x, y));
  number(norm1(x));
  number(squared_distance(x, y));
  number(sum(std::vector<double>(x.begin(), x.end())));
  number(double{norm_inf(x)});

  Vector z = y;
  add_scaled(z, 0.3F, x);
  append(results, z);
  add(z, x);
  append(results, z);
  subtract(z, x, y);
  append(results, z);
  std::vector<double> wide(d, 0.1);
  accumulate(wide, 1.0 / 3.0, x);
  round_to_float(z, wide);
  append(results, z);

  Params params = complete(optimizers().at("amsgrad"));
  params.set("bias_correction", true);
  params.set("weight_decay", 0.01);
  for (const auto second : {Adaptive::SecondMoment::latest, Adaptive::SecondMoment::maximum}) {
    Adaptive optimizer(params, d, second, 2);
    for (int t = 0; t < 3; ++t) optimizer.step(z, mixed_vector(d, 3 + t), 0.1);
    append(results, z);
    optimizer.direction(z);
    append(results, z);
  }

  std::vector<Params> given = {
      settings({{"name", "scaled-sign"}}), settings({{"name", "top-k"}, {"ratio", 0.1}}),
      settings({{"name", "top-k"}, {"ratio", 0.01}}), settings({{"name", "top-k"}, {"k", 1}})};
  for (const int bits : {2, 4, 8, 11, 16})
    given.push_back(settings({{"name", "uniform"}, {"bits", bits}}));
  for (const Params& of : given)
    for (const ChannelKind kind : {ChannelKind::error_feedback, ChannelKind::markov}) {
      ChannelSender sender(kind, compressor_of(of, d));
      Stream stream = stream_of(1);
      Workspace work;
      Bytes out;
      for (int t = 0; t < 3; ++t) sender.send(mixed_vector(d, 10 + t), stream, work, out);
      for (const std::byte byte : out) results.push_back(std::to_integer<std::uint64_t>(byte));
      append(results, sender.memory());
    }
  return results;
}

TEST(Simd, GivesTheSameBitsOnEveryCpu) {
  ASSERT_GE(hwy::SupportedAndGeneratedTargets().size(), 2U)
      << "portable code, and what this CPU has";
  for (const std::size_t d : kSizes) {
    std::optional<Results> expected;  // those of the first
    on_every_cpu([&] {
      const Results results = results_of(d);
      if (!expected) expected = results;
      EXPECT_EQ(results, *expected) << d << " entries";
    });
  }
}

/// Where the products of floats leave a doubt, halves included, the exact division decides.
TEST(Simd, NearestLevelsAreExact) {
  for (const int steps : {1, 7, 127, 2047, 32767}) {
    const std::size_t near_halves = 4 * static_cast<std::size_t>(steps) + 8;
    const std::size_t d = near_halves + 404;  // vectors without a doubt, and a rest
    Stream stream({.seed = 3});
    for (const float norm : {1.0F, 3.0F, 1e-38F, 1e38F, 0.7F}) {
      Vector x(d);
      for (std::size_t j = 0; j < d; ++j) {
        // Halves of a step, and the floats beside them.
        const double half =
            static_cast<double>(norm) *
            (std::floor(static_cast<double>(j) / 2.0) - static_cast<double>(steps)) / (2.0 * steps);
        x[j] = static_cast<float>(half);
        if (j % 4 == 1) x[j] = std::nextafter(x[j], norm);
        if (j % 4 == 3) x[j] = std::nextafter(x[j], -norm);
        if (j >= near_halves) x[j] = norm * static_cast<float>(2.0 * stream.uniform() - 1.0);
        x[j] = std::clamp(x[j], -norm, norm);
      }
      std::vector<std::int32_t> expected(d);
      for (std::size_t j = 0; j < d; ++j) {
        const long double level = static_cast<long double>(x[j]) * steps / norm;
        expected[j] = static_cast<std::int32_t>(
            std::lround(std::copysign(std::floor(std::fabs(level) + 0.5L), level)));
      }
      on_every_cpu([&] {
        std::vector<std::int32_t> codes(d);
        simd::nearest_codes(x, norm, steps, codes);
        for (std::size_t j = 0; j < d; ++j)
          ASSERT_EQ(codes[j] - steps, expected[j]) << x[j] << " of " << norm << " in " << steps;
        for (const unsigned bits : {4U, 8U}) {
          if (2 * steps >= 1 << bits) continue;
          std::vector<std::byte> packed(d * bits / 8);
          simd::pack_nearest(x, norm, steps, bits, packed.data(), x.data());
          std::vector<std::int32_t> levels(d);
          simd::unpack_codes(packed.data(), steps, bits, levels);
          ASSERT_EQ(levels, expected) << bits << " bits";
        }
      });
    }
  }
}

}  // namespace
}  // namespace hearsay
