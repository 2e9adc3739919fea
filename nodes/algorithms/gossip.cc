#include "nodes/algorithms/gossip.h"

#include <boost/random/normal_distribution.hpp>
#include <utility>

namespace hearsay {

GossipNode::GossipNode(const NodeContext& context)
    : self_(context.self),
      seed_(context.seed),
      first_(context.first),
      problem_(context.problem),
      x_(context.x0.begin(), context.x0.end()),
      mixing_(&context.network->mixing) {}

void GossipNode::broadcast(Round t, Bytes payload, std::uint64_t ideal_bits,
                           std::vector<Message>& out) {
  own_ = std::make_shared<const Bytes>(std::move(payload));
  out.push_back({mixing_->receivers(t, self_), own_, ideal_bits});
}

Vector random_start(const NodeContext& context) {
  Stream stream(
      {.seed = context.seed, .purpose = Purpose::initial_model, .node = context.self + 1U});
  boost::random::normal_distribution<float> normal;
  Vector start(context.dimension());
  for (float& value : start) value = normal(stream);
  return start;
}

}  // namespace hearsay
