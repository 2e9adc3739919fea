// Transports against each other through shared memory, and against a process that writes there what
// no transport would.
#include "nodes/shm_transport.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "nodes/run_folder.h"
#include "tests/nodes/envelopes.h"

namespace hearsay {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

constexpr std::uint64_t kMaxPayload = std::uint64_t{6} << 20U;
constexpr std::size_t kShort = Slot::kBytes - kHeaderBytes;  // what a slot holds

class ShmTransportTest : public ::testing::Test {
 protected:
  std::unique_ptr<ShmTransport> make(NodeId id, const std::vector<NodeId>& neighbours) {
    auto transport =
        std::make_unique<ShmTransport>(id, neighbours, kTestDigest, kMaxPayload, doorman_);
    transport->bind(address(id));
    return transport;
  }
  std::string path(NodeId id) const { return fmt::format("{}/node-{}", folder_.path(), id); }
  std::string address(NodeId id) const { return fmt::format("shm://{}", path(id)); }

  std::size_t buffers() const {
    const std::string extension = fmt::format(".{}-", getpid());
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(folder_.path()))
      if (entry.path().extension().string().starts_with(extension)) ++count;
    return count;
  }

  RunFolder folder_{fs::temp_directory_path()};
  zmq::context_t context_;
  RefusalLog refusals_{[](const std::string&) {}};
  Doorman doorman_{context_, std::nullopt, refusals_, 4};
};

class ShmPayloadSize : public ShmTransportTest,
                       public ::testing::WithParamInterface<std::size_t> {};

TEST_P(ShmPayloadSize, ArrivesUnchanged) {
  const auto sender = make(0, {1});
  const auto receiver = make(1, {0});
  sender->connect(1, address(1));
  const Envelope sent = envelope(0, 1, random_payload(GetParam()), 41);
  sender->send(sent);
  const auto got = next_frame(*receiver);
  ASSERT_TRUE(got);
  EXPECT_TRUE(same_bytes(*got->payload, *sent.payload));
  EXPECT_EQ(got->header.payload_size, GetParam());
  EXPECT_EQ(got->header.from, 0U);
  EXPECT_EQ(got->header.sequence, 41U);
  EXPECT_FALSE(receiver->receive());
  EXPECT_TRUE(receiver->drained());
  EXPECT_EQ(refusals_.total(), 0U);
}

INSTANTIATE_TEST_SUITE_P(ShmTransport, ShmPayloadSize,
                         ::testing::Values(0, 1, 100, kShort - 1, kShort, kShort + 1, 4096, 70000,
                                           std::size_t{5} << 20U));

TEST_F(ShmTransportTest, FramesWaitForRoomAndArriveInTheOrderOfSending) {
  const auto one = make(0, {2});
  const auto two = make(1, {2});
  const auto receiver = make(2, {0, 1});
  for (ShmTransport* sender : {one.get(), two.get()}) sender->connect(2, address(2));
  constexpr std::uint64_t kFrames = 10 * Ring::kSlots;
  const std::vector<std::size_t> sizes = {0, 17, kShort, 5000, 300000, 200};
  for (std::uint64_t k = 1; k <= kFrames; ++k) {
    one->send(envelope(0, 2, random_payload(sizes[k % sizes.size()], k), k));
    two->send(envelope(1, 2, random_payload(sizes[(k + 1) % sizes.size()], kFrames + k), k));
  }
  std::vector<std::uint64_t> last(2, 0);
  for (std::uint64_t k = 0; k < 2 * kFrames; ++k) {
    std::optional<ReceivedFrame> frame;
    while (!(frame = receiver->receive())) {
      ASSERT_TRUE(receiver->drained());
      EXPECT_FALSE(one->receive());  // as a node does that waits: it sends what has room now
      EXPECT_FALSE(two->receive());
    }
    const NodeId from = frame->header.from;
    ASSERT_EQ(frame->header.sequence, ++last.at(from));
    const std::uint64_t seed = last[from] + (from == 0 ? 0 : kFrames);
    ASSERT_TRUE(same_bytes(*frame->payload, *random_payload(frame->payload->size(), seed)));
  }
  EXPECT_FALSE(receiver->receive());
}

TEST_F(ShmTransportTest, ALongPayloadIsWrittenOnceForAllAndItsMemoryIsUsedAgain) {
  const auto sender = make(0, {1, 2, 3});
  std::vector<std::unique_ptr<ShmTransport>> receivers;
  for (NodeId id = 1; id <= 3; ++id) {
    receivers.push_back(make(id, {0}));
    sender->connect(id, address(id));
  }
  const std::size_t before = buffers();
  std::vector<Payload> held;
  for (std::uint64_t round = 1; round <= 20; ++round) {
    const Payload payload = random_payload(100000 + round, round);
    for (NodeId id = 1; id <= 3; ++id) sender->send(envelope(0, id, payload, round));
    EXPECT_FALSE(sender->receive());
    held.clear();
    for (const auto& receiver : receivers) {
      const auto got = next_frame(*receiver);
      ASSERT_TRUE(got);
      EXPECT_TRUE(same_bytes(*got->payload, *payload));
      held.push_back(got->payload);
    }
  }
  // One that is held, one that is being written.
  EXPECT_LE(buffers() - before, 2U);
}

