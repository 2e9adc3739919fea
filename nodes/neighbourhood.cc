#include "nodes/neighbourhood.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "nodes/greeting.h"
#include "nodes/shm_transport.h"
#include "nodes/zmq_transport.h"

namespace hearsay {

namespace {

constexpr std::uint64_t kResyncs = 8;  // of one link, before it is given up
constexpr auto kAskEvery = std::chrono::seconds(1);
constexpr auto kHelloEvery = std::chrono::milliseconds(500);
constexpr auto kMendEvery = std::chrono::milliseconds(50);
constexpr int kFramesAtOnce = 1024;

std::unique_ptr<Transport> make_transport(const Experiment& experiment, NodeId self,
                                          zmq::context_t& context, Doorman& doorman,
                                          std::optional<std::uint64_t> max_payload,
                                          double peer_timeout_seconds) {
  const std::uint64_t longest = max_payload.value_or(longest_payload(experiment.dimension()));
  if (experiment.config().section("transport").text("kind") == "shm")
    return std::make_unique<ShmTransport>(self, experiment.network().graph.neighbours(self),
                                          experiment.digest(), longest, doorman);
  return std::make_unique<ZmqTransport>(context, self, experiment.digest(), longest, doorman,
                                        peer_timeout_seconds);
}

}  // namespace

Neighbourhood::Neighbourhood(const Experiment& experiment, Node& node, Workspace& work,
                             zmq::context_t& context, Doorman& doorman,
                             std::optional<std::uint64_t> max_payload, double peer_timeout_seconds)
    : experiment_(experiment),
      node_(node),
      work_(work),
      doorman_(doorman),
      transport_(
          make_transport(experiment, node.id, context, doorman, max_payload, peer_timeout_seconds)),
      outbound_(experiment, node.id, *transport_),
      links_(experiment.asynchronous()) {
  transport_->allow_pieces(engine().algorithm().takes_pieces());
}

void Neighbourhood::meet(const std::vector<NodeId>& neighbours,
                         const std::vector<std::string>& endpoints) {
  ungreeted_.clear();
  for (const NodeId other : neighbours) {
    // Anew even where the address is the old one: what a dead node never took would come first.
    transport_->connect(other, endpoints.at(other));
    greet(other);
    if (greeted_[other].incarnation != incarnation_) ungreeted_.insert(other);
  }
  connected_ = true;
  engine().send_advances_to(this);
}

void Neighbourhood::leave() {
  connected_ = false;
  links_.clear();
  outbox_.clear();
  outbound_.forget();
  heard_from_.clear();
  asked_.clear();
}

void Neighbourhood::flush(Clock::time_point began) {
  for (Envelope& envelope : outbox_) links_.send(envelope);
  outbound_.send(outbox_, began);
}

bool Neighbourhood::receive() {
  bool any = false;
  for (int taken = 0; taken < kFramesAtOnce; ++taken) {
    const auto frame = transport_->receive();
    if (!frame) break;
    const bool waited = !engine().round_done();
    if (take(*frame, Clock::now())) any = true;
    if (waited && engine().round_done()) break;  // what follows can wait for the next round
  }
  ask_for_damaged();
  return any;
}

bool Neighbourhood::listen(Clock::time_point now) {
  const auto frame = transport_->receive(engine().missing());
  const bool any = frame && take(*frame, now);
  ask_for_damaged();
  return any;
}

void Neighbourhood::ask_for_damaged() {
  for (const NodeId from : transport_->damaged())
    if (!engine().round_done()) ask_again(from);
}

/// Anew: with a number that is above those of all greetings before, of former processes too, so
/// that nobody can take a connection's place with an old one.
void Neighbourhood::greet(NodeId to) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  std::uint64_t& number = greetings_[to];
  number = std::max(number + 1, static_cast<std::uint64_t>(us));
  send_hello(to, false);
}

