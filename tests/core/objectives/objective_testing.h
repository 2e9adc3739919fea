// Help for tests of objectives.
#pragma once

#include <algorithm>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "core/objective.h"
#include "tests/core/data/data_testing.h"

namespace hearsay::testing {

inline std::unique_ptr<Objective> make_objective(const std::string& name, const Params& given,
                                                 std::shared_ptr<const Dataset> data,
                                                 std::size_t parts = 4, std::uint64_t seed = 1) {
  const auto& part = objectives().at(name);
  return part.make(complete(part, given), {std::move(data), parts, seed});
}

/// Deep models have tests of their own: they need the plugin, and rows of the right shape.
inline bool is_deep(const PartInfo& part) {
  return std::any_of(part.params.begin(), part.params.end(),
                     [](const Param& param) { return param.name == "threads"; });
}

inline std::vector<std::uint32_t> rows_up_to(std::size_t count) {
  std::vector<std::uint32_t> rows(count);
  std::iota(rows.begin(), rows.end(), 0U);
  return rows;
}

/// A data set of dense rows written out by hand.
inline std::shared_ptr<const Dataset> dense_data(std::size_t features, Vector values,
                                                 std::vector<double> labels,
                                                 std::vector<double> classes) {
  auto data = std::make_shared<Dataset>();
  data->name = "by-hand";
  data->train.count = labels.size();
  data->train.features = features;
  data->train.values = std::move(values);
  data->train.labels = std::move(labels);
  data->test = data->train;
  data->classes = std::move(classes);
  return data;
}

/// The same rows stored sparse: the entries that are not zero.
inline Rows to_sparse(const Rows& rows) {
  Rows sparse;
  sparse.count = rows.count;
  sparse.features = rows.features;
  sparse.labels = rows.labels;
  sparse.row_begin.push_back(0);
  for (std::size_t r = 0; r < rows.count; ++r) {
    for (std::size_t j = 0; j < rows.features; ++j) {
      const float value = rows.values[r * rows.features + j];
      if (value == 0.0F) continue;
      sparse.columns.push_back(static_cast<std::uint32_t>(j));
      sparse.values.push_back(value);
    }
    sparse.row_begin.push_back(sparse.values.size());
  }
  return sparse;
}

struct Result {
  double loss = 0.0;
  Vector gradient;
};

inline Result evaluate(const Objective& objective, ConstVectorView x,
                       std::span<const std::uint32_t> rows, NodeId part = 0) {
  Workspace work;
  Result result;
  result.gradient.resize(objective.layout().dimension());
  result.loss = objective.evaluate(x, {rows, part, nullptr}, result.gradient, work);
  return result;
}

}  // namespace hearsay::testing
