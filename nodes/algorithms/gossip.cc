#include "nodes/algorithms/gossip.h"

#include <utility>

namespace hearsay {

GossipNode::GossipNode(const NodeContext& context)
    : self_(context.self),
      seed_(context.seed),
      problem_(context.problem),
      x_(context.x0.begin(), context.x0.end()),
      neighbours_(&context.network->graph.neighbours(context.self)),
      row_(&context.network->w.row(context.self)) {}

void GossipNode::broadcast(Bytes payload, std::uint64_t ideal_bits,
                           std::vector<Message>& out) const {
  out.push_back({*neighbours_, std::make_shared<const Bytes>(std::move(payload)), ideal_bits});
}

}  // namespace hearsay
