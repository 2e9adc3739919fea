#include "core/channel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cfloat>

#include "core/compressors/block_sign.h"
#include "core/compressors/identity.h"
#include "core/compressors/low_rank.h"
#include "core/compressors/natural.h"
#include "core/compressors/qsgd.h"
#include "core/compressors/random_k.h"
#include "core/compressors/scaled_sign.h"
#include "core/compressors/terngrad.h"
#include "core/compressors/top_k.h"
#include "core/compressors/top_k_quantized.h"
#include "core/compressors/uniform.h"
#include "core/vector_ops.h"
#include "tests/core/state.h"
#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::ElementsAre;

using Shared = std::shared_ptr<const Compressor>;

std::vector<Shared> all_for(std::size_t d) {
  return {std::make_shared<Identity>(d),
          std::make_shared<TopK>(d, d / 5),
          std::make_shared<RandomK>(d, d / 5),
          std::make_shared<ScaledSign>(d),
          std::make_shared<BlockSign>(d, 8),
          std::make_shared<Uniform>(d, 4),
          std::make_shared<Qsgd>(d, 7, true),
          std::make_shared<Natural>(d, true),
          std::make_shared<TernGrad>(d, true),
          std::make_shared<TopKQuantized>(d, d / 5, 4),
          std::make_shared<LowRank>(Layout::square(d), 2)};
}

/// A sender with what it needs to speak.
struct Speaker {
  ChannelSender sender;
  Stream stream = stream_of(1);
  Workspace work = {};

  Bytes operator()(ConstVectorView w) {
    Bytes out;
    sender.send(w, stream, work, out);
    return out;
  }
};

TEST(DirectChannel, SendsTheCompressedVectorAndKeepsNothing) {
  const auto top = std::make_shared<TopK>(4, 1);
  Speaker speak{ChannelSender(ChannelKind::direct, top)};
  const Vector w{1, -3, 2, 0};
  EXPECT_EQ(hex(speak(w)), hex(encoded(*top, w)));
  EXPECT_EQ(hex(speak(w)), hex(encoded(*top, w)));
  EXPECT_TRUE(speak.sender.memory().empty());
}

TEST(ErrorFeedback, SendsLaterWhatItDropped) {
  Speaker speak{ChannelSender(ChannelKind::error_feedback, std::make_shared<TopK>(3, 1))};
  const Compressor& top = speak.sender.compressor();
  const Vector w{4, 3, 0};
  EXPECT_THAT(decoded(top, speak(w)), ElementsAre(4, 0, 0));
  EXPECT_THAT(speak.sender.memory(), ElementsAre(0, 3, 0));
  EXPECT_THAT(decoded(top, speak(w)), ElementsAre(0, 6, 0));  // w + e = (4, 6, 0)
  EXPECT_THAT(speak.sender.memory(), ElementsAre(4, 0, 0));
  EXPECT_THAT(decoded(top, speak(w)), ElementsAre(8, 0, 0));
}

TEST(ErrorFeedback, LosesNothingExactly) {
  // Small whole numbers, so that every sum is exact: inputs = messages + error.
  constexpr std::size_t kDimension = 30;
  for (const Shared& compressor : {Shared(std::make_shared<TopK>(kDimension, 4)),
                                   Shared(std::make_shared<RandomK>(kDimension, 4))}) {
    Speaker speak{ChannelSender(ChannelKind::error_feedback, compressor)};
    Stream stream = stream_of(2);
    Vector inputs(kDimension);
    Vector messages(kDimension);
    for (int round = 0; round < 50; ++round) {
      Vector w(kDimension);
      for (float& value : w) value = static_cast<float>(stream.below(21)) - 10.0F;
      add_scaled(inputs, 1.0F, w);
      compressor->decode_add(speak(w), 1.0F, messages);
      Vector both = messages;
      add_scaled(both, 1.0F, speak.sender.memory());
      ASSERT_THAT(both, ::testing::ElementsAreArray(inputs)) << round;
    }
  }
}

