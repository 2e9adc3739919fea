// The indices of sparse messages. The first bytes are k, d and what the rest is: the bytes of a
// message, or gaps to write one of.
#include "core/compressors/indices.h"

#include <algorithm>
#include <functional>

#include "fuzz/input.h"
#include "fuzz/targets.h"

namespace hearsay::fuzz {

namespace {

using Indices = std::vector<std::uint32_t>;

Indices read(ByteView bytes, std::size_t kept, std::size_t dimension) {
  IndexReader reader(bytes, kept, dimension);
  IndexBlock block;
  Indices result;
  for (auto some = reader.next(block); !some.empty(); some = reader.next(block))
    result.insert(result.end(), some.begin(), some.end());
  return result;
}

void check_message(ByteView bytes, std::size_t kept, std::size_t dimension) {
  if (const auto wrong = check_indices(bytes, kept, dimension)) {
    require(!wrong->empty(), "a refusal has words");
    return;
  }
  const Indices indices = read(bytes, kept, dimension);
  require(indices.size() == kept, "all indices are read");
  require(indices.back() < dimension, "they are in range");
  require(
      std::adjacent_find(indices.begin(), indices.end(), std::greater_equal<>()) == indices.end(),
      "they ascend");
  Vector y(dimension, 0.0F);
  const Vector ones(kept, 1.0F);
  add_sparse(bytes, kept, 2.0F, y, [&](std::size_t first, std::size_t) {
    return std::as_bytes(std::span(ones)).data() + 4 * first;
  });
  require(std::count(y.begin(), y.end(), 2.0F) == std::ssize(indices) &&
              std::all_of(indices.begin(), indices.end(),
                          [&](std::uint32_t j) { return y[j] == 2.0F; }),
          "what is added is where the indices are");
}

/// A byte is a gap, and how often it comes.
void send(ByteView gaps, std::size_t dimension) {
  constexpr std::size_t kMost = 5000;
  Indices kept;
  std::uint64_t next = 0;
  for (const std::byte byte : gaps) {
    const auto value = std::to_integer<unsigned>(byte);
    for (unsigned times = 1 + value % 16 * 16; times > 0 && kept.size() < kMost; --times) {
      next += (std::uint64_t{1} << (value / 16)) - 1;
      if (next >= dimension) break;
      kept.push_back(static_cast<std::uint32_t>(next++));
    }
  }
  if (kept.empty()) return;
  const IndexWriter writer(kept, dimension);
  Bytes bytes(writer.size());
  writer.write(bytes.data());
  const ExactBytes message(bytes);
  require(!check_indices(message.view(), kept.size(), dimension), "what is sent passes the check");
  require(read(message.view(), kept.size(), dimension) == kept, "what is sent is read");
}

}  // namespace

void fuzz_indices(ByteView input) {
  Choices choices(input);
  const auto number = [&] { return choices.byte() + std::size_t{256} * choices.byte(); };
  const std::size_t dimension = 1 + number();
  const std::size_t kept = 1 + number() % dimension;
  const bool sent = choices.below(2) == 1;
  const ExactBytes rest(choices.rest());
  if (sent) return send(rest.view(), dimension);
  check_message(rest.view(), kept, dimension);
}

}  // namespace hearsay::fuzz
