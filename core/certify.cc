#include "core/certify.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/random/normal_distribution.hpp>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>

#include "core/certify_vectors.h"
#include "core/vector_ops.h"
#include "core/wager.h"

namespace hearsay {

namespace {

constexpr double kAlpha = 1e-9;  // of calling a promise broken that holds, in each test

Stream stream_of(std::uint64_t seed, std::uint64_t vector, std::uint64_t draw) {
  return Stream({.seed = seed, .purpose = Purpose::synthetic, .node = vector, .round = draw});
}

/// As many as a fraction of a second allows: 2,000 in small dimensions.
std::size_t draws_in(std::size_t dimension) {
  return std::clamp<std::size_t>(400'000 / dimension, 50, 2000);
}

bool is_won(double log_wealth) {
  return log_wealth > -std::log(kAlpha);
}

/// Looks for a bias of C(x) in the direction that the first half of the draws suggests: the second
/// half does not depend on that choice.
class Bias {
 public:
  Bias(ConstVectorView x, double omega, std::size_t draws)
      : x_(x),
        norm_(std::sqrt(squared_norm(x))),
        omega_(omega),
        half_(draws / 2),
        wager_(omega, draws - half_, kAlpha) {}

  void add(ConstVectorView c) {
    if (drawn_++ < half_) {
      direction_.resize(x_.size());
      for (std::size_t j = 0; j < x_.size(); ++j) direction_[j] += residual(c, j);
      return;
    }
    double along = 0.0;
    double length = 0.0;
    for (std::size_t j = 0; j < direction_.size(); ++j) {
      along += residual(c, j) * direction_[j];
      length += direction_[j] * direction_[j];
    }
    const double t = length > 0.0 ? along / (std::sqrt(length) * norm_) : 0.0;
    wager_.add(t);
    sum_ += t;
  }

  double log_wealth() const { return wager_.log_wealth(); }
  /// |mean of t| in standard deviations, as large as omega allows them to be.
  double z() const { return std::fabs(sum_) / std::sqrt(static_cast<double>(drawn_) * omega_ / 2); }

 private:
  double residual(ConstVectorView c, std::size_t j) const {
    return static_cast<double>(c[j]) - static_cast<double>(x_[j]);
  }

  ConstVectorView x_;
  double norm_;
  double omega_;
  std::size_t half_;
  BiasWager wager_;
  std::size_t drawn_ = 0;
  std::vector<double> direction_;
  double sum_ = 0.0;
};

class Examiner {
 public:
  Examiner(const Compressor& compressor, std::uint64_t seed)
      : compressor_(compressor), seed_(seed), decoded_(compressor.dimension()) {
    const double pi = compressor.contraction();
    const std::optional<double> omega = compressor.variance();
    result_.unbiased = omega.has_value();
    result_.bound = omega ? *omega : 1.0 - pi;
    if (omega && pi > 0.0) result_.bound = std::min(*omega, 1.0 - pi);
    if (!(pi <= 1.0) || !(pi > 0.0 || (omega && pi == 0.0 && *omega >= 0.0)))
      result_.broken.push_back(fmt::format("pi = {:.4g} is no promise", pi));
  }

  Certificate examine() {
    Stream stream = stream_of(seed_, 0, 0);
    const auto vectors = certify_vectors(compressor_.dimension(), stream);
    double random_sum = 0.0;
    double random_count = 0.0;
    for (std::size_t v = 0; v < vectors.size(); ++v) {
      const double error = examine(vectors[v], v + 1);
      random_sum += vectors[v].random ? error : 0.0;
      random_count += vectors[v].random ? 1.0 : 0.0;
    }
    result_.mean = random_sum / random_count;
    examine_zero();
    return result_;
  }

 private:
  /// ||C(x) - x||^2 / ||x||^2, by its mean over the draws.
  double examine(const CertifyVector& vector, std::uint64_t number) {
    const ConstVectorView x = vector.x;
    const double energy = squared_norm(x);
    const std::size_t draws = is_random(x) ? draws_in(x.size()) : 1;
    // Each coordinate is rounded a few times, by a share of 2^-24 or by half of the least float.
    const double rounding =
        1e-6 * (1.0 + result_.bound) + static_cast<double>(x.size()) * 0x1p-298 / energy;
    // Without a draw, to be unbiased is to be exact.
    const double bound = result_.unbiased && draws == 1 ? 0.0 : result_.bound;
    const double allowed = bound + rounding;
    MeanWager wager(allowed);
    Bias bias(x, allowed, draws);
    double sum = 0.0;
    for (std::size_t draw = 0; draw < draws; ++draw) {
      if (!run(x, number, draw, vector.name)) return 0.0;
      const double error = squared_distance(decoded_, x) / energy;
      wager.add(error);
      sum += error;
      if (result_.unbiased) bias.add(decoded_);
    }
    const double mean = sum / static_cast<double>(draws);
    if (draws == 1 ? !(mean <= allowed) : is_won(wager.log_wealth()))
      complain(fmt::format("error {:.4g} above {:.4g} ({})", mean, bound, vector.name));
    if (is_won(bias.log_wealth()))
      complain(fmt::format("bias of {:.1f} standard deviations ({})", bias.z(), vector.name));
    result_.bias = std::max(result_.bias, bias.z());
    if (mean > result_.worst) {
      result_.worst = mean;
      result_.worst_vector = vector.name;
    }
    return mean;
  }

  void examine_zero() {
    const Vector zero(compressor_.dimension());
    if (run(zero, 0, 0, "zero") && squared_norm(decoded_) != 0.0) complain("C(0) is not zero");
  }

  bool is_random(ConstVectorView x) {
    Stream stream = stream_of(seed_, 0, 0);
    const std::uint64_t before = stream.state();
    payload_.clear();
    compressor_.encode(x, stream, work_, payload_);
    return stream.state() != before;
  }

  /// decoded_ = C(x) of that draw. False when there is no such thing.
  bool run(ConstVectorView x, std::uint64_t number, std::uint64_t draw, const std::string& name) {
    Stream stream = stream_of(seed_, number, draw);
    payload_.clear();
    const std::uint64_t ideal = compressor_.encode(x, stream, work_, payload_);
    const auto d = static_cast<double>(x.size());
    result_.ideal_bits = std::max(result_.ideal_bits, static_cast<double>(ideal) / d);
    result_.wire_bits = std::max(result_.wire_bits, 8.0 * static_cast<double>(payload_.size()) / d);
    if (const auto wrong = compressor_.check(payload_)) {
      complain(fmt::format("refuses its own message: {} ({})", *wrong, name));
      return false;
    }
    std::fill(decoded_.begin(), decoded_.end(), 0.0F);
    compressor_.decode_add(payload_, 1.0F, decoded_);
    if (draw > 0) return true;
    Stream again = stream_of(seed_, number, draw);
    Bytes repeated;
    compressor_.encode(x, again, work_, repeated);
    if (repeated != payload_) complain(fmt::format("two messages of one stream differ ({})", name));
    return true;
  }

  void complain(std::string what) { result_.broken.push_back(std::move(what)); }

  const Compressor& compressor_;
  std::uint64_t seed_;
  Vector decoded_;
  Workspace work_;
  Bytes payload_;
  Certificate result_;
};

/// Nanoseconds a call: the best of three stretches of a tenth of a millisecond at least, so that
/// other work on the machine counts little.
template <class Call>
double nanoseconds(Call call) {
  using Clock = std::chrono::steady_clock;
  double best = std::numeric_limits<double>::infinity();
  for (int stretch = 0; stretch < 3; ++stretch) {
    int calls = 0;
    const auto start = Clock::now();
    auto spent = Clock::duration::zero();
    while (spent < std::chrono::microseconds(100)) {
      call();
      ++calls;
      spent = Clock::now() - start;
    }
    best = std::min(best, std::chrono::duration<double, std::nano>(spent).count() / calls);
  }
  return best;
}

/// Some values of the keys that compressors have; block_size has words of its own beside them.
const std::map<std::string, std::vector<Value>>& tried_values() {
  static const std::map<std::string, std::vector<Value>> kValues = {
      {"ratio", {0.01, 0.1}},         {"bits", {2, 4, 8}},
      {"levels", {1, 7, 127}},        {"scaled", {true, false}},
      {"block_size", {16}},           {"rank", {1, 4}},
      {"scope", {"global", "layer"}}, {"values", {"float32", "float16"}},
  };
  return kValues;
}

}  // namespace

Certificate certify(const Compressor& compressor, std::uint64_t seed) {
  return Examiner(compressor, seed).examine();
}

Speed measure_speed(const Compressor& compressor, std::uint64_t seed) {
  Stream stream = stream_of(seed, 0, 0);
  boost::random::normal_distribution<float> normal;
  Vector x(compressor.dimension());
  for (float& value : x) value = normal(stream);
  Vector y(x.size());
  Workspace work;
  Bytes payload;
  const auto d = static_cast<double>(x.size());
  Speed speed;
  speed.encode = nanoseconds([&] {
                   payload.clear();
                   compressor.encode(x, stream, work, payload);
                 }) /
                 d;
  speed.decode = nanoseconds([&] {
                   if (!compressor.check(payload)) compressor.decode_add(payload, 0.5F, y);
                 }) /
                 d;
  return speed;
}

std::vector<Params> certify_settings(const PartInfo& part) {
  Params name;
  name.set("name", part.name);
  std::vector<Params> result = {name};
  for (const Param& param : part.params) {
    const auto tried = tried_values().find(param.name);
    if (tried == tried_values().end()) continue;
    std::vector<Value> values = tried->second;
    if (param.name == "block_size") values.insert(values.begin(), param.fallback.value());
    std::vector<Params> longer;
    for (const Params& given : result) {
      for (const Value& value : values) {
        longer.push_back(given);
        longer.back().set(param.name, value);
      }
    }
    result = std::move(longer);
  }
  for (Params& given : result) given = complete(part, given);
  return result;
}

}  // namespace hearsay
