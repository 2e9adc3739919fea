// Which connection speaks for which node, as the collector sees it. A node takes its seat when it
// joins, or warns or fails before it can; from then on nobody else is heard in its name.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nodes/control_socket.h"
#include "nodes/doorman.h"

namespace hearsay {

class Seats {
 public:
  explicit Seats(std::size_t nodes) : connections_(nodes), vacant_(nodes, false) {}

  /// Why a message is not to be heard, or nothing. With keys a node is known by its key, and may
  /// come back over another connection. Without, a second who says that it is a node that has
  /// joined is listened to only before the run (`started`), when the collector can still say that
  /// there are two.
  std::optional<Refusal> refusal_of(const ReceivedControl& received, const Doorman& doorman,
                                    bool started);

  /// Whether the last message came over the connection that its node had before: from the same
  /// process, that is.
  bool is_from_same_process() const { return same_process_; }

  /// The node is lost: whoever says next that it is this node takes the seat.
  void vacate(NodeId node) { vacant_.at(node) = true; }

  bool is_vacant(NodeId node) const { return vacant_.at(node); }

  /// The connection of a node, also of a lost one; "" when it has not joined.
  const std::string& of(NodeId node) const { return connections_.at(node); }

 private:
  std::vector<std::string> connections_;
  std::vector<bool> vacant_;
  bool same_process_ = false;
};

}  // namespace hearsay
