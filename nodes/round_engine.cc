#include "nodes/round_engine.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "core/finite.h"
#include "core/phase_clock.h"
#include "nodes/asynchronous.h"

namespace hearsay {

namespace {

/// Bytes of a message that are worth a frame of their own.
constexpr std::size_t kLeastAdvance = std::size_t{32} * 1024;

constexpr auto kBefore = [](const auto& link, NodeId id) { return link.from < id; };

}  // namespace

RoundEngine::RoundEngine(NodeId self, std::unique_ptr<Algorithm> algorithm, std::uint64_t digest,
                         const Layout* layout)
    : self_(self),
      algorithm_(std::move(algorithm)),
      asynchronous_(algorithm_->asynchronous()),
      digest_(digest),
      layout_(layout),
      phase_(algorithm_->phases()) {}

void RoundEngine::start_round(Workspace& work, std::vector<Envelope>& out) {
  assert(round_done());
  const PhaseClock::Scope scope(Phase::mix);
  ++round_;
  phase_ = 0;
  begin_phase(work, out);
  if (asynchronous_ == nullptr) advance(work, out);
}

void RoundEngine::work_ahead(Workspace& work) {
  if (!round_done()) algorithm_->work_ahead(round_, phase_, work);
}

void RoundEngine::pass_rounds(Round t, const MixingSequence& mixing, std::uint64_t ideal_bits,
                              std::size_t payload_size) {
  assert(round_done() && asynchronous_ == nullptr && algorithm_->phases() == 1 && t >= round_);
  const Round period = mixing.period();
  for (Round first = round_ + 1; first <= std::min(t, round_ + period); ++first) {
    const Round times = (t - first) / period + 1;
    for (const NodeId to : mixing.receivers(first, self_)) {
      LinkTraffic& link = traffic_[outgoing_link(to)];
      link.frames += times;
      link.ideal_bits += times * ideal_bits;
      link.wire_bytes += times * (kHeaderBytes + payload_size);
    }
    for (const NodeId from : mixing.senders(first, self_))
      incoming_link(from).last_sequence += times;
  }
  round_ = t;
}

bool RoundEngine::end_round(Workspace& work) {
  assert(asynchronous_ != nullptr);
  if (round_done()) return true;
  if (!asynchronous_->held_by(round_).empty()) return false;
  const PhaseClock::Scope scope(Phase::mix);
  algorithm_->consume(round_, phase_, {}, work);
  ++phase_;
  if (!algorithm_->model_is_finite()) require_finite_model();
  return true;
}

std::optional<Refusal> RoundEngine::on_frame(const FrameHeader& header, Payload payload,
                                             Workspace& work, std::vector<Envelope>& out) {
  const PhaseClock::Scope scope(Phase::decode);
  if (const auto refusal = refusal_of(header, payload)) return refusal;
  incoming_link(header.from).last_sequence = header.sequence;
  if (asynchronous_ != nullptr) {
    const PhaseClock::Scope mixing(Phase::mix);
    asynchronous_->take(round_, header.from, payload, work, messages_);
    dispatch(out);
    return std::nullopt;
  }
  place_of(header.round, header.phase).messages.push_back({header.from, std::move(payload)});
  if (!round_done()) advance(work, out);
  return std::nullopt;
}

bool RoundEngine::waits_for_nobody(Round t) const {
  for (std::size_t phase = 0; phase < algorithm_->phases(); ++phase)
    if (!algorithm_->senders(t, phase).empty()) return false;
  return true;
}

bool RoundEngine::too_early(Round t) const {
  Round waits = 0;  // rounds between, that the sender has passed and this node cannot alone
  for (Round between = round_ + 1; between < t; ++between)
    if (!waits_for_nobody(between) && ++waits >= algorithm_->lead()) return true;
  return false;
}

RoundEngine::Place& RoundEngine::place_of(Round t, std::size_t phase) {
  Place* free = nullptr;
  for (Place& place : held_) {
    if (place.messages.empty())
      free = &place;
    else if (place.round == t && place.phase == phase)
      return place;
  }
  if (free == nullptr) free = &held_.emplace_back();
  free->round = t;
  free->phase = phase;
  return *free;
}

const std::vector<RoundEngine::Held>& RoundEngine::held(Round t, std::size_t phase) const {
  static const std::vector<Held> kNone;
  const auto at = std::find_if(held_.begin(), held_.end(), [=](const Place& place) {
    return place.round == t && place.phase == phase && !place.messages.empty();
  });
  return at == held_.end() ? kNone : at->messages;
}

bool RoundEngine::holds(Round t, std::size_t phase, NodeId from) const {
  const std::vector<Held>& here = held(t, phase);
  return std::any_of(here.begin(), here.end(),
                     [from](const Held& message) { return message.from == from; });
}

std::uint64_t RoundEngine::held_of(NodeId from) const {
  std::uint64_t count = 0;
  for (const Place& place : held_)
    count += static_cast<std::uint64_t>(
        std::count_if(place.messages.begin(), place.messages.end(),
                      [from](const Held& held) { return held.from == from; }));
  return count;
}

std::optional<Refusal> RoundEngine::refusal_of(const FrameHeader& header,
                                               const Payload& payload) const {
  if (header.digest != digest_) return Refusal::foreign;
  if (header.incarnation != incarnation_) return Refusal::former;
  if (header.to != self_ || header.phase >= algorithm_->phases()) return Refusal::misdirected;
  const std::vector<NodeId>& expected = algorithm_->senders(header.round, header.phase);
  if (!std::binary_search(expected.begin(), expected.end(), header.from))
    return header.round > round_ + 1 ? Refusal::early : Refusal::misdirected;
  if (asynchronous_ == nullptr && too_early(header.round)) return Refusal::early;
  const std::uint64_t next = last_sequence(header.from) + 1;
  if (header.sequence < next) return Refusal::replayed;
  if (header.sequence > next) return Refusal::gap;
  if (asynchronous_ == nullptr)
    if (const auto refusal = refusal_of_place(header)) return refusal;
  if (!payload.pieces().empty()) {  // finite floats, then
    const bool whole = header.payload_size == sizeof(float) * algorithm_->model().size();
    return algorithm_->takes_pieces() && whole ? std::nullopt : std::optional(Refusal::bad_payload);
  }
  if (algorithm_->check(header.round, header.phase, *payload)) return Refusal::bad_payload;
  if (asynchronous_ != nullptr && asynchronous_->refusal(header.from, *payload))
    return Refusal::bad_payload;
  return std::nullopt;
}

std::optional<Refusal> RoundEngine::refusal_of_place(const FrameHeader& header) const {
  const bool over = header.round < round_ || (header.round == round_ && header.phase < phase_);
  if (over || header.round == 0) return Refusal::stale;
  // A sender numbers its frames in order, so two frames for one place of consume() are its mistake.
  if (holds(header.round, header.phase, header.from)) return Refusal::replayed;
  return std::nullopt;
}

std::uint64_t RoundEngine::last_sequence(NodeId from) const {
  const auto at = std::lower_bound(links_.begin(), links_.end(), from, kBefore);
  return at != links_.end() && at->from == from ? at->last_sequence : 0;
}

RoundEngine::Link& RoundEngine::incoming_link(NodeId from) {
  const auto at = std::lower_bound(links_.begin(), links_.end(), from, kBefore);
  if (at != links_.end() && at->from == from) return *at;
  return *links_.insert(at, Link{from, 0});
}

void RoundEngine::begin_after(Round t, std::vector<LinkTraffic> traffic) {
  assert(round_done());
  round_ = t;
  traffic_ = std::move(traffic);
  unnumbered_.clear();
  for (const LinkTraffic& link : traffic_) unnumbered_.push_back(link.frames);
}

std::size_t RoundEngine::outgoing_link(NodeId to) {
  const auto at = std::lower_bound(traffic_.begin(), traffic_.end(), to,
                                   [](const LinkTraffic& link, NodeId id) { return link.to < id; });
  const auto place = at - traffic_.begin();
  if (at == traffic_.end() || at->to != to) {
    traffic_.insert(at, LinkTraffic{.to = to});
    unnumbered_.insert(unnumbered_.begin() + place, 0);
  }
  return static_cast<std::size_t>(place);
}

/// What one call of produce() sends ahead of its message.
class RoundEngine::Advances final : public Advance {
 public:
  Advances(RoundEngine& engine, Workspace& work) : engine_(engine), work_(work) {
    if (engine_.advances_allowed_) work_.advance = this;
  }
  ~Advances() override { work_.advance = nullptr; }

