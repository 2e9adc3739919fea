#include "nodes/zmq_transport.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "nodes/received_payload.h"
#include "nodes/unguessable.h"

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

bool contains(const std::vector<NodeId>& nodes, NodeId id) {
  return std::find(nodes.begin(), nodes.end(), id) != nodes.end();
}

void discard_rest(zmq::socket_t& socket) {
  zmq::message_t part;
  while (socket.get(zmq::sockopt::rcvmore) != 0 && socket.recv(part, zmq::recv_flags::none)) {
  }
}

}  // namespace

ZmqTransport::ZmqTransport(zmq::context_t& context, NodeId self, std::uint64_t digest,
                           std::uint64_t max_payload, Doorman& doorman, double peer_timeout_seconds)
    : self_(self),
      digest_(digest),
      max_payload_(max_payload),
      doorman_(doorman),
      socket_(context, zmq::socket_type::router) {
  socket_.set(zmq::sockopt::linger, 0);
  socket_.set(zmq::sockopt::sndhwm, 0);
  socket_.set(zmq::sockopt::probe_router, true);
  socket_.set(zmq::sockopt::rcvtimeo, static_cast<int>(kListenFor.count()));
  socket_.set(zmq::sockopt::reconnect_ivl, 20);
  socket_.set(zmq::sockopt::reconnect_ivl_max, 1000);
  // A sender waits when its connection holds enough; nobody waits for a sender that waits.
  set_heartbeat(socket_, peer_timeout_seconds);
  doorman_.guard(socket_, kPieceBytes + kHeaderBytes, max_payload_ + kHeaderBytes);
}

std::string ZmqTransport::bind(const std::string& endpoint) {
  adapt_buffers_to(endpoint);
  try {
    socket_.bind(endpoint);
  } catch (const zmq::error_t& error) {
    throw TransportError(fmt::format("cannot listen on {}: {}", endpoint, error.what()));
  }
  return socket_.get(zmq::sockopt::last_endpoint);
}

/// For the connections that are made from now on.
void ZmqTransport::adapt_buffers_to(const std::string& endpoint) {
  socket_.set(zmq::sockopt::sndbuf, is_loopback(endpoint) ? kLoopbackSendBuffer : -1);
}

void ZmqTransport::connect(NodeId to, const std::string& endpoint) {
  if (calls(self_, to))
    call(to, endpoint);
  else
    await(to);
}

void ZmqTransport::await(NodeId from) {
  links_.try_emplace(from);
}

void ZmqTransport::call(NodeId to, const std::string& endpoint) {
  Link& link = links_[to];
  if (link.calls()) hang_up(link);
  // As long as a string is that does not allocate: it is copied with every frame.
  link = {.connection = unguessable_name().substr(0, 15), .endpoint = endpoint};
  adapt_buffers_to(endpoint);
  doorman_.introduce(socket_, to);
  socket_.set(zmq::sockopt::connect_routing_id, link.connection);
  try {
    socket_.connect(endpoint);
  } catch (const zmq::error_t& error) {
    throw TransportError(
        fmt::format("cannot connect to node {} at {}: {}", to, endpoint, error.what()));
  }
  Call& call = calls_[link.connection];
  call.to = to;
  call.origin.connection = link.connection;
  if (doorman_.has_keys()) call.origin.user = to;  // nobody else has the key that it must prove
}

void ZmqTransport::hang_up(const Link& link) {
  calls_.erase(link.connection);
  zmq_disconnect(socket_.handle(), link.endpoint.c_str());
}

bool ZmqTransport::reach(NodeId node, const std::string& connection) {
  Link& link = links_[node];
  if (link.calls() || link.connection == connection) return false;
  link.connection = connection;
  return true;
}

