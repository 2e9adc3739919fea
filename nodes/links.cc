#include "nodes/links.h"

#include <algorithm>
#include <array>

namespace hearsay {

namespace {

/// The history of a link after one more payload.
std::uint32_t after(std::uint32_t history, std::uint32_t payload_checksum) {
  std::array<std::byte, 4> bytes{};
  for (std::size_t k = 0; k < bytes.size(); ++k)
    bytes[k] = static_cast<std::byte>((payload_checksum >> (8 * k)) & 0xffU);
  return checksum(bytes, history);
}

template <class Holds>
void drop_while(std::vector<Envelope>& kept, Holds holds) {
  const auto first = std::find_if_not(
      kept.begin(), kept.end(), [&](const Envelope& envelope) { return holds(envelope.header); });
  kept.erase(kept.begin(), first);
}

}  // namespace

void Links::send(Envelope& envelope) {
  if (!(checksummed_ == envelope.payload)) {
    checksum_ = checksum(*envelope.payload);
    checksummed_ = envelope.payload;
  }
  FrameHeader& header = envelope.header;
  Outgoing& link = out_[header.to];
  header.payload_checksum = checksum_;
  header.history = link.history = after(link.history, checksum_);
  link.last = header.sequence;
  link.kept.push_back({header, envelope.payload});  // whole, whatever went in advance
  if (acknowledges_all_) return;
  if (const auto from = in_.find(header.to); from != in_.end())
    from->second.unanswered = from->second.unanswered_bytes = 0;
}

bool Links::continues(const FrameHeader& header) const {
  const auto link = in_.find(header.from);
  const std::uint32_t history = link == in_.end() ? 0 : link->second.history;
  return header.history == after(history, header.payload_checksum);
}

bool Links::took(const FrameHeader& header) {
  Incoming& link = in_[header.from];
  link.history = header.history;
  const auto back = out_.find(header.from);
  const bool answers = back != out_.end() && !acknowledges_all_;
  if (answers) {
    drop_while(back->second.kept,
               [&](const FrameHeader& sent) { return sent.round < header.round; });
  } else {
    link.unanswered_bytes += header.payload_size;
  }
  if (++link.unanswered < kAckEvery && link.unanswered_bytes < kAckEveryBytes) return false;
  link.unanswered = link.unanswered_bytes = 0;
  return true;
}

void Links::acknowledged(NodeId by, std::uint64_t sequence) {
  const auto link = out_.find(by);
  if (link == out_.end()) return;
  drop_while(link->second.kept,
             [sequence](const FrameHeader& sent) { return sent.sequence <= sequence; });
}

std::vector<Envelope> Links::again(NodeId to, std::uint64_t sequence) const {
  std::vector<Envelope> result;
  const auto link = out_.find(to);
  if (link == out_.end()) return result;
  for (const Envelope& envelope : link->second.kept)
    if (envelope.header.sequence >= sequence) result.push_back(envelope);
  return result;
}

bool Links::lost_for_good(NodeId to, std::uint64_t sequence) const {
  const auto link = out_.find(to);
  if (link == out_.end() || sequence > link->second.last) return false;
  const std::vector<Envelope>& kept = link->second.kept;
  return kept.empty() || kept.front().header.sequence > sequence;
}

void Links::clear() {
  out_.clear();
  in_.clear();
  checksummed_ = {};
}

}  // namespace hearsay
