// Frames through memory that the processes of one host share (transport.kind: shm).
//
// A node's inbox has a ring for each neighbour (shared_memory/inbox.h). A short frame is in the
// ring itself; a long payload is written once into a buffer that all its receivers read
// in place (shared_memory/outbuffers.h). Frames are refused for the same reasons as those of the
// network, but payloads are not summed up again: nothing that could damage them lies between. Who
// may write is a matter of file permissions: the files are for the user's own processes. Nothing is
// lost on the way, so there are no reconnections; what does not fit into a ring waits for room at
// its sender.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "nodes/doorman.h"
#include "nodes/payload_pool.h"
#include "nodes/shared_memory/inbox.h"
#include "nodes/shared_memory/outbuffers.h"
#include "nodes/transport.h"

namespace hearsay {

/// "shm://", before the path of a node's inbox.
extern const char* const kSharedMemoryScheme;

class ShmTransport final : public Transport {
 public:
  /// `neighbours`: who may send to this node. `max_payload`: longer payloads are refused.
  /// `doorman`: counts refusals; outlives this.
  ShmTransport(NodeId self, const std::vector<NodeId>& neighbours, std::uint64_t digest,
               std::uint64_t max_payload, Doorman& doorman);

  std::string bind(const std::string& endpoint) override;
  /// The node need not be there yet.
  void connect(NodeId to, const std::string& endpoint) override;
  void send(const Envelope& envelope) override;
  std::vector<NodeId> reconnected() override { return {}; }
  void set_session(std::uint64_t session) override { session_ = session; }
  std::optional<ReceivedFrame> receive(std::size_t needed = 0) override;
  bool drained() const override { return drained_; }
  std::vector<NodeId> damaged() override { return {}; }
  int file() override { return inbox_->bell().file(); }
  bool watch() override;

 private:
  struct Link {
    std::string path;
    std::unique_ptr<RemoteInbox> inbox;  // once it is there
    std::deque<Envelope> waiting;        // for it, and for room there
  };
  struct Sender {
    NodeId id = 0;
    Origin origin;
    std::map<std::string, std::shared_ptr<Inbuffer>> buffers;  // of long payloads, by path
  };

  bool open(NodeId to, Link& link);
  bool put(Link& link, const Envelope& envelope);
  void send_waiting();
  std::optional<ReceivedFrame> next();
  std::variant<ReceivedFrame, Refusal> read_frame(const Slot& slot, Sender& sender);
  std::optional<Payload> payload_of(const Slot& slot, const FrameHeader& header, Sender& sender);
  void freed(Sender& sender, Ring& ring);

  NodeId self_;
  std::uint64_t digest_;
  std::uint64_t session_ = 0;
  std::uint64_t max_payload_;
  Doorman& doorman_;
  std::vector<Sender> senders_;  // by ring
  std::optional<Inbox> inbox_;
  std::optional<Outbuffers> outbuffers_;
  std::map<NodeId, Link> links_;
  bool any_waiting_ = false;
  Slot slot_;         // that is being filled
  PayloadPool pool_;  // of short payloads

  std::size_t next_ring_ = 0;
  bool drained_ = false;
};

}  // namespace hearsay