TEST(ErrorFeedback, LosesNothingWithAnyCompressor) {
  constexpr std::size_t kDimension = 40;
  for (const Shared& compressor : all_for(kDimension)) {
    Speaker speak{ChannelSender(ChannelKind::error_feedback, compressor)};
    Vector difference(kDimension);  // inputs - messages
    for (std::uint64_t round = 0; round < 50; ++round) {
      const Vector w = gaussian_vector(kDimension, round);
      add_scaled(difference, 1.0F, w);
      compressor->decode_add(speak(w), -1.0F, difference);
    }
    EXPECT_LT(squared_distance(difference, speak.sender.memory()), 1e-7);
  }
}

TEST(Channels, StopWhereTheirMemoryMakesFiniteVectorsOverflow) {
  Speaker owing{ChannelSender(ChannelKind::error_feedback, std::make_shared<TopK>(3, 1))};
  owing(Vector{FLT_MAX, 3e38F, 0});
  EXPECT_THAT(message_of<NotFinite>([&] {
                owing(Vector{0, 3e38F, 0});
              }),
              ::testing::HasSubstr("is inf at entry 1 of tensor \"x\""));
  Speaker differing{ChannelSender(ChannelKind::markov, std::make_shared<Identity>(2))};
  differing(Vector{0, FLT_MAX});
  EXPECT_THAT(message_of<NotFinite>([&] {
                differing(Vector{0, -FLT_MAX});
              }),
              ::testing::HasSubstr("is -inf at entry 1 of tensor \"x\""));
}

TEST(Markov, SendsTheDifferenceToWhatIsKnown) {
  Speaker speak{ChannelSender(ChannelKind::markov, std::make_shared<TopK>(3, 1))};
  const Compressor& top = speak.sender.compressor();
  const Vector w{4, 3, 1};
  EXPECT_THAT(decoded(top, speak(w)), ElementsAre(4, 0, 0));
  EXPECT_THAT(decoded(top, speak(w)), ElementsAre(0, 3, 0));
  EXPECT_THAT(speak.sender.memory(), ElementsAre(4, 3, 0));
  EXPECT_THAT(decoded(top, speak(Vector{0, 3, 1})), ElementsAre(-4, 0, 0));
}

TEST(Markov, StartsFromWhatBothEndsKnow) {
  const auto top = std::make_shared<TopK>(3, 1);
  const Vector start{1, 2, 3};
  Speaker speak{ChannelSender(ChannelKind::markov, top, start)};
  ChannelReceiver receiver(ChannelKind::markov, top, start);
  receiver.begin_round();
  receiver.add(speak(Vector{1, 2, 5}), 1.0F);
  EXPECT_THAT(receiver.estimate(), ElementsAre(1, 2, 5));
  EXPECT_THAT(speak.sender.memory(), ElementsAre(1, 2, 5));
}

TEST(Markov, ConvergesToAConstantLinearly) {
  // ||w - w^_t||^2 <= (1 - pi)^t ||w||^2, as each message is a contraction of what is missing.
  constexpr std::size_t kDimension = 20;
  const std::vector<Shared> deterministic = {
      std::make_shared<Identity>(kDimension), std::make_shared<TopK>(kDimension, 5),
      std::make_shared<ScaledSign>(kDimension), std::make_shared<BlockSign>(kDimension, 4),
      std::make_shared<Uniform>(kDimension, 3)};
  const Vector w = gaussian_vector(kDimension, 3);
  for (const Shared& compressor : deterministic) {
    Speaker speak{ChannelSender(ChannelKind::markov, compressor)};
    double bound = squared_norm(w);
    for (int t = 1; t <= 100; ++t) {
      speak(w);
      bound *= 1 - compressor->contraction();
      ASSERT_LE(squared_distance(speak.sender.memory(), w), bound * (1 + 1e-5) + 1e-10) << t;
    }
  }
}

TEST(Markov, BothEndsAgreeBitForBitAfterEveryRound) {
  constexpr std::size_t kDimension = 70;
  const Vector start = gaussian_vector(kDimension, 1);
  for (const Shared& compressor : all_for(kDimension)) {
    Speaker speak{ChannelSender(ChannelKind::markov, compressor, start)};
    ChannelReceiver receiver(ChannelKind::markov, compressor, start);
    for (std::uint64_t round = 1; round <= 20; ++round) {
      receiver.begin_round();
      receiver.add(speak(gaussian_vector(kDimension, round)), 1.0F);
      ASSERT_EQ(bits_of(receiver.estimate()), bits_of(speak.sender.memory()));
    }
  }
}