TEST_F(ShmTransportTest, WhatIsHeldIsNotWrittenOver) {
  const auto sender = make(0, {1});
  const auto receiver = make(1, {0});
  sender->connect(1, address(1));
  std::vector<Payload> held;
  for (std::uint64_t k = 1; k <= 10; ++k) {
    sender->send(envelope(0, 1, random_payload(50000, k), k));
    const auto got = next_frame(*receiver);
    ASSERT_TRUE(got);
    held.push_back(got->payload);
    EXPECT_FALSE(sender->receive());
  }
  for (std::uint64_t k = 1; k <= 10; ++k)
    EXPECT_TRUE(same_bytes(*held[k - 1], *random_payload(50000, k))) << k;
}

TEST_F(ShmTransportTest, AFrameSentBeforeTheReceiverIsThereArrives) {
  const auto sender = make(0, {1});
  sender->connect(1, address(1));
  sender->send(envelope(0, 1, random_payload(10)));
  const auto receiver = make(1, {0});
  EXPECT_FALSE(sender->receive());
  EXPECT_TRUE(next_frame(*receiver));
}

/// Whether the file of the inbox is readable within that time.
bool rings(Transport& transport, int milliseconds) {
  pollfd file = {transport.file(), POLLIN, 0};
  return poll(&file, 1, milliseconds) == 1;
}

TEST_F(ShmTransportTest, TheBellRingsWhenSomethingComesWhileItIsWatched) {
  const auto sender = make(0, {1});
  const auto receiver = make(1, {0});
  sender->connect(1, address(1));
  EXPECT_FALSE(receiver->receive());
  ASSERT_TRUE(receiver->watch());
  EXPECT_FALSE(rings(*receiver, 0));
  sender->send(envelope(0, 1, random_payload(10), 1));
  EXPECT_TRUE(rings(*receiver, 0));
  EXPECT_TRUE(receiver->receive());
  EXPECT_FALSE(rings(*receiver, 0));

  sender->send(envelope(0, 1, random_payload(10), 2));
  EXPECT_FALSE(rings(*receiver, 0)) << "of a receiver that is awake";
  EXPECT_FALSE(receiver->watch()) << "with a frame that has not been taken";
  EXPECT_TRUE(receiver->receive());
  EXPECT_TRUE(receiver->watch());
}

TEST_F(ShmTransportTest, WhoNeedsSeveralSleepsUntilTheLastOfThemOrALongOne) {
  const auto one = make(0, {2});
  const auto two = make(1, {2});
  Inbox inbox(path(2), {0, 1});
  for (ShmTransport* sender : {one.get(), two.get()}) sender->connect(2, address(2));
  std::atomic<int> slept{0};
  const auto there = [&] {
    return inbox.ring(0).slots.read_available() + inbox.ring(1).slots.read_available();
  };
  constexpr auto kLong = std::chrono::seconds(60);
  std::size_t seen = 0;
  const auto began = std::chrono::steady_clock::now();
  const auto sleep = [&] {
    inbox.sleep(2, kLong);
    seen = there();
    ++slept;
  };
  // Whether the sleeper has announced itself, a test cannot see; a frame before that ends it too.
  std::thread first(sleep);
  one->send(envelope(0, 2, random_payload(10), 1));
  two->send(envelope(1, 2, random_payload(10), 1));
  first.join();
  EXPECT_GE(seen, 1U);
  for (std::size_t k = 0; k < 2; ++k) inbox.ring(k).slots.pop();

  // A long one is worth to be looked at while the other is on its way.
  std::thread second(sleep);
  one->send(envelope(0, 2, random_payload(100000), 2));
  second.join();
  EXPECT_EQ(seen, 1U);
  EXPECT_EQ(slept, 2);
  EXPECT_LT(std::chrono::steady_clock::now() - began, kLong) << "nobody woke it";
}

TEST_F(ShmTransportTest, WhoSleepsWakesWhenTheTimeIsUp) {
  Inbox inbox(path(2), {0, 1});
  const auto began = std::chrono::steady_clock::now();
  inbox.sleep(2, std::chrono::milliseconds(30));
  EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(30));
}

