#include "nodes/zmq_transport.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

namespace hearsay {

namespace {

constexpr std::size_t kPieceBytes = std::size_t{512} * 1024;
constexpr std::size_t kCopyUpTo =
    4096;  // below this, one copied part is cheaper than two shared ones

ByteView view_of(const zmq::message_t& message) {
  return {static_cast<const std::byte*>(message.data()), message.size()};
}

/// A part that shares the payload: libzmq calls `free` on one of its own threads when it has sent
/// it.
zmq::message_t shared_part(const Payload& payload, ByteView piece) {
  auto* keep_alive = new Payload(payload);
  // libzmq only reads from a part that is sent; its interface has no const.
  auto* data = const_cast<std::byte*>(piece.data());
  return {data, piece.size(), [](void*, void* hint) { delete static_cast<Payload*>(hint); },
          keep_alive};
}

/// Both ends send heartbeats, so that each notices a connection that is dead without a word. Frames
/// travel in pieces, between which there is room for them.
void set_heartbeat(zmq::socket_t& socket, int timeout_ms) {
  socket.set(zmq::sockopt::heartbeat_ivl, std::max(1, timeout_ms / 4));
  socket.set(zmq::sockopt::heartbeat_timeout, timeout_ms);
  socket.set(zmq::sockopt::heartbeat_ttl, timeout_ms);
}

void discard_rest(zmq::socket_t& socket) {
  zmq::message_t part;
  while (socket.get(zmq::sockopt::rcvmore) != 0 && socket.recv(part, zmq::recv_flags::none)) {
  }
}

}  // namespace

ZmqTransport::ZmqTransport(zmq::context_t& context, NodeId self, std::uint64_t digest,
                           std::uint64_t max_payload, double peer_timeout_seconds)
    : context_(context),
      self_(self),
      digest_(digest),
      max_payload_(max_payload),
      heartbeat_timeout_ms_(static_cast<int>(peer_timeout_seconds * 1000.0)),
      inbox_(context, zmq::socket_type::router) {
  inbox_.set(zmq::sockopt::linger, 0);
  inbox_.set(zmq::sockopt::rcvhwm, 0);  // bounded by the rounds: nobody is two ahead
  inbox_.set(zmq::sockopt::router_handover, true);
  set_heartbeat(inbox_, heartbeat_timeout_ms_);
  inbox_.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(kPieceBytes + kHeaderBytes));
}

std::string ZmqTransport::bind(const std::string& endpoint) {
  try {
    inbox_.bind(endpoint);
  } catch (const zmq::error_t& error) {
    throw TransportError(fmt::format("cannot listen on {}: {}", endpoint, error.what()));
  }
  return inbox_.get(zmq::sockopt::last_endpoint);
}

void ZmqTransport::connect(NodeId to, const std::string& endpoint) {
  static std::atomic<std::uint64_t> links{0};
  zmq::socket_t link(context_, zmq::socket_type::dealer);
  link.set(zmq::sockopt::linger, 0);
  link.set(zmq::sockopt::sndhwm, 0);
  link.set(zmq::sockopt::reconnect_ivl, 20);
  link.set(zmq::sockopt::reconnect_ivl_max, 1000);
  // A name of its own for each connection: one that takes over a name closes the other, and a link
  // that was opened anew would lose what it has sent when the old one comes back for a moment.
  link.set(zmq::sockopt::routing_id, fmt::format("node-{}-{}-{}", self_, getpid(), ++links));
  set_heartbeat(link, heartbeat_timeout_ms_);
  // The events tell of a connection that died and came back, which libzmq hides.
  const std::string events = fmt::format("inproc://events-{}", links.load());
  zmq::socket_t monitor(context_, zmq::socket_type::pair);
  if (zmq_socket_monitor(link.handle(), events.c_str(), ZMQ_EVENT_HANDSHAKE_SUCCEEDED) != 0)
    throw TransportError(
        fmt::format("cannot watch the link to node {}: {}", to, zmq_strerror(zmq_errno())));
  monitor.connect(events);
  try {
    link.connect(endpoint);
  } catch (const zmq::error_t& error) {
    throw TransportError(
        fmt::format("cannot connect to node {} at {}: {}", to, endpoint, error.what()));
  }
  links_.insert_or_assign(to, Link{std::move(link), std::move(monitor)});
}

