// Frames over ZeroMQ: a node binds one ROUTER for what comes in and connects one DEALER to each
// node it sends to. Transports: tcp and ipc.
//
// A frame is one multipart message: the header and the first piece of the payload, then further
// pieces of at most kPieceBytes, so that large frames do not block a slow link. A payload is
// encoded once and shared by all receivers without a copy.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>
#include <zmq.hpp>

#include "nodes/doorman.h"
#include "nodes/frame.h"
#include "nodes/heartbeat.h"
#include "nodes/payload_pool.h"
#include "nodes/round_engine.h"
#include "nodes/transport_error.h"

namespace hearsay {

struct ReceivedFrame {
  FrameHeader header;
  Payload payload;
  Origin origin;
};

/// The longest payload that a model of that dimension can need, whatever the algorithm: 16 bytes a
/// parameter, as two vectors would with a plain index beside every value.
std::uint64_t longest_payload(std::size_t dimension);

class ZmqTransport {
 public:
  /// `max_payload`: longer payloads are refused, whatever their header says. `doorman`: of the same
  /// context; outlives this.
  ZmqTransport(zmq::context_t& context, NodeId self, std::uint64_t digest,
               std::uint64_t max_payload, Doorman& doorman, double peer_timeout_seconds = 10.0);

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

  /// A number that all nodes of a run have in common and no other run has: frames that were
  /// recorded in another run of the same experiment are foreign. 0 until it is set; before any
  /// frame.
  void set_session(std::uint64_t session) { session_ = session; }

  /// The next well-formed frame of this run for this node, if one is waiting. Refused frames are
  /// counted and skipped; after kRefusedAtOnce of them there is nothing for now, so that who
  /// floods the inbox does not keep its owner in here.
  /// `wait`: for the first, for kListenFor at most; a signal may end that too.
  std::optional<ReceivedFrame> receive(bool wait = false);

  /// Whether the last receive() found the inbox empty: only then does its file say when the next
  /// frame comes.
  bool drained() const { return drained_; }

  /// The neighbours whose frames came damaged since the last call, each once.
  std::vector<NodeId> damaged() { return std::exchange(damaged_, {}); }

  zmq::socket_ref inbox() { return inbox_; }

  static constexpr int kRefusedAtOnce = 256;
  static constexpr std::chrono::milliseconds kListenFor{10};

 private:
  bool find_frame(zmq::message_t& identity, bool wait);
  std::variant<ReceivedFrame, Refusal> read_frame(zmq::message_t& part, const Origin& origin);

  zmq::context_t& context_;
  NodeId self_;
  std::uint64_t digest_;
  std::uint64_t session_ = 0;
  std::uint64_t max_payload_;
  Doorman& doorman_;
  double peer_timeout_seconds_;
  zmq::socket_t inbox_;
  struct Link {
    zmq::socket_t socket;
    zmq::socket_t events;  // of its connection
    std::uint64_t connections = 0;
  };

  bool drained_ = false;
  PayloadPool pool_;
  std::map<NodeId, Link> links_;
  std::vector<NodeId> damaged_;
};

}  // namespace hearsay
