#include "nodes/addresses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr std::size_t kNodes = 4;

Config config_of(const std::string& transport) {
  return Config::parse(
      "topology: {graph: ring, nodes: 4}\n"
      "objective: {model: quadratic}\n"
      "algorithm: {name: dpsgd, learning_rate: 0.1}\n"
      "run: {rounds: 1}\n" +
          (transport.empty() ? "" : "transport: " + transport + "\n"),
      "x.yaml");
}

struct Case {
  const char* transport;
  NodeId node;
  const char* bind;
  const char* advertise;
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << "node " << c.node << " of " << c.transport;
}

class LocalAddresses : public ::testing::TestWithParam<Case> {};

INSTANTIATE_TEST_SUITE_P(
    Table, LocalAddresses,
    ::testing::Values(Case{"", 2, "tcp://127.0.0.1:*", ""},
                      Case{"{host: 10.0.0.7}", 2, "tcp://10.0.0.7:*", ""},
                      Case{"{base_port: 4000}", 2, "tcp://127.0.0.1:4002", "tcp://127.0.0.1:4002"},
                      Case{"{kind: ipc}", 2, "ipc:///d/node-2", "ipc:///d/node-2"},
                      Case{"{kind: shm}", 2, "shm:///d/node-2", "shm:///d/node-2"},
                      Case{"{kind: ipc, base_port: 4000}", 0, "ipc:///d/node-0", "ipc:///d/node-0"},
                      Case{"{addresses: {2: \"10.0.0.7:99\"}}", 2, "tcp://10.0.0.7:99",
                           "tcp://10.0.0.7:99"},
                      Case{"{addresses: {2: \"10.0.0.7:99\"}}", 1, "tcp://127.0.0.1:*", ""}));

TEST_P(LocalAddresses, FollowTheConfig) {
  const Listening at = local_listening(config_of(GetParam().transport), GetParam().node, "/d");
  EXPECT_EQ(at.bind, GetParam().bind);
  EXPECT_EQ(at.advertise, GetParam().advertise);
}

class RemoteAddresses : public ::testing::TestWithParam<Case> {};

INSTANTIATE_TEST_SUITE_P(
    Table, RemoteAddresses,
    ::testing::Values(
        Case{"{base_port: 4000}", 3, "tcp://127.0.0.1:4003", "tcp://127.0.0.1:4003"},
        Case{"{base_port: 4000, host: 10.1.1.1}", 0, "tcp://10.1.1.1:4000", "tcp://10.1.1.1:4000"},
        // A name may belong to an address that is not this host's own: it listens on all of them.
        Case{"{addresses: {1: \"alpha.example:99\"}}", 1, "tcp://*:99", "tcp://alpha.example:99"},
        Case{"{base_port: 4000, addresses: {1: \"alpha\"}}", 1, "tcp://*:4001", "tcp://alpha:4001"},
        Case{"{base_port: 4000, addresses: {1: \"alpha:5\"}}", 1, "tcp://*:5", "tcp://alpha:5"},
        Case{"{addresses: {1: \"ipc:///tmp/a\"}}", 1, "ipc:///tmp/a", "ipc:///tmp/a"},
        Case{"{kind: shm, addresses: {1: \"shm:///m/a\"}}", 1, "shm:///m/a", "shm:///m/a"},
        Case{"{base_port: 65532}", 3, "tcp://127.0.0.1:65535", "tcp://127.0.0.1:65535"}));

TEST_P(RemoteAddresses, FollowTheConfig) {
  const Listening at = remote_listening(config_of(GetParam().transport), GetParam().node);
  EXPECT_EQ(at.bind, GetParam().bind);
  EXPECT_EQ(at.advertise, GetParam().advertise);
}

class CollectorAddresses : public ::testing::TestWithParam<Case> {};

INSTANTIATE_TEST_SUITE_P(
    Table, CollectorAddresses,
    ::testing::Values(Case{"{base_port: 4000}", 0, "tcp://127.0.0.1:4004", "tcp://127.0.0.1:4004"},
                      Case{"{addresses: {collector: \"10.0.0.7:99\"}}", 0, "tcp://10.0.0.7:99",
                           "tcp://10.0.0.7:99"},
                      Case{"{addresses: {0: \"alpha:99\"}}", 0, "tcp://*:103", "tcp://alpha:103"},
                      Case{"{addresses: {0: \"10.0.0.7:65531\"}}", 0, "tcp://10.0.0.7:65535",
                           "tcp://10.0.0.7:65535"}));

TEST_P(CollectorAddresses, FollowTheConfig) {
  const Listening at = collector_listening(config_of(GetParam().transport), kNodes);
  EXPECT_EQ(at.bind, GetParam().bind);
  EXPECT_EQ(at.advertise, GetParam().advertise);
}

std::string remote_error(const std::string& transport, NodeId node = 1) {
  return message_of<ConfigError>([&] { remote_listening(config_of(transport), node); });
}

TEST(Addresses, ThatAreNowhereToBeFoundAreAskedFor) {
  EXPECT_THAT(remote_error(""), AllOf(HasSubstr("where node 1 listens"), HasSubstr("base_port")));
  EXPECT_THAT(remote_error("{addresses: {0: \"a:1\"}}"), HasSubstr("where node 1 listens"));
}

