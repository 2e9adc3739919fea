// What was refused, by source and reason: counted each time, told once. A source that sends a
// million frames of garbage leaves two lines.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "nodes/frame.h"

namespace hearsay {

class RefusalLog {
 public:
  /// `tell` gets a line at a time, also on other threads, but never two at once.
  explicit RefusalLog(std::function<void(const std::string&)> tell) : tell_(std::move(tell)) {}

  /// Counts a refusal. `source` says where it came from (an address, a node's key). The first of a
  /// source for a reason is told, with `details`. Sources beyond kMostSources are one. Any thread.
  void note(Refusal reason, const std::string& source, const std::string& details = {});

  std::uint64_t count(Refusal reason) const;
  std::uint64_t total() const;
  /// By the number of the reason.
  std::vector<std::uint64_t> counts() const;

  /// Tells how many there were, of each source and reason that came more than once.
  void summarize() const;

  static constexpr std::size_t kMostSources = 64;

 private:
  std::function<void(const std::string&)> tell_;
  mutable std::mutex mutex_;  // for all that follows
  std::array<std::uint64_t, kRefusals> counts_{};
  std::map<std::string, std::map<Refusal, std::uint64_t>> sources_;
};

}  // namespace hearsay
