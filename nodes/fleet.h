// All nodes of a simulation whose rounds are plain averaging (Algorithm::plain_step), as one
// matrix:
//
//   X <- X + gamma (W_t - I) X
//
// with the same sums in the same order as the nodes, so the same bits, and without a message. The
// nodes themselves stay at the round in which they were last asked for; settle() brings them here.
//
// X is kept in blocks of columns: a block has those entries of all nodes, few enough to stay in a
// core's second cache. A step writes a block to a spare, which is there already, and the block's
// own memory becomes the spare of the next. So a round moves X through the cache once, whatever W.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/simd/mix_rows.h"
#include "nodes/experiment.h"
#include "nodes/thread_pool.h"

namespace hearsay {

class Fleet {
 public:
  /// The fleet of these nodes, as they are now; null where their algorithm is no plain averaging.
  /// The nodes outlive it. Memory: X once more, and a block a thread.
  static std::unique_ptr<Fleet> of(std::span<Node> nodes, ThreadPool& pool);

  /// The round behind which X stands.
  Round round() const { return round_; }

  /// The round after it. False when a value in X is not finite any more.
  bool run_round();

  /// Copies X to the nodes and counts their traffic up to here. One pass over X.
  void settle();

  /// Of the rounds since the nodes were settled.
  std::uint64_t unsettled_wire_bytes() const { return unsettled_wire_bytes_; }

 private:
  Fleet(std::span<Node> nodes, ThreadPool& pool, const PlainStep& step);

  std::size_t payload_size() const { return 4 * dimension_; }
  void copy_block(std::size_t block, bool to_nodes);

  std::span<Node> nodes_;
  ThreadPool& pool_;
  const MixingSequence* mixing_;
  float gossip_step_;
  std::size_t dimension_;
  std::vector<VectorView> models_;        // of the nodes
  std::vector<simd::SparseMatrix> w_;     // W_t - I, of a period
  std::vector<std::uint64_t> frames_in_;  // a round of it
  std::size_t width_;                     // columns of a block
  std::vector<Vector> blocks_;            // nodes x width; the last one is padded with zeros
  std::vector<Vector> spares_;            // by worker
  std::vector<const float*> before_;      // scratch: where the blocks are before a round
  Round round_;
  std::uint64_t unsettled_wire_bytes_ = 0;
};

}  // namespace hearsay