std::vector<NodeId> ZmqTransport::reconnected() {
  std::vector<NodeId> result;
  for (auto& [to, link] : links_) {
    const std::uint64_t before = link.connections;
    zmq::message_t event;  // its number and value, then the address
    while (link.events.recv(event, zmq::recv_flags::dontwait)) {
      discard_rest(link.events);
      ++link.connections;
    }
    if (before > 0 && link.connections > before) result.push_back(to);
    if (before == 0 && link.connections > 1) result.push_back(to);
  }
  return result;
}

void ZmqTransport::send(const Envelope& envelope) {
  zmq::socket_t& link = links_.at(envelope.header.to).socket;
  const ByteView payload = envelope.payload ? ByteView(*envelope.payload) : ByteView();
  FrameHeader header = envelope.header;
  header.payload_size = payload.size();
  const Bytes head = encode_header(header);

  if (payload.size() <= kCopyUpTo) {
    zmq::message_t part(head.size() + payload.size());
    std::memcpy(part.data(), head.data(), head.size());
    if (!payload.empty())
      std::memcpy(static_cast<std::byte*>(part.data()) + head.size(), payload.data(),
                  payload.size());
    link.send(part, zmq::send_flags::dontwait);
    return;
  }
  zmq::message_t part(head.data(), head.size());
  link.send(part, zmq::send_flags::sndmore | zmq::send_flags::dontwait);
  for (std::size_t at = 0; at < payload.size(); at += kPieceBytes) {
    const ByteView piece = payload.subspan(at, std::min(kPieceBytes, payload.size() - at));
    zmq::message_t shared = shared_part(envelope.payload, piece);
    const bool last = at + piece.size() == payload.size();
    link.send(shared, (last ? zmq::send_flags::none : zmq::send_flags::sndmore) |
                          zmq::send_flags::dontwait);
  }
}

std::optional<ReceivedFrame> ZmqTransport::receive() {
  for (;;) {
    zmq::message_t identity;
    if (!inbox_.recv(identity, zmq::recv_flags::dontwait)) return std::nullopt;
    auto frame = read_frame();
    discard_rest(inbox_);
    if (auto* good = std::get_if<ReceivedFrame>(&frame)) return std::move(*good);
    count_refused(std::get<Refusal>(frame));
  }
}

std::variant<ReceivedFrame, Refusal> ZmqTransport::read_frame() {
  zmq::message_t part;
  if (inbox_.get(zmq::sockopt::rcvmore) == 0 || !inbox_.recv(part, zmq::recv_flags::none))
    return Refusal::truncated;
  const auto decoded = decode_header(view_of(part));
  if (const auto* refusal = std::get_if<Refusal>(&decoded)) return *refusal;
  const auto& header = std::get<FrameHeader>(decoded);
  if (header.digest != digest_ && header.kind != FrameKind::hello) return Refusal::foreign;
  if (header.to != self_) return Refusal::misdirected;
  if (header.payload_size > max_payload_) return Refusal::oversized;

  // The buffer grows with what arrives, never by what the header promises.
  auto payload = std::make_shared<Bytes>();
  const ByteView rest = view_of(part).subspan(kHeaderBytes);
  if (rest.size() > header.payload_size) return Refusal::bad_length;
  if (rest.empty()) payload->reserve(std::min<std::size_t>(header.payload_size, kPieceBytes));
  payload->assign(rest.begin(), rest.end());
  while (inbox_.get(zmq::sockopt::rcvmore) != 0) {
    if (!inbox_.recv(part, zmq::recv_flags::none)) break;
    const ByteView piece = view_of(part);
    if (piece.size() > header.payload_size - payload->size()) return Refusal::bad_length;
    payload->insert(payload->end(), piece.begin(), piece.end());
  }
  if (payload->size() != header.payload_size) return Refusal::bad_length;
  if (checksum(*payload) != header.payload_checksum) {
    const bool known = links_.count(header.from) > 0;
    if (known && std::count(damaged_.begin(), damaged_.end(), header.from) == 0)
      damaged_.push_back(header.from);
    return Refusal::bad_checksum;
  }
  return ReceivedFrame{header, std::move(payload)};
}

std::uint64_t ZmqTransport::refused_total() const {
  std::uint64_t total = 0;
  for (const std::uint64_t count : refused_) total += count;
  return total;
}

}  // namespace hearsay