void Neighbourhood::send_hello(NodeId to, bool answer) {
  const auto payload = std::make_shared<const Bytes>(encode_greeting(greeting_of(experiment_)));
  transport_->send({.header = {.kind = FrameKind::hello,
                               .digest = experiment_.digest(),
                               .from = node_.id,
                               .to = to,
                               .phase = static_cast<std::uint16_t>(answer ? 1 : 0),
                               .incarnation = static_cast<std::uint16_t>(incarnation_),
                               .sequence = greetings_[to],
                               .payload_checksum = checksum(*payload)},
                    .payload = payload});
}

/// A hello may be lost with its connection like any frame.
void Neighbourhood::greet_again() {
  if (ungreeted_.empty() || Clock::now() - hello_ < kHelloEvery) return;
  hello_ = Clock::now();
  for (const NodeId other : ungreeted_) send_hello(other, false);
}

std::optional<Refusal> Neighbourhood::on_hello(const ReceivedFrame& frame) {
  const NodeId from = frame.header.from;
  const auto& neighbours = experiment_.network().graph.neighbours(node_.id);
  if (std::find(neighbours.begin(), neighbours.end(), from) == neighbours.end())
    return Refusal::misdirected;
  // No neighbour's mistake: the collector has compared the greetings of all who take part.
  if (!greeting_mismatch(from, decode_greeting(*frame.payload), greeting_of(experiment_)).empty())
    return Refusal::foreign;
  Greeted& greeted = greeted_[from];
  if (frame.header.incarnation < greeted.incarnation) return Refusal::former;
  const bool same_run = frame.header.incarnation == greeted.incarnation;
  if (same_run && frame.header.sequence <= greeted.number) {
    // Who says it twice has not heard the answer, or is somebody else who repeats it.
    if (frame.header.phase == 0 && connected_ && Clock::now() - greeted.answered > kHelloEvery) {
      greeted.answered = Clock::now();
      send_hello(from, true);
    }
    return greeted.connection == frame.origin.connection ? std::nullopt
                                                         : std::optional(Refusal::replayed);
  }
  greeted.incarnation = frame.header.incarnation;
  greeted.number = frame.header.sequence;
  greeted.connection = frame.origin.connection;
  transport_->trust(from, frame.origin.connection);
  if (greeted.incarnation == incarnation_) ungreeted_.erase(from);
  if (!transport_->reach(from, frame.origin.connection) || !connected_) return std::nullopt;
  send_hello(from, true);  // what was said before it called did not go anywhere
  if (same_run) on_reconnection(from);
  return std::nullopt;
}

bool Neighbourhood::is_injected(const FrameHeader& header, Refusal refusal) const {
  const FaultPlan* faults = outbound_.faults();
  return refusal == Refusal::replayed && faults != nullptr &&
         faults->settings(header.from, header.to).duplication > 0.0;
}

/// Whether the run got on by it. What a stranger sends is no sign of life.
bool Neighbourhood::take(const ReceivedFrame& frame, Clock::time_point now) {
  const FrameHeader& header = frame.header;
  if (header.kind == FrameKind::data) return take_data(frame, now);
  if (header.kind == FrameKind::hello) {
    const auto refusal = on_hello(frame);
    if (refusal) refuse(frame, *refusal);
    return !refusal;
  }
  if (header.incarnation != incarnation_) return false;
  if (header.kind == FrameKind::request)
    send_again(header.from, header.sequence);
  else
    links_.acknowledged(header.from, header.sequence);
  return false;
}

bool Neighbourhood::take_data(const ReceivedFrame& frame, Clock::time_point now) {
  const FrameHeader& header = frame.header;
  const bool next = header.sequence == engine().expected_sequence(header.from);
  std::optional<Refusal> refusal;
  if (header.incarnation != incarnation_)
    refusal = Refusal::former;  // whatever the engine that is about to be replaced may think
  else if (next && !links_.continues(header))
    refusal = Refusal::diverged;
  else
    refusal = engine().on_frame(header, frame.payload, work_, outbox_);
  if (!refusal) {
    heard_from_[header.from] = now;
    transport_->trust(header.from, frame.origin.connection);
    const bool acknowledge = links_.took(header);
    flush(now);
    if (acknowledge) tell(header.from, FrameKind::ack, header.sequence);
    return true;
  }
  refuse(frame, *refusal);
  return false;
}

