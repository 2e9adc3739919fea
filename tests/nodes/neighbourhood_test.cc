// Two neighbours in one thread, over TCP: greetings, connections that are cut, and greetings that
// somebody has recorded.
#include "nodes/neighbourhood.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>
#include <zmq.hpp>

#include "nodes/greeting.h"
#include "tests/nodes/cluster.h"
#include "tests/nodes/experiments.h"
#include "tests/nodes/tcp_connections.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kSession = 99;

struct Side {
  Side(const Experiment& experiment, NodeId id)
      : doorman(context, std::nullopt, refusals, 1),
        node(experiment.make_node(id)),
        links(experiment, node, work, context, doorman, std::nullopt, 10.0),
        endpoint(links.bind("tcp://127.0.0.1:*")) {
    links.set_session(kSession);
  }

  void begin(std::uint64_t incarnation) {
    links.set_incarnation(incarnation);
    node.engine->set_incarnation(static_cast<std::uint16_t>(incarnation));
  }

  zmq::context_t context;
  RefusalLog refusals{[](const std::string& /*line*/) {}};
  Doorman doorman;
  Node node;
  Workspace work;
  Neighbourhood links;
  std::string endpoint;
};

class TwoNeighbours : public ::testing::Test {
 protected:
  void SetUp() override {
    spdlog::set_level(spdlog::level::err);  // what is lost here is lost on purpose
    for (Side* side : {&a_, &b_}) side->begin(1);
    meet(b_);
    meet(a_);
    ASSERT_TRUE(
        serve_until([&] { return a_.links.ungreeted().empty() && b_.links.ungreeted().empty(); }));
  }

  void meet(Side& side) { side.links.meet({1 - side.node.id}, {a_.endpoint, b_.endpoint}); }

  bool serve_until(const std::function<bool()>& done) {
    const auto deadline = Clock::now() + std::chrono::seconds(20);
    while (!done()) {
      if (Clock::now() > deadline) return false;
      for (Side* side : {&a_, &b_}) {
        side->links.listen(Clock::now());
        side->links.mend(Clock::now());
      }
    }
    return true;
  }

  void start_round() {
    for (Side* side : {&a_, &b_}) {
      side->node.engine->start_round(side->work, side->links.outbox());
      side->links.flush(Clock::now());
    }
  }
  bool end_round() {
    return serve_until(
        [&] { return a_.node.engine->round_done() && b_.node.engine->round_done(); });
  }
  void run_to(Round t) {
    while (a_.node.engine->round() < t) {
      start_round();
      ASSERT_TRUE(end_round()) << "round " << a_.node.engine->round();
    }
  }
  void expect_undisturbed_models() {
    Cluster undisturbed(experiment_);
    undisturbed.run_to(a_.node.engine->round());
    for (Side* side : {&a_, &b_})
      EXPECT_THAT(side->node.engine->algorithm().model(),
                  ::testing::ElementsAreArray(undisturbed.model(side->node.id)));
  }

  /// What node 1 said in its first greeting, but for its number.
  void greet_in_the_name_of_node_1(zmq::socket_t& stranger, std::uint64_t number) {
    const Bytes greeting = encode_greeting(greeting_of(experiment_));
    Bytes message = encode_header({.kind = FrameKind::hello,
                                   .digest = experiment_.digest() ^ kSession,
                                   .from = 1,
                                   .to = 0,
                                   .incarnation = 1,
                                   .sequence = number,
                                   .payload_size = greeting.size(),
                                   .payload_checksum = checksum(greeting)});
    message.insert(message.end(), greeting.begin(), greeting.end());
    stranger.send(zmq::buffer(message), zmq::send_flags::none);
  }

  Experiment experiment_ = experiment_of(
      "topology: {graph: path, nodes: 2}\n"
      "objective: {model: quadratic, dimension: 5000}\n"
      "algorithm: {name: choco-sgd, learning_rate: 0.1, gossip_step: 0.3, "
      "compressor: {name: top-k, ratio: 0.5}}\n"
      "run: {rounds: 100}\n");
  Side a_{experiment_, 0};
  Side b_{experiment_, 1};  // who calls
};

TEST_F(TwoNeighbours, ShareOneConnection) {
  run_to(10);
  EXPECT_EQ(tcp_connections().size(), 2U) << "ends of connections";
  expect_undisturbed_models();
  EXPECT_EQ(a_.links.reconnections() + b_.links.reconnections(), 0U);
  EXPECT_EQ(a_.refusals.total() + b_.refusals.total(), 0U);
}

TEST_F(TwoNeighbours, WhoseConnectionIsCutSendAgainWhatWasInFlight) {
  for (Round t = 1; t <= 8; ++t) {
    start_round();
    cut_tcp_connections();  // with both messages on it, or some of their bytes
    ASSERT_TRUE(end_round()) << "round " << t;
  }
  // Cuts may follow before a connection is made.
  EXPECT_GE(a_.links.reconnections(), 2U);
  EXPECT_GE(b_.links.reconnections(), 2U);
  EXPECT_GE(a_.links.resent(), 1U);
  EXPECT_GE(b_.links.resent(), 1U);
  expect_undisturbed_models();
}

TEST_F(TwoNeighbours, MeetAgainInANewIncarnation) {
  run_to(2);
  for (Side* side : {&b_, &a_}) {
    side->links.leave();
    side->node = experiment_.make_node(side->node.id);
    side->begin(2);
    meet(*side);
  }
  ASSERT_TRUE(
      serve_until([&] { return a_.links.ungreeted().empty() && b_.links.ungreeted().empty(); }));
  run_to(5);
  expect_undisturbed_models();
  EXPECT_EQ(a_.links.reconnections() + b_.links.reconnections(), 0U);
  EXPECT_EQ(a_.refusals.total() + b_.refusals.total(), 0U);
}

TEST_F(TwoNeighbours, ARecordedGreetingDoesNotTakeAConnectionsPlace) {
  run_to(2);
  zmq::socket_t stranger(a_.context, zmq::socket_type::dealer);
  stranger.set(zmq::sockopt::linger, 0);
  stranger.connect(a_.endpoint);
  greet_in_the_name_of_node_1(stranger, 12345);
  ASSERT_TRUE(serve_until([&] { return a_.refusals.count(Refusal::replayed) == 1; }));
  run_to(4);
  expect_undisturbed_models();
  EXPECT_EQ(a_.links.reconnections(), 0U);
}

TEST_F(TwoNeighbours, ANewerGreetingDoes) {
  run_to(2);
  zmq::socket_t stranger(a_.context, zmq::socket_type::dealer);
  stranger.set(zmq::sockopt::linger, 0);
  stranger.connect(a_.endpoint);
  greet_in_the_name_of_node_1(stranger, ~std::uint64_t{0});
  ASSERT_TRUE(serve_until([&] { return a_.links.reconnections() == 1; }));
  // What goes to node 1 goes to the stranger now: the sign that its connection was accepted, and
  // the answer to its greeting.
  stranger.set(zmq::sockopt::rcvtimeo, 20'000);
  zmq::message_t part;
  ASSERT_TRUE(stranger.recv(part));
  EXPECT_EQ(part.size(), 0U);
  ASSERT_TRUE(stranger.recv(part));
  const auto answer = decode_header({part.data<std::byte>(), part.size()});
  ASSERT_TRUE(std::holds_alternative<FrameHeader>(answer));
  EXPECT_EQ(std::get<FrameHeader>(answer).kind, FrameKind::hello);
}

}  // namespace
}  // namespace hearsay