TEST_F(ShmTransportTest, TwoThatAnswerEachOtherLoseNothing) {
  const auto one = make(0, {1});
  const auto two = make(1, {0});
  one->connect(1, address(1));
  two->connect(0, address(0));
  constexpr std::uint64_t kRounds = 5000;
  std::thread echo([&] {
    for (std::uint64_t k = 1; k <= kRounds; ++k) {
      const auto frame = next_frame(*two);
      if (!frame) return;
      two->send(envelope(1, 0, frame->payload, k));
    }
  });
  for (std::uint64_t k = 1; k <= kRounds; ++k) {
    one->send(envelope(0, 1, random_payload(k % 3 == 0 ? 2000 : 20, k), k));
    const auto frame = next_frame(*one);
    ASSERT_TRUE(frame) << "after " << k;
    ASSERT_EQ(frame->header.sequence, k);
    ASSERT_TRUE(same_bytes(*frame->payload, *random_payload(frame->payload->size(), k)));
  }
  echo.join();
}

TEST_F(ShmTransportTest, AnInboxThatAnotherProcessHasIsNamedWithTheReason) {
  const auto first = make(0, {1});
  ShmTransport second(0, {1}, kTestDigest, kMaxPayload, doorman_);
  try {
    second.bind(address(0));
    FAIL() << "bound twice";
  } catch (const TransportError& error) {
    EXPECT_THAT(error.what(), HasSubstr("cannot listen on " + address(0)));
    EXPECT_THAT(error.what(), HasSubstr("is in use by another process"));
  }
}

TEST_F(ShmTransportTest, AnAddressThatIsNoneIsNamed) {
  ShmTransport transport(0, {1}, kTestDigest, kMaxPayload, doorman_);
  for (const std::string& bad :
       {std::string("tcp://127.0.0.1:*"), fmt::format("shm://{}/none/node-0", folder_.path()),
        fmt::format("shm://{}/{:x<900}", folder_.path(), "")}) {
    try {
      transport.bind(bad);
      FAIL() << bad;
    } catch (const TransportError& error) {
      EXPECT_THAT(error.what(), HasSubstr("cannot listen on " + bad));
    }
  }
}

TEST_F(ShmTransportTest, AnInboxThatExpectsOthersIsNamed) {
  const auto sender = make(0, {1});
  const auto receiver = make(1, {2});
  sender->connect(1, address(1));
  try {
    sender->send(envelope(0, 1, random_payload(10)));
    FAIL() << "sent";
  } catch (const TransportError& error) {
    EXPECT_THAT(error.what(), HasSubstr("cannot connect to node 1"));
    EXPECT_THAT(error.what(), HasSubstr("expects no messages of node 0"));
  }
}

