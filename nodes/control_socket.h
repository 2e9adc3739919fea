// Control messages over a ZeroMQ socket: one part, or two when there is a vector, which is sent
// from where it lies.
#pragma once

#include <cstdint>
#include <optional>
#include <zmq.hpp>

#include "nodes/control.h"
#include "nodes/experiment.h"
#include "nodes/origin.h"

namespace hearsay {

/// Bytes that no control message of the experiment exceeds.
std::uint64_t longest_control(const Experiment& experiment);

/// Sends a message; ZeroMQ holds on to its vector until it is on its way. Returns its bytes. On a
/// router the receiver's identity goes before it.
std::size_t send_control(zmq::socket_t& socket, const ControlMessage& message);

struct ReceivedControl {
  std::optional<ControlMessage> message;  // nothing when it was none
  std::size_t bytes = 0;
  Origin origin;  // on a router
};

/// The next message that waits, or nothing.
std::optional<ReceivedControl> receive_control(zmq::socket_t& socket);

}  // namespace hearsay
