// What is counted as wire bytes, against what the kernel counts: real nodes over TCP on loopback,
// in threads of this process, so that their sockets can be asked.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>
#include <vector>

#include "nodes/launcher.h"
#include "nodes/node_runner.h"
#include "tests/nodes/experiments.h"
#include "tests/nodes/tcp_connections.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

struct KernelCount {
  std::uint64_t bytes = 0;  // that came in, over all TCP sockets of this process
  std::size_t ends = 0;     // of established connections
};

KernelCount count_tcp_bytes() {
  KernelCount count;
  for (const int file : tcp_connections()) {
    tcp_info info{};
    socklen_t size = sizeof info;
    if (getsockopt(file, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) continue;
    count.bytes += info.tcpi_bytes_received;
    count.ends += 1;
  }
  return count;
}

/// Counts when all nodes have finished and none has closed its sockets yet.
struct CountAtTheEnd : Recorder {
  KernelCount kernel;
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
  std::chrono::duration<double> took{};
  void on_end(const RunEnd& run_end) override {
    kernel = count_tcp_bytes();
    took = std::chrono::steady_clock::now() - began;
    Recorder::on_end(run_end);
  }
};

/// What ZeroMQ puts around the parts of a frame (docs/wire-format.md): the first part has the
/// header and a payload of at most 4,096 bytes; longer payloads follow in parts of at most 512 KiB.
std::uint64_t framing(std::uint64_t payload) {
  const auto around = [](std::uint64_t part) { return part <= 255 ? 2U : 9U; };
  if (payload <= 4096) return around(64 + payload);
  constexpr std::uint64_t kPiece = std::uint64_t{512} * 1024;
  std::uint64_t bytes = around(64);
  for (std::uint64_t rest = payload; rest > 0; rest -= std::min(rest, kPiece))
    bytes += around(std::min(rest, kPiece));
  return bytes;
}

struct Case {
  const char* topology;
  int dimension;
  const char* algorithm;
  std::uint64_t payload;    // bytes of every message, at most
  std::uint64_t least = 0;  // at least; 0 for as many
  std::uint64_t ahead = 0;  // bytes of them that go in advance, in a frame of their own
};

class KernelBytes : public ::testing::TestWithParam<Case> {};

INSTANTIATE_TEST_SUITE_P(
    Algorithms, KernelBytes,
    ::testing::Values(
        Case{"{graph: ring, nodes: 4}", 100, "name: dpsgd", 400},
        Case{"{graph: ring, nodes: 3}", 1000,
             "name: choco-amsgrad, compressor: {name: top-k, k: 10}, gossip_step: 0.1", 80, 42},
        Case{"{graph: path, nodes: 3}", 5000,
             "name: choco-sgd, compressor: scaled-sign, gossip_step: 0.1", 4 + 625},
        Case{"{graph: star, workers: 3}", 2000, "name: cd-adam, compressor: scaled-sign", 4 + 250},
        Case{"{graph: star, workers: 2}", 300'000, "name: dist-amsgrad", 1'200'000},
        Case{"{graph: ring, nodes: 3}", 20'000,
             "name: beer, compressor: identity, gossip_step: 0.1", 160'008, 160'008, 80'008}),
    [](const auto& tested) { return fmt::format("case{}", tested.index); });

TEST_P(KernelBytes, AreTheWireBytesAndTheFramingOfZeroMq) {
  const Experiment experiment =
      experiment_of(fmt::format("topology: {}\nobjective: {{model: quadratic, dimension: {}}}\n"
                                "algorithm: {{{}, learning_rate: 0.1}}\nrun: {{rounds: 20}}\n",
                                GetParam().topology, GetParam().dimension, GetParam().algorithm));
  std::string folder = (std::filesystem::temp_directory_path() / "hearsay-test-XXXXXX").string();
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const std::string collector = "ipc://" + folder + "/collector";

  CountAtTheEnd recorder;
  spdlog::set_level(spdlog::level::warn);  // makes the logger as well, before there are threads
  std::vector<std::thread> nodes;
  for (NodeId id = 0; id < experiment.network().nodes(); ++id)
    nodes.emplace_back([&, id] {
      EXPECT_TRUE(
          run_node(experiment, id,
                   node_options(experiment.config(), {.bind = "tcp://127.0.0.1:*", .advertise = {}},
                                collector)));
    });
  launch(experiment, {.nodes = {}, .log_folder = {}, .collector = collector}, recorder);
  for (std::thread& node : nodes) node.join();
  std::filesystem::remove_all(folder);

  std::uint64_t expected = 0;
  std::uint64_t directions = 0;
  for (const auto& links : recorder.end->traffic)
    for (const LinkTraffic& link : links) {
      const std::uint64_t least = GetParam().least > 0 ? GetParam().least : GetParam().payload;
      const std::uint64_t ahead = GetParam().ahead;
      const std::uint64_t headers = ahead > 0 ? 2 * 64 : 64;
      EXPECT_LE(link.wire_bytes, link.frames * (headers + GetParam().payload));
      EXPECT_GE(link.wire_bytes, link.frames * (headers + least));
      constexpr std::uint64_t kHello = 64 + 32;
      expected += link.wire_bytes + link.frames * framing(GetParam().payload - ahead);
      if (ahead > 0) expected += link.frames * framing(ahead);
      expected += kHello + framing(32);
      directions += 1;
    }
  constexpr std::uint64_t kEmpty = 2;
  // Two neighbours share a connection.
  EXPECT_EQ(recorder.kernel.ends, directions);
  // What is left is ZeroMQ's handshake, 64 bytes and a READY of 43 or a little more, and an empty
  // message.
  expected += directions * (64 + kEmpty);
  EXPECT_GE(recorder.kernel.bytes, expected + directions * 43);
  // A slow start repeats greetings, twice a second, and long runs have heartbeats. Who has sent
  // nothing yet acknowledges a long message.
  const auto halves = static_cast<std::uint64_t>(2.0 * recorder.took.count());
  constexpr std::uint64_t kRepeated = 2 * (64 + 32 + 2) + 64;
  constexpr std::uint64_t kAcknowledgement = 64 + 2;
  EXPECT_LE(recorder.kernel.bytes,
            expected + directions * (64 + kAcknowledgement + halves * kRepeated));
}

}  // namespace
}  // namespace hearsay
