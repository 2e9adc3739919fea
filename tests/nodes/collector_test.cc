// The collector, driven by hand: real nodes answer it, in every order that a network allows.
#include "nodes/collector.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nodes/greeting.h"
#include "nodes/layer_report.h"
#include "tests/core/vectors.h"
#include "tests/nodes/collector_session.h"
#include "tests/nodes/experiments.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string config_of(const std::string& topology, const std::string& algorithm) {
  return fmt::format(
      "topology: {}\n"
      "objective: {{model: softmax, data: {{name: synthetic, rows: 60, features: 3, classes: 2, "
      "test_rows: 20}}}}\n"
      "algorithm: {}\n"
      "run: {{rounds: 4}}\n",
      topology, algorithm);
}

const char* const kDpsgd = "{name: dpsgd, learning_rate: 0.1}";

void expect_the_simulators_row(const std::string& config) {
  const Experiment experiment = experiment_of(config);
  const Recorder simulated = run(experiment);
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Session session(experiment, seed);
    session.run();
    SCOPED_TRACE(seed);
    EXPECT_FALSE(session.collector().failure());
    EXPECT_TRUE(session.collector().finished());
    ASSERT_EQ(session.recorder.reports.size(), 1U);
    EXPECT_EQ(timeless_rows(session.recorder).front(), timeless_rows(simulated).front());
    ASSERT_TRUE(session.recorder.end);
    EXPECT_FALSE(session.recorder.end->interrupted);
    EXPECT_EQ(session.recorder.end->round, 4U);
    const std::size_t nodes = experiment.network().nodes();
    EXPECT_EQ(session.recorder.end->refused_total(), nodes * (nodes - 1) / 2);
    EXPECT_EQ(session.recorder.end->traffic.at(1).at(0).to, 1U);
    EXPECT_EQ(session.heard(1).back(), ControlKind::bye);
  }
}

TEST(Collector, FindsTheSimulatorsRowWhateverTheOrderOfTheMessages) {
  expect_the_simulators_row(config_of("{graph: ring, nodes: 3}", kDpsgd));
}

/// Something that is no answer to anything, at any time.
ControlMessage nonsense(const Experiment& experiment, Stream& random) {
  const auto number = [&]() -> std::uint64_t {
    return random.below(4) == 0 ? ~std::uint64_t{0} >> random.below(40) : random.below(5);
  };
  const auto numbers = [&] {
    std::vector<std::uint64_t> result(random.below(5));
    for (std::uint64_t& value : result) value = number();
    return result;
  };
  const auto id = static_cast<NodeId>(random.below(experiment.network().nodes() + 1));
  ControlMessage message = random.below(6) == 0 ? join(experiment, id) : ControlMessage();
  if (message.kind != ControlKind::join) {
    message.kind = static_cast<ControlKind>(1 + random.below(static_cast<int>(ControlKind::abort)));
    message.integers = numbers();
  }
  message.node = id;
  message.incarnation = random.below(3);
  message.round = number();
  message.rounds = numbers();
  message.offer.sketch.resize(random.below(3));
  if (random.below(4) == 0) message.offer.layers.layers.resize(random.below(4));
  message.result.correct = number();
  const std::size_t d = experiment.dimension();
  message.vector = Vector(std::vector<std::size_t>{0, d - 1, d, d + 1}[random.below(4)]);
  message.traffic.resize(random.below(3), {.to = static_cast<NodeId>(number())});
  return message;
}

void ask_everything(Collector& collector, std::size_t nodes) {
  std::vector<NodeStatus> status(nodes);
  collector.look(status);
  if (collector.stalls().any()) {
    EXPECT_FALSE(collector.stalls().report().empty());
  }
  for (const NodeId id : collector.owing()) EXPECT_LT(id, nodes);
  for (const NodeId id : collector.missing()) EXPECT_LT(id, nodes);
  EXPECT_LT(collector.stalls().root().value_or(0), nodes);
}

