#include "nodes/refusal_log.h"

#include <fmt/format.h>

#include <numeric>

namespace hearsay {

void RefusalLog::note(Refusal reason, const std::string& source, const std::string& details) {
  const std::lock_guard lock(mutex_);
  ++counts_[static_cast<std::size_t>(reason)];
  const bool room = sources_.size() < kMostSources || sources_.contains(source);
  const std::string& name = room ? source : "other addresses";
  if (sources_[name][reason]++ > 0) return;
  tell_(fmt::format("refused from {}: {}{}; more of the same are counted, not told", name,
                    to_string(reason), details.empty() ? "" : " (" + details + ")"));
}

std::uint64_t RefusalLog::count(Refusal reason) const {
  const std::lock_guard lock(mutex_);
  return counts_[static_cast<std::size_t>(reason)];
}

std::uint64_t RefusalLog::total() const {
  const std::lock_guard lock(mutex_);
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

std::vector<std::uint64_t> RefusalLog::counts() const {
  const std::lock_guard lock(mutex_);
  return {counts_.begin(), counts_.end()};
}

void RefusalLog::summarize() const {
  const std::lock_guard lock(mutex_);
  for (const auto& [source, reasons] : sources_)
    for (const auto& [reason, count] : reasons)
      if (count > 1)
        tell_(fmt::format("refused from {} in all: {} x {}", source, count, to_string(reason)));
}

}  // namespace hearsay
