// The protocol of one node, without IO: moves an algorithm through its rounds and phases.
//
// Whoever drives it says that a round starts or that a frame arrived, and gets back the frames to
// send. The simulator and the ZeroMQ runner drive the same class, which is why they walk the same
// trajectory.
//
// Frames of later rounds may come before this one is over. Where all neighbours wait for each other
// nobody can be two rounds ahead; on directed and time-varying graphs senders can
// (Algorithm::lead), and so they can past rounds in which this node waits for nobody. Frames are
// numbered for each directed link, so a lost or replayed one is noticed at once.
//
// An asynchronous algorithm (nodes/asynchronous.h) takes frames whenever they come, whatever their
// round, and its rounds end when whoever drives the engine says so (end_round).
//
// A round ends with a look at the model: what came was finite, but sums of it need not be.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "nodes/algorithm.h"
#include "nodes/frame.h"
#include "nodes/payload_pool.h"

namespace hearsay {

struct Envelope {
  FrameHeader header;  // header.to says where it goes; payload_checksum is left to the transport
  Payload payload;
  std::size_t ahead = 0;  // of data: how many of its bytes, of an advance: how many before it went
                          // in advance
};

/// Takes frames that are to be sent while the engine still computes.
class AdvanceSink {
 public:
  AdvanceSink() = default;
  virtual ~AdvanceSink() = default;
  AdvanceSink(const AdvanceSink&) = delete;
  AdvanceSink& operator=(const AdvanceSink&) = delete;

  virtual void send_advance(const Envelope& envelope) = 0;
};

/// What went over one directed link, headers included in the wire bytes.
struct LinkTraffic {
  NodeId to = 0;
  std::uint64_t frames = 0;
  std::uint64_t ideal_bits = 0;
  std::uint64_t wire_bytes = 0;
};

class RoundEngine {
 public:
  /// `layout`: of the model, for messages; outlives the engine. None: the model is one tensor "x".
  RoundEngine(NodeId self, std::unique_ptr<Algorithm> algorithm, std::uint64_t digest,
              const Layout* layout = nullptr);

  /// Frames of another one are refused; grows whenever the run goes on from a checkpoint.
  void set_incarnation(std::uint16_t incarnation) { incarnation_ = incarnation; }

  /// Messages may go in several frames from now on, as they are made (core/advance.h); `sink` gets
  /// the first ones of them, and without it they are only counted. Lockstep algorithms only.
  void allow_advances() { advances_allowed_ = asynchronous_ == nullptr; }
  void send_advances_to(AdvanceSink* sink) { advance_sink_ = sink; }

  /// Begins behind round t, with what was sent before; links count their frames from 1 again.
  void begin_after(Round t, std::vector<LinkTraffic> traffic);

  /// Starts round t = round() + 1; the round before must be over. Appends the frames to send.
  /// Throws NotFinite, as on_frame does, when a value that is not finite was to be sent or is in
  /// the model after the round.
  void start_round(Workspace& work, std::vector<Envelope>& out);

  /// For who has sent the frames of the phase under way: computes what it needs besides the frames
  /// that are awaited (Algorithm::work_ahead).
  void work_ahead(Workspace& work);

  /// Asynchronous rounds only: ends the one that runs, unless a neighbour holds it up. True when no
  /// round runs any more.
  bool end_round(Workspace& work);

  /// Rounds round() + 1 .. t have gone by elsewhere (nodes/fleet.h), and the model is that after
  /// them: counts what this node has sent and heard in them, one message of that size in each, of
  /// one phase. Lockstep algorithms only, between rounds. A step for each link and round of a
  /// period of W.
  void pass_rounds(Round t, const MixingSequence& mixing, std::uint64_t ideal_bits,
                   std::size_t payload_size);

  /// Throws NotFinite unless all of the model is finite.
  void require_finite_model() const;

  /// Takes a frame; may finish phases, and appends the frames that follow. A refused frame leaves
  /// everything as it was. Refusal::gap means that its sender must send again what is missing,
  /// bad_payload that it never sends what this node can take.
  std::optional<Refusal> on_frame(const FrameHeader& header, Payload payload, Workspace& work,
                                  std::vector<Envelope>& out);

  /// The round that runs, or the last finished one; 0 before the first.
  Round round() const { return round_; }
  bool round_done() const { return phase_ == algorithm_->phases(); }
  /// The sequence number of the next frame of that link.
  std::uint64_t expected_sequence(NodeId from) const { return last_sequence(from) + 1; }
  /// The nodes whose messages the current phase still waits for.
  std::vector<NodeId> waiting_for() const;
  /// How many they are; at least 1 before the round is over.
  std::size_t missing() const;

  const Algorithm& algorithm() const { return *algorithm_; }
  Algorithm& algorithm() { return *algorithm_; }

  /// All directed links used so far, by ascending receiver.
  const std::vector<LinkTraffic>& traffic() const { return traffic_; }
  std::uint64_t ideal_bits() const;
  std::uint64_t wire_bytes() const;

  /// Round, sequence numbers, traffic and the algorithm's state; between rounds only. Frames held
  /// for later rounds are left out, as if they had not come yet.
  void visit_state(StateVisitor& visitor);

 private:
  class Advances;

  struct Held {
    NodeId from = 0;
    Payload payload;
  };
  struct Place {  // of one consume(); without messages it is free for another
    Round round = 0;
    std::size_t phase = 0;
    std::vector<Held> messages;
  };
  struct Link {  // an incoming one
    NodeId from = 0;
    std::uint64_t last_sequence = 0;
  };

  static Incoming incoming(const Held& message);
  bool waits_for_nobody(Round t) const;
  bool too_early(Round t) const;
  Place& place_of(Round t, std::size_t phase);  // the one in use, or a free one
  const std::vector<Held>& held(Round t, std::size_t phase) const;
  bool holds(Round t, std::size_t phase, NodeId from) const;
  std::optional<Refusal> refusal_of_place(const FrameHeader& header) const;
  std::uint64_t held_of(NodeId from) const;
  std::optional<Refusal> refusal_of(const FrameHeader& header, const Payload& payload) const;
  std::uint64_t last_sequence(NodeId from) const;  // 0 before the first frame of that link
  Link& incoming_link(NodeId from);
  std::size_t outgoing_link(NodeId to);  // its place in traffic_
  void begin_phase(Workspace& work, std::vector<Envelope>& out);
  void dispatch(std::vector<Envelope>& out, std::size_t ahead = 0);
  FrameHeader next_header(const LinkTraffic& link, std::size_t place, FrameKind kind) const;
  void take_ahead(Workspace& work);
  void advance(Workspace& work, std::vector<Envelope>& out);

  NodeId self_;
  std::unique_ptr<Algorithm> algorithm_;
  Asynchronous* asynchronous_;  // of the algorithm, if it is
  std::uint64_t digest_;
  const Layout* layout_;
  std::uint16_t incarnation_ = 0;
  bool advances_allowed_ = false;
  AdvanceSink* advance_sink_ = nullptr;
  PayloadPool advances_;
  Round round_ = 0;
  std::size_t phase_;                      // == phases() between rounds
  std::size_t taken_ahead_ = 0;            // senders of the phase
  std::vector<Place> held_;                // a few, reused
  std::vector<Link> links_;                // ascending
  std::vector<LinkTraffic> traffic_;       // ascending
  std::vector<std::uint64_t> unnumbered_;  // frames of each that were sent before begin_after
  std::vector<Message> messages_;          // scratch
  std::vector<Incoming> incoming_;         // scratch
};

}  // namespace hearsay
