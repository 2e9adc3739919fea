#include "tests/nodes/running_mean.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>

namespace hearsay::testing {

RunningMeanObjective::RunningMeanObjective(std::size_t dimension)
    : layout_(Layout::flat(dimension)) {
  buffer_layout_.append("running_mean", {static_cast<std::int64_t>(dimension)});
  buffer_layout_.append("num_batches_tracked", {}, true);
}

void RunningMeanObjective::initialize_buffers(VectorView buffers) const {
  std::fill(buffers.begin(), buffers.end(), 0.25F);
  buffers.back() = 0.0F;
}

double RunningMeanObjective::evaluate(ConstVectorView x, const Sample& sample, VectorView gradient,
                                      Workspace& /*work*/) const {
  double loss = 0.0;
  for (std::size_t j = 0; j < x.size(); ++j) {
    const auto place = static_cast<double>(sample.part * x.size() + j);
    const double noise = sample.noise != nullptr ? sample.noise->uniform() - 0.5 : 0.0;
    const double slope =
        static_cast<double>(x[j]) + static_cast<double>(sample.buffers[j]) - std::sin(place);
    loss += 0.5 * slope * slope;
    if (!gradient.empty()) gradient[j] = static_cast<float>(slope + noise);
    if (sample.noise != nullptr) sample.buffers[j] += 0.1F * (x[j] - sample.buffers[j]);
  }
  if (sample.noise != nullptr) sample.buffers.back() += 1.0F;
  return loss;
}

std::optional<std::uint64_t> RunningMeanObjective::correct(ConstVectorView x,
                                                           ConstVectorView buffers,
                                                           std::span<const std::uint32_t> test_rows,
                                                           Workspace& /*work*/) const {
  std::uint64_t right = 0;
  for (const std::uint32_t r : test_rows) {
    const std::size_t j = r % x.size();
    if (x[j] + buffers[j] > static_cast<float>(std::sin(5.0 * r))) ++right;
  }
  return right;
}

std::vector<NamedTensor> RunningMeanObjective::frozen() const {
  return {{.name = "scale", .shape = {2}, .values = {2.0F, 3.0F}}};
}

void RunningMeanObjective::save(ConstVectorView x, ConstVectorView buffers,
                                const std::string& folder) const {
  std::ofstream(folder + "/model.txt")
      << fmt::format("{} values, {} buffers", x.size(), buffers.size());
}

std::unique_ptr<Objective> make_running_mean(const Params& params,
                                             const ObjectiveContext& /*context*/) {
  return std::make_unique<RunningMeanObjective>(
      static_cast<std::size_t>(params.integer("dimension")));
}

Experiment running_mean_experiment(const std::string& yaml) {
  DatasetCache cache;
  return {Config::parse(yaml, "test.yaml"), DataPaths{}, cache, make_running_mean};
}

}  // namespace hearsay::testing
