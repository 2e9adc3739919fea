#include "nodes/seats.h"

namespace hearsay {

std::optional<Refusal> Seats::refusal_of(const ReceivedControl& received, const Doorman& doorman,
                                         bool started) {
  same_process_ = false;
  if (!received.message) return Refusal::bad_control;
  const ControlMessage& message = *received.message;
  if (message.node >= connections_.size()) return Refusal::bad_control;
  if (doorman.is_impostor(received.origin, message.node)) return Refusal::impostor;
  std::string& connection = connections_[message.node];
  const bool joins = message.kind == ControlKind::join;
  // Before it joins, a node may have something to say of its checkpoints, or fail.
  const bool introduces =
      joins || message.kind == ControlKind::failed || message.kind == ControlKind::warning;
  if (connection == received.origin.connection) {
    same_process_ = true;
    vacant_[message.node] = false;
    return std::nullopt;
  }
  const bool free = connection.empty() || vacant_[message.node];
  if (doorman.has_keys() || (introduces && free)) {
    connection = received.origin.connection;
    vacant_[message.node] = false;
    return std::nullopt;
  }
  return joins && !started ? std::nullopt : std::optional(Refusal::impostor);
}

}  // namespace hearsay
