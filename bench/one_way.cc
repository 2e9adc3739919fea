// How fast long messages go from one process to another over loopback TCP:
//   bench_one_way raw BYTES COUNT      bare sockets, into a buffer that is used again
//   bench_one_way frames BYTES COUNT   what nodes send each other: floats in frames, with checksums
//                                      on both sides, looked at whether they are finite
// Prints GB/s, of all but the first tenth.
#include <arpa/inet.h>
#include <malloc.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <zmq.hpp>

#include "nodes/zmq_transport.h"

namespace hearsay::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Work {
  std::size_t bytes = 0;
  int count = 0;
  int warm() const { return (count + 9) / 10; }
  double rate(Clock::time_point start) const {
    const std::chrono::duration<double> took = Clock::now() - start;
    return static_cast<double>(bytes) * (count - warm()) / took.count() * 1e-9;
  }
};

[[noreturn]] void give_up(const char* what) {
  std::perror(what);
  std::exit(1);
}

/// All of it, as one end of a pair of sockets reads or writes.
template <class Move, class Byte>
void move_all(Move move, int file, Byte* data, std::size_t size) {
  while (size > 0) {
    const ssize_t moved = move(file, data, size);
    if (moved <= 0) give_up("moving bytes");
    data += moved;
    size -= static_cast<std::size_t>(moved);
  }
}

// --- Bare sockets

void send_raw(int port, const Work& work) {
  const int file = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(file, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    give_up("connecting");
  const Bytes message(work.bytes, std::byte{1});
  for (int i = 0; i < work.count; ++i) move_all(write, file, message.data(), message.size());
  close(file);
}

double receive_raw(int listener, const Work& work) {
  const int file = accept(listener, nullptr, nullptr);
  if (file < 0) give_up("accepting");
  Bytes message(work.bytes);
  auto start = Clock::now();
  for (int i = 0; i < work.count; ++i) {
    if (i == work.warm()) start = Clock::now();
    move_all(read, file, message.data(), message.size());
  }
  const double rate = work.rate(start);
  close(file);
  return rate;
}

double run_raw(const Work& work) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener, 1) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    give_up("listening");
  if (fork() == 0) {
    send_raw(ntohs(address.sin_port), work);
    _exit(0);
  }
  return receive_raw(listener, work);
}

// --- Frames

constexpr NodeId kSender = 1;  // who calls
constexpr NodeId kReceiver = 0;
constexpr int kUnderWay = 2;  // messages that the sender is ahead, as a round and the next are

class Peer {
 public:
  Peer(NodeId self, const Work& work, int other)
      : self_(self),
        doorman_(context_, std::nullopt, refusals_, 2),
        transport_(context_, self, 1, work.bytes, doorman_) {
    std::string mine = transport_.bind("tcp://127.0.0.1:*");
    mine.resize(kEndpoint);
    move_all(write, other, mine.data(), mine.size());
    std::string theirs(kEndpoint, '\0');
    move_all(read, other, theirs.data(), theirs.size());
    transport_.connect(1 - self, theirs.substr(0, theirs.find('\0')));
    transport_.allow_pieces(true);
  }

  void send(const Payload& payload, Round round) {
    Envelope envelope;
    envelope.header = {
        .digest = 1, .from = self_, .to = 1 - self_, .round = round, .sequence = round};
    envelope.header.payload_size = payload->size();
    envelope.header.payload_checksum = checksum(*payload);
    envelope.payload = payload;
    transport_.send(envelope);
  }

  ReceivedFrame receive() {
    const auto deadline = Clock::now() + std::chrono::seconds(30);
    while (Clock::now() < deadline)
      if (auto frame = transport_.receive(1)) {
        transport_.reach(frame->header.from, frame->origin.connection);
        return std::move(*frame);
      }
    std::fprintf(stderr, "nothing came for 30 seconds\n");
    std::exit(1);
  }

 private:
  static constexpr std::size_t kEndpoint = 64;

  NodeId self_;
  zmq::context_t context_;
  RefusalLog refusals_{[](const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); }};
  Doorman doorman_;
  ZmqTransport transport_;
};

void send_frames(int other, const Work& work) {
  Peer peer(kSender, work, other);
  const auto message = std::make_shared<Bytes>(work.bytes / sizeof(float) * sizeof(float));
  std::fill(message->begin(), message->end(), std::byte{1});
  for (Round round = 1; round <= static_cast<Round>(work.count); ++round) {
    if (round > kUnderWay) peer.receive();
    peer.send(message, round);
  }
  for (int i = 0; i < kUnderWay; ++i) peer.receive();
}

double receive_frames(int other, const Work& work) {
  Peer peer(kReceiver, work, other);
  const auto nothing = std::make_shared<Bytes>();
  auto start = Clock::now();
  for (int i = 0; i < work.count; ++i) {
    if (i == work.warm()) start = Clock::now();
    const ReceivedFrame frame = peer.receive();
    peer.send(nothing, frame.header.round);
  }
  const double rate = work.rate(start);
  char end = 0;
  if (read(other, &end, 1) != 0) give_up("waiting for the sender's end");
  return rate;
}

double run_frames(const Work& work) {
  mallopt(M_MMAP_THRESHOLD, 32 << 20);  // as nodes do: nodes/node_runner.cc
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
  mallopt(M_TOP_PAD, 32 << 20);
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) give_up("making a pair of sockets");
  if (fork() == 0) {
    close(ends[0]);
    send_frames(ends[1], work);
    _exit(0);
  }
  close(ends[1]);
  return receive_frames(ends[0], work);
}

}  // namespace
}  // namespace hearsay::bench

int main(int argc, char** argv) {
  const std::string way = argc == 4 ? argv[1] : "";
  if (way != "raw" && way != "frames") {
    std::fprintf(stderr, "usage: bench_one_way raw|frames BYTES COUNT\n");
    return 2;
  }
  const hearsay::bench::Work work{static_cast<std::size_t>(std::atoll(argv[2])),
                                  std::atoi(argv[3])};
  if (work.bytes < sizeof(float) || work.count < 3) {
    std::fprintf(stderr, "at least 4 bytes, 3 times\n");
    return 2;
  }
  std::printf("%.3f\n",
              way == "raw" ? hearsay::bench::run_raw(work) : hearsay::bench::run_frames(work));
  int status = 0;
  wait(&status);
  return status == 0 ? 0 : 1;
}
