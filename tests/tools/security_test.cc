// Strangers at the ports of a run, with and without keys: whatever they send, the run ends as if
// they were not there, bit for bit, and says how often it refused them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "nodes/control.h"
#include "nodes/greeting.h"
#include "nodes/keys.h"
#include "tests/tools/ports.h"
#include "tests/tools/process.h"
#include "tests/tools/results.h"

namespace hearsay::testing {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr int kNodes = 4;
constexpr int kBadUsage = 2;
constexpr Round kRounds = 600;

using Parts = std::vector<Bytes>;

/// As stranger.py reads them.
Bytes file_of(const std::vector<Parts>& messages) {
  Bytes bytes;
  ByteWriter out(bytes);
  for (const Parts& parts : messages) {
    out.u32(static_cast<std::uint32_t>(parts.size()));
    for (const Bytes& part : parts) {
      out.u32(static_cast<std::uint32_t>(part.size()));
      out.bytes(part);
    }
  }
  return bytes;
}

Parts wire_form(FrameHeader header, ByteView payload) {
  header.payload_size = payload.size();
  header.payload_checksum = checksum(payload);
  Bytes part = encode_header(header);
  part.insert(part.end(), payload.begin(), payload.end());
  return {part};
}

/// All frames that nodes 1 and 3 send to nodes 0 and 2 in the first rounds of a run, and their
/// greetings, as somebody would have recorded them who listened to that run.
std::vector<Parts> recorded(const Experiment& experiment, Round rounds) {
  std::vector<Parts> messages;
  std::vector<Node> nodes;
  for (NodeId id = 0; id < kNodes; ++id) nodes.push_back(experiment.make_node(id));
  for (const NodeId from : {1U, 3U})
    for (const NodeId to : {0U, 2U})
      messages.push_back(wire_form(
          {.kind = FrameKind::hello, .digest = experiment.digest(), .from = from, .to = to},
          encode_greeting(greeting_of(experiment))));
  Workspace work;
  for (Round t = 0; t < rounds; ++t) {
    std::vector<Envelope> sent;
    for (const Node& node : nodes) node.engine->start_round(work, sent);
    for (std::size_t k = 0; k < sent.size(); ++k) {
      const Envelope envelope = sent[k];  // a copy: more are sent while it is taken
      if (envelope.header.from % 2 == 1)
        messages.push_back(wire_form(envelope.header, *envelope.payload));
      nodes[envelope.header.to].engine->on_frame(envelope.header, envelope.payload, work, sent);
    }
  }
  return messages;
}

/// What looks like frames of node 1, and promises too much or is nonsense.
std::vector<Parts> forged(const Experiment& experiment) {
  std::vector<Parts> messages;
  for (const NodeId to : {0U, 2U}) {
    FrameHeader header{
        .digest = experiment.digest(), .from = 1, .to = to, .round = 1, .sequence = 1};
    messages.push_back(wire_form(header, Bytes(264, std::byte{0xff})));
    for (const std::uint64_t size : {std::uint64_t{1} << 30U, ~std::uint64_t{0}}) {
      header.payload_size = size;
      messages.push_back({encode_header(header), Bytes(1000, std::byte{0})});
    }
    Bytes broken = encode_header(header);
    broken[30] ^= std::byte{1};
    messages.push_back({broken});
  }
  return messages;
}

/// To the collector, in the name of node 1.
std::vector<Parts> said_for_node_1(const Experiment& experiment) {
  std::vector<Parts> messages;
  for (const ControlKind kind : {ControlKind::finished, ControlKind::failed, ControlKind::stalled,
                                 ControlKind::offer, ControlKind::stop_request})
    messages.push_back({encode({.kind = kind, .node = 1, .round = 3, .text = "a lie"})});
  messages.push_back({encode({.kind = ControlKind::join,
                              .node = 1,
                              .text = "tcp://127.0.0.1:1",
                              .integers = greeting_of(experiment)})});
  return messages;
}

std::vector<Parts> operator+(std::vector<Parts> one, const std::vector<Parts>& other) {
  one.insert(one.end(), other.begin(), other.end());
  return one;
}

class Strangers : public ::testing::Test {
 protected:
  Strangers() : port_(free_ports(kNodes + 1)) {
    write("base_port: " + std::to_string(port_));
    experiment_ = std::make_unique<Experiment>(Config::load(config_), DataPaths{});
  }

  void write(const std::string& transport) {
    config_ = dir_.write("besieged.yaml",
                         "topology: {graph: ring, nodes: 4}\n"
                         "objective: {model: softmax, data: digits, batch: 16}\n"
                         "algorithm: {name: choco-amsgrad, learning_rate: 0.01, gossip_step: 0.3, "
                         "compressor: {name: top-k, ratio: 0.05}}\n"
                         "run: {rounds: " +
                             std::to_string(kRounds) + ", evaluate_every: 100}\ntransport: {" +
                             transport + "}\n");
  }