void ZmqTransport::send(const Envelope& envelope) {
  const Link& link = links_.at(envelope.header.to);
  if (link.connection.empty()) return;
  FrameHeader header = envelope.header;
  const bool advance = header.kind == FrameKind::advance;
  const ByteView payload = advance ? *envelope.payload : envelope.payload->subspan(envelope.ahead);
  header.payload_size = envelope.ahead + payload.size();
  header.continues = envelope.ahead > 0;
  header.digest ^= session_;
  std::array<std::byte, kHeaderBytes> head;
  store_header(header, head);

  // What a router is told to send over a connection that is gone, it drops.
  socket_.send(zmq::buffer(link.connection), zmq::send_flags::sndmore | zmq::send_flags::dontwait);
  drained_ = false;  // sending may have swallowed the notice of what came
  if (payload.size() <= kCopyUpTo) {
    zmq::message_t part(head.size() + payload.size());
    std::memcpy(part.data(), head.data(), head.size());
    if (!payload.empty())
      std::memcpy(static_cast<std::byte*>(part.data()) + head.size(), payload.data(),
                  payload.size());
    socket_.send(part, zmq::send_flags::dontwait);
    return;
  }
  zmq::message_t part(head.data(), head.size());
  socket_.send(part, zmq::send_flags::sndmore | zmq::send_flags::dontwait);
  for (std::size_t at = 0; at < payload.size(); at += kPieceBytes) {
    const ByteView piece = payload.subspan(at, std::min(kPieceBytes, payload.size() - at));
    zmq::message_t shared = shared_part(envelope.payload, piece);
    const bool last = at + piece.size() == payload.size();
    socket_.send(shared, (last ? zmq::send_flags::none : zmq::send_flags::sndmore) |
                             zmq::send_flags::dontwait);
  }
}

/// The first part of the next frame, if there is one.
bool ZmqTransport::find_frame(zmq::message_t& identity, bool wait) {
  if (zmq_msg_recv(identity.handle(), socket_.handle(), wait ? 0 : ZMQ_DONTWAIT) >= 0) return true;
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
    const bool more = identity.more() && socket_.recv(part, zmq::recv_flags::none).has_value();
    const Origin* origin = origin_of_frame(identity, part);
    if (origin == nullptr) continue;
    auto frame = more ? read_frame(part, *origin) : Refusal::truncated;
    discard_rest(socket_);
    if (const auto* refusal = std::get_if<Refusal>(&frame)) {
      doorman_.refuse(*refusal, *origin);
      continue;
    }
    auto& good = std::get<ReceivedFrame>(frame);
    if (good.header.kind != FrameKind::advance) return std::move(good);
  }
  return std::nullopt;
}

/// Nothing for what is no frame: the empty message that comes first on every connection.
const Origin* ZmqTransport::origin_of_frame(const zmq::message_t& identity,
                                            const zmq::message_t& part) {
  const bool empty = part.empty() && !part.more();
  if (const auto call = calls_.find(identity.to_string()); call != calls_.end()) {
    if (empty) on_accepted(call->second, part);
    return empty ? nullptr : &call->second.origin;
  }
  const auto [origin, first] = origins_.of(identity, part);
  doorman_.heard(origin);
  return empty && first ? nullptr : &origin;
}

void ZmqTransport::on_accepted(Call& call, const zmq::message_t& sign) {
  call.origin.address = origin_of({}, sign).address;
  if (++call.accepted > 1 && !contains(reconnected_, call.to)) reconnected_.push_back(call.to);
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
  if (speaks_elsewhere(header.from, origin.connection)) return Refusal::impostor;
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

/// Who was called does not call itself.
bool ZmqTransport::speaks_elsewhere(NodeId node, const std::string& connection) const {
  const auto link = links_.find(node);
  return link != links_.end() && link->second.calls() && link->second.connection != connection;
}

/// What is behind the header in the first part, and all further parts.
bool ZmqTransport::read_payload(std::uint64_t size, zmq::message_t& part,
                                ReceivedPayload& payload) {
  if (!payload.expect(size) || !payload.begin(view_of(part).subspan(kHeaderBytes))) return false;
  for (bool more = part.more(); more;) {
    if (!socket_.recv(part, zmq::recv_flags::none)) break;
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
  if (links_.count(from) > 0 && !contains(damaged_, from)) damaged_.push_back(from);
}

}  // namespace hearsay