TEST(Channel, WithAMemoryTakesContractionsOnly) {
  const auto noisy = std::make_shared<Qsgd>(10000, 10, false);  // omega = 10
  const auto precise = std::make_shared<Qsgd>(100, 127, false);
  EXPECT_NO_THROW(ChannelSender(ChannelKind::direct, noisy));
  EXPECT_NO_THROW(ChannelReceiver(ChannelKind::direct, noisy));
  for (const ChannelKind kind : {ChannelKind::error_feedback, ChannelKind::markov}) {
    EXPECT_EQ(key_of([&] { ChannelSender(kind, noisy); }), "compressor.scaled");
    EXPECT_EQ(key_of([&] { ChannelReceiver(kind, noisy); }), "compressor.scaled");
    EXPECT_NO_THROW(ChannelSender(kind, precise));
    EXPECT_NO_THROW(ChannelReceiver(kind, precise));
  }
}

TEST(ChannelReceiver, HoldsTheWeightedSumOfItsSenders) {
  constexpr std::size_t kDimension = 50;
  const std::vector<float> weights = {0.5F, 0.3F, 0.2F};
  for (const ChannelKind kind :
       {ChannelKind::direct, ChannelKind::error_feedback, ChannelKind::markov}) {
    for (const Shared& compressor : all_for(kDimension)) {
      std::vector<Speaker> speakers;
      std::vector<ChannelReceiver> one_each;
      for (std::uint64_t i = 0; i < weights.size(); ++i) {
        speakers.push_back({ChannelSender(kind, compressor), stream_of(i)});
        one_each.emplace_back(kind, compressor);
      }
      ChannelReceiver receiver(kind, compressor);
      for (std::uint64_t round = 1; round <= 10; ++round) {
        receiver.begin_round();
        Vector sum(kDimension);
        for (std::size_t i = 0; i < weights.size(); ++i) {
          const Bytes payload = speakers[i](gaussian_vector(kDimension, 10 * round + i));
          receiver.add(payload, weights[i]);
          one_each[i].begin_round();
          one_each[i].add(payload, 1.0F);
          add_scaled(sum, weights[i], one_each[i].estimate());
        }
        ASSERT_LT(squared_distance(receiver.estimate(), sum), 1e-9 * squared_norm(sum));
      }
    }
  }
}

TEST(ChannelReceiver, ForgetsAtEachRoundUnlessMarkov) {
  const auto identity = std::make_shared<Identity>(2);
  const Bytes payload = encoded(*identity, Vector{1, 2});
  for (const ChannelKind kind :
       {ChannelKind::direct, ChannelKind::error_feedback, ChannelKind::markov}) {
    ChannelReceiver receiver(kind, identity);
    for (int round = 0; round < 2; ++round) {
      receiver.begin_round();
      receiver.add(payload, 0.5F);
    }
    const float rounds = kind == ChannelKind::markov ? 2.0F : 1.0F;
    EXPECT_THAT(receiver.estimate(), ElementsAre(0.5F * rounds, 1.0F * rounds));
  }
}

TEST(ChannelSender, AppendsBehindWhatIsThere) {
  for (const ChannelKind kind :
       {ChannelKind::direct, ChannelKind::error_feedback, ChannelKind::markov}) {
    const auto top = std::make_shared<TopK>(10, 3);
    Speaker alone{ChannelSender(kind, top)};
    Speaker behind{ChannelSender(kind, top)};
    Bytes out = from_hex("0102030405");
    for (std::uint64_t round = 0; round < 3; ++round) {
      const Vector w = gaussian_vector(10, round);
      const std::string before = hex(out);
      behind.sender.send(w, behind.stream, behind.work, out);
      ASSERT_EQ(hex(out), before + hex(alone(w)));
    }
    EXPECT_EQ(bits_of(behind.sender.memory()), bits_of(alone.sender.memory()));
  }
}

TEST(ChannelSender, ReturnsTheIdealBits) {
  Speaker speak{ChannelSender(ChannelKind::markov, std::make_shared<TopK>(100, 3))};
  Bytes out;
  EXPECT_EQ(speak.sender.send(gaussian_vector(100, 1), speak.stream, speak.work, out), 3U * 39U);
}

