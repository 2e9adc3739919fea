// Making graphs and weights from settings, as the config reader would.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "topology/mixing.h"
#include "topology/topology.h"

namespace hearsay::test {

/// The settings of a graph with its defaults filled in; `nodes` may be among them.
inline Params graph_params(const std::string& name, const std::vector<Entry>& settings) {
  Params own;
  own.set("graph", name);
  for (const Entry& entry : settings)
    if (entry.key != "nodes") own.set(entry.key, entry.value);
  Params result = complete(graphs().at(name), own);
  for (const Entry& entry : settings)
    if (entry.key == "nodes") result.set(entry.key, entry.value);
  return result;
}

inline Topology graph(const std::string& name, const std::vector<Entry>& settings,
                      std::uint64_t seed = 1) {
  return make_topology(graph_params(name, settings), seed);
}

inline MixingMatrix mixing(const std::string& kind, const Topology& of) {
  return make_mixing(complete(mixings().at(kind)), of);
}

/// [[...], [...]] as it stands in a config.
template <class Number>
std::vector<Value> rows(const std::vector<std::vector<Number>>& lists) {
  std::vector<Value> result;
  for (const auto& list : lists) result.emplace_back(std::vector<Value>(list.begin(), list.end()));
  return result;
}

inline MixingMatrix explicit_mixing(const std::vector<std::vector<double>>& matrix,
                                    const Topology& of) {
  Params given;
  given.set("kind", "explicit");
  given.set("matrix", rows(matrix));
  return make_mixing(complete(mixings().at("explicit"), given), of);
}

/// The key and the message of the ParamError that `call` throws; empty when it throws none.
struct Refusal {
  std::string key;
  std::string message;
};

template <class Call>
Refusal refusal(Call call) {
  try {
    call();
  } catch (const ParamError& error) {
    return {error.key(), error.what()};
  }
  ADD_FAILURE() << "nothing was refused";
  return {};
}

}  // namespace hearsay::test