/// Whoever has a node's key, or has joined first where there are no keys, may say anything: that
/// may end the run, with a reason, and nothing else.
void expect_nonsense_does_no_harm(const std::string& config) {
  const Experiment experiment = experiment_of(config);
  const std::size_t nodes = experiment.network().nodes();
  int ended = 0;
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    Stream random = stream_of(seed);
    LayerReport report(experiment.layout());
    Session session(experiment, seed);
    int left = 20;
    session.interrupt = [&](Session& now) {
      if (left == 0 || random.below(5) != 0) return;
      --left;
      Collector& collector = now.collector();
      std::vector<ControlMessage> out;
      const std::size_t what = random.below(12);
      if (what == 0) collector.request_stop(out);
      if (what == 1) collector.request_checkpoint(out);
      if (what == 2) collector.remind(out);
      if (what == 3 && collector.all_joined())
        collector.lose(static_cast<NodeId>(random.below(nodes)), out);
      now.tell(nonsense(experiment, random));
      ask_everything(collector, nodes);
    };
    session.run();
    ended += session.collector().failure() ? 1 : 0;
    for (const EvaluationReport& evaluation : session.recorder.reports) {
      std::vector<LayerCounts> layers;
      for (const NodeOffer& offer : evaluation.offers) layers.push_back(offer.layers);
      report.add(evaluation.row.round, layers);
    }
  }
  EXPECT_GT(ended, 0) << "some of it is too much";
}

TEST(Collector, NonsenseDoesNoHarm) {
  expect_nonsense_does_no_harm(config_of("{graph: ring, nodes: 3}", kDpsgd));
  expect_nonsense_does_no_harm(config_of("{graph: ring, nodes: 4}", kDpsgd) +
                               "on_peer_loss: reweight\n");
  expect_nonsense_does_no_harm(
      config_of("{graph: ring, nodes: 4}", "{name: ad-psgd, learning_rate: 0.1}"));
  expect_nonsense_does_no_harm(
      config_of("{graph: star, workers: 3}",
                "{name: comp-ams, learning_rate: 0.1, compressor: {name: top-k, ratio: 0.5}}"));
}

TEST(Collector, AsksTheServerForNothing) {
  const std::string config =
      config_of("{graph: star, workers: 3}", "{name: dist-amsgrad, learning_rate: 0.1}");
  expect_the_simulators_row(config);
  const Experiment experiment = experiment_of(config);
  Session session(experiment, 1);
  session.run();
  EXPECT_THAT(session.heard(0), ElementsAre(ControlKind::welcome, ControlKind::peers,
                                            ControlKind::begin, ControlKind::go, ControlKind::bye));
}

TEST(Collector, NeedsNoGradientsOfNodesThatOnlyAverage) {
  const std::string config =
      config_of("{graph: ring, nodes: 3}", "{name: choco-gossip, compressor: identity}");
  expect_the_simulators_row(config);
  const Experiment experiment = experiment_of(config);
  Session session(experiment, 1);
  session.run();
  EXPECT_THAT(session.heard(0), ElementsAre(ControlKind::welcome, ControlKind::peers,
                                            ControlKind::begin, ControlKind::pull_model,
                                            ControlKind::mean, ControlKind::go, ControlKind::bye));
}

TEST(Collector, HoldsFewVectorsAtATime) {
  const std::string config = config_of("{graph: ring, nodes: 20}", kDpsgd);
  expect_the_simulators_row(config);
  const Experiment experiment = experiment_of(config);
  Session session(experiment, 1);
  session.run();
  EXPECT_EQ(session.most_pulled(), 8U);
}

class CollectorOfAsynchronousNodes : public ::testing::Test {
 protected:
  void tell(const ControlMessage& message) {
    out_.clear();
    collector_.on_message(message, out_);
  }
  void tell_all(ControlKind kind) {
    for (NodeId id = 0; id < 3; ++id)
      tell(kind == ControlKind::join ? join(experiment_, id)
                                     : ControlMessage{.kind = kind, .node = id});
  }
  void expect_grant(NodeId node, const std::vector<Round>& rounds) const {
    ASSERT_EQ(out_.size(), 1U);
    EXPECT_EQ(out_.back().kind, ControlKind::grant);
    EXPECT_EQ(out_.back().node, node);
    EXPECT_EQ(out_.back().rounds, rounds);
  }

  const Experiment experiment_ =
      experiment_of(config_of("{graph: ring, nodes: 3}", "{name: ad-psgd, learning_rate: 0.1}"));
  Recorder recorder_;
  Collector collector_{experiment_, recorder_};
  std::vector<ControlMessage> out_;
};