TEST(Channel, ContinuesFromItsSavedState) {
  constexpr std::size_t kDimension = 25;
  for (const ChannelKind kind : {ChannelKind::error_feedback, ChannelKind::markov}) {
    const auto sign = std::make_shared<ScaledSign>(kDimension);
    Speaker speak{ChannelSender(kind, sign)};
    ChannelReceiver receiver(kind, sign);
    receiver.add(speak(gaussian_vector(kDimension, 1)), 1.0F);

    Speaker resumed{ChannelSender(kind, sign)};
    ChannelReceiver resumed_receiver(kind, sign);
    copy_state(speak.sender, resumed.sender);
    copy_state(receiver, resumed_receiver);
    EXPECT_EQ(bits_of(resumed_receiver.estimate()), bits_of(receiver.estimate()));
    const Vector w = gaussian_vector(kDimension, 2);
    EXPECT_EQ(hex(speak(w)), hex(resumed(w)));
  }
}

/// What a channel notes down while it sends `w`, each watched as a round before an evaluation is.
ChannelHealth health_after(Speaker& speak, const std::vector<Vector>& sent) {
  speak.work.watch = Workspace::Watch::errors;
  for (const Vector& w : sent) speak(w);
  return speak.sender.health().value();
}

TEST(ChannelHealth, TellsWhichCoordinatesWereNeverSentAndWhichWaitLongest) {
  Speaker speak{ChannelSender(ChannelKind::direct, std::make_shared<TopK>(4, 1))};
  EXPECT_FALSE(speak.sender.health()) << "nothing was sent";
  ChannelHealth health = health_after(speak, {{9, 1, 1, 1}});
  EXPECT_EQ(health.never_sent, 0.75);
  EXPECT_EQ(health.oldest_age, 1U);
  health = health_after(speak, {{1, 9, 1, 1}});
  EXPECT_EQ(health.never_sent, 0.5);
  EXPECT_EQ(health.oldest_age, 2U);
  health = health_after(speak, {{9, 1, 1, 1}, {1, 1, 9, 1}, {1, 1, 1, 9}});
  EXPECT_EQ(health.never_sent, 0.0);
  EXPECT_EQ(health.oldest_age, 3U) << "coordinate 1 went with message 2 of 5";
  EXPECT_FALSE(health.error) << "a direct channel remembers nothing that it could compare";
}

TEST(ChannelHealth, OfSeededSelectionsCountsTheCoordinatesOfTheMessages) {
  constexpr std::size_t kDimension = 20;
  const auto random = std::make_shared<RandomK>(kDimension, 3);
  Speaker speak{ChannelSender(ChannelKind::direct, random)};
  speak.work.watch = Workspace::Watch::coverage;
  Vector counts(kDimension);
  for (int message = 0; message < 5; ++message) {
    random->decode_add(speak(Vector(kDimension, 1.0F)), 1.0F, counts);
    const auto never = std::count(counts.begin(), counts.end(), 0.0F);
    EXPECT_EQ(speak.sender.health()->never_sent, static_cast<double>(never) / kDimension);
  }
}

TEST(ChannelHealth, OfACompressorThatNamesEveryCoordinateHasNoneWaiting) {
  Speaker speak{ChannelSender(ChannelKind::error_feedback, std::make_shared<ScaledSign>(3))};
  const ChannelHealth health = health_after(speak, {{1, 2, 3}, {3, 2, 1}});
  EXPECT_EQ(health.never_sent, 0.0);
  EXPECT_EQ(health.oldest_age, 0U);
}

TEST(ChannelHealth, OfACompressorThatLosesNothingIsNothing) {
  Speaker speak{ChannelSender(ChannelKind::markov, std::make_shared<Identity>(3))};
  speak.work.watch = Workspace::Watch::errors;
  speak(Vector{1, 2, 3});
  EXPECT_FALSE(speak.sender.health());
}

