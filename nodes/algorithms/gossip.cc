#include "nodes/algorithms/gossip.h"

#include <algorithm>
#include <boost/random/normal_distribution.hpp>
#include <cassert>

namespace hearsay {

GossipNode::GossipNode(const NodeContext& context)
    : self_(context.self),
      seed_(context.seed),
      first_(context.first),
      problem_(context.problem),
      x_(context.x0.begin(), context.x0.end()),
      mixing_(&context.network->mixing) {}

Bytes& GossipNode::begin_message() {
  own_.reset();  // it may be free for this one
  own_ = pool_.take();
  return *own_;
}

void GossipNode::broadcast(Round t, std::uint64_t ideal_bits, std::vector<Message>& out) {
  out.push_back({mixing_->receivers(t, self_), own_, ideal_bits});
}

/// x_ changes places with a vector that all receivers of an earlier message are done with.
void GossipNode::broadcast_model(Round t, std::vector<Message>& out) {
  const auto free = std::find_if(vectors_.begin(), vectors_.end(),
                                 [](const auto& vector) { return vector.use_count() == 1; });
  if (free != vectors_.end()) {
    sent_ = *free;
    // Letting go of a copy comes after all that the others did with theirs.
    std::shared_ptr<Vector>(*free).reset();
  } else {
    sent_ = vectors_.emplace_back(std::make_shared<Vector>(x_.size()));
  }
  sent_->swap(x_);
  const ByteView bytes = std::as_bytes(std::span<const float>(*sent_));
  out.push_back(
      {mixing_->receivers(t, self_), Payload(sent_, bytes), 32 * std::uint64_t{sent_->size()}});
}

DenseRows& GossipNode::dense_rows(Round t, std::span<const Incoming> messages, ByteView own,
                                  float own_weight) {
  rows_.clear();
  std::size_t next = 0;
  for (const MixingMatrix::Weight& weight : mixing_->at(t).row(self_)) {
    if (weight.node == self_)
      rows_.add(own, own_weight);
    else
      rows_.add(messages[next++], static_cast<float>(weight.value));
  }
  return rows_;
}

bool GossipNode::mix_dense(Round t, std::span<const Incoming> messages, ConstVectorView own,
                           VectorView x) {
  const PhaseClock::Scope scope(Phase::decode);
  DenseRows& rows = dense_rows(t, messages, std::as_bytes(own), own_weight(t));
  bool finite = true;
  for (auto part = rows.next(); part.size > 0; part = rows.next())
    finite &= simd::weighted_sum(part.rows, x.subspan(part.begin, part.size));
  return finite;
}

/// The own term is due when all of lower id are there.
void DifferenceNode::take_ahead(Round t, std::size_t phase, const Incoming& message,
                                Workspace& /*work*/) {
  const auto& row = mixing().at(t).row(self_);
  if (row[taken_].node == self_) {
    add_difference(phase, own_message(), own_difference_weight(mixing().at(t), self_));
    ++taken_;
  }
  assert(row[taken_].node == message.from);
  add_difference(phase, message.payload, static_cast<float>(row[taken_++].value));
}

void DifferenceNode::add_differences(Round t, std::size_t phase,
                                     std::span<const Incoming> messages) {
  const auto& row = mixing().at(t).row(self_);
  std::size_t next = 0;
  for (std::size_t term = 0; term < row.size(); ++term) {
    const bool taken = term < taken_;
    if (row[term].node == self_) {
      if (!taken)
        add_difference(phase, own_message(), own_difference_weight(mixing().at(t), self_));
      continue;
    }
    for (; next < messages.size() && messages[next].from == row[term].node; ++next)
      if (!taken)
        add_difference(phase, messages[next].payload, static_cast<float>(row[term].value));
  }
  taken_ = 0;
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