TEST_F(CollectorOfAsynchronousNodes, MayBeToldToStopBeforeTheFirstRound) {
  tell_all(ControlKind::join);
  collector_.request_stop(out_);
  tell_all(ControlKind::restored);
  ASSERT_EQ(out_.back().kind, ControlKind::stop_after);
  EXPECT_EQ(out_.back().round, 0U);
  // What nodes say before they hear that.
  tell({.kind = ControlKind::want, .node = 0, .rounds = {1}});
  EXPECT_THAT(out_, IsEmpty());
  tell({.kind = ControlKind::want, .node = 1});
  EXPECT_THAT(out_, IsEmpty());
  tell_all(ControlKind::finished);
  EXPECT_TRUE(collector_.finished());
  EXPECT_TRUE(recorder_.end && recorder_.end->interrupted);
}

TEST_F(CollectorOfAsynchronousNodes, TakesBackRoundsOfOneThatIsHeldUpForOneThatHasNone) {
  tell_all(ControlKind::join);
  tell_all(ControlKind::restored);
  tell({.kind = ControlKind::want, .node = 0, .rounds = {100}});
  ASSERT_EQ(out_.back().kind, ControlKind::grant);
  const Round granted = out_.back().rounds.at(0);
  ASSERT_GT(granted, 1U);
  tell({.kind = ControlKind::want, .node = 0, .rounds = {0, granted - 1}});
  EXPECT_THAT(out_, IsEmpty()) << "nobody needs them";
  do tell({.kind = ControlKind::want, .node = 1, .rounds = {100}});
  while (!out_.empty() && out_.back().node == 1);
  expect_grant(0, {});
  tell({.kind = ControlKind::want, .node = 0, .rounds = {0, 0, granted - 1}});
  expect_grant(1, {1});
}

class CollectorOfThree : public ::testing::Test {
 protected:
  void tell(const ControlMessage& message) {
    out.clear();
    collector.on_message(message, out);
  }
  void all_join() {
    for (NodeId id = 0; id < 3; ++id) tell(join(experiment, id));
  }
  void all_begin() {
    all_join();
    for (NodeId id = 0; id < 3; ++id) tell({.kind = ControlKind::restored, .node = id});
  }
  /// In an incarnation that is not the first.
  void join_again(NodeId id, std::uint64_t incarnation, std::vector<Round> checkpoints) {
    ControlMessage message = join(experiment, id);
    message.incarnation = incarnation;
    message.rounds = std::move(checkpoints);
    tell(message);
  }
  std::vector<ControlKind> kinds() const {
    std::vector<ControlKind> result;
    for (const ControlMessage& message : out) result.push_back(message.kind);
    return result;
  }
  std::string failure_of_join(std::size_t field, std::uint64_t value) {
    ControlMessage message = join(experiment, 1);
    message.integers.at(field) = value;
    tell(message);
    return collector.failure().value_or("none");
  }

  const Experiment experiment = experiment_of(config_of("{graph: ring, nodes: 3}", kDpsgd));
  Recorder recorder;
  Collector collector{experiment, recorder};
  std::vector<ControlMessage> out;
};

TEST_F(CollectorOfThree, SpreadsTheWordWhenAllHaveJoined) {
  EXPECT_THAT(collector.missing(), ElementsAre(0, 1, 2));
  tell(join(experiment, 2));
  tell(join(experiment, 0));
  EXPECT_THAT(kinds(), ElementsAre(ControlKind::welcome));
  EXPECT_EQ(out.front().node, 0U);
  EXPECT_THAT(collector.missing(), ElementsAre(1));
  EXPECT_FALSE(collector.all_joined());
  tell(join(experiment, 0));  // once more, from the same place: no harm
  EXPECT_FALSE(collector.all_joined());
  tell(join(experiment, 1));
  EXPECT_TRUE(collector.all_joined());
  ASSERT_EQ(out.size(), 4U);
  EXPECT_EQ(out.front().kind, ControlKind::welcome);
  out.erase(out.begin());
  for (NodeId id = 0; id < 3; ++id) {
    EXPECT_EQ(out[id].kind, ControlKind::peers);
    EXPECT_EQ(out[id].node, id);
    EXPECT_THAT(out[id].texts, ElementsAre(endpoint(0), endpoint(1), endpoint(2)));
  }
}