/// A layer of eight whose entries are small beside those of the other.
TEST(ChannelHealth, TellsWhichLayersAreStarved) {
  Layout layout;
  layout.append("weight", {100});
  layout.append("bias", {8});
  const auto coverage_with = [&](const std::string& key, const Value& value) {
    const auto params = settings({{"name", "top-k"}, {"k", 10}, {key, value}});
    Speaker speak{ChannelSender(ChannelKind::error_feedback, compressor_of(params, layout))};
    speak.work.watch = Workspace::Watch::coverage;
    for (std::uint64_t round = 0; round < 50; ++round) {
      Vector w = gaussian_vector(layout.dimension(), round);
      for (std::size_t j = 100; j < w.size(); ++j) w[j] *= 1e-3F;
      speak(w);
    }
    const ChannelHealth health = speak.sender.health().value();
    EXPECT_EQ(health.messages, 50U);
    EXPECT_EQ(health.layers.at(0).sent + health.layers.at(1).sent, 500U);
    EXPECT_EQ(health.never_sent,
              static_cast<double>(health.layers[0].never_sent + health.layers[1].never_sent) / 108);
    return health.layers[1];
  };
  const LayerCoverage starved = coverage_with("scope", "global");
  EXPECT_EQ(starved.sent, 0U);
  EXPECT_EQ(starved.never_sent, 8U);
  EXPECT_EQ(starved.oldest_age, 50U);
  EXPECT_EQ(coverage_with("scope", "layer").sent, 100U);  // 2 of the 10 in each message
  EXPECT_EQ(coverage_with("scope", "layer").never_sent, 0U);
  EXPECT_EQ(coverage_with("floor", 1).sent, 50U);
}

TEST(ChannelHealth, ErrorIsOfTheResidualOrOfThePublicCopy) {
  const auto top = std::make_shared<TopK>(3, 1);
  Speaker feedback{ChannelSender(ChannelKind::error_feedback, top)};
  EXPECT_DOUBLE_EQ(*health_after(feedback, {{0, 3, 4}}).error, 3.0 / 5.0);  // e = (0, 3, 0)
  EXPECT_DOUBLE_EQ(*health_after(feedback, {{0, 3, 4}}).error, 4.0 / 5.0);  // e = (0, 0, 4)
  Speaker markov{ChannelSender(ChannelKind::markov, top)};
  EXPECT_DOUBLE_EQ(*health_after(markov, {{0, 3, 4}}).error, 3.0 / 5.0);  // w^ = (0, 0, 4)
  EXPECT_DOUBLE_EQ(*health_after(markov, {{0, 3, 4}}).error, 0.0);
  EXPECT_FALSE(health_after(markov, {{0, 0, 0}}).error) << "no ratio to nothing";
}

TEST(ChannelHealth, ErrorIsOfTheLastMessageOrOfNone) {
  Speaker speak{ChannelSender(ChannelKind::markov, std::make_shared<TopK>(3, 1))};
  EXPECT_TRUE(health_after(speak, {{0, 3, 4}}).error);
  speak.work.watch = Workspace::Watch::coverage;
  speak(Vector{0, 3, 4});
  EXPECT_FALSE(speak.sender.health()->error);
}

TEST(ChannelHealth, ChangesNoMessage) {
  constexpr std::size_t kDimension = 40;
  for (const Shared& compressor : all_for(kDimension))
    for (const ChannelKind kind :
         {ChannelKind::direct, ChannelKind::error_feedback, ChannelKind::markov}) {
      Speaker watched{ChannelSender(kind, compressor)};
      Speaker unwatched{ChannelSender(kind, compressor)};
      watched.work.watch = Workspace::Watch::errors;
      for (std::uint64_t round = 0; round < 5; ++round) {
        const Vector w = gaussian_vector(kDimension, round);
        ASSERT_EQ(hex(watched(w)), hex(unwatched(w)));
      }
      EXPECT_FALSE(unwatched.sender.health());
    }
}

TEST(ChannelHealth, IsPartOfTheState) {
  const auto top = std::make_shared<TopK>(4, 1);
  Speaker speak{ChannelSender(ChannelKind::markov, top)};
  const ChannelHealth before = health_after(speak, {{9, 1, 2, 1}, {1, 2, 1, 1}});
  ChannelSender restored(ChannelKind::markov, top);
  copy_state(speak.sender, restored);
  EXPECT_EQ(restored.health()->error, before.error);
  EXPECT_EQ(restored.health()->never_sent, before.never_sent);
  EXPECT_EQ(restored.health()->oldest_age, before.oldest_age);
}

}  // namespace
}  // namespace hearsay
