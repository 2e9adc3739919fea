// How frames reach a node's neighbours: ZeroMQ (zmq_transport.h), or memory that processes of one
// host share (shared_memory/shared_transport.h).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nodes/frame.h"
#include "nodes/origin.h"
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

class Transport {
 public:
  Transport() = default;
  virtual ~Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  /// Opens the inbox and returns the endpoint that others connect to. Throws TransportError naming
  /// the endpoint and the reason.
  virtual std::string bind(const std::string& endpoint) = 0;

  /// Opens the link to a node, anew if there was one.
  virtual void connect(NodeId to, const std::string& endpoint) = 0;

  /// Never blocks. The link must be connected. The header must be complete: see Links::send.
  virtual void send(const Envelope& envelope) = 0;

  /// The nodes that were called and to which the connection was made again since the last call of
  /// this: what was in flight may be lost, and they must be told whose connection it is.
  virtual std::vector<NodeId> reconnected() = 0;

  /// Whether a data frame's payload may lie in several pieces (Payload::pieces), which then have
  /// been looked at as floats. Not unless that is said.
  virtual void allow_pieces(bool /*allowed*/) {}

  /// It is over this connection that the node speaks: frames in advance are taken from there only.
  virtual void trust(NodeId /*node*/, const std::string& /*connection*/) {}

  /// The node has called over this connection: what is sent to it goes there from now on. Whether
  /// that is news, so that what was sent before may be lost.
  virtual bool reach(NodeId /*node*/, const std::string& /*connection*/) { return false; }

  /// A number that all nodes of a run have in common and no other run has: frames that were
  /// recorded in another run of the same experiment are foreign. 0 until it is set; before any
  /// frame.
  virtual void set_session(std::uint64_t session) = 0;

  /// The next well-formed frame of this run for this node, if one is waiting. Refused frames are
  /// counted and skipped; after kRefusedAtOnce of them there is nothing for now, so that who
  /// floods the inbox does not keep its owner in here.
  /// `needed`: when none has come, waits for kListenFor at most, with 0 not at all. The caller
  /// cannot go on without so many: small ones may be left lying until that many are there.
  virtual std::optional<ReceivedFrame> receive(std::size_t needed = 0) = 0;

  /// Whether the last receive() found the inbox empty: only then does its file say when the next
  /// frame comes.
  virtual bool drained() const = 0;

  /// The neighbours whose frames came damaged since the last call, each once.
  virtual std::vector<NodeId> damaged() = 0;

  /// Readable when a frame comes after the inbox was found empty. For one poll(), straight after
  /// watch(), which says whether there is still nothing to take.
  virtual int file() = 0;
  virtual bool watch() = 0;

  static constexpr int kRefusedAtOnce = 256;
  static constexpr std::chrono::milliseconds kListenFor{10};
};

}  // namespace hearsay