void Neighbourhood::refuse(const ReceivedFrame& frame, Refusal refusal) {
  const FrameHeader& header = frame.header;
  if (is_injected(header, refusal)) {
    ++duplicates_dropped_;
    return;
  }
  // Recovery leaves frames of before behind, and sends some twice to be safe: nobody's mistake.
  const bool left_behind = refusal == Refusal::former || refusal == Refusal::replayed;
  if (left_behind && is_neighbours(frame) && (incarnation_ > 1 || reconnections_ > 0)) return;
  doorman_.refuse(refusal, frame.origin,
                  fmt::format("it says from node {}, round {}, sequence {}", header.from,
                              header.round, header.sequence));
  if (refusal == Refusal::gap) return ask_again(header.from);
  const bool resync = refusal == Refusal::diverged && ++resyncs_[header.from] <= kResyncs;
  if (resync) return ask_again(header.from);
  if ((refusal == Refusal::bad_payload || refusal == Refusal::diverged) && is_neighbours(frame))
    throw TransportError(fmt::format("the link from node {} is broken: frame {} of round {} is {}",
                                     header.from, header.sequence, header.round,
                                     to_string(refusal)));
}

/// Known by its key, or by the connection that brought the greeting. Else a stranger could end
/// the run with a frame that only looks like one.
bool Neighbourhood::is_neighbours(const ReceivedFrame& frame) const {
  const auto at = greeted_.find(frame.header.from);
  return doorman_.has_keys() ||
         (at != greeted_.end() && at->second.connection == frame.origin.connection);
}

// --- Frames that were lost ---

void Neighbourhood::tell(NodeId to, FrameKind kind, std::uint64_t sequence) {
  transport_->send({.header = {.kind = kind,
                               .digest = experiment_.digest(),
                               .from = node_.id,
                               .to = to,
                               .incarnation = static_cast<std::uint16_t>(incarnation_),
                               .sequence = sequence},
                    .payload = nullptr});
}

/// Once for each frame that is missing, and again when its time is up.
void Neighbourhood::ask_again(NodeId from) {
  Asked& asked = asked_[from];
  const std::uint64_t missing = engine().expected_sequence(from);
  if (asked.sequence == missing && Clock::now() - asked.at < kAskEvery) return;
  asked = {missing, Clock::now()};
  spdlog::info("node {} asks node {} for frame {} again", node_.id, from, missing);
  tell(from, FrameKind::request, missing);
}

/// From that frame on; 0: all that is kept.
void Neighbourhood::send_again(NodeId to, std::uint64_t from_sequence) {
  if (from_sequence > 0 && links_.lost_for_good(to, from_sequence))
    throw TransportError(
        fmt::format("node {} misses frame {}, which is not kept any more", to, from_sequence));
  const std::vector<Envelope> frames = links_.again(to, from_sequence);
  if (frames.empty()) return;
  outbound_.send_again(frames);
  links_.count_resent(to, frames.size());
  spdlog::info("node {} sends {} frames to node {} again, from frame {} on", node_.id,
               frames.size(), to, frames.front().header.sequence);
}

void Neighbourhood::mend(Clock::time_point now) {
  greet_again();
  if (now - mended_ < kMendEvery) return;
  mended_ = now;
  for (const NodeId to : transport_->reconnected()) {
    greet(to);
    on_reconnection(to);
  }
}

void Neighbourhood::on_reconnection(NodeId to) {
  spdlog::warn("node {} has reached node {} again after its connection was lost", node_.id, to);
  ++reconnections_;
  send_again(to, 0);
}

void Neighbourhood::ask_for_missing() {
  if (engine().round_done()) return;
  for (const NodeId from : engine().waiting_for()) ask_again(from);
}

std::optional<Neighbourhood::Clock::time_point> Neighbourhood::heard_from(NodeId id) const {
  const auto heard = heard_from_.find(id);
  return heard == heard_from_.end() ? std::nullopt : std::optional(heard->second);
}

std::uint64_t Neighbourhood::resent() const {
  std::uint64_t total = 0;
  for (const auto& [to, frames] : links_.resent()) total += frames;
  return total;
}

}  // namespace hearsay
