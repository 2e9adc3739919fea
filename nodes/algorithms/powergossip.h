// PowerGossip (Vogels, Karimireddy, Jaggi, "PowerGossip: practical low-rank communication
// compression in decentralized deep learning", NeurIPS 2020, Algorithm 1): on every edge a few
// steps of power iteration on the difference of the two models, each of which is at once a gossip
// step along the directions found. No gossip step to tune.
//
// After the local step, `iterations` times, on every edge (i, j), i < j, for every matrix M of the
// model (its first dimension by the rest), with D = M_i - M_j and orthonormal columns U that both
// ends know, taken from the right and from the left in turn:
//
//   right:  both send M U;    P = D U;      M_i <- M_i - w_ij P U^T,  M_j <- M_j + w_ij P U^T
//           U of the next iteration: the orthonormalized P
//   left:   both send M^T U;  R = D^T U;    M_i <- M_i - w_ij U R^T,  M_j <- M_j + w_ij U R^T
//           U of the next iteration: the orthonormalized R
//
// U starts at random, the same at both ends, and is carried over from round to round (warm start).
// Tensors of fewer than two dimensions, and matrices that r columns would not make smaller, go in
// full: plain gossip. A model that is one vector is not compressed at all.
#pragma once

#include <vector>

#include "nodes/algorithms/gossip.h"
#include "nodes/algorithms/local_rule.h"

namespace hearsay {

class PowerGossip final : public GossipNode {
 public:
  PowerGossip(const NodeContext& context, LocalRule rule, std::size_t rank, std::size_t iterations);

  std::size_t phases() const override { return iterations_; }
  void produce(Round t, std::size_t phase, Workspace& work, std::vector<Message>& out) override;
  std::optional<std::string> check(Round t, std::size_t phase, ByteView payload) const override;
  void consume(Round t, std::size_t phase, std::span<const Incoming> messages,
               Workspace& work) override;
  Round batches(Round t) const override { return rule_.batches(t); }
  std::vector<Optimizer*> optimizers() override { return {rule_.optimizer()}; }
  void visit_state(StateVisitor& visitor) override;

 private:
  /// A tensor: a matrix of which `rank` columns are exchanged, or (rank 0) one that goes in full.
  struct Block {
    std::size_t offset = 0;
    std::size_t rows = 1;
    std::size_t columns = 1;
    std::size_t rank = 0;
    std::size_t factor = 0;  // where its U is in Link::factors

    std::size_t size() const { return rows * columns; }
    std::size_t side(bool right) const { return right ? columns : rows; }  // rows of U
    /// Floats in a message.
    std::size_t floats(bool right) const { return rank == 0 ? size() : rank * side(!right); }
  };

  struct Link {
    NodeId other = 0;
    float weight = 0.0F;  // w_ij
    Vector factors;       // the U of all blocks, column by column
    Payload sent;         // the own message of this phase
  };

  bool is_right(Round t, std::size_t phase) const { return (iteration(t, phase) % 2) == 0; }
  std::uint64_t iteration(Round t, std::size_t phase) const {
    return (t - 1) * iterations_ + phase;
  }
  std::size_t floats(bool right) const;
  void project(const Block& block, const Link& link, bool right, std::byte* to) const;
  void update(const Block& block, Link& link, bool right, std::uint64_t iteration,
              ConstVectorView difference);
  Stream fallback(const Link& link, std::uint64_t iteration) const;
  void orthonormalize(const Block& block, Link& link, std::size_t side, std::uint64_t iteration,
                      ConstVectorView columns) const;

  LocalRule rule_;
  std::size_t iterations_;
  const Layout* layout_;
  std::vector<Block> blocks_;  // a layer each
  std::vector<Link> links_;    // ascending
};

}  // namespace hearsay
