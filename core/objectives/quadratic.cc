#include "core/objectives/quadratic.h"

#include <boost/random/normal_distribution.hpp>
#include <cmath>

namespace hearsay {

namespace {

enum StreamIndex : std::uint64_t { kCommon = 1, kPart = 2 };

}  // namespace

Curvature::Curvature(std::size_t dimension, double condition) : dimension_(dimension) {
  const auto last = static_cast<double>(std::max<std::size_t>(dimension, 2) - 1);
  const auto entry = [&](std::size_t j) {
    return std::pow(condition, -static_cast<double>(j) / last);
  };
  for (std::size_t j = 0; j < std::min(kRun, dimension); ++j) within_.push_back(entry(j));
  for (std::size_t j = 0; j < dimension; j += kRun) runs_.push_back(entry(j));
}

QuadraticObjective::QuadraticObjective(const QuadraticOptions& options, std::size_t parts,
                                       std::uint64_t seed)
    : options_(options),
      seed_(seed),
      layout_(Layout::flat(options.dimension)),
      curvature_(options.dimension, options.condition),
      centers_(parts) {}

/// Made when it is asked for: a node never looks at those of others.
ConstVectorView QuadraticObjective::center(NodeId part) const {
  Center& center = centers_.at(part);
  std::call_once(center.made, [&] {
    boost::random::normal_distribution<double> common;
    boost::random::normal_distribution<double> own;
    Stream common_stream({seed_, Purpose::synthetic, 0, 0, kCommon});
    Stream own_stream({seed_, Purpose::synthetic, part, 0, kPart});
    center.b.resize(options_.dimension);
    for (float& b : center.b) {
      const double mean = common(common_stream);
      b = static_cast<float>(mean + options_.heterogeneity * own(own_stream));
    }
  });
  return center.b;
}

double QuadraticObjective::evaluate(ConstVectorView x, const Sample& sample, VectorView gradient,
                                    Workspace& /*work*/) const {
  const ConstVectorView b = center(sample.part);
  const bool noisy = sample.noise != nullptr && options_.noise > 0.0;
  boost::random::normal_distribution<double> normal;
  double loss = 0.0;
  curvature_.for_each([&](std::size_t j, double h) {
    const double distance = static_cast<double>(x[j]) - static_cast<double>(b[j]);
    const double slope = h * distance;
    loss += 0.5 * slope * distance;
    if (!gradient.empty())
      gradient[j] =
          static_cast<float>(noisy ? slope + options_.noise * normal(*sample.noise) : slope);
  });
  return loss;
}

void QuadraticObjective::gradient(ConstVectorView x, const Sample& sample, VectorView gradient,
                                  Workspace& work) const {
  if (sample.noise != nullptr && options_.noise > 0.0) {
    evaluate(x, sample, gradient, work);
    return;
  }
  const ConstVectorView b = center(sample.part);
  float* const out = gradient.data();
  curvature_.for_each([&](std::size_t j, double h) {
    out[j] = static_cast<float>(h * (static_cast<double>(x[j]) - static_cast<double>(b[j])));
  });
}

std::optional<std::uint64_t> QuadraticObjective::correct(
    ConstVectorView /*x*/, ConstVectorView /*buffers*/,
    std::span<const std::uint32_t> /*test_rows*/, Workspace& /*work*/) const {
  return std::nullopt;
}

std::vector<double> QuadraticObjective::optimum() const {
  std::vector<double> mean(options_.dimension, 0.0);
  for (std::size_t i = 0; i < centers_.size(); ++i) {
    const ConstVectorView b = center(static_cast<NodeId>(i));
    for (std::size_t j = 0; j < mean.size(); ++j) mean[j] += static_cast<double>(b[j]);
  }
  for (double& value : mean) value /= static_cast<double>(centers_.size());
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
