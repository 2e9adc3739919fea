#include "core/certify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "core/certify_vectors.h"
#include "core/compressors/identity.h"
#include "core/compressors/natural.h"
#include "core/compressors/qsgd.h"
#include "core/compressors/random_k.h"
#include "core/compressors/top_k.h"
#include "core/vector_ops.h"
#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A compressor that says of another what is not so.
class Claim : public Compressor {
 public:
  Claim(std::shared_ptr<const Compressor> real, double pi, std::optional<double> omega = {})
      : Compressor(real->dimension()), real_(std::move(real)), pi_(pi), omega_(omega) {}

  std::uint64_t encode(ConstVectorView x, Stream& stream, Workspace& work,
                       Bytes& out) const override {
    return real_->encode(x, stream, work, out);
  }
  std::optional<std::string> check(ByteView payload) const override {
    return real_->check(payload);
  }
  void decode_add(ByteView payload, float weight, VectorView y) const override {
    real_->decode_add(payload, weight, y);
  }
  double contraction() const override { return pi_; }
  std::optional<double> variance() const override { return omega_; }
  std::unique_ptr<Compressor> resized(std::size_t dimension) const override {
    return real_->resized(dimension);
  }

 private:
  std::shared_ptr<const Compressor> real_;
  double pi_;
  std::optional<double> omega_;
};

/// Full vectors after a change that breaks the promise of top-k.
class Changed : public Claim {
 public:
  using Change = std::function<void(VectorView, Stream&)>;

  Changed(std::size_t d, double pi, Change change)
      : Claim(std::make_shared<Identity>(d), pi), change_(std::move(change)) {}

  std::uint64_t encode(ConstVectorView x, Stream& stream, Workspace& work,
                       Bytes& out) const override {
    Vector changed(x.begin(), x.end());
    change_(changed, stream);
    return Claim::encode(changed, stream, work, out);
  }

 private:
  Change change_;
};

constexpr std::size_t kDimension = 100;

TEST(Certify, FindsATopKThatKeepsTheSmallest) {
  const Changed smallest(kDimension, 0.1, [](VectorView x, Stream&) {
    Selector selector;
    for (const std::uint32_t j : selector.largest(x, kDimension - 10).indices) x[j] = 0.0F;
  });
  const Certificate found = certify(smallest, 1);
  EXPECT_FALSE(found.holds());
  EXPECT_THAT(found.broken, Contains(HasSubstr("(gaussian)")));
  EXPECT_GT(found.worst, 0.99);
}

TEST(Certify, FindsAPiThatIsTooLargeOnlyOnTheVectorThatIsTight) {
  // Top-k keeps far more than k/d of a Gaussian vector; equal magnitudes give it away.
  const Claim claim(std::make_shared<TopK>(kDimension, 10), 0.101);
  const Certificate found = certify(claim, 1);
  EXPECT_THAT(found.broken, Contains(HasSubstr("(equal magnitudes)")));
  EXPECT_THAT(found.broken, Each(::testing::Not(HasSubstr("gaussian"))));
  EXPECT_NEAR(found.worst, 0.9, 1e-6);
  EXPECT_LT(found.mean, 0.7);
}

TEST(Certify, FindsAPiThatIsTooLargeOnAverage) {
  const auto real = std::make_shared<RandomK>(kDimension, 30);
  EXPECT_THAT(certify(Claim(real, 0.30), 1).broken, IsEmpty());
  EXPECT_FALSE(certify(Claim(real, 0.35), 1).holds());
}

TEST(Certify, FindsAnOmegaThatIsTooSmall) {
  const auto real = std::make_shared<Natural>(kDimension, false);
  EXPECT_THAT(certify(Claim(real, 0.0, 0.125), 1).broken, IsEmpty());
  const Certificate found = certify(Claim(real, 0.0, 0.11), 1);
  EXPECT_THAT(found.broken, Contains(HasSubstr("(constant 4/3)")));
}

