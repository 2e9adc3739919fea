// Transports of one process, over socket files.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <thread>

#include "nodes/zmq_transport.h"
#include "tests/nodes/envelopes.h"

namespace hearsay::testing {

constexpr std::uint64_t kDigest = kTestDigest;
constexpr std::size_t kPiece = std::size_t{512} * 1024;
constexpr std::uint64_t kMaxPayload = std::uint64_t{6} << 20U;

class ZmqTransportTest : public ::testing::Test {
 protected:
  ZmqTransportTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "hearsay-test-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~ZmqTransportTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  std::unique_ptr<ZmqTransport> make(NodeId id) {
    auto transport = std::make_unique<ZmqTransport>(context_, id, kDigest, kMaxPayload, doorman_);
    transport->bind(address(id));
    return transport;
  }

  std::string address(NodeId id) const {
    return "ipc://" + folder_ + "/node-" + std::to_string(id);
  }

  static bool eventually(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }

  zmq::context_t context_;
  std::string folder_;
  RefusalLog refusals_{[](const std::string& /*line*/) {}};
  Doorman doorman_{context_, std::nullopt, refusals_, 8};
};

}  // namespace hearsay::testing