TEST_F(CollectorOfThree, NamesBothValuesOfAnotherDigest) {
  const std::uint64_t mine = experiment.digest();
  EXPECT_THAT(failure_of_join(3, mine ^ 1U),
              AllOf(HasSubstr("node 1"), HasSubstr(fmt::format("{:016x}", mine)),
                    HasSubstr(fmt::format("{:016x}", mine ^ 1U))));
}

TEST_F(CollectorOfThree, NamesBothValuesOfAnotherDimension) {
  EXPECT_THAT(failure_of_join(2, 12345),
              HasSubstr(fmt::format("its model dimension is 12345, here it is {}",
                                    experiment.dimension())));
}

TEST_F(CollectorOfThree, NamesTwoPeersThatClaimTheSameNode) {
  tell(join(experiment, 1));
  ControlMessage other = join(experiment, 1);
  other.text = endpoint(77);
  tell(other);
  EXPECT_THAT(collector.failure().value_or("none"),
              AllOf(HasSubstr("node 1"), HasSubstr(endpoint(1)), HasSubstr(endpoint(77))));
}

TEST_F(CollectorOfThree, PassesOnWhyANodeFailed) {
  tell({.kind = ControlKind::failed, .node = 2, .round = 7, .text = "no space"});
  EXPECT_EQ(collector.failure(), "node 2 failed in round 7: no space");
  all_join();  // nothing more comes
  EXPECT_FALSE(collector.all_joined());
}

TEST_F(CollectorOfThree, SaysWhenANodeFailedBeforeTheFirstRound) {
  tell({.kind = ControlKind::failed, .node = 2, .text = "no greeting"});
  EXPECT_EQ(collector.failure(), "node 2 failed before round 1: no greeting");
}

TEST_F(CollectorOfThree, StopsAllAfterTheLastRoundThatAnyHasStarted) {
  collector.request_stop(out);
  EXPECT_THAT(out, IsEmpty());  // nobody is there yet
  EXPECT_FALSE(collector.stopping());
  all_begin();
  tell({.kind = ControlKind::stop_request, .node = 1});
  EXPECT_THAT(kinds(), ElementsAre(ControlKind::hold, ControlKind::hold, ControlKind::hold));
  EXPECT_TRUE(collector.stopping());
  out.clear();
  collector.request_stop(out);
  EXPECT_THAT(out, IsEmpty());  // once is enough
  tell({.kind = ControlKind::held, .node = 0, .round = 5});
  tell({.kind = ControlKind::held, .node = 1, .round = 6});
  EXPECT_THAT(out, IsEmpty());
  tell({.kind = ControlKind::held, .node = 2, .round = 4});
  ASSERT_EQ(out.size(), 3U);
  for (NodeId id = 0; id < 3; ++id) {
    EXPECT_EQ(out[id].kind, ControlKind::stop_after);
    EXPECT_EQ(out[id].node, id);
    EXPECT_EQ(out[id].round, 6U);
  }
}

TEST_F(CollectorOfThree, BeginsWhenAllHaveTheirState) {
  all_join();
  tell({.kind = ControlKind::restored, .node = 1});
  tell({.kind = ControlKind::restored, .node = 1});  // said twice, counted once
  tell({.kind = ControlKind::restored, .node = 0});
  EXPECT_THAT(out, IsEmpty());
  EXPECT_FALSE(collector.running());
  tell({.kind = ControlKind::restored, .node = 2});
  EXPECT_THAT(kinds(), ElementsAre(ControlKind::begin, ControlKind::begin, ControlKind::begin));
  EXPECT_THAT(out.front().rounds, IsEmpty()) << "nothing has been evaluated";
  EXPECT_TRUE(collector.running());
}

