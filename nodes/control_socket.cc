#include "nodes/control_socket.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>

namespace hearsay {

namespace {

ByteView view_of(const zmq::message_t& part) {
  return {static_cast<const std::byte*>(part.data()), part.size()};
}

/// libzmq calls `free` on one of its own threads when it has sent the part.
zmq::message_t shared_part(const SharedVector& vector) {
  auto* keep_alive = new SharedVector(vector);
  const ConstVectorView values = vector.view();
  // libzmq only reads from a part that is sent; its interface has no const.
  return {const_cast<float*>(values.data()), values.size_bytes(),
          [](void*, void* hint) { delete static_cast<SharedVector*>(hint); }, keep_alive};
}

/// The floats of a part, where they lie if that is a place for floats. Nothing when they are none.
std::optional<SharedVector> vector_in(zmq::message_t part) {
  if (part.size() % sizeof(float) != 0) return std::nullopt;
  const std::size_t count = part.size() / sizeof(float);
  if (reinterpret_cast<std::uintptr_t>(part.data()) % alignof(float) != 0) {
    Vector copy(count);
    std::memcpy(copy.data(), part.data(), part.size());
    return SharedVector(std::move(copy));
  }
  const auto owner = std::make_shared<zmq::message_t>(std::move(part));
  return SharedVector(owner, {static_cast<const float*>(owner->data()), count});
}

}  // namespace

std::uint64_t longest_control(const Experiment& experiment) {
  constexpr std::uint64_t kText = std::uint64_t{1} << 20U;
  constexpr std::uint64_t kBytesOfLayer = 64;
  constexpr std::uint64_t kBytesOfLink = 32;
  const std::uint64_t vector = sizeof(float) * (experiment.dimension() + experiment.buffers());
  const std::uint64_t sketch = sizeof(double) * experiment.consensus().projections;
  return kText + vector + sketch + kBytesOfLayer * experiment.layout().layers().size() +
         kBytesOfLink * experiment.network().nodes();
}

std::size_t send_control(zmq::socket_t& socket, const ControlMessage& message) {
  const Bytes head = encode(message);
  const std::size_t vector_bytes = message.vector.view().size_bytes();
  const auto more = vector_bytes > 0 ? zmq::send_flags::sndmore : zmq::send_flags::none;
  socket.send(zmq::buffer(head.data(), head.size()), more | zmq::send_flags::dontwait);
  if (vector_bytes > 0) {
    zmq::message_t part = shared_part(message.vector);
    socket.send(part, zmq::send_flags::dontwait);
  }
  return head.size() + vector_bytes;
}

std::optional<ReceivedControl> receive_control(zmq::socket_t& socket) {
  constexpr std::size_t kParts = 2;
  const bool routed = socket.get(zmq::sockopt::type) == static_cast<int>(zmq::socket_type::router);
  zmq::message_t part;
  if (!socket.recv(part, zmq::recv_flags::dontwait)) return std::nullopt;
  zmq::message_t identity;
  ReceivedControl received;
  std::array<zmq::message_t, kParts> parts;
  std::size_t count = 0;
  const auto keep = [&] {
    if (routed && count == 0) received.origin = origin_of(identity, part);
    received.bytes += part.size();
    if (count < kParts) parts[count].swap(part);
    ++count;
  };
  if (routed)
    identity.swap(part);
  else
    keep();
  while (socket.get(zmq::sockopt::rcvmore) != 0 && socket.recv(part, zmq::recv_flags::none)) keep();
  if (count == 0 || count > kParts) return received;
  if (auto vector = vector_in(std::move(parts[1])))
    received.message = decode_control(view_of(parts[0]), *std::move(vector));
  return received;
}

}  // namespace hearsay
