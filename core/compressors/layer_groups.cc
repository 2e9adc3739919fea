#include "core/compressors/layer_groups.h"

#include <fmt/format.h>

#include <cassert>
#include <utility>

#include "core/compressors/wire.h"

namespace hearsay {

namespace {

constexpr std::size_t kSizeBytes = sizeof(std::uint64_t);

}  // namespace

LayerGroups::LayerGroups(std::unique_ptr<Compressor> whole, const std::vector<std::size_t>& ends)
    : Compressor(whole->layout()), whole_(std::move(whole)) {
  std::size_t first = 0;
  std::size_t begin = 0;
  for (const std::size_t last : ends) {
    Group& group = groups_.emplace_back();
    group.begin = begin;
    group.compressor = whole_->of_layers(first, last);
    group.layers = fmt::format("layers {} to {}", layout().layers()[first].name,
                               layout().layers()[last - 1].name);
    begin += group.size();
    first = last;
  }
  assert(begin == dimension());
}

template <class EncodeGroup>
std::uint64_t LayerGroups::encode_groups(Workspace& work, Bytes& out,
                                         EncodeGroup encode_group) const {
  // What a group's own encoder reports would lack the size in front of it.
  Advance* const advance = std::exchange(work.advance, nullptr);
  std::uint64_t bits = 0;
  for (const Group& group : groups_) {
    const std::size_t begin = out.size();
    wire::grow(out, kSizeBytes);
    bits += encode_group(group);
    wire::store(out.data() + begin, std::uint64_t{out.size() - begin - kSizeBytes});
    if (advance != nullptr) advance->ready(out);
  }
  work.advance = advance;
  return bits;
}

std::uint64_t LayerGroups::encode(ConstVectorView x, Stream& stream, Workspace& work,
                                  Bytes& out) const {
  return encode_groups(work, out, [&](const Group& group) {
    return group.compressor->encode(x.subspan(group.begin, group.size()), stream, work, out);
  });
}

std::uint64_t LayerGroups::encode_difference(ConstVectorView w, VectorView memory, Stream& stream,
                                             Workspace& work, Bytes& out) const {
  return encode_groups(work, out, [&](const Group& group) {
    return group.compressor->encode_difference(w.subspan(group.begin, group.size()),
                                               memory.subspan(group.begin, group.size()), stream,
                                               work, out);
  });
}

std::uint64_t LayerGroups::encode_sum(ConstVectorView w, VectorView memory, Stream& stream,
                                      Workspace& work, Bytes& out) const {
  return encode_groups(work, out, [&](const Group& group) {
    return group.compressor->encode_sum(w.subspan(group.begin, group.size()),
                                        memory.subspan(group.begin, group.size()), stream, work,
                                        out);
  });
}

std::optional<std::string> LayerGroups::check(ByteView payload) const {
  for (const Group& group : groups_) {
    if (payload.size() < kSizeBytes) return "too short for the size of " + group.layers;
    const auto size = wire::load<std::uint64_t>(payload.data());
    payload = payload.subspan(kSizeBytes);
    if (size > payload.size())
      return fmt::format("{} bytes for {}, of which {} are there", size, group.layers,
                         payload.size());
    if (auto wrong = group.compressor->check(payload.first(static_cast<std::size_t>(size))))
      return "in " + group.layers + ": " + *wrong;
    payload = payload.subspan(static_cast<std::size_t>(size));
  }
  if (!payload.empty()) return fmt::format("{} bytes behind the last layer", payload.size());
  return std::nullopt;
}

template <class Use>
void LayerGroups::for_each_group(ByteView payload, Use use) const {
  for (const Group& group : groups_) {
    const auto size = static_cast<std::size_t>(wire::load<std::uint64_t>(payload.data()));
    use(group, payload.subspan(kSizeBytes, size));
    payload = payload.subspan(kSizeBytes + size);
  }
}

void LayerGroups::decode_add(ByteView payload, float weight, VectorView y) const {
  for_each_group(payload, [&](const Group& group, ByteView message) {
    group.compressor->decode_add(message, weight, y.subspan(group.begin, group.size()));
  });
}

void LayerGroups::mark_sent(ByteView payload, std::size_t begin, Coverage& coverage) const {
  for_each_group(payload, [&](const Group& group, ByteView message) {
    group.compressor->mark_sent(message, begin + group.begin, coverage);
  });
}

std::unique_ptr<Compressor> by_groups(std::unique_ptr<Compressor> compressor,
                                      std::size_t coordinates) {
  const std::vector<Layer>& layers = compressor->layout().layers();
  if (compressor->of_layers(0, layers.size()) == nullptr) return compressor;
  std::vector<std::size_t> ends;
  std::size_t size = 0;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    size += layers[l].size;
    if (size < coordinates) continue;
    ends.push_back(l + 1);
    size = 0;
  }
  if (size >= coordinates / 2) ends.push_back(layers.size());
  if (ends.size() < 2) return compressor;
  ends.back() = layers.size();  // few that are left over belong to the last group
  return std::make_unique<LayerGroups>(std::move(compressor), ends);
}

}  // namespace hearsay
