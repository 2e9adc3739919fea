// Frames over ZeroMQ: a node binds one ROUTER for what comes in and connects one DEALER to each
// node it sends to. Transports: tcp and ipc.
//
// A frame is one multipart message: the header and the first piece of the payload, then further
// pieces of at most kPieceBytes, so that large frames do not block a slow link. A payload is
// encoded once and shared by all receivers without a copy.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>
#include <zmq.hpp>

#include "nodes/frame.h"
#include "nodes/round_engine.h"

namespace hearsay {

/// The world failed: an address that cannot be bound, a deadline that passed. The message is for
/// the user.
class TransportError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct ReceivedFrame {
  FrameHeader header;
  Payload payload;
};

class ZmqTransport {
 public:
  /// `max_payload`: longer payloads are refused, whatever their header says.
  ZmqTransport(zmq::context_t& context, NodeId self, std::uint64_t digest,
               std::uint64_t max_payload, double peer_timeout_seconds = 10.0);

  /// Binds the inbox and returns the endpoint that was bound (with the port chosen for
  /// "tcp://host:*"). Throws TransportError naming the endpoint and the reason.
  std::string bind(const std::string& endpoint);

  /// Opens the outgoing link to a node; it need not be there yet.
  void connect(NodeId to, const std::string& endpoint);

  /// Never blocks. The link must be connected. The header must be complete: see Links::send.
  void send(const Envelope& envelope);

  /// The nodes to which a connection was made again since the last call: what was in flight to them
  /// may be lost.
  std::vector<NodeId> reconnected();

  /// The next well-formed frame of this experiment for this node, if one is waiting; hello frames
  /// of other experiments are passed on too, so that the mismatch can be explained. Refused frames
  /// are counted and skipped.
  std::optional<ReceivedFrame> receive();

  /// The neighbours whose frames came damaged since the last call, each once.
  std::vector<NodeId> damaged() { return std::exchange(damaged_, {}); }

  zmq::socket_ref inbox() { return inbox_; }
  std::uint64_t refused(Refusal reason) const { return refused_[static_cast<std::size_t>(reason)]; }
  void count_refused(Refusal reason) { ++refused_[static_cast<std::size_t>(reason)]; }
  std::uint64_t refused_total() const;

 private:
  std::variant<ReceivedFrame, Refusal> read_frame();

  zmq::context_t& context_;
  NodeId self_;
  std::uint64_t digest_;
  std::uint64_t max_payload_;
  int heartbeat_timeout_ms_;
  zmq::socket_t inbox_;
  struct Link {
    zmq::socket_t socket;
    zmq::socket_t events;  // of its connection
    std::uint64_t connections = 0;
  };

  std::map<NodeId, Link> links_;
  std::vector<NodeId> damaged_;
  std::array<std::uint64_t, kRefusals> refused_{};
};

}  // namespace hearsay