  void begin(std::span<const NodeId> to) override { to_ = to; }

  void ready(ByteView so_far) override {
    if (to_.empty() || so_far.size() < sent_ + kLeastAdvance) return;
    Payload piece;
    if (engine_.advance_sink_ != nullptr) {
      const auto copy = engine_.advances_.take();
      copy->assign(so_far.begin() + static_cast<std::ptrdiff_t>(sent_), so_far.end());
      piece = copy;
    }
    for (const NodeId to : to_) {
      const std::size_t place = engine_.outgoing_link(to);
      LinkTraffic& link = engine_.traffic_[place];
      link.wire_bytes += kHeaderBytes;  // the payload is counted with its message
      if (piece)
        engine_.advance_sink_->send_advance(
            {engine_.next_header(link, place, FrameKind::advance), piece, sent_});
    }
    sent_ = so_far.size();
  }

  std::size_t sent() const { return sent_; }

 private:
  RoundEngine& engine_;
  Workspace& work_;
  std::span<const NodeId> to_;
  std::size_t sent_ = 0;  // bytes
};

void RoundEngine::begin_phase(Workspace& work, std::vector<Envelope>& out) {
  messages_.clear();
  Advances advances(*this, work);
  algorithm_->produce(round_, phase_, work, messages_);
  assert(advances.sent() == 0 || messages_.size() == 1);
  dispatch(out, advances.sent());
}

/// Of the next data frame of that link, and what goes in advance of it.
FrameHeader RoundEngine::next_header(const LinkTraffic& link, std::size_t place,
                                     FrameKind kind) const {
  return {.kind = kind,
          .digest = digest_,
          .from = self_,
          .to = link.to,
          .round = round_,
          .phase = static_cast<std::uint16_t>(asynchronous_ == nullptr ? phase_ : 0),
          .incarnation = incarnation_,
          .sequence = link.frames + 1 - unnumbered_[place]};
}

/// Numbers and counts what is to be sent. `ahead`: bytes that went in advance.
void RoundEngine::dispatch(std::vector<Envelope>& out, std::size_t ahead) {
  for (Message& message : messages_) {
    for (const NodeId to : message.to) {
      const std::size_t place = outgoing_link(to);
      LinkTraffic& link = traffic_[place];
      FrameHeader header = next_header(link, place, FrameKind::data);
      header.payload_size = message.payload->size();
      link.frames += 1;
      link.ideal_bits += message.ideal_bits;
      link.wire_bytes += kHeaderBytes + message.payload->size();
      out.push_back({header, message.payload, ahead});
    }
  }
  messages_.clear();
}

Incoming RoundEngine::incoming(const Held& message) {
  if (const auto pieces = message.payload.pieces(); !pieces.empty())
    return {.from = message.from, .payload = {}, .pieces = pieces};
  return {message.from, *message.payload};
}

/// Lets the algorithm decode what is here, in order, while others are waited for.
void RoundEngine::take_ahead(Workspace& work) {
  const std::vector<Held>& here = place_of(round_, phase_).messages;
  const std::vector<NodeId>& senders = algorithm_->senders(round_, phase_);
  for (; taken_ahead_ < senders.size(); ++taken_ahead_) {
    const auto next = std::find_if(here.begin(), here.end(), [&](const Held& held) {
      return held.from == senders[taken_ahead_];
    });
    if (next == here.end()) return;
    algorithm_->take_ahead(round_, phase_, incoming(*next), work);
  }
}

void RoundEngine::advance(Workspace& work, std::vector<Envelope>& out) {
  while (!round_done()) {
    std::vector<Held>& here = place_of(round_, phase_).messages;
    if (here.size() < algorithm_->senders(round_, phase_).size()) return take_ahead(work);
    const PhaseClock::Scope scope(Phase::mix);
    std::sort(here.begin(), here.end(),
              [](const Held& a, const Held& b) { return a.from < b.from; });
    incoming_.clear();
    for (const Held& message : here) incoming_.push_back(incoming(message));
    algorithm_->consume(round_, phase_, incoming_, work);
    here.clear();
    taken_ahead_ = 0;
    ++phase_;
    if (!round_done())
      begin_phase(work, out);
    else if (!algorithm_->model_is_finite())
      require_finite_model();
  }
}

void RoundEngine::require_finite_model() const {
  const ConstVectorView x = algorithm_->model();
  require_finite(x, layout_ == nullptr ? Layout::flat(x.size()) : *layout_,
                 "the model after the round");
}

std::vector<NodeId> RoundEngine::waiting_for() const {
  std::vector<NodeId> missing;
  if (round_done()) return missing;
  if (asynchronous_ != nullptr) return asynchronous_->held_by(round_);
  for (const NodeId id : algorithm_->senders(round_, phase_))
    if (!holds(round_, phase_, id)) missing.push_back(id);
  return missing;
}

std::size_t RoundEngine::missing() const {
  if (round_done()) return 0;
  if (asynchronous_ != nullptr) return 1;
  // Only who is waited for has a message there, and no more than one.
  const std::size_t count =
      algorithm_->senders(round_, phase_).size() - held(round_, phase_).size();
  return std::max<std::size_t>(count, 1);
}

std::uint64_t RoundEngine::ideal_bits() const {
  std::uint64_t bits = 0;
  for (const LinkTraffic& link : traffic_) bits += link.ideal_bits;
  return bits;
}

std::uint64_t RoundEngine::wire_bytes() const {
  std::uint64_t bytes = 0;
  for (const LinkTraffic& link : traffic_) bytes += link.wire_bytes;
  return bytes;
}

void RoundEngine::visit_state(StateVisitor& visitor) {
  assert(round_done());
  visitor.integer("round", round_);
  std::uint64_t count = links_.size();
  visitor.count("incoming", count);
  links_.resize(count);
  for (Link& link : links_) {
    std::uint64_t from = link.from;
    visitor.integer("from", from);
    link.from = static_cast<NodeId>(from);
    // Frames that came early are sent again to a node that goes on from here.
    const std::uint64_t early = held_of(link.from);
    std::uint64_t sequence = link.last_sequence - early;
    visitor.integer("sequence", sequence);
    link.last_sequence = sequence + early;
  }
  count = traffic_.size();
  visitor.count("outgoing", count);
  traffic_.resize(count);
  unnumbered_.resize(count);
  for (std::size_t place = 0; place < count; ++place) {
    LinkTraffic& link = traffic_[place];
    std::uint64_t to = link.to;
    visitor.integer("to", to);
    link.to = static_cast<NodeId>(to);
    visitor.integer("frames", link.frames);
    visitor.integer("unnumbered", unnumbered_[place]);
    visitor.integer("ideal_bits", link.ideal_bits);
    visitor.integer("wire_bytes", link.wire_bytes);
  }
  algorithm_->visit_state(visitor);
}

}  // namespace hearsay
