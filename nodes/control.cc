#include "nodes/control.h"

#include <utility>

#include "core/bytes.h"

namespace hearsay {

namespace {

constexpr std::uint32_t kMagic = 0x43545348;  // "HSTC"
constexpr std::uint64_t kNone = ~std::uint64_t{0};

void write(ByteWriter& out, const std::optional<double>& value) {
  out.u8(value ? 1 : 0);
  if (value) out.f64(*value);
}

std::optional<double> read_optional(ByteReader& in) {
  if (in.u8() == 0) return std::nullopt;
  return in.f64();
}

void write(ByteWriter& out, const Health& health) {
  write(out, health.residual_ratio);
  write(out, health.markov_error);
  write(out, health.never_sent);
  out.u64(health.oldest_age.value_or(kNone));
  write(out, health.staleness);
  out.u64(health.most_stale.value_or(kNone));
}

Health read_health(ByteReader& in) {
  Health health;
  health.residual_ratio = read_optional(in);
  health.markov_error = read_optional(in);
  health.never_sent = read_optional(in);
  if (const std::uint64_t age = in.u64(); age != kNone) health.oldest_age = age;
  health.staleness = read_optional(in);
  if (const std::uint64_t age = in.u64(); age != kNone) health.most_stale = age;
  return health;
}

void write(ByteWriter& out, const LayerCounts& counts) {
  out.u64(counts.messages);
  out.u64(counts.channels);
  out.u64(counts.layers.size());
  for (const LayerCoverage& layer : counts.layers) {
    out.u64(layer.sent);
    out.u64(layer.never_sent);
    out.u64(layer.oldest_age);
  }
}

/// The number of layers is not trusted: each is read, and the loop ends with the bytes.
LayerCounts read_layer_counts(ByteReader& in) {
  LayerCounts counts;
  counts.messages = in.u64();
  counts.channels = in.u64();
  for (std::uint64_t count = in.u64(); count > 0 && in.ok(); --count) {
    LayerCoverage& layer = counts.layers.emplace_back();
    layer.sent = in.u64();
    layer.never_sent = in.u64();
    layer.oldest_age = in.u64();
  }
  return counts;
}

}  // namespace

Bytes encode(const ControlMessage& message) {
  Bytes bytes;
  ByteWriter out(bytes);
  out.u32(kMagic);
  out.u8(static_cast<std::uint8_t>(message.kind));
  out.u32(message.node);
  out.u64(message.incarnation);
  out.u64(message.round);
  out.f64(message.offer.seconds);
  out.f64(message.offer.epochs);
  out.u64(message.offer.ideal_bits);
  out.u64(message.offer.wire_bytes);
  out.doubles(message.offer.sketch);
  write(out, message.offer.health);
  write(out, message.offer.layers);
  for (const std::uint64_t spent : message.offer.phases.spent) out.u64(spent);
  write(out, message.offer.wait_seconds);
  out.f64(message.result.loss);
  out.f64(message.result.squared_distance);
  out.u64(message.result.correct.value_or(kNone));
  out.u64(message.vector.size());
  out.text(message.text);
  out.u64(message.texts.size());
  for (const std::string& text : message.texts) out.text(text);
  out.u64(message.integers.size());
  for (const std::uint64_t value : message.integers) out.u64(value);
  out.u64(message.rounds.size());
  for (const Round round : message.rounds) out.u64(round);
  out.u64(message.traffic.size());
  for (const LinkTraffic& link : message.traffic) {
    out.u32(link.to);
    out.u64(link.frames);
    out.u64(link.ideal_bits);
    out.u64(link.wire_bytes);
  }
  return bytes;
}

std::optional<ControlMessage> decode_control(ByteView bytes, SharedVector vector) {
  ByteReader in(bytes);
  if (in.u32() != kMagic) return std::nullopt;
  ControlMessage message;
  const std::uint8_t kind = in.u8();
  if (kind < static_cast<std::uint8_t>(ControlKind::join) ||
      kind > static_cast<std::uint8_t>(ControlKind::abort))
    return std::nullopt;
  message.kind = static_cast<ControlKind>(kind);
  message.node = in.u32();
  message.incarnation = in.u64();
  message.round = in.u64();
  message.offer.seconds = in.f64();
  message.offer.epochs = in.f64();
  message.offer.ideal_bits = in.u64();
  message.offer.wire_bytes = in.u64();
  message.offer.sketch = in.doubles();
  message.offer.health = read_health(in);
  message.offer.layers = read_layer_counts(in);
  for (std::uint64_t& spent : message.offer.phases.spent) spent = in.u64();
  message.offer.wait_seconds = read_optional(in);
  message.result.loss = in.f64();
  message.result.squared_distance = in.f64();
  const std::uint64_t correct = in.u64();
  if (correct != kNone) message.result.correct = correct;
  const std::uint64_t floats = in.u64();
  message.text = in.text();
  // Counts are not trusted: each item is read, and the loop ends with the bytes.
  for (std::uint64_t count = in.u64(); count > 0 && in.ok(); --count)
    message.texts.push_back(in.text());
  for (std::uint64_t count = in.u64(); count > 0 && in.ok(); --count)
    message.integers.push_back(in.u64());
  for (std::uint64_t count = in.u64(); count > 0 && in.ok(); --count)
    message.rounds.push_back(in.u64());
  for (std::uint64_t count = in.u64(); count > 0 && in.ok(); --count) {
    LinkTraffic link;
    link.to = in.u32();
    link.frames = in.u64();
    link.ideal_bits = in.u64();
    link.wire_bytes = in.u64();
    message.traffic.push_back(link);
  }
  if (!in.ok() || in.left() != 0) return std::nullopt;
  if (floats != vector.size()) return std::nullopt;
  message.vector = std::move(vector);
  return message;
}

}  // namespace hearsay