  void make_keys() {
    const Ended made = run({"keys", "generate", config_, "--out", keys()});
    ASSERT_EQ(made.status, 0) << made.err;
    write("keys: keys, base_port: " + std::to_string(port_));
  }
  std::string keys() const { return dir_ / "keys"; }

  /// Lets a stranger loose on nodes 0 to 2 and the collector. All peers but the last are there when
  /// it begins, the last one comes when it has been everywhere, and it goes on to the end.
  void besiege(const Arguments& act, const std::vector<Parts>& messages = {}) {
    const Bytes file = file_of(messages);
    dir_.write("messages", std::string(reinterpret_cast<const char*>(file.data()), file.size()));
    Arguments words = {"-B", HEARSAY_STRANGER};
    words.insert(words.end(), act.begin(), act.end());
    for (const int k : {0, 1, 2, kNodes}) words.push_back(std::to_string(port_ + k));
    if (!messages.empty()) words.insert(words.end(), {"--messages", dir_ / "messages"});
    Process::Options options;
    options.program = HEARSAY_ZMQ_PYTHON;
    stranger_ = std::make_unique<Process>(words, options);
    for (const char* node : {"0", "1", "2"}) start(node);
    ASSERT_TRUE(stranger_->wait_for(Stream::out, "at it")) << stranger_->err();
    start("3");
    for (const auto& peer : peers_) EXPECT_EQ(peer->wait(), 0) << peer->err();
    EXPECT_THAT(stranger_->err(), IsEmpty());
  }

  void start(const std::string& node) {
    peers_.push_back(std::make_unique<Process>(
        Arguments{"peer", config_, "--node", node, "--out", dir_ / "out"}));
  }

  void expect_undisturbed_results() {
    const Ended simulated = run({"run", config_, "--simulate", "--out", dir_ / "simulated"});
    ASSERT_EQ(simulated.status, 0) << simulated.err;
    expect_same_results(dir_ / "simulated", dir_ / "out");
  }

  /// How often, by its text.
  std::uint64_t refused(Refusal reason) const {
    const auto summary = nlohmann::json::parse(read_file(dir_ / "out/summary.json"));
    return summary.at("refused").value(to_string(reason), std::uint64_t{0});
  }

  /// Told once per source and reason: a few lines, whatever the counts.
  void expect_few_lines() const {
    std::vector<std::string> logs = {read_file(dir_ / "out/logs/node-000.log")};
    for (std::size_t k = 1; k < peers_.size(); ++k) logs.push_back(peers_[k]->err());
    for (const std::string& log : logs) {
      const std::regex told("refused from ");
      const auto lines =
          std::distance(std::sregex_iterator(log.begin(), log.end(), told), std::sregex_iterator());
      EXPECT_LE(lines, 30) << log;
    }
    EXPECT_THAT(peers_.front()->out(), HasSubstr("refused: see the logs"));
  }

  void expect_no_secret_anywhere() const {
    std::vector<std::string> texts;
    for (const auto& peer : peers_) texts.insert(texts.end(), {peer->out(), peer->err()});
    for (const auto& entry : std::filesystem::recursive_directory_iterator(dir_ / "out"))
      if (entry.is_regular_file()) texts.push_back(read_file(entry.path()));
    EXPECT_GT(texts.size(), 10U);
    const PublicKeys listed = read_public_keys(keys(), kNodes);
    for (const NodeId id : {NodeId{0}, NodeId{1}, NodeId{2}, NodeId{3}, kCollectorId}) {
      const std::string secret = read_key_pair(keys(), listed, id).secret_key;
      for (const std::string& text : texts) EXPECT_THAT(text, Not(HasSubstr(secret)));
    }
  }

  Arguments with_key(const Arguments& act, const std::string& key) const {
    Arguments words = {"--keys", keys(), "--owners", "0,1,2,collector", "--key", key};
    words.insert(words.end(), act.begin(), act.end());
    return words;
  }

