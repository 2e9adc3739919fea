// Frames over ZeroMQ, by tcp or ipc, on one ROUTER: two neighbours have one connection between
// them, for both directions, and the one with the higher number calls the other. So a server need
// not reach its workers, and what one sends acknowledges what came.
//
// Who calls chooses a name for the connection, and knows it from then on, through reconnections;
// who is called names each connection that it accepts anew, and must be told whose it is (reach()).
// The first message on a connection is an empty one, by which the caller learns that it was made,
// or made again.
//
// A frame is one multipart message: the header and the first piece of the payload, then further
// pieces of at most kPieceBytes, so that large frames do not block a slow link. A payload is
// encoded once and shared by all receivers without a copy. Of one that takes long to make, the
// first bytes may come in frames of their own (FrameKind::advance).
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
#include "nodes/heartbeat.h"
#include "nodes/payload_pool.h"
#include "nodes/received_payload.h"
#include "nodes/transport.h"

namespace hearsay {

class ZmqTransport final : public Transport {
 public:
  /// `max_payload`: longer payloads are refused, whatever their header says. `doorman`: of the same
  /// context; outlives this.
  ZmqTransport(zmq::context_t& context, NodeId self, std::uint64_t digest,
               std::uint64_t max_payload, Doorman& doorman, double peer_timeout_seconds = 10.0);

  /// With the port chosen for "tcp://host:*".
  std::string bind(const std::string& endpoint) override;

  /// Calls the node there, or awaits its call.
  void connect(NodeId to, const std::string& endpoint) override;
  static bool calls(NodeId self, NodeId other) { return self > other; }

  /// The node need not be there yet. Hangs up first if there was a call.
  void call(NodeId to, const std::string& endpoint);

  /// What is sent before the node has called is dropped.
  void await(NodeId from);

  void send(const Envelope& envelope) override;
  /// What the kernel keeps for a connection on loopback: a sender that may be megabytes ahead
  /// pushes what it has written out of the caches before it is read, and full models took a quarter
  /// longer. Between hosts the kernel finds the size itself.
  static constexpr int kLoopbackSendBuffer = 256 * 1024;

  std::vector<NodeId> reconnected() override { return std::exchange(reconnected_, {}); }
  void allow_pieces(bool allowed) override { pieces_allowed_ = allowed; }
  void trust(NodeId node, const std::string& connection) override;
  bool reach(NodeId node, const std::string& connection) override;
  void set_session(std::uint64_t session) override { session_ = session; }
  std::optional<ReceivedFrame> receive(std::size_t needed = 0) override;
  bool drained() const override { return drained_; }
  std::vector<NodeId> damaged() override { return std::exchange(damaged_, {}); }
  int file() override { return socket_.get(zmq::sockopt::fd); }
  bool watch() override { return drained_; }

 private:
  struct Link {
    std::string connection;  // its name at the socket; "" when the node has not called yet
    std::string endpoint;    // that was called; "" when it is the other one that calls
    bool calls() const { return !endpoint.empty(); }
  };

  void adapt_buffers_to(const std::string& endpoint);
  void hang_up(const Link& link);
  struct Call {
    NodeId to = 0;
    std::uint64_t accepted = 0;  // times
    Origin origin;               // of what comes over it
  };

  const Origin* origin_of_frame(const zmq::message_t& identity, const zmq::message_t& part);
  void on_accepted(Call& call, const zmq::message_t& sign);
  bool find_frame(zmq::message_t& identity, bool wait);
  std::variant<ReceivedFrame, Refusal> read_frame(zmq::message_t& part, const Origin& origin);
  bool speaks_elsewhere(NodeId node, const std::string& connection) const;
  bool read_payload(std::uint64_t size, zmq::message_t& part, ReceivedPayload& payload);
  std::variant<ReceivedPayload, Refusal> take_advance(const FrameHeader& header,
                                                      const Origin& origin);
  void report_damaged(NodeId from);

  NodeId self_;
  std::uint64_t digest_;
  std::uint64_t session_ = 0;
  std::uint64_t max_payload_;
  Doorman& doorman_;
  zmq::socket_t socket_;

  struct Advanced {          // of the next data frame of a link
    std::string connection;  // that it comes over
    std::uint64_t sequence = 0;
    std::uint16_t incarnation = 0;
    std::optional<ReceivedPayload> payload;
  };

  bool drained_ = false;
  bool pieces_allowed_ = false;
  PayloadPool pool_;
  std::map<NodeId, Link> links_;
  std::map<std::string, Call> calls_;    // by connection
  Origins origins_;                      // of what comes over others
  std::map<NodeId, Advanced> advances_;  // by sender
  std::vector<NodeId> reconnected_;
  std::vector<NodeId> damaged_;
};

}  // namespace hearsay