TEST_F(ShmTransportTest, WhatADeadProcessHasLeftIsReplaced) {
  const pid_t child = fork();
  if (child == 0) {
    Inbox inbox(path(0), {1});
    new Inbox(path(7), {1});  // NOLINT: left behind
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  ASSERT_TRUE(fs::exists(path(7)));
  const auto receiver = make(7, {0});
  const auto sender = make(0, {7});
  sender->connect(7, address(7));
  sender->send(envelope(0, 7, random_payload(10)));
  EXPECT_TRUE(next_frame(*receiver));
}

TEST_F(ShmTransportTest, AReceiverThatIsMadeAnewGetsWhatIsSentToItAfterwards) {
  const auto sender = make(0, {1});
  auto receiver = make(1, {0});
  sender->connect(1, address(1));
  for (std::uint64_t k = 1; k <= 3; ++k) sender->send(envelope(0, 1, random_payload(9000, k), k));
  receiver.reset();  // with three that it has not taken
  receiver = make(1, {0});
  sender->connect(1, address(1));
  const Payload payload = random_payload(9000, 4);
  sender->send(envelope(0, 1, payload, 1));
  const auto got = next_frame(*receiver);
  ASSERT_TRUE(got);
  EXPECT_TRUE(same_bytes(*got->payload, *payload));
  EXPECT_FALSE(receiver->receive());
}

TEST_F(ShmTransportTest, NothingIsLeftBehind) {
  {
    const auto sender = make(0, {1});
    const auto receiver = make(1, {0});
    sender->connect(1, address(1));
    sender->send(envelope(0, 1, random_payload(100000)));
    ASSERT_TRUE(next_frame(*receiver));
  }
  for (const auto& entry : fs::directory_iterator(folder_.path()))
    EXPECT_EQ(entry.path().filename(), "lock");
}

struct Bad {
  std::string name;
  Refusal reason;
  std::function<void(FrameHeader&, Bytes&, Slot&)> spoil;  // before the header is written
};

void PrintTo(const Bad& bad, std::ostream* out) {
  *out << bad.name;
}

class BadSlot : public ShmTransportTest, public ::testing::WithParamInterface<Bad> {};

TEST_P(BadSlot, IsRefusedAndTheNextIsTaken) {
  const auto receiver = make(1, {0, 2});
  RemoteInbox inbox(path(1), 0);
  FrameHeader header = envelope(0, 1, random_payload(50)).header;
  header.payload_size = 50;
  Bytes content = random_bytes(50);
  Slot slot;
  GetParam().spoil(header, content, slot);
  slot.append(encode_header(header));
  slot.append(content);
  inbox.ring().slots.push(slot);
  inbox.notify(true);
  EXPECT_FALSE(receiver->receive());
  EXPECT_EQ(refusals_.count(GetParam().reason), 1U);
  EXPECT_EQ(refusals_.total(), 1U);

  const auto sender = make(0, {1});
  sender->connect(1, address(1));
  sender->send(envelope(0, 1, random_payload(10)));
  EXPECT_TRUE(next_frame(*receiver));
}

std::vector<Bad> bad_slots() {
  return {
      {"Foreign", Refusal::foreign, [](auto& header, auto&, auto&) { header.digest += 1; }},
      {"Misdirected", Refusal::misdirected, [](auto& header, auto&, auto&) { header.to = 2; }},
      {"Impostor", Refusal::impostor, [](auto& header, auto&, auto&) { header.from = 2; }},
      {"Oversized", Refusal::oversized,
       [](auto& header, auto&, auto&) { header.payload_size = kMaxPayload + 1; }},
      {"TooShort", Refusal::bad_length, [](auto&, auto& content, auto&) { content.pop_back(); }},
      {"TooLong", Refusal::bad_length,
       [](auto&, auto& content, auto&) { content.push_back(std::byte{}); }},
      {"Magic", Refusal::bad_magic,
       [](auto&, auto&, auto& slot) { slot.append(Bytes(3, std::byte{1})); }},
  };
}

INSTANTIATE_TEST_SUITE_P(ShmTransport, BadSlot, ::testing::ValuesIn(bad_slots()),
                         [](const auto& tested) { return tested.param.name; });

TEST_F(ShmTransportTest, ALongPayloadThatIsGoneWithItsSenderIsPassedOver) {
  const auto receiver = make(1, {0});
  auto sender = make(0, {1});
  sender->connect(1, address(1));
  sender->send(envelope(0, 1, random_payload(9000)));
  sender.reset();
  sender = make(0, {1});  // at the same place; the files of the former are gone
  sender->connect(1, address(1));
  const Payload payload = random_payload(9000, 2);
  sender->send(envelope(0, 1, payload));
  const auto got = next_frame(*receiver);
  ASSERT_TRUE(got);
  EXPECT_TRUE(same_bytes(*got->payload, *payload));
  EXPECT_EQ(refusals_.total(), 0U);
}

TEST_F(ShmTransportTest, AnEmptySlotIsTruncated) {
  const auto receiver = make(1, {0});
  RemoteInbox inbox(path(1), 0);
  inbox.ring().slots.push(Slot());
  EXPECT_FALSE(receiver->receive());
  EXPECT_EQ(refusals_.count(Refusal::truncated), 1U);
}

TEST_F(ShmTransportTest, FramesOfAnotherRunAreForeign) {
  const auto sender = make(0, {1});
  const auto receiver = make(1, {0});
  sender->set_session(1);
  receiver->set_session(2);
  sender->connect(1, address(1));
  sender->send(envelope(0, 1, random_payload(10)));
  EXPECT_FALSE(receiver->receive());
  EXPECT_EQ(refusals_.count(Refusal::foreign), 1U);
}

TEST(RunFolders, OfRunsThatGoOnStayAndOthersAreRemoved) {
  const RunFolder parent(fs::temp_directory_path());
  const RunFolder mine(parent.path());
  std::string left;
  int names[2] = {};
  ASSERT_EQ(pipe(names), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto* folder = new RunFolder(parent.path());  // NOLINT: left behind
    const std::string name = folder->path() + "\n";
    [[maybe_unused]] const auto written = write(names[1], name.data(), name.size());
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  for (char next = 0; read(names[0], &next, 1) == 1 && next != '\n';) left += next;
  for (const int file : names) close(file);
  ASSERT_TRUE(fs::exists(left));
  fs::create_directory(parent.path() + "/hearsay-without");
  fs::create_directory(parent.path() + "/other");
  remove_leftover_folders(parent.path());
  EXPECT_FALSE(fs::exists(left));
  EXPECT_TRUE(fs::exists(mine.path() + "/lock"));
  EXPECT_TRUE(fs::exists(parent.path() + "/hearsay-without"));
  EXPECT_TRUE(fs::exists(parent.path() + "/other"));
}

}  // namespace
}  // namespace hearsay
