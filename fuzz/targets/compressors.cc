// Payloads of all compressors. The first bytes choose compressor, settings, layout and what the
// rest is: a payload, one of just the right length, or a vector to be sent.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <utility>

#include "core/certify.h"
#include "core/compressor.h"
#include "core/compressors/layer_groups.h"
#include "fuzz/input.h"
#include "fuzz/targets.h"

namespace hearsay::fuzz {

namespace {

constexpr std::size_t kLargest = 600;  // coordinates; a block of levels is 512

/// Layers that are no multiple of 8, a matrix among them and an empty one, or a single layer. The
/// last shape has groups of layers.
Layout layout_of(std::size_t shape, std::size_t d) {
  if (shape == 0) return Layout::flat(d);
  if (shape == 1) return Layout::square(d);
  Layout layout;
  const auto third = static_cast<std::int64_t>(d / 3);
  layout.append("vector", {third});
  layout.append("nothing", {0, 3});
  layout.append("matrix", {third / 4, 4});
  layout.append("rest", {static_cast<std::int64_t>(d) - third - third / 4 * 4});
  return layout;
}

/// A compressor that the input names, or null for settings that do not suit d.
std::unique_ptr<Compressor> choose(Choices& choices) {
  const auto parts = compressor_catalogue().parts();
  const PartInfo& part = *parts[choices.below(parts.size())];
  const std::vector<Params> settings = certify_settings(part);
  const Params& params = settings[choices.below(settings.size())];
  const std::size_t shape = choices.below(4);
  const std::size_t d = 1 + (choices.byte() + std::size_t{256} * choices.byte()) % kLargest;
  try {
    auto compressor = make_compressor(params, layout_of(shape, d));
    return shape == 3 ? by_groups(std::move(compressor), 1 + d / 4) : std::move(compressor);
  } catch (const ParamError&) {
    return nullptr;
  }
}

std::size_t payload_size(const Compressor& compressor) {
  Workspace work;
  Stream stream({.seed = 1});
  Bytes out;
  compressor.encode(Vector(compressor.dimension(), 0.0F), stream, work, out);
  return out.size();
}

/// That marks and values tell the same story.
void check_marks(const Compressor& compressor, ByteView payload, ConstVectorView values) {
  Coverage coverage(compressor.layer_ends());
  coverage.begin_message();
  compressor.mark_sent(payload, 0, coverage);
  std::size_t begin = 0;
  const std::vector<LayerCoverage> layers = coverage.layers();
  if (!compressor.sparsifies()) {
    require(std::all_of(layers.begin(), layers.end(),
                        [](const LayerCoverage& layer) { return layer.sent == 0; }),
            "a compressor that sends everything marks nothing");
    return;
  }
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const std::size_t end = compressor.layer_ends()[l];
    const auto changed = std::count_if(values.begin() + static_cast<std::ptrdiff_t>(begin),
                                       values.begin() + static_cast<std::ptrdiff_t>(end),
                                       [](float value) { return value != 0.0F; });
    require(static_cast<std::uint64_t>(changed) <= layers[l].sent, "what has a value was marked");
    require(layers[l].sent + layers[l].never_sent == end - begin, "each coordinate is marked once");
    begin = end;
  }
}

/// A payload that passed check(). Twice, since nothing of the first time may stay behind.
void decode(const Compressor& compressor, ByteView payload) {
  Vector once(compressor.dimension(), 0.0F);
  Vector again(compressor.dimension(), 0.0F);
  compressor.decode_add(payload, 1.0F, once);
  compressor.decode_add(payload, 1.0F, again);
  require(std::all_of(once.begin(), once.end(), [](float value) { return std::isfinite(value); }),
          "what passes check() stands for finite numbers");
  require(once == again, "a payload stands for one vector");
  check_marks(compressor, payload, once);
}

/// Sends the bytes as floats, those that are finite and whose squares add up to something finite.
void send(const Compressor& compressor, ByteView bytes) {
  Vector x(compressor.dimension(), 0.0F);
  for (std::size_t j = 0; j < x.size() && 4 * j + 4 <= bytes.size(); ++j) {
    std::memcpy(&x[j], bytes.data() + 4 * j, 4);
    if (!(std::fabs(x[j]) < 1e18F)) x[j] = 1.0F;
  }
  Workspace work;
  Stream stream({.seed = 2});
  Bytes out;
  compressor.encode(x, stream, work, out);
  const ExactBytes payload(out);
  require(!compressor.check(payload.view()), "what is sent passes check()");
  decode(compressor, payload.view());
}

}  // namespace

void fuzz_compressors(ByteView input) {
  Choices choices(input);
  const auto compressor = choose(choices);
  if (compressor == nullptr) return;
  const std::size_t mode = choices.below(3);
  Bytes bytes(choices.rest().begin(), choices.rest().end());
  if (mode == 2) return send(*compressor, bytes);
  if (mode == 1) bytes.resize(payload_size(*compressor), std::byte{0});
  const ExactBytes payload(bytes);
  if (const auto wrong = compressor->check(payload.view())) {
    require(!wrong->empty(), "a refusal has words");
    return;
  }
  decode(*compressor, payload.view());
}

}  // namespace hearsay::fuzz