TEST_F(CollectorOfThree, AsksForACheckpointAfterTheLastRoundThatAnyHasStarted) {
  all_begin();
  out.clear();
  collector.request_checkpoint(out);
  EXPECT_THAT(kinds(), ElementsAre(ControlKind::hold, ControlKind::hold, ControlKind::hold));
  tell({.kind = ControlKind::held, .node = 0, .round = 2});
  tell({.kind = ControlKind::held, .node = 1, .round = 3});
  tell({.kind = ControlKind::held, .node = 2, .round = 2});
  ASSERT_EQ(out.size(), 3U);
  EXPECT_EQ(out.front().kind, ControlKind::save_after);
  EXPECT_EQ(out.front().round, 3U);
  // And again, and a stop that comes while the nodes are held.
  out.clear();
  collector.request_checkpoint(out);
  EXPECT_EQ(out.size(), 3U);
  tell({.kind = ControlKind::stop_request, .node = 1});
  EXPECT_THAT(out, IsEmpty());
  for (NodeId id = 0; id < 3; ++id) tell({.kind = ControlKind::held, .node = id, .round = 4});
  ASSERT_EQ(out.size(), 3U);
  EXPECT_EQ(out.front().kind, ControlKind::stop_after);
}

TEST_F(CollectorOfThree, ALossMakesAllJoinAgainAndBeginWithTheNewestCheckpointThatAllHave) {
  all_begin();
  out.clear();
  collector.lose(1, out);
  EXPECT_THAT(kinds(),
              ElementsAre(ControlKind::recover, ControlKind::recover, ControlKind::recover));
  EXPECT_EQ(out.front().incarnation, 2U);
  EXPECT_FALSE(collector.running());

  join_again(0, 2, {3, 2, 1});
  join_again(2, 2, {2, 1});
  EXPECT_THAT(collector.missing(), ElementsAre(1));
  join_again(1, 0, {3, 1});  // a process that was started again knows of no incarnation
  ASSERT_EQ(out.size(), 4U);
  EXPECT_EQ(out.front().kind, ControlKind::welcome);
  EXPECT_EQ(out.front().incarnation, 2U);
  EXPECT_EQ(out.back().kind, ControlKind::peers);
  EXPECT_EQ(out.back().round, 1U);
}

/// The same under on_peer_loss: reweight.
class ReweightingCollector : public CollectorOfThree {
 protected:
  ControlMessage progress(NodeId id, std::uint64_t incarnation, std::uint64_t bits) const {
    ControlMessage message{
        .kind = ControlKind::progress, .node = id, .incarnation = incarnation, .round = 3};
    message.offer.ideal_bits = bits;
    message.offer.wire_bytes = bits / 8;
    return message;
  }

  const Experiment reweighted =
      experiment_of(config_of("{graph: complete, nodes: 3}", kDpsgd) + "on_peer_loss: reweight\n");
};

TEST_F(ReweightingCollector, CountsWhatALostNodeHadTold) {
  Collector losing(reweighted, recorder);
  for (NodeId id = 0; id < 3; ++id) losing.on_message(join(reweighted, id), out);
  for (NodeId id = 0; id < 3; ++id)
    losing.on_message({.kind = ControlKind::restored, .node = id}, out);
  losing.on_message(progress(1, 1, 800), out);
  losing.on_message(progress(0, 1, 80), out);
  EXPECT_EQ(recorder.progress.back().wire_bytes, 110U);
  losing.lose(1, out);
  ASSERT_FALSE(losing.failure());
  losing.on_message(progress(0, 2, 160), out);
  EXPECT_EQ(recorder.progress.back().wire_bytes, 120U) << "its hundred among them";
  std::vector<NodeStatus> nodes(3);
  losing.look(nodes);
  EXPECT_EQ(nodes[1].state, NodeState::lost);
}

TEST_F(CollectorOfThree, WordFromAFormerIncarnationIsAnsweredWithTheNews) {
  all_begin();
  out.clear();
  collector.lose(1, out);
  ControlMessage late{.kind = ControlKind::progress, .node = 2, .incarnation = 1, .round = 77};
  tell(late);
  EXPECT_THAT(kinds(), ElementsAre(ControlKind::recover));
  EXPECT_EQ(out.front().node, 2U);
  EXPECT_EQ(collector.round_of(2), 0U);
}

TEST_F(CollectorOfThree, APeerThatIsStartedAgainWhileTheRunGoesOnIsNoticed) {
  all_begin();
  tell(join(experiment, 1));
  EXPECT_FALSE(collector.failure());
  const auto returned = collector.take_returned();
  ASSERT_TRUE(returned);
  EXPECT_EQ(returned->node, 1U);
  EXPECT_FALSE(collector.take_returned());
}

