// Aggregators: what a node makes of the vectors that meet at it in one phase, some of which may be
// poison: a server of its workers' gradients, a node on a graph of its neighbours' models.
//
// A rule of this kind bounds what a few senders can do, under conditions that each header names;
// docs/robustness.md says what that protects and what it does not.
//
// Aggregators keep no state and draw no random numbers. Vectors come by ascending node id, all of
// them finite.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/compressor.h"
#include "core/params.h"
#include "core/registry.h"
#include "core/types.h"
#include "core/workspace.h"

namespace hearsay {

/// The vectors of one aggregation with their weights: n (d + 1) floats of a workspace (slot
/// decoded), and valid until the next use of that slot.
class PeerVectors {
 public:
  /// Room for at most `most` vectors of d coordinates.
  PeerVectors(std::size_t most, std::size_t dimension, Workspace& work);

  /// Adds what a payload that has passed Compressor::check stands for.
  void add(const Compressor& compressor, ByteView payload, float weight);
  void add(ConstVectorView vector, float weight);

  std::size_t count() const { return count_; }          // n
  std::size_t dimension() const { return dimension_; }  // d
  ConstVectorView vector(std::size_t i) const {
    return vectors_.subspan(i * dimension_, dimension_);
  }
  double weight(std::size_t i) const { return static_cast<double>(weights_[i]); }

 private:
  VectorView next(float weight);

  std::size_t dimension_;
  std::size_t count_ = 0;
  VectorView vectors_;
  VectorView weights_;
};

class Aggregator {
 public:
  Aggregator() = default;
  virtual ~Aggregator() = default;
  Aggregator(const Aggregator&) = delete;
  Aggregator& operator=(const Aggregator&) = delete;

  /// What is wrong with this rule for n vectors, n >= 1, or nothing.
  virtual std::optional<std::string> impossible_for(std::size_t n) const = 0;

  /// Whether each coordinate of the result depends on that coordinate of the vectors alone.
  virtual bool coordinate_wise() const = 0;

  /// Puts the aggregate into x. On a graph x is the node's own vector before, and one of `peers`;
  /// on a server it is what the last round made, zero before round 1. `peers` must not be
  /// impossible. Allocates nothing once `work` has grown.
  virtual void aggregate(const PeerVectors& peers, VectorView x, Workspace& work) const = 0;
};

struct AggregatorMaker {
  bool on_server = true;  // has a meaning for a server with workers
  bool on_graph = true;   // has a meaning for a node and its neighbours
  /// Null stands for the mean, which needs no vectors beside each other. Throws ParamError.
  std::unique_ptr<Aggregator> (*make)(const Params& params) = nullptr;
};

const Registry<AggregatorMaker>& aggregators();
const Catalogue& aggregator_catalogue();

/// `params` names the rule in its first entry. Null for the mean.
std::unique_ptr<Aggregator> make_aggregator(const Params& params);

}  // namespace hearsay