  TempDir dir_;
  int port_;
  std::string config_;
  std::unique_ptr<Experiment> experiment_;
  std::unique_ptr<Process> stranger_;
  std::vector<std::unique_ptr<Process>> peers_;
};

#define HEARSAY_NEED_ZMQ_PYTHON() \
  if (std::string(HEARSAY_ZMQ_PYTHON).empty()) GTEST_SKIP() << "no Python with ZeroMQ"

TEST_F(Strangers, WhoSpeakGarbageChangeNothing) {
  HEARSAY_NEED_ZMQ_PYTHON();
  ASSERT_NO_FATAL_FAILURE(besiege({"garbage"}));
  expect_undisturbed_results();
  expect_few_lines();
  EXPECT_GT(refused(Refusal::bad_magic), 0U);
  EXPECT_GT(refused(Refusal::truncated), 0U);
  EXPECT_GT(refused(Refusal::bad_control), 0U);
}

TEST_F(Strangers, WhoReplayAnotherRunOfTheSameExperimentChangeNothing) {
  HEARSAY_NEED_ZMQ_PYTHON();
  ASSERT_NO_FATAL_FAILURE(besiege({"send"}, recorded(*experiment_, 50)));
  expect_undisturbed_results();
  expect_few_lines();
  EXPECT_GT(refused(Refusal::foreign), 100U);
}

TEST_F(Strangers, WhoForgeFramesChangeNothing) {
  HEARSAY_NEED_ZMQ_PYTHON();
  ASSERT_NO_FATAL_FAILURE(besiege({"send"}, forged(*experiment_)));
  expect_undisturbed_results();
  expect_few_lines();
  EXPECT_GT(refused(Refusal::foreign), 0U);
  EXPECT_GT(refused(Refusal::bad_header), 0U);
}

TEST_F(Strangers, WhoClaimGigabytesLoseTheirConnections) {
  HEARSAY_NEED_ZMQ_PYTHON();
  ASSERT_NO_FATAL_FAILURE(besiege({"lengths"}));
  expect_undisturbed_results();
  expect_few_lines();
  EXPECT_GE(refused(Refusal::bad_part) + refused(Refusal::no_message), 24U);
}

TEST_F(Strangers, WhoFloodAreCountedAndTheRunGoesOn) {
  HEARSAY_NEED_ZMQ_PYTHON();
  ASSERT_NO_FATAL_FAILURE(besiege({"flood"}));
  expect_undisturbed_results();
  expect_few_lines();
  EXPECT_GT(refused(Refusal::truncated), 1000U);
}

TEST_F(Strangers, WhoNeverEndTheirMessageAreCutOff) {
  HEARSAY_NEED_ZMQ_PYTHON();
  ASSERT_NO_FATAL_FAILURE(besiege({"endless"}));
  expect_undisturbed_results();
  expect_few_lines();
  EXPECT_GE(refused(Refusal::flood), 4U);
  EXPECT_THAT(stranger_->out(), Not(HasSubstr("nobody stopped it")));
}

class StrangersToKeys : public Strangers {
 protected:
  StrangersToKeys() { make_keys(); }

