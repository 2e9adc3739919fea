// All nodes of an experiment in one process, with every frame in the hands of the test: who is
// delivered what, and when.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "core/random.h"
#include "nodes/experiment.h"
#include "tests/core/state.h"

namespace hearsay::testing {

class Cluster {
 public:
  /// `experiment` must outlive the cluster.
  explicit Cluster(const Experiment& experiment);

  /// Runs all nodes to the end of round t in lock step, frames in the order of their senders.
  void run_to(Round t);

  /// The same in a random order: any node may start its next round (or end an asynchronous one, if
  /// nothing holds it up), and any link may deliver its oldest frame, as over a network that keeps
  /// the order of each link alone.
  void run_to(Round t, Stream& order);

  std::size_t size() const { return nodes_.size(); }
  Node& node(NodeId id) { return nodes_[id]; }
  RoundEngine& engine(NodeId id) { return *nodes_[id].engine; }
  ConstVectorView model(NodeId id) const { return nodes_[id].engine->algorithm().model(); }

  std::vector<SavedState> states();
  void restore(const std::vector<SavedState>& states);

  /// Sees every frame that is sent.
  std::function<void(const Envelope&)> watch = [](const Envelope&) {};

  /// May change it first: what a peer sends that is not what it should be.
  std::function<void(Envelope&)> tamper = [](Envelope&) {};

 private:
  using Link = std::pair<NodeId, NodeId>;  // sender, receiver

  void start(NodeId id);
  bool can_end(NodeId id);
  void deliver(Link link);  // a copy: the link goes when its last frame does
  void put_on_links(std::vector<Envelope> envelopes);

  std::vector<Node> nodes_;
  std::map<Link, std::deque<Envelope>> links_;  // with something in flight only
  Workspace work_;
};

/// Names the first difference of two states, down to the bits; empty when there is none.
std::string difference(const SavedState& a, const SavedState& b);
std::string difference(const std::vector<SavedState>& a, const std::vector<SavedState>& b);

}  // namespace hearsay::testing
