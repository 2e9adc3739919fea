// Heartbeats on a ZeroMQ socket: libzmq's own threads answer them, also while a node computes.
#pragma once

#include <algorithm>
#include <zmq.hpp>

namespace hearsay {

/// Closes connections whose other end has been silent for so long (at most 6,553 s). Both ends send
/// heartbeats, so each notices a connection that is dead without a word; frames travel in pieces,
/// between which there is room for them.
inline void set_heartbeat(zmq::socket_t& socket, double timeout_seconds) {
  const int timeout_ms = static_cast<int>(timeout_seconds * 1000.0);
  socket.set(zmq::sockopt::heartbeat_ivl, std::max(1, timeout_ms / 4));
  socket.set(zmq::sockopt::heartbeat_timeout, timeout_ms);
  socket.set(zmq::sockopt::heartbeat_ttl, timeout_ms);
}

}  // namespace hearsay
