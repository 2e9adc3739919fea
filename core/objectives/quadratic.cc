#include "core/objectives/quadratic.h"

#include <boost/random/normal_distribution.hpp>
#include <cassert>
#include <cmath>

namespace hearsay {

namespace {

enum StreamIndex : std::uint64_t { kCommon = 1, kPart = 2 };

}  // namespace

QuadraticObjective::QuadraticObjective(const QuadraticOptions& options, std::size_t parts,
                                       std::uint64_t seed)
    : noise_(options.noise),
      parts_(parts),
      layout_(Layout::flat(options.dimension)),
      curvature_(options.dimension, 1.0),
      centers_(parts * options.dimension) {
  const std::size_t d = options.dimension;
  for (std::size_t j = 1; j < d; ++j)
    curvature_[j] =
        std::pow(options.condition, -static_cast<double>(j) / static_cast<double>(d - 1));
  boost::random::normal_distribution<double> normal;
  std::vector<double> common(d);
  Stream common_stream({seed, Purpose::synthetic, 0, 0, kCommon});
  for (double& value : common) value = normal(common_stream);
  for (std::size_t i = 0; i < parts; ++i) {
    Stream stream({seed, Purpose::synthetic, i, 0, kPart});
    for (std::size_t j = 0; j < d; ++j)
      centers_[i * d + j] = static_cast<float>(common[j] + options.heterogeneity * normal(stream));
  }
}

ConstVectorView QuadraticObjective::center(std::size_t part) const {
  return ConstVectorView(centers_).subspan(part * curvature_.size(), curvature_.size());
}

double QuadraticObjective::evaluate(ConstVectorView x, const Sample& sample, VectorView gradient,
                                    Workspace& /*work*/) const {
  assert(sample.part < parts_);
  const ConstVectorView b = center(sample.part);
  const bool noisy = sample.noise != nullptr && noise_ > 0.0;
  boost::random::normal_distribution<double> normal;
  double loss = 0.0;
  for (std::size_t j = 0; j < x.size(); ++j) {
    const double distance = static_cast<double>(x[j]) - static_cast<double>(b[j]);
    const double slope = curvature_[j] * distance;
    loss += 0.5 * slope * distance;
    if (!gradient.empty())
      gradient[j] = static_cast<float>(noisy ? slope + noise_ * normal(*sample.noise) : slope);
  }
  return loss;
}

void QuadraticObjective::gradient(ConstVectorView x, const Sample& sample, VectorView gradient,
                                  Workspace& work) const {
  if (sample.noise != nullptr && noise_ > 0.0) {
    evaluate(x, sample, gradient, work);
    return;
  }
  const ConstVectorView b = center(sample.part);
  float* const out = gradient.data();
  for (std::size_t j = 0; j < x.size(); ++j)
    out[j] =
        static_cast<float>(curvature_[j] * (static_cast<double>(x[j]) - static_cast<double>(b[j])));
}

std::optional<std::uint64_t> QuadraticObjective::correct(
    ConstVectorView /*x*/, ConstVectorView /*buffers*/,
    std::span<const std::uint32_t> /*test_rows*/, Workspace& /*work*/) const {
  return std::nullopt;
}

std::vector<double> QuadraticObjective::optimum() const {
  std::vector<double> mean(curvature_.size(), 0.0);
  for (std::size_t i = 0; i < parts_; ++i) {
    const ConstVectorView b = center(i);
    for (std::size_t j = 0; j < mean.size(); ++j) mean[j] += static_cast<double>(b[j]);
  }
  for (double& value : mean) value /= static_cast<double>(parts_);
  return mean;
}

namespace {

std::unique_ptr<Objective> make(const Params& params, const ObjectiveContext& context) {
  QuadraticOptions options;
  options.dimension = static_cast<std::size_t>(params.integer("dimension"));
  options.condition = params.number("condition");
  options.heterogeneity = params.number("heterogeneity");
  options.noise = params.number("noise");
  return std::make_unique<QuadraticObjective>(options, context.parts, context.seed);
}

}  // namespace

Part<MakeObjective> part_quadratic() {
  return {"quadratic",
          "a quadratic a node with a known optimum; takes no data",
          {integer("dimension", "number of coordinates").at_least(1).at_most(1e9).by_default(100),
           number("condition", "largest over smallest curvature").at_least(1).by_default(10.0),
           number("heterogeneity", "how far the nodes' own optima lie apart")
               .at_least(0)
               .by_default(1.0),
           number("noise", "standard deviation of the noise on each gradient coordinate")
               .at_least(0)
               .by_default(0.0)},
          make,
          "model"};
}

}  // namespace hearsay