TEST(Certify, FindsABias) {
  // The scaled form keeps omega, and is not unbiased.
  const auto scaled = std::make_shared<Qsgd>(kDimension, 7, true);
  const double omega = Qsgd::omega(kDimension, 7);
  EXPECT_THAT(certify(Claim(scaled, 0.0, omega), 1).broken, Contains(HasSubstr("bias of")));
  const auto unscaled = std::make_shared<Qsgd>(kDimension, 7, false);
  EXPECT_THAT(certify(Claim(unscaled, 0.0, omega), 1).broken, IsEmpty());
}

TEST(Certify, FindsABiasWithoutARandomNumber) {
  const auto real = std::make_shared<TopK>(kDimension, 10);
  EXPECT_THAT(certify(Claim(real, 0.0, 1.0), 1).broken, Contains(HasSubstr("above 0 (gaussian)")));
}

TEST(Certify, FindsWhatIsNoPromiseAtAll) {
  const auto real = std::make_shared<Identity>(kDimension);
  for (const double pi : {0.0, -0.1, 1.1, std::nan("")})
    EXPECT_THAT(certify(Claim(real, pi), 1).broken, Contains(HasSubstr("no promise"))) << pi;
}

TEST(Certify, FindsAZeroThatIsNot) {
  const Changed zero(kDimension, 0.5, [](VectorView x, Stream&) {
    if (squared_norm(x) == 0.0) x[3] = 1.0F;
  });
  EXPECT_THAT(certify(zero, 1).broken, ::testing::ElementsAre("C(0) is not zero"));
}

TEST(Certify, FindsMessagesThatItsOwnCheckRefuses) {
  const Changed infinite(kDimension, 0.5, [](VectorView x, Stream&) {
    if (x[0] > 1e30F || x[0] < -1e30F) x[0] = INFINITY;
  });
  EXPECT_THAT(certify(infinite, 1).broken, Contains(HasSubstr("refuses its own message")));
}

TEST(Certify, FindsRandomnessOfItsOwn) {
  int calls = 0;
  const Changed restless(kDimension, 0.5,
                         [&](VectorView x, Stream&) { x[0] *= ++calls % 2 == 0 ? 1.0F : 0.9999F; });
  EXPECT_THAT(certify(restless, 1).broken, Contains(HasSubstr("two messages of one stream")));
}

TEST(Certify, MeasuresTheBits) {
  const Certificate found = certify(TopK(kDimension, 10), 1);
  EXPECT_DOUBLE_EQ(found.wire_bits, 8.0 * 48 / kDimension);  // a bitmap and 10 floats, or less
  EXPECT_DOUBLE_EQ(found.ideal_bits, 3.9);
}

TEST(Certify, FollowsFromTheSeed) {
  const Qsgd qsgd(50, 3, false);
  const Certificate first = certify(qsgd, 1);
  const Certificate again = certify(qsgd, 1);
  const Certificate other = certify(qsgd, 2);
  EXPECT_EQ(first.mean, again.mean);
  EXPECT_EQ(first.bias, again.bias);
  EXPECT_NE(first.mean, other.mean);
}

TEST(Certify, MeasuresSpeed) {
  const Speed speed = measure_speed(TopK(1000, 10), 1);
  EXPECT_GT(speed.encode, 0);
  EXPECT_GT(speed.decode, 0);
}

TEST(CertifyVectors, AreFiniteAndNotZeroInEveryDimension) {
  for (const std::size_t d : {1U, 2U, 3U, 17U, 1000U}) {
    Stream stream = stream_of(1);
    std::set<std::string> names;
    for (const CertifyVector& vector : certify_vectors(d, stream)) {
      EXPECT_TRUE(names.insert(vector.name).second) << vector.name;
      EXPECT_EQ(vector.x.size(), d) << vector.name;
      EXPECT_TRUE(all_finite(vector.x)) << vector.name;
      EXPECT_GT(squared_norm(vector.x), 0.0) << vector.name;
    }
  }
}

TEST(CertifySettings, CoverEveryCompressorAndMakeIt) {
  for (const PartInfo* part : compressor_catalogue().parts()) {
    const auto all = certify_settings(*part);
    EXPECT_GE(all.size(), 1U);
    for (const Params& params : all)
      EXPECT_EQ(make_compressor(params, Layout::square(1000))->dimension(), 1000U) << part->name;
    EXPECT_EQ(all.size() > 1, !part->params.empty()) << part->name;
  }
}

}  // namespace
}  // namespace hearsay
