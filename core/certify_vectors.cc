#include "core/certify_vectors.h"

#include <fmt/format.h>

#include <boost/random/normal_distribution.hpp>
#include <cfloat>
#include <cmath>
#include <functional>
#include <utility>

#include "core/layout.h"

namespace hearsay {

namespace {

class Maker {
 public:
  Maker(std::size_t dimension, Stream& stream) : d_(dimension), stream_(stream) {}

  void add_random() {
    add(true, "gaussian", [&](std::size_t) { return gaussian(); });
    add(true, "laplace", [&](std::size_t) { return sign() * exponential(); });
    // Student's t with two degrees of freedom: its variance is infinite.
    add(true, "heavy tails",
        [&](std::size_t) { return gaussian() / std::sqrt(exponential() + DBL_MIN); });
    add(true, "sparse",
        [&](std::size_t j) { return j == d_ / 2 || stream_.below(20) == 0 ? gaussian() : 0.0; });
    add(true, "scales by block", [&](std::size_t j) {
      const std::size_t block = 5 * j / d_;
      return gaussian() * std::pow(10.0, -static_cast<double>(block));
    });
  }

  void add_tight() {
    add(false, "equal magnitudes", [&](std::size_t) { return 0.7 * sign(); });
    add(false, "constant 4/3", [](std::size_t) { return 4.0 / 3.0; });
    add_spike("one-hot", 0.0);
    for (const int bits : {2, 3, 4, 6, 8, 12, 16}) {
      const int levels = (1 << (bits - 1)) - 1;
      add_spike(fmt::format("1 and 1/{}", 2 * levels), 0.5 / levels);
    }
    add_spike("1 and 1/(1+sqrt d)", 1.0 / (1.0 + std::sqrt(static_cast<double>(d_))));
    const auto columns = static_cast<std::size_t>(Layout::square(d_).layers().front().shape.back());
    add(false, "diagonal", [&](std::size_t j) { return j / columns == j % columns ? 1.0 : 0.0; });
  }

  void add_extreme() {
    add(false, "subnormal", [&](std::size_t) { return 1e-40 * (gaussian() + sign()); });
    add(false, "huge", [&](std::size_t) { return 1e30 * gaussian(); });
    add(false, "largest", [&](std::size_t) { return FLT_MAX * sign(); });
    add(false, "mixed exponents",
        [&](std::size_t j) { return std::ldexp(gaussian(), static_cast<int>(j * 37 % 120) - 60); });
  }

  std::vector<CertifyVector> take() { return std::move(made_); }

 private:
  double gaussian() { return normal_(stream_); }
  double exponential() { return -std::log(1.0 - stream_.uniform()); }
  double sign() { return stream_.below(2) == 0 ? 1.0 : -1.0; }

  void add(bool random, std::string name, const std::function<double(std::size_t)>& value) {
    Vector x(d_);
    for (std::size_t j = 0; j < d_; ++j) x[j] = static_cast<float>(value(j));
    made_.push_back({std::move(name), random, std::move(x)});
  }

  /// One 1 somewhere, and the same value with any sign elsewhere.
  void add_spike(std::string name, double others) {
    add(false, std::move(name),
        [&](std::size_t j) { return sign() * (j == d_ / 3 ? 1.0 : others); });
  }

  std::size_t d_;
  Stream& stream_;
  boost::random::normal_distribution<double> normal_;
  std::vector<CertifyVector> made_;
};

}  // namespace

std::vector<CertifyVector> certify_vectors(std::size_t dimension, Stream& stream) {
  Maker maker(dimension, stream);
  maker.add_random();
  maker.add_tight();
  maker.add_extreme();
  return maker.take();
}

}  // namespace hearsay