TEST_F(CollectorOfThree, WithNothingToResumeFromSaysSo) {
  Collector resuming(experiment, recorder, true);
  for (NodeId id = 0; id < 3; ++id) {
    ControlMessage message = join(experiment, id);
    message.rounds = {id + 1U};
    resuming.on_message(message, out);
  }
  EXPECT_EQ(resuming.failure(),
            "there is no checkpoint that all nodes have: nothing to resume from");
}

TEST_F(CollectorOfThree, ReportsTheSlowestNodesRoundAndAllBytes) {
  ControlMessage message{.kind = ControlKind::progress, .node = 0, .round = 9};
  message.offer.wire_bytes = 100;
  tell(message);
  EXPECT_EQ(recorder.progress.back().round, 0U);
  message.node = 1;
  message.round = 7;
  tell(message);
  message.node = 2;
  message.round = 8;
  tell(message);
  EXPECT_EQ(recorder.progress.back().round, 7U);
  EXPECT_EQ(recorder.progress.back().wire_bytes, 300U);
  EXPECT_EQ(collector.round_of(0), 9U);
}

std::vector<NodeStatus> look_at(const Collector& collector) {
  std::vector<NodeStatus> nodes(3);
  collector.look(nodes);
  return nodes;
}

TEST_F(CollectorOfThree, KnowsWhoIsAwaited) {
  tell(join(experiment, 0));
  EXPECT_EQ(look_at(collector)[0].state, NodeState::running);
  EXPECT_EQ(look_at(collector)[2].state, NodeState::awaited);
  tell(join(experiment, 1));
  tell(join(experiment, 2));
  tell({.kind = ControlKind::restored, .node = 1});
  EXPECT_EQ(look_at(collector)[1].state, NodeState::running);
  EXPECT_EQ(look_at(collector)[2].state, NodeState::awaited) << "it takes up its state";
  tell({.kind = ControlKind::restored, .node = 0});
  tell({.kind = ControlKind::restored, .node = 2});
  EXPECT_EQ(look_at(collector)[2].state, NodeState::running);
}

TEST_F(CollectorOfThree, ANodeIsBehindByWhatWasKnownOfTheQuickestWhenItSpoke) {
  all_begin();
  tell({.kind = ControlKind::progress, .node = 0, .round = 50});
  EXPECT_EQ(look_at(collector)[1].behind, 0U) << "it has only not spoken yet";
  tell({.kind = ControlKind::progress, .node = 1, .round = 30});
  EXPECT_EQ(look_at(collector)[1].behind, 20U);
  EXPECT_EQ(look_at(collector)[1].round, 30U);
  tell({.kind = ControlKind::progress, .node = 1, .round = 60});
  EXPECT_EQ(look_at(collector)[0].behind, 0U);
  EXPECT_EQ(look_at(collector)[1].behind, 0U);
}

TEST_F(CollectorOfThree, KnowsWhoWaitsAndWhoHoldsItUp) {
  all_begin();
  tell({.kind = ControlKind::stalled, .node = 0, .round = 5, .text = "waits", .integers = {2, 0}});
  EXPECT_EQ(look_at(collector)[0].state, NodeState::waiting);
  EXPECT_EQ(look_at(collector)[1].state, NodeState::running);
  EXPECT_EQ(look_at(collector)[2].state, NodeState::stalled);
  tell({.kind = ControlKind::failed, .node = 1, .round = 5, .text = "no space"});
  EXPECT_EQ(look_at(collector)[1].state, NodeState::failed);
}