  void expect_all_is_well() {
    expect_undisturbed_results();
    expect_few_lines();
    expect_no_secret_anywhere();
  }
};

TEST_F(StrangersToKeys, WhoSpeakPlainTextAreNotLetIn) {
  HEARSAY_NEED_ZMQ_PYTHON();
  ASSERT_NO_FATAL_FAILURE(
      besiege({"send"}, recorded(*experiment_, 20) + said_for_node_1(*experiment_)));
  expect_all_is_well();
  EXPECT_GT(refused(Refusal::no_handshake), 0U);
  EXPECT_EQ(refused(Refusal::foreign), 0U);
}

TEST_F(StrangersToKeys, WhoSpeakGarbageAreNotLetIn) {
  HEARSAY_NEED_ZMQ_PYTHON();
  ASSERT_NO_FATAL_FAILURE(besiege({"garbage"}));
  expect_all_is_well();
  EXPECT_GT(refused(Refusal::no_handshake), 0U);
  EXPECT_EQ(refused(Refusal::bad_magic), 0U);
}

TEST_F(StrangersToKeys, WhoClaimGigabytesAreNotLetIn) {
  HEARSAY_NEED_ZMQ_PYTHON();
  ASSERT_NO_FATAL_FAILURE(besiege({"lengths"}));
  expect_all_is_well();
  EXPECT_GT(refused(Refusal::no_handshake), 0U);
}

TEST_F(StrangersToKeys, WhoHaveAKeyOfTheirOwnAreNotLetIn) {
  HEARSAY_NEED_ZMQ_PYTHON();
  ASSERT_NO_FATAL_FAILURE(besiege(with_key({"send"}, "new"), recorded(*experiment_, 20)));
  expect_all_is_well();
  EXPECT_GE(refused(Refusal::unlisted), 4U);
  EXPECT_EQ(refused(Refusal::foreign), 0U);
}

TEST_F(StrangersToKeys, WhoHaveTheKeyOfAnotherNodeSpeakForNobodyElse) {
  HEARSAY_NEED_ZMQ_PYTHON();
  ASSERT_NO_FATAL_FAILURE(besiege(with_key({"send"}, "node-002"),
                                  recorded(*experiment_, 20) + said_for_node_1(*experiment_)));
  expect_all_is_well();
  EXPECT_GT(refused(Refusal::impostor), 100U);
  EXPECT_THAT(read_file(dir_ / "out/logs/node-000.log"),
              HasSubstr("refused from node 2's key at 127.0.0.1: from somebody else than it says"));
  EXPECT_THAT(read_file(dir_ / "out/logs/collector.log"),
              HasSubstr("refused from node 2's key at 127.0.0.1: from somebody else than it says"));
}

TEST_F(StrangersToKeys, WithTheKeyOfAnotherNodeMayFloodInVain) {
  HEARSAY_NEED_ZMQ_PYTHON();
  ASSERT_NO_FATAL_FAILURE(besiege(with_key({"flood"}, "node-002")));
  expect_all_is_well();
  EXPECT_GT(refused(Refusal::truncated), 1000U);
}

TEST_F(StrangersToKeys, AreNoneInARunOfOneHost) {
  const Ended ended = run({"run", config_, "--out", dir_ / "out"});
  ASSERT_EQ(ended.status, 0) << ended.err;
  expect_undisturbed_results();
  EXPECT_THAT(read_file(dir_ / "out/config.yaml"), HasSubstr("keys: " + keys()));
  EXPECT_THAT(read_file(dir_ / "out/summary.json"), HasSubstr("\"refused\": {}"));
}

TEST_F(StrangersToKeys, OnesOwnPeersAreWithoutTheirKey) {
  std::filesystem::remove(keys() + "/node-002.key");
  for (const Arguments& command :
       {Arguments{"peer", config_, "--node", "2"}, Arguments{"run", config_}}) {
    const Ended ended = run(command, {.environment = {}, .directory = dir_.path().string()});
    EXPECT_EQ(ended.status, kBadUsage);
    EXPECT_THAT(ended.err, HasSubstr("node-002.key: the private key of node 2 cannot be read"));
  }
}

// --- The command, and what is warned of ---

class KeysCommand : public ::testing::Test {
 protected:
  Ended generate(const Arguments& more) const {
    Arguments words = {"keys", "generate", "--out", dir_ / "keys"};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  }
  TempDir dir_;
};

TEST_F(KeysCommand, MakesFilesThatItDoesNotReplace) {
  const Ended made = generate({"--nodes", "3"});
  ASSERT_EQ(made.status, 0) << made.err;
  EXPECT_THAT(made.out, AllOf(HasSubstr(dir_ / "keys/public.yaml"), HasSubstr("3 nodes")));
  for (const char* name : {"node-000.key", "node-001.key", "node-002.key", "collector.key"}) {
    struct stat facts {};
    ASSERT_EQ(stat((dir_ / (std::string("keys/") + name)).c_str(), &facts), 0) << name;
    EXPECT_EQ(facts.st_mode & 07777U, 0600U) << name;
  }
  const std::string before = read_file(dir_ / "keys/node-000.key");
  const Ended again = generate({"--nodes", "3"});
  EXPECT_EQ(again.status, kBadUsage);
  EXPECT_THAT(again.err, HasSubstr("is there already: nothing was written; --force replaces it"));
  EXPECT_EQ(read_file(dir_ / "keys/node-000.key"), before);
  EXPECT_EQ(generate({"--nodes", "3", "--force"}).status, 0);
  EXPECT_NE(read_file(dir_ / "keys/node-000.key"), before);
}

TEST_F(KeysCommand, TakesTheNumberOfNodesFromOneOfTwo) {
  EXPECT_THAT(generate({}).err, HasSubstr("allowed is one of the two"));
  const std::string config = std::string(HEARSAY_CONFIGS) + "/star.yaml";
  EXPECT_THAT(generate({config, "--nodes", "3"}).err, HasSubstr("allowed is one of the two"));
  ASSERT_EQ(generate({config, "--set", "topology.workers=2"}).status, 0);
  EXPECT_TRUE(std::filesystem::exists(dir_ / "keys/node-002.key"));
  EXPECT_FALSE(std::filesystem::exists(dir_ / "keys/node-003.key"));
}

TEST(Addresses, ThatStrangersCanReachOrHostsCannotAreWarnedOf) {
  const std::string ring = std::string(HEARSAY_CONFIGS) + "/ring.yaml";
  const auto warned = [&](const std::string& setting) {
    return run({"check", ring, "--set", setting}).err;
  };
  EXPECT_THAT(warned("transport.host=0.0.0.0"), HasSubstr("warning: transport: node 0 (0.0.0.0)"));
  EXPECT_THAT(warned("transport={base_port: 5600, host: 10.0.0.1, addresses: {2: localhost}}"),
              HasSubstr("warning: transport.addresses: node 2 at localhost cannot be reached"));
  EXPECT_THAT(warned("transport={base_port: 5600}"), Not(HasSubstr("warning: transport")));
}

}  // namespace
}  // namespace hearsay::testing
