#include "topology/mixing/explicit.h"

#include <fmt/format.h>

#include "topology/mixing/weights.h"

namespace hearsay {

namespace {

double as_number(const Value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value.data))
    return static_cast<double>(*whole);
  return std::get<double>(value.data);
}

/// The matrix as it is written, every entry of it.
MixingMatrix as_written(const Params& params) {
  const auto& lists = params.list("matrix");
  std::vector<std::vector<MixingMatrix::Weight>> rows(lists.size());
  for (std::size_t i = 0; i < lists.size(); ++i) {
    const auto& entries = std::get<std::vector<Value>>(lists[i].data);
    if (entries.size() != lists.size())
      throw ParamError("mixing", fmt::format("row {} of the matrix has {} entries, must have {}", i,
                                             entries.size(), lists.size()));
    for (NodeId j = 0; j < entries.size(); ++j) rows[i].push_back({j, as_number(entries[j])});
  }
  return MixingMatrix(std::move(rows));
}

}  // namespace

MixingMatrix explicit_weights(const Params& params, const Topology& graph) {
  const MixingMatrix written = as_written(params);
  check_mixing(written, graph);
  return matrix_of(graph, [&](const Edge& edge) { return written(edge.a, edge.b); });
}

Part<MakeMixing> part_explicit_weights() {
  const Param row = list_of("row", number("weight", "w_ij").at_least(0).at_most(1), "one row");
  return {"explicit",
          "the matrix is given: matrix: [[...], ...], symmetric, rows summing to 1",
          {list_of("matrix", row, "W, a list of n numbers for every node").must()},
          explicit_weights,
          "kind"};
}

}  // namespace hearsay