TEST(Addresses, InMemoryAreForNodesThatShareIt) {
  EXPECT_THAT(remote_error("{addresses: {1: \"shm:///m/a\"}}"),
              AllOf(HasSubstr("x.yaml:5:"), HasSubstr("found shm:///m/a, which is for nodes with "
                                                      "transport.kind: shm")));
  for (const char* bad : {"alpha:99", "shm://m/a", "ipc:///m/a"})
    EXPECT_THAT(remote_error(std::string("{kind: shm, addresses: {1: \"") + bad + "\"}}"),
                AllOf(HasSubstr("x.yaml:5:"),
                      HasSubstr("transport.addresses.1: found " + std::string(bad) +
                                ": with transport.kind: "
                                "shm, peers started by hand need a path"),
                      HasSubstr("1: shm:///")))
        << bad;
  for (const char* missing : {"{kind: shm}", "{kind: shm, base_port: 4000}"})
    EXPECT_THAT(remote_error(missing), HasSubstr("a path for the inbox of node 1")) << missing;
}

TEST(Addresses, MalformedOnesAreErrorsWithTheirPlace) {
  for (const char* bad : {"alpha", "alpha:", "alpha:0", "alpha:65536", "alpha:1x", ":99",
                          "alpha:-1", "alpha: 5", ""}) {
    const std::string error = remote_error(std::string("{addresses: {1: \"") + bad + "\"}}");
    EXPECT_THAT(error, AllOf(HasSubstr("x.yaml:5:"), HasSubstr("transport.addresses.1"),
                             HasSubstr("host:port")))
        << bad;
  }
}

TEST(Addresses, APortBeyondTheLastIsAnError) {
  EXPECT_THAT(remote_error("{base_port: 65535}"),
              AllOf(HasSubstr("transport.base_port"), HasSubstr("65536")));
}

TEST(Addresses, OfTheCollectorCannotAlwaysBeDerived) {
  for (const char* transport :
       {"{addresses: {0: \"10.0.0.7:65532\"}}", "{addresses: {0: \"ipc:///tmp/a\"}}",
        "{addresses: {0: \"ipc:///tmp/a:7\"}}"}) {
    const std::string error =
        message_of<ConfigError>([&] { collector_listening(config_of(transport), kNodes); });
    EXPECT_THAT(error, HasSubstr("addresses: {collector: host:port}")) << transport;
  }
}

std::vector<std::string> warnings_of(const std::string& transport) {
  return address_warnings(config_of(transport), kNodes);
}

TEST(AddressWarnings, AreNotGivenForOneHostOrKnownAddresses) {
  for (const char* quiet :
       {"", "{base_port: 4000}", "{kind: ipc, host: 0.0.0.0}", "{base_port: 4000, host: 10.1.1.1}",
        "{addresses: {0: \"localhost:1\", 1: \"127.0.0.2:1\", 2: \"127.0.0.1:3\"}}",
        "{addresses: {0: \"10.0.0.1:9\", 1: \"10.0.0.2:9\", 2: \"10.0.0.3:9\", 3: "
        "\"10.0.0.4:9\"}}"})
    EXPECT_THAT(warnings_of(quiet), ::testing::IsEmpty()) << quiet;
}

TEST(AddressWarnings, NameALoopbackAddressAmongOthers) {
  const std::string others = "0: \"10.0.0.1:9\", 1: \"10.0.0.2:9\", 3: \"10.0.0.4:9\"";
  for (const char* loopback : {"127.0.0.1", "127.3.2.1", "localhost"})
    EXPECT_THAT(warnings_of("{addresses: {" + others + ", 2: \"" + loopback + ":9\"}}"),
                ::testing::ElementsAre(AllOf(HasSubstr(std::string("node 2 at ") + loopback),
                                             HasSubstr("cannot be reached from other hosts"))));
  EXPECT_THAT(
      warnings_of("{host: 10.0.0.3, addresses: {" + others + ", collector: \"127.0.0.1:9\"}}"),
      ::testing::ElementsAre(HasSubstr("the collector at 127.0.0.1")));
}

TEST(AddressWarnings, NameWhoListensOnAllInterfacesWithoutKeys) {
  for (const char* host : {"0.0.0.0", "\"*\"", "\"[::]\""}) {
    const std::string open = std::string("{base_port: 4000, host: ") + host;
    EXPECT_THAT(warnings_of(open + "}"),
                ::testing::ElementsAre(AllOf(HasSubstr("node 0 ("), HasSubstr("node 3 ("),
                                             HasSubstr("all interfaces, and there are no keys"))))
        << host;
    EXPECT_THAT(warnings_of(open + ", keys: there}"), ::testing::IsEmpty());
  }
  EXPECT_THAT(warnings_of("{host: 10.0.0.3, addresses: {1: \"alpha:9\"}}"),
              ::testing::ElementsAre(HasSubstr("node 1 (alpha) will listen on all interfaces")));
}

}  // namespace
}  // namespace hearsay
