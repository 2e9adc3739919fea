#include "nodes/algorithms/two_parts.h"

#include "core/compressors/wire.h"

namespace hearsay {

namespace {

constexpr std::size_t kSizeBytes = sizeof(std::uint64_t);

}  // namespace

void begin_two_parts(Bytes& message) {
  message.assign(kSizeBytes, std::byte{0});
}

void end_first(Bytes& message) {
  wire::store(message.data(), static_cast<std::uint64_t>(message.size() - kSizeBytes));
}

std::optional<TwoParts> split_two_parts(ByteView message) {
  if (message.size() < kSizeBytes) return std::nullopt;
  const auto size = wire::load<std::uint64_t>(message.data());
  const ByteView rest = message.subspan(kSizeBytes);
  if (size > rest.size()) return std::nullopt;
  return TwoParts{rest.first(static_cast<std::size_t>(size)),
                  rest.subspan(static_cast<std::size_t>(size))};
}

std::optional<std::string> check_two_parts(ByteView message, const Compressor& first,
                                           const Compressor& second) {
  const auto parts = split_two_parts(message);
  if (!parts) return "too short for its first part";
  if (auto wrong = first.check(parts->first)) return "in its first part: " + *wrong;
  if (auto wrong = second.check(parts->second)) return "in its second part: " + *wrong;
  return std::nullopt;
}

}  // namespace hearsay
