// A node's links to its neighbours, as a process has them: greets the neighbours, hands their
// frames to the round engine and sends the engine's own, asks for what was lost on the way, and
// sends again what a neighbour misses. Strangers' frames are refused and counted (nodes/doorman.h).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "nodes/doorman.h"
#include "nodes/experiment.h"
#include "nodes/links.h"
#include "nodes/outbound.h"
#include "nodes/transport.h"

namespace hearsay {

class Neighbourhood final : private AdvanceSink {
 public:
  using Clock = std::chrono::steady_clock;

  /// `node` may be made anew between rounds; `context`, `doorman`, `node` and `work` outlive this.
  Neighbourhood(const Experiment& experiment, Node& node, Workspace& work, zmq::context_t& context,
                Doorman& doorman, std::optional<std::uint64_t> max_payload,
                double peer_timeout_seconds);

  /// Where the inbox listens from now on. Throws TransportError.
  std::string bind(const std::string& endpoint) { return transport_->bind(endpoint); }
  void set_session(std::uint64_t session) { transport_->set_session(session); }

  /// For a poll: see Transport.
  int inbox_file() { return transport_->file(); }
  bool watch_inbox() { return transport_->watch(); }

  /// Connects to the neighbours and greets them. `endpoints`: by node.
  void meet(const std::vector<NodeId>& neighbours, const std::vector<std::string>& endpoints);
  const std::set<NodeId>& ungreeted() const { return ungreeted_; }  // that have not answered

  /// Frames of another incarnation of the run are refused from now on.
  void set_incarnation(std::uint64_t incarnation) { incarnation_ = incarnation; }

  /// The round was left: nothing that was sent or held back in it matters any more.
  void leave();

  /// What the engine wants to be sent; flush() sends it. `began`: when it began to compute that.
  std::vector<Envelope>& outbox() { return outbox_; }
  void flush(Clock::time_point began);

  /// Takes what has come, up to some number of frames, so that others have their turn. Whether the
  /// run got on by it: that others are late themselves, or send the same again, does not count.
  bool receive();

  /// Waits for a frame for a moment and takes that one: for who has nothing else to do. Cheaper
  /// than to be told that there is one, to take it, and to find out that it was the last. The same
  /// answer. `now`: when it was last asked for the time.
  bool listen(Clock::time_point now);
  bool drained() const { return transport_->drained(); }  // see Transport

  /// What was in flight when a connection died is gone: sends it again, and what was not answered
  /// of the greetings.
  void mend(Clock::time_point now);

  /// Asks for the frames that the engine waits for: whatever the reason, they may have been lost.
  void ask_for_missing();

  Outbound& outbound() { return outbound_; }
  const Outbound& outbound() const { return outbound_; }

  /// When the last frame of that node was taken, in this incarnation.
  std::optional<Clock::time_point> heard_from(NodeId id) const;
  std::uint64_t resent() const;  // frames
  std::uint64_t reconnections() const { return reconnections_; }
  std::uint64_t duplicates_dropped() const { return duplicates_dropped_; }  // that `faults` made

 private:
  struct Greeted {
    std::uint64_t incarnation = 0;  // of the last greeting
    std::uint64_t number = 0;       // of it: grows with every connection of that node's
    std::string connection;         // that brought it
    Clock::time_point answered;
  };
  struct Asked {
    std::uint64_t sequence = 0;
    Clock::time_point at;
  };

  RoundEngine& engine() { return *node_.engine; }
  void send_advance(const Envelope& envelope) override { transport_->send(envelope); }
  void greet(NodeId to);
  void send_hello(NodeId to, bool answer);
  std::optional<Refusal> on_hello(const ReceivedFrame& frame);
  bool take(const ReceivedFrame& frame, Clock::time_point now);
  void ask_for_damaged();
  bool take_data(const ReceivedFrame& frame, Clock::time_point now);
  void refuse(const ReceivedFrame& frame, Refusal refusal);
  bool is_injected(const FrameHeader& header, Refusal refusal) const;
  bool is_neighbours(const ReceivedFrame& frame) const;
  void tell(NodeId to, FrameKind kind, std::uint64_t sequence);
  void ask_again(NodeId from);
  void send_again(NodeId to, std::uint64_t from_sequence);
  void greet_again();
  void on_reconnection(NodeId to);

  const Experiment& experiment_;
  Node& node_;
  Workspace& work_;
  Doorman& doorman_;
  std::unique_ptr<Transport> transport_;
  Outbound outbound_;
  Links links_;
  std::vector<Envelope> outbox_;
  std::uint64_t incarnation_ = 0;
  bool connected_ = false;  // in this incarnation
  std::map<NodeId, Greeted> greeted_;
  std::map<NodeId, std::uint64_t> greetings_;  // numbers of this node's last ones, by receiver
  std::set<NodeId> ungreeted_;
  Clock::time_point hello_ = Clock::now();
  std::map<NodeId, Clock::time_point> heard_from_;
  std::map<NodeId, Asked> asked_;
  std::map<NodeId, std::uint64_t> resyncs_;
  Clock::time_point mended_ = Clock::now();
  std::uint64_t reconnections_ = 0;
  std::uint64_t duplicates_dropped_ = 0;
};

}  // namespace hearsay
