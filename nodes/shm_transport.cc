#include "nodes/shm_transport.h"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

namespace hearsay {

const char* const kSharedMemoryScheme = "shm://";

namespace {

constexpr int kYields = 16;
constexpr std::size_t kInline = Slot::kBytes - kHeaderBytes;
constexpr std::size_t kLongestPath = kInline - 64;  // of an inbox; its buffers have longer names

std::string path_of(const std::string& endpoint, const std::string& what) {
  const std::string scheme = kSharedMemoryScheme;
  if (!endpoint.starts_with(scheme))
    throw TransportError(fmt::format("cannot {} {}: {} needs an address {}/path", what, endpoint,
                                     "transport.kind: shm", scheme));
  return endpoint.substr(scheme.size());
}

}  // namespace

ShmTransport::ShmTransport(NodeId self, const std::vector<NodeId>& neighbours, std::uint64_t digest,
                           std::uint64_t max_payload, Doorman& doorman)
    : self_(self), digest_(digest), max_payload_(max_payload), doorman_(doorman) {
  for (const NodeId id : neighbours) {
    Sender& sender = senders_.emplace_back();
    sender.id = id;
    sender.origin = {.connection = std::to_string(id), .address = "shared memory", .user = id};
  }
}

std::string ShmTransport::bind(const std::string& endpoint) {
  const std::string path = path_of(endpoint, "listen on");
  if (path.size() > kLongestPath)
    throw TransportError(fmt::format("cannot listen on {}: the path is longer than {} bytes",
                                     endpoint, kLongestPath));
  std::vector<NodeId> ids;
  for (const Sender& sender : senders_) ids.push_back(sender.id);
  try {
    inbox_.emplace(path, ids);
  } catch (const TransportError& error) {
    throw TransportError(fmt::format("cannot listen on {}: {}", endpoint, error.what()));
  }
  outbuffers_.emplace(fmt::format("{}.{}-", path, getpid()));
  return endpoint;
}

void ShmTransport::connect(NodeId to, const std::string& endpoint) {
  // A process that is gone lets go of nothing, and has not sent what it left.
  if (links_.count(to) > 0) outbuffers_->abandon();
  for (Sender& sender : senders_)
    if (sender.id == to) sender.buffers.clear();
  links_[to] = Link{.path = path_of(endpoint, "reach"), .inbox = nullptr, .waiting = {}};
}

// --- Sending ---

/// False when nobody listens there yet.
bool ShmTransport::open(NodeId to, Link& link) {
  if (link.inbox) return true;
  if (!std::filesystem::exists(link.path)) return false;
  try {
    link.inbox = std::make_unique<RemoteInbox>(link.path, self_);
  } catch (const TransportError& error) {
    throw TransportError(fmt::format("cannot connect to node {}: {}", to, error.what()));
  }
  return true;
}

void ShmTransport::send(const Envelope& envelope) {
  const NodeId to = envelope.header.to;
  Link& link = links_.at(to);
  if (link.waiting.empty() && open(to, link) && put(link, envelope)) return;
  link.waiting.push_back(envelope);
  any_waiting_ = true;
}

/// False when there is no room.
bool ShmTransport::put(Link& link, const Envelope& envelope) {
  Ring& ring = link.inbox->ring();
  if (ring.slots.write_available() == 0) {
    ring.blocked.exchange(1);
    if (ring.slots.write_available() == 0) return false;
  }
  const ByteView payload = *envelope.payload;
  FrameHeader header = envelope.header;
  header.payload_size = payload.size();
  header.digest ^= session_;
  std::array<std::byte, kHeaderBytes> head;
  store_header(header, head);
  slot_.clear();
  slot_.append(head);
  const bool elsewhere = payload.size() > kInline;
  if (elsewhere) {
    slot_.append(std::as_bytes(std::span(outbuffers_->share(envelope.payload))));
    slot_.set_elsewhere();
  } else {
    slot_.append(payload);
  }
  ring.slots.push(slot_);
  // Long ones are taken while others are on their way.
  link.inbox->notify(elsewhere || header.kind != FrameKind::data);
  return true;
}

void ShmTransport::send_waiting() {
  if (!any_waiting_) return;
  for (auto& [to, link] : links_) {
    if (link.waiting.empty() || !open(to, link)) continue;
    while (!link.waiting.empty() && put(link, link.waiting.front())) link.waiting.pop_front();
  }
  any_waiting_ = std::any_of(links_.begin(), links_.end(),
                             [](const auto& link) { return !link.second.waiting.empty(); });
}

// --- Receiving ---

std::optional<ReceivedFrame> ShmTransport::receive(std::size_t needed) {
  outbuffers_->let_go();  // a broadcast is over
  inbox_->wake();
  send_waiting();
  auto frame = next();
  if (frame || needed == 0 || !drained_) return frame;
  // Whoever has the frame may only want this CPU: giving it away is cheaper than to be woken.
  for (int k = 0; k < kYields && inbox_->empty(); ++k) sched_yield();
  inbox_->sleep(needed, kListenFor);
  send_waiting();
  return next();
}

bool ShmTransport::watch() {
  const bool quiet = inbox_->watch();
  send_waiting();  // for what got room before it was watched for
  return quiet;
}

/// Of the rings in turn.
std::optional<ReceivedFrame> ShmTransport::next() {
  drained_ = false;
  std::size_t empty = 0;
  for (int refused = 0; refused < kRefusedAtOnce;) {
    if (empty == senders_.size()) {
      drained_ = true;
      return std::nullopt;
    }
    next_ring_ = next_ring_ + 1 < senders_.size() ? next_ring_ + 1 : 0;
    Ring& ring = inbox_->ring(next_ring_);
    if (ring.slots.read_available() == 0) {
      ++empty;
      continue;
    }
    empty = 0;
    Sender& sender = senders_[next_ring_];
    auto frame = read_frame(ring.slots.front(), sender);
    ring.slots.pop();
    freed(sender, ring);
    if (auto* good = std::get_if<ReceivedFrame>(&frame)) return std::move(*good);
    ++refused;
    const Refusal reason = std::get<Refusal>(frame);
    // A process that is gone took its long payloads along: nobody's mistake. Who misses a frame
    // sees it by the numbers.
    if (reason != Refusal::former) doorman_.refuse(reason, sender.origin);
  }
  return std::nullopt;
}

/// A sender that has more than fits is told that it fits now.
void ShmTransport::freed(Sender& sender, Ring& ring) {
  if (ring.blocked.load() == 0 || ring.slots.read_available() > Ring::kSlots / 2) return;
  ring.blocked.exchange(0);
  const auto link = links_.find(sender.id);
  if (link != links_.end() && link->second.inbox) link->second.inbox->notify(true);
}

std::variant<ReceivedFrame, Refusal> ShmTransport::read_frame(const Slot& slot, Sender& sender) {
  const auto decoded = decode_header(slot.bytes());
  if (const auto* refusal = std::get_if<Refusal>(&decoded)) return *refusal;
  auto header = std::get<FrameHeader>(decoded);
  header.digest ^= session_;
  if (header.from != sender.id) return Refusal::impostor;
  if (header.digest != digest_) return Refusal::foreign;
  if (header.to != self_) return Refusal::misdirected;
  if (header.payload_size > max_payload_) return Refusal::oversized;
  std::optional<Payload> payload;
  try {
    payload = payload_of(slot, header, sender);
  } catch (const TransportError&) {
    return Refusal::former;
  }
  if (!payload) return Refusal::bad_length;
  return ReceivedFrame{header, *payload, sender.origin};
}

/// Nothing when it is not as long as the header says. Throws TransportError when it is gone.
std::optional<Payload> ShmTransport::payload_of(const Slot& slot, const FrameHeader& header,
                                                Sender& sender) {
  const ByteView rest = slot.bytes().subspan(kHeaderBytes);
  if (!slot.elsewhere()) {
    if (rest.size() != header.payload_size) return std::nullopt;
    const std::shared_ptr<Bytes> copy = pool_.take();
    copy->assign(rest.begin(), rest.end());
    return copy;
  }
  const std::string path(reinterpret_cast<const char*>(rest.data()), rest.size());
  auto buffer = sender.buffers.find(path);
  if (buffer == sender.buffers.end())
    buffer = sender.buffers.emplace(path, std::make_shared<Inbuffer>(path)).first;
  return Inbuffer::read(buffer->second, header.payload_size);
}

}  // namespace hearsay
