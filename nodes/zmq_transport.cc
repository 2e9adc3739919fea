#include "nodes/zmq_transport.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "nodes/received_payload.h"

namespace hearsay {

namespace {

constexpr std::size_t kPieceBytes = ReceivedPayload::kPieceBytes;
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

bool is_loopback(const std::string& endpoint) {
  return endpoint.starts_with("tcp://127.") || endpoint.starts_with("tcp://[::1]:") ||
         endpoint.starts_with("tcp://localhost:");
}

void discard_rest(zmq::socket_t& socket) {
  zmq::message_t part;
  while (socket.get(zmq::sockopt::rcvmore) != 0 && socket.recv(part, zmq::recv_flags::none)) {
  }
}

}  // namespace

ZmqTransport::ZmqTransport(zmq::context_t& context, NodeId self, std::uint64_t digest,
                           std::uint64_t max_payload, Doorman& doorman, double peer_timeout_seconds)
    : context_(context),
      self_(self),
      digest_(digest),
      max_payload_(max_payload),
      doorman_(doorman),
      peer_timeout_seconds_(peer_timeout_seconds),
      inbox_(context, zmq::socket_type::router) {
  inbox_.set(zmq::sockopt::linger, 0);
  inbox_.set(zmq::sockopt::rcvtimeo, static_cast<int>(kListenFor.count()));
  // A sender waits when its connection holds enough; nobody waits for a sender that waits.
  set_heartbeat(inbox_, peer_timeout_seconds_);
  doorman_.guard(inbox_, kPieceBytes + kHeaderBytes, max_payload_ + kHeaderBytes);
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
  static std::atomic<std::uint64_t> monitors{0};
  zmq::socket_t link(context_, zmq::socket_type::dealer);
  link.set(zmq::sockopt::linger, 0);
  link.set(zmq::sockopt::sndhwm, 0);
  if (is_loopback(endpoint)) link.set(zmq::sockopt::sndbuf, kLoopbackSendBuffer);
  link.set(zmq::sockopt::reconnect_ivl, 20);
  link.set(zmq::sockopt::reconnect_ivl_max, 1000);
  // No routing id: the receiver gives every connection a name of its own, which nobody else can
  // claim and so take the connection's place.
  doorman_.introduce(link, to);
  set_heartbeat(link, peer_timeout_seconds_);
  // The events tell of a connection that died and came back, which libzmq hides.
  const std::string events = fmt::format("inproc://events-{}", ++monitors);
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
  FrameHeader header = envelope.header;
  const bool advance = header.kind == FrameKind::advance;
  const ByteView payload = advance ? *envelope.payload : envelope.payload->subspan(envelope.ahead);
  header.payload_size = envelope.ahead + payload.size();
  header.continues = envelope.ahead > 0;
  header.digest ^= session_;
  std::array<std::byte, kHeaderBytes> head;
  store_header(header, head);

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

/// The first part of the next frame, if there is one.
bool ZmqTransport::find_frame(zmq::message_t& identity, bool wait) {
  if (zmq_msg_recv(identity.handle(), inbox_.handle(), wait ? 0 : ZMQ_DONTWAIT) >= 0) return true;
  const bool nothing = zmq_errno() == EAGAIN || zmq_errno() == EINTR;
  if (!nothing) throw zmq::error_t();
  return false;
}

std::optional<ReceivedFrame> ZmqTransport::receive(std::size_t needed) {
  for (int refused = 0; refused < kRefusedAtOnce; ++refused) {
    zmq::message_t identity;
    drained_ = !find_frame(identity, needed > 0 && refused == 0);
    if (drained_) return std::nullopt;
    zmq::message_t part;
    const bool more = identity.more() && inbox_.recv(part, zmq::recv_flags::none).has_value();
    const Origin origin = origin_of(identity, part);
    doorman_.heard(origin);
    auto frame = more ? read_frame(part, origin) : Refusal::truncated;
    discard_rest(inbox_);
    if (const auto* refusal = std::get_if<Refusal>(&frame)) {
      doorman_.refuse(*refusal, origin);
      continue;
    }
    auto& good = std::get<ReceivedFrame>(frame);
    if (good.header.kind != FrameKind::advance) return std::move(good);
  }
  return std::nullopt;
}

std::variant<ReceivedFrame, Refusal> ZmqTransport::read_frame(zmq::message_t& part,
                                                              const Origin& origin) {
  const auto decoded = decode_header(view_of(part));
  if (const auto* refusal = std::get_if<Refusal>(&decoded)) return *refusal;
  auto header = std::get<FrameHeader>(decoded);
  header.digest ^= session_;
  if (doorman_.is_impostor(origin, header.from)) return Refusal::impostor;
  if (header.digest != digest_) return Refusal::foreign;
  if (header.to != self_) return Refusal::misdirected;
  if (header.payload_size > max_payload_) return Refusal::oversized;

  const bool in_pieces = pieces_allowed_ && header.kind == FrameKind::data;
  ReceivedPayload payload(in_pieces, pool_);
  const bool advance = header.kind == FrameKind::advance;
  if (advance || header.continues) {
    auto before = take_advance(header, origin);
    if (auto* refusal = std::get_if<Refusal>(&before)) return *refusal;
    payload = std::move(std::get<ReceivedPayload>(before));
  }
  if (!read_payload(header.payload_size, part, payload)) {
    if (header.continues && !advance) report_damaged(header.from);  // something got lost
    return Refusal::bad_length;
  }
  if (advance) {
    advances_.at(header.from).payload = std::move(payload);
    return ReceivedFrame{header, nullptr, origin};
  }
  if (payload.checksum() != header.payload_checksum) {
    report_damaged(header.from);
    return Refusal::bad_checksum;
  }
  return ReceivedFrame{header, payload.payload(), origin};
}

/// What is behind the header in the first part, and all further parts.
bool ZmqTransport::read_payload(std::uint64_t size, zmq::message_t& part,
                                ReceivedPayload& payload) {
  if (!payload.expect(size) || !payload.begin(view_of(part).subspan(kHeaderBytes))) return false;
  for (bool more = part.more(); more;) {
    if (!inbox_.recv(part, zmq::recv_flags::none)) break;
    more = part.more();
    if (!payload.add(part)) return false;
  }
  return payload.complete();
}

/// What has come in advance of the rest of a payload, nothing for the first of it. Taken away: what
/// turns out to be wrong is not gone on with.
std::variant<ReceivedPayload, Refusal> ZmqTransport::take_advance(const FrameHeader& header,
                                                                  const Origin& origin) {
  const auto at = advances_.find(header.from);
  if (at == advances_.end() || at->second.connection != origin.connection) {
    if (header.kind == FrameKind::data) report_damaged(header.from);
    return Refusal::misdirected;
  }
  Advanced& advanced = at->second;
  std::optional<ReceivedPayload> payload = std::exchange(advanced.payload, std::nullopt);
  const bool same =
      advanced.incarnation == header.incarnation && advanced.sequence == header.sequence;
  advanced.incarnation = header.incarnation;
  advanced.sequence = header.sequence;
  if (!header.continues) return ReceivedPayload(false, pool_);
  if (payload && same) return std::move(*payload);
  if (header.kind == FrameKind::data) report_damaged(header.from);
  return Refusal::gap;
}

void ZmqTransport::trust(NodeId node, const std::string& connection) {
  Advanced& advanced = advances_[node];
  if (advanced.connection == connection) return;
  advanced.connection = connection;
  advanced.payload.reset();
}

void ZmqTransport::report_damaged(NodeId from) {
  const bool known = links_.count(from) > 0;
  if (known && std::count(damaged_.begin(), damaged_.end(), from) == 0) damaged_.push_back(from);
}

}  // namespace hearsay
