#include "core/objectives/rows.h"

#include <fmt/format.h>

#include <algorithm>

namespace hearsay {

std::shared_ptr<const Dataset> require_data(const ObjectiveContext& context,
                                            std::string_view model) {
  if (context.data == nullptr)
    throw ParamError("data", fmt::format("{} needs a data set, such as digits", model));
  return context.data;
}

std::shared_ptr<const Dataset> require_features(const ObjectiveContext& context,
                                                std::string_view model) {
  auto data = require_data(context, model);
  if (data->vocabulary > 0)
    throw ParamError("data", fmt::format("{}'s rows are word numbers: allowed are imdb-lstm and "
                                         "torchscript; found {}",
                                         data->name, model));
  return data;
}

std::vector<std::uint32_t> class_numbers(std::span<const double> labels,
                                         std::span<const double> classes) {
  std::vector<std::uint32_t> numbers;
  numbers.reserve(labels.size());
  for (const double label : labels) {
    const auto found = std::lower_bound(classes.begin(), classes.end(), label);
    const bool known = found != classes.end() && *found == label;
    numbers.push_back(known ? static_cast<std::uint32_t>(found - classes.begin()) : kNoClass);
  }
  return numbers;
}

const std::vector<double>& require_classes(const Dataset& data, std::string_view model) {
  if (data.classes.size() < 2)
    throw ParamError("data",
                     fmt::format("{} needs class labels, at least two; {} has {}", model, data.name,
                                 data.classes.empty() ? "a regression target" : "one"));
  return data.classes;
}

void finish_l2_gradient(std::span<const double> total, std::size_t count, double lambda,
                        ConstVectorView x, VectorView gradient) {
  const auto n = static_cast<double>(count);
  for (std::size_t j = 0; j < gradient.size(); ++j)
    gradient[j] = static_cast<float>(total[j] / n + lambda * static_cast<double>(x[j]));
}

}  // namespace hearsay
