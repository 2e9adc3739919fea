#include "core/channel.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <utility>

#include "core/vector_ops.h"

namespace hearsay {

namespace {

Vector zeros_or(ConstVectorView start, std::size_t dimension) {
  assert(start.empty() || start.size() == dimension);
  return start.empty() ? Vector(dimension) : Vector(start.begin(), start.end());
}

/// What the compressor may go by while this object lives.
class HintScope {
 public:
  HintScope(Workspace& work, SelectionHint& hint) : work_(work) { work_.hint = &hint; }
  ~HintScope() { work_.hint = nullptr; }
  HintScope(const HintScope&) = delete;
  HintScope& operator=(const HintScope&) = delete;

 private:
  Workspace& work_;
};

/// What the memory of a channel holds stays bounded only if C is a contraction.
void require_contraction(ChannelKind kind, const Compressor& compressor) {
  if (kind == ChannelKind::direct || compressor.contraction() > 0.0) return;
  throw ParamError(
      "compressor.scaled",
      fmt::format("found an unbiased compressor with omega = {:.3g} in {} coordinates, allowed are "
                  "contractions, since this algorithm's channels have a memory: set scaled: true",
                  compressor.variance().value_or(0.0), compressor.dimension()));
}

}  // namespace

ChannelSender::ChannelSender(ChannelKind kind, std::shared_ptr<const Compressor> compressor,
                             ConstVectorView start)
    : kind_(kind), compressor_(std::move(compressor)) {
  require_contraction(kind_, *compressor_);
  assert(start.empty() || kind_ == ChannelKind::markov);
  if (kind_ != ChannelKind::direct) memory_ = zeros_or(start, compressor_->dimension());
}

std::uint64_t ChannelSender::send(ConstVectorView w, Stream& stream, Workspace& work, Bytes& out) {
  assert(w.size() == compressor_->dimension());
  const PhaseClock::Scope scope(Phase::compress);
  const std::size_t before = out.size();
  std::uint64_t bits = 0;
  const HintScope hint(work, hint_);
  switch (kind_) {
    case ChannelKind::direct:
      // It is w that is looked at: a payload need not show what is wrong with it (signs, or
      // coordinates that are not drawn).
      require_finite(w, compressor_->layout(), kWhatIsSent);
      bits = compressor_->encode(w, stream, work, out);
      break;
    case ChannelKind::error_feedback:
      bits = compressor_->encode_sum(w, memory_, stream, work, out);
      break;
    case ChannelKind::markov:
      bits = compressor_->encode_difference(w, memory_, stream, work, out);
      break;
  }
  // Of finite vectors every compressor makes payloads that pass its check.
  assert(!compressor_->check(ByteView(out).subspan(before)));
  note(w, ByteView(out).subspan(before), work.watch);
  return bits;
}

void ChannelSender::note(ConstVectorView w, ByteView message, Workspace::Watch watch) {
  error_.reset();
  if (watch == Workspace::Watch::nothing || !loses()) return;
  ++watched_;
  if (compressor_->sparsifies()) {
    if (!coverage_) coverage_.emplace(compressor_->layer_ends());
    coverage_->begin_message();
    compressor_->mark_sent(message, 0, *coverage_);
  }
  if (watch != Workspace::Watch::errors || kind_ == ChannelKind::direct) return;
  const double missing =
      kind_ == ChannelKind::markov ? squared_distance(w, memory_) : squared_norm(memory_);
  if (const double all = squared_norm(w); all > 0.0) error_ = std::sqrt(missing / all);
}

std::optional<ChannelHealth> ChannelSender::health() const {
  if (watched_ == 0) return std::nullopt;
  ChannelHealth health{.error = error_, .messages = watched_, .layers = {}};
  if (!coverage_) return health;
  health.layers = coverage_->layers();
  std::uint64_t never = 0;
  for (const LayerCoverage& layer : health.layers) {
    never += layer.never_sent;
    health.oldest_age = std::max(health.oldest_age, layer.oldest_age);
  }
  health.never_sent = static_cast<double>(never) / static_cast<double>(compressor_->dimension());
  return health;
}

void ChannelSender::visit_state(StateVisitor& visitor) {
  constexpr double kNone = -1.0;
  visitor.vector("channel", memory_);
  visitor.integer("watched", watched_);
  if (watched_ == 0) return;
  auto error = std::bit_cast<std::uint64_t>(error_.value_or(kNone));
  visitor.integer("error", error);
  error_ = std::bit_cast<double>(error) == kNone ? std::nullopt
                                                 : std::optional(std::bit_cast<double>(error));
  if (!compressor_->sparsifies()) return;
  if (!coverage_) coverage_.emplace(compressor_->layer_ends());
  coverage_->visit_state(visitor);
}

ChannelReceiver::ChannelReceiver(ChannelKind kind, std::shared_ptr<const Compressor> compressor,
                                 ConstVectorView start)
    : kind_(kind),
      compressor_(std::move(compressor)),
      estimate_(zeros_or(start, compressor_->dimension())) {
  require_contraction(kind_, *compressor_);
  assert(start.empty() || kind_ == ChannelKind::markov);
}

void ChannelReceiver::begin_round() {
  if (kind_ != ChannelKind::markov) std::fill(estimate_.begin(), estimate_.end(), 0.0F);
}

}  // namespace hearsay
