#include "tests/nodes/collector_session.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "nodes/greeting.h"
#include "nodes/node_evaluation.h"
#include "tests/core/vectors.h"

namespace hearsay::testing {

std::string endpoint(NodeId id) {
  return fmt::format("tcp://127.0.0.1:{}", 4000 + id);
}

ControlMessage join(const Experiment& experiment, NodeId id) {
  ControlMessage message{.kind = ControlKind::join, .node = id, .text = endpoint(id)};
  message.integers = greeting_of(experiment);
  return message;
}

Session::Session(const Experiment& experiment, std::uint64_t seed)
    : experiment_(experiment),
      nodes_(experiment),
      collector_(experiment, recorder),
      said_(nodes_.size()),
      gradients_(nodes_.size()),
      order_(stream_of(seed)) {
  for (NodeId id = 0; id < nodes_.size(); ++id) said_[id].push_back(join(experiment, id));
}

void Session::run() {
  for (;;) {
    std::vector<NodeId> speakers;
    for (NodeId id = 0; id < nodes_.size(); ++id)
      if (!said_[id].empty()) speakers.push_back(id);
    if (speakers.empty()) return;
    interrupt(*this);
    const NodeId id = speakers[order_.below(speakers.size())];
    const ControlMessage message = said_[id].front();
    said_[id].pop_front();
    if (message.kind == ControlKind::model || message.kind == ControlKind::gradient) --pulled_;
    tell(message);
  }
}

void Session::tell(const ControlMessage& message) {
  std::vector<ControlMessage> answers;
  collector_.on_message(message, answers);
  for (const ControlMessage& answer : answers) hear(answer);
}

void Session::say(NodeId id, ControlMessage message) {
  message.node = id;
  said_[id].push_back(std::move(message));
}

void Session::hear(const ControlMessage& message) {
  const NodeId id = message.node;
  Node& node = nodes_.node(id);
  heard_[id].push_back(message.kind);
  ControlMessage answer;
  switch (message.kind) {
    case ControlKind::recover:
      answer = join(experiment_, id);
      answer.incarnation = message.incarnation;
      return say(id, answer);
    case ControlKind::peers:
      EXPECT_EQ(message.texts.at(id), endpoint(id));
      answer.kind = ControlKind::restored;
      return say(id, answer);
    case ControlKind::begin:
      answer.kind = ControlKind::offer;
      answer.offer = make_offer(experiment_, node, 0, 0.0);
      return say(id, answer);
    case ControlKind::pull_model:
      pull();
      answer.kind = ControlKind::model;
      answer.vector = Vector(nodes_.model(id).begin(), nodes_.model(id).end());
      return say(id, answer);
    case ControlKind::mean:
      gradients_[id].resize(experiment_.dimension());
      answer.kind = ControlKind::result;
      answer.result =
          evaluate_node(experiment_, node, message.vector.view(), gradients_[id], work_);
      return say(id, answer);
    case ControlKind::pull_gradient:
      pull();
      answer.kind = ControlKind::gradient;
      answer.vector = gradients_[id];
      return say(id, answer);
    case ControlKind::go:
      answer.kind = ControlKind::finished;
      answer.round = 4;
      answer.integers = {id, 0, 0};
      answer.traffic = {{.to = id, .frames = 1, .ideal_bits = 2, .wire_bytes = 3}};
      return say(id, answer);
    default:
      return;
  }
}

void Session::pull() {
  ++pulled_;
  most_pulled_ = std::max(most_pulled_, pulled_);
}

}  // namespace hearsay::testing