TEST_F(CollectorOfThree, WhatNodesSayDoesNothingToATerminalAndHasAnEnd) {
  all_begin();
  for (int k = 0; k < 300; ++k)
    tell({.kind = ControlKind::warning, .node = 1, .text = "hot\x1b[2J " + std::to_string(k)});
  tell({.kind = ControlKind::warning, .node = 2, .text = "one\ntwo"});
  ASSERT_EQ(recorder.warnings.size(), 101U);
  EXPECT_EQ(recorder.warnings[0], "node 1: hot\\x1b[2J 0");
  EXPECT_THAT(recorder.warnings[99], HasSubstr("last warning"));
  EXPECT_EQ(recorder.warnings[100], "node 2: one\ntwo");
  tell({.kind = ControlKind::failed, .node = 1, .round = 3, .text = std::string(100'000, '\a')});
  EXPECT_THAT(collector.failure().value_or("none"), HasSubstr("node 1 failed in round 3: \\x07"));
  EXPECT_LT(collector.failure().value_or("none").size(), 20'000U);
}

TEST_F(CollectorOfThree, WhatCannotBeEndsTheRunWithAReason) {
  all_begin();
  tell({.kind = ControlKind::stalled, .node = 1, .round = 5, .text = "waits", .integers = {7, 0}});
  EXPECT_THAT(collector.failure().value_or("none"),
              AllOf(HasSubstr("node 1 "), HasSubstr("node 7, there are 3")));
  EXPECT_FALSE(collector.stalls().any());
}

TEST_F(CollectorOfThree, AResumedRunIsWhereItsCheckpointIs) {
  Collector resuming(experiment, recorder, true);
  for (NodeId id = 0; id < 3; ++id) {
    ControlMessage message = join(experiment, id);
    message.rounds = {2};
    resuming.on_message(message, out);
  }
  for (NodeId id = 0; id < 3; ++id)
    resuming.on_message({.kind = ControlKind::restored, .node = id}, out);
  EXPECT_EQ(look_at(resuming)[1].round, 2U);
  resuming.on_message({.kind = ControlKind::progress, .node = 0, .round = 3}, out);
  EXPECT_EQ(recorder.progress.back().round, 2U);
}

TEST_F(CollectorOfThree, FailsWhenNodesOfferDifferentRounds) {
  tell({.kind = ControlKind::offer, .node = 0, .round = 2});
  tell({.kind = ControlKind::offer, .node = 1, .round = 3});
  EXPECT_THAT(collector.failure().value_or("none"),
              AllOf(HasSubstr("node 1"), HasSubstr("round 3"), HasSubstr("round 2")));
}

TEST_F(CollectorOfThree, IgnoresWhatNobodyAskedFor) {
  all_join();
  const Vector vector(experiment.dimension());
  const auto expect_ignored = [&](ControlKind kind, NodeId node, const Vector& content) {
    tell({.kind = kind, .node = node, .vector = content});
    EXPECT_THAT(kinds(), IsEmpty());
  };
  for (const ControlKind kind :
       {ControlKind::model, ControlKind::result, ControlKind::gradient, ControlKind::mean})
    expect_ignored(kind, 0, vector);
  tell({.kind = ControlKind::offer, .node = 0});
  expect_ignored(ControlKind::model, 0, vector);  // others have not offered yet
  tell({.kind = ControlKind::offer, .node = 1});
  tell({.kind = ControlKind::offer, .node = 2});
  expect_ignored(ControlKind::result, 0, {});
  expect_ignored(ControlKind::gradient, 0, vector);
  expect_ignored(ControlKind::model, 0, Vector(3));  // of another dimension
  expect_ignored(ControlKind::model, 9, vector);     // no such node
  expect_ignored(ControlKind::model, 0, vector);
  expect_ignored(ControlKind::model, 0, vector);  // twice
  expect_ignored(ControlKind::model, 1, vector);
  tell({.kind = ControlKind::model, .node = 2, .vector = vector});
  EXPECT_THAT(kinds(), ElementsAre(ControlKind::mean, ControlKind::mean, ControlKind::mean));
  expect_ignored(ControlKind::gradient, 0, vector);  // before its result
  EXPECT_FALSE(collector.failure());
  EXPECT_THAT(recorder.reports, IsEmpty());
}

TEST_F(CollectorOfThree, CountsAnOfferOfEachNodeOnce) {
  all_join();
  for (int k = 0; k < 3; ++k) tell({.kind = ControlKind::offer, .node = 0});
  EXPECT_THAT(kinds(), IsEmpty());
  tell({.kind = ControlKind::offer, .node = 1});
  tell({.kind = ControlKind::offer, .node = 2});
  EXPECT_THAT(kinds(), ElementsAre(ControlKind::pull_model, ControlKind::pull_model,
                                   ControlKind::pull_model));
}

}  // namespace
}  // namespace hearsay
