// What a node remembers of its directed links, so that nothing is lost with a connection.
//
// ZeroMQ drops what was in flight when a connection dies, and says nothing. A sender therefore
// keeps its frames until their receiver is known to have used them: a frame of round t from node j
// says that j has all of this node's frames of the rounds before t, so that no traffic is needed
// where both send to each other; where only one does, the receiver acknowledges now and then. What
// is kept is sent again after a reconnection, or when the receiver asks.
//
// Every frame carries the history of its link, a checksum over the payloads so far: at both ends
// it is the same, or they have not got the same messages, and so not the same channel state.
// Without IO. Memory: the payloads of about two rounds, shared by all receivers.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "nodes/frame.h"
#include "nodes/round_engine.h"

namespace hearsay {

class Links {
 public:
  /// Frames that may come on a link before a receiver that sends nothing back acknowledges them.
  static constexpr std::uint64_t kAckEvery = 16;
  /// And bytes, of payloads.
  static constexpr std::uint64_t kAckEveryBytes = std::uint64_t{1} << 20U;

  /// `acknowledges_all`: nodes are not in lockstep, so a frame says nothing of what its sender has
  /// got, and receivers acknowledge everything, now and then.
  explicit Links(bool acknowledges_all = false) : acknowledges_all_(acknowledges_all) {}

  /// Completes the header of a data frame that is to be sent (checksum and history), and keeps it.
  void send(Envelope& envelope);

  /// Is this the next frame of its link, with the history that the link has here?
  bool continues(const FrameHeader& header) const;

  /// A frame was taken. Returns true when it should be acknowledged now.
  bool took(const FrameHeader& header);

  /// All frames up to `sequence` have come to that node.
  void acknowledged(NodeId by, std::uint64_t sequence);

  /// The frames that node `to` should get again, from `sequence` on; all that are kept with 0.
  std::vector<Envelope> again(NodeId to, std::uint64_t sequence) const;

  /// Was that frame sent, and is it no longer kept? Then nothing can bring the link back.
  bool lost_for_good(NodeId to, std::uint64_t sequence) const;

  /// A new incarnation of the run: both ends begin anew.
  void clear();

  /// Frames sent again so far, by receiver.
  const std::map<NodeId, std::uint64_t>& resent() const { return resent_; }
  void count_resent(NodeId to, std::uint64_t frames) { resent_[to] += frames; }

 private:
  struct Outgoing {
    std::vector<Envelope> kept;  // by sequence, few
    std::uint64_t last = 0;      // sequence
    std::uint32_t history = 0;
  };
  struct Incoming {
    std::uint32_t history = 0;
    std::uint64_t unanswered = 0;  // frames since this node last sent one there
    std::uint64_t unanswered_bytes = 0;
  };

  bool acknowledges_all_;
  std::map<NodeId, Outgoing> out_;
  std::map<NodeId, Incoming> in_;
  Payload checksummed_;         // the payload that checksum_ belongs to, so that a broadcast
  std::uint32_t checksum_ = 0;  // computes it once
  std::map<NodeId, std::uint64_t> resent_;
};

}  // namespace hearsay
