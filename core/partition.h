// Which rows of the data set belong to which node, and the order in which a node walks through
// them.
#pragma once

#include <cstdint>
#include <vector>

#include "core/dataset.h"
#include "core/params.h"
#include "core/random.h"

namespace hearsay {

/// The parts of N training rows for n nodes; part i is a list of row numbers, never empty.
///   contiguous: rows floor(iN/n) .. floor((i+1)N/n) - 1;   iid: the same of a seeded shuffle;
///   label-sorted: the same of the rows sorted by label (stable);
///   dirichlet: each class split by proportions drawn from Dirichlet(alpha) (Yurochkin et al., ICML
///   2019; Hsu et al. 2019 draw the classes of each node in the same way), drawn anew until every
///   node has a row.
/// Throws ParamError("partition", ...) when there are more nodes than rows, or no draw gives every
/// node a row.
using MakePartition = std::vector<std::vector<std::uint32_t>> (*)(const Params& params,
                                                                  const Rows& rows,
                                                                  std::size_t nodes,
                                                                  std::uint64_t seed);

const Registry<MakePartition>& partitions();
const Catalogue& partition_catalogue();

/// Rows floor(iN/n) .. floor((i+1)N/n) - 1 of N: also how the test rows are shared out for
/// evaluation.
struct RowRange {
  std::size_t begin = 0;
  std::size_t end = 0;
};
RowRange contiguous_range(std::size_t rows, std::size_t parts, std::size_t part);

/// `count` of `rows` places, evenly spaced: the k-th is floor(k rows / count). All of them when
/// count >= rows.
std::vector<std::uint32_t> evenly_spaced(std::size_t rows, std::size_t count);

/// A node's batches. The node walks its rows in an order shuffled anew each epoch, without
/// replacement; batch t holds places (t-1)b .. tb - 1 of that endless walk. So a batch depends on
/// the round alone and there is no position to save. A node with fewer than b rows takes all of
/// them each round.
class BatchSampler {
 public:
  /// batch = 0: all rows each round ("full").
  BatchSampler(std::vector<std::uint32_t> rows, std::size_t batch, std::uint64_t seed, NodeId node);

  /// The rows of round t >= 1; valid until the next call.
  std::span<const std::uint32_t> batch(Round t);

  std::span<const std::uint32_t> rows() const { return rows_; }
  std::size_t batch_size() const { return batch_; }
  /// The share of the node's rows seen in rounds 1..t (above 1 after the first epoch); t when every
  /// round takes all rows.
  double epochs(Round t) const;

 private:
  std::span<const std::uint32_t> order_of(std::uint64_t epoch);

  std::vector<std::uint32_t> rows_;
  std::size_t batch_;
  std::uint64_t seed_;
  NodeId node_;
  std::vector<std::uint32_t> order_;  // rows_ in the order of epoch order_epoch_
  std::uint64_t order_epoch_;
  std::vector<std::uint32_t> batch_rows_;
};

}  // namespace hearsay
