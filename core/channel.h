// Channels: a stateful, compressed stream of vectors w_1, w_2, ... from one sender to its
// receivers.
//
// | kind           | sender                              | receiver reconstructs |
// | direct         | m = C(w)                            | w^ = m                |
// | error-feedback | m = C(w + e);  e <- w + e - m       | w^ = m                |
// | markov         | m = C(w - w^); w^ <- w^ + m         | w^ <- w^ + m          |
//
// error-feedback: Seide et al. 2014; Karimireddy et al. 2019 (Algorithm 2). markov: CHOCO's public
// copies (Koloskova, Stich, Jaggi 2019, Algorithm 1), EF21 (Richtarik et al. 2021, Algorithm 2).
//
// A memory asks for a contraction: error-feedback and markov channels throw ParamError for a
// compressor that is unbiased and no contraction (qsgd with scaled: false and few levels).
//
// Both ends of a markov channel must agree bit for bit: a lost message breaks it. A channel knows
// no learning rate and no compressor by name.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/compressor.h"
#include "core/coverage.h"
#include "core/finite.h"
#include "core/phase_clock.h"
#include "core/state.h"
#include "core/types.h"
#include "core/workspace.h"

namespace hearsay {

enum class ChannelKind { direct, error_feedback, markov };

/// How well the receivers of a channel know what its sender means; see ChannelSender::health.
struct ChannelHealth {
  /// After the last message. error-feedback: ||e|| / ||w||; markov: ||w - w^|| / ||w||. Nothing for
  /// direct channels, for w = 0, and when the message was sent unwatched.
  std::optional<double> error;
  double never_sent = 0.0;       // share of the coordinates that no message has carried yet
  std::uint64_t oldest_age = 0;  // messages since the coordinate that waits longest was carried
  std::uint64_t messages = 0;    // watched so far
  std::vector<LayerCoverage> layers;  // of a sparsifying compressor, by Compressor::layer_ends
};

/// The sending end. Memory: none (direct) or one vector of d floats (e, or w^); a watched channel
/// with a sparsifying compressor keeps d integers more, and a few a layer.
class ChannelSender {
 public:
  /// `start` is the w^_0 that both ends know (markov only); empty means zero.
  ChannelSender(ChannelKind kind, std::shared_ptr<const Compressor> compressor,
                ConstVectorView start = {});

  /// Appends the message for w to `out` and returns its ideal bits. Throws NotFinite when w, or
  /// what the memory makes of it, has a value that is not finite. Notes down what `work.watch` asks
  /// for.
  std::uint64_t send(ConstVectorView w, Stream& stream, Workspace& work, Bytes& out);

  /// markov: w^, what every receiver holds after the messages so far. error-feedback: e. direct:
  /// empty.
  ConstVectorView memory() const { return memory_; }
  ChannelKind kind() const { return kind_; }
  const Compressor& compressor() const { return *compressor_; }

  /// Of the watched messages so far; nothing before the first one, and with a compressor that loses
  /// nothing. One pass.
  std::optional<ChannelHealth> health() const;

  void visit_state(StateVisitor& visitor);

 private:
  bool loses() const { return compressor_->contraction() < 1.0; }
  void note(ConstVectorView w, ByteView message, Workspace::Watch watch);

  ChannelKind kind_;
  std::shared_ptr<const Compressor> compressor_;
  Vector memory_;
  SelectionHint hint_;                // no part of the state: it changes no result
  std::uint64_t watched_ = 0;         // messages
  std::optional<Coverage> coverage_;  // of those
  std::optional<double> error_;
};

/// The receiving end for a weighted sum of senders, sum_j weight_j w^_j: one vector whatever their
/// number (a server's mean, a gossip node's sum_j w_ij (x^_j - x^_i)).
class ChannelReceiver {
 public:
  /// `start` is sum_j weight_j w^_j,0 (markov only); empty means zero.
  ChannelReceiver(ChannelKind kind, std::shared_ptr<const Compressor> compressor,
                  ConstVectorView start = {});

  /// Call before the first add() of a round: direct and error-feedback start from zero again.
  void begin_round();

  /// Adds weight * (a sender's message). Callers add in ascending node id. The payload must have
  /// passed Compressor::check.
  void add(ByteView payload, float weight) {
    const PhaseClock::Scope scope(Phase::decode);
    compressor_->decode_add(payload, weight, estimate_);
  }

  ConstVectorView estimate() const { return estimate_; }
  VectorView estimate() { return estimate_; }
  const Compressor& compressor() const { return *compressor_; }

  void visit_state(StateVisitor& visitor) { visitor.vector("received", estimate_); }

 private:
  ChannelKind kind_;
  std::shared_ptr<const Compressor> compressor_;
  Vector estimate_;
};

}  // namespace hearsay
