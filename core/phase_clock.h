// Where the time of a node's rounds goes: gradients, compression, decoding, and all other
// arithmetic of an algorithm. Scopes nest, and the time of an inner one is not the outer one's.
//
// Whoever drives a node says whose time it is (PhaseClock::Use); scopes in other threads, and those
// where nobody has said so, cost a look at a thread-local pointer and measure nothing. Two looks at
// the monotonic clock a scope.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <utility>

namespace hearsay {

enum class Phase : std::uint8_t {
  compute,   // gradients
  compress,  // what a channel's sender does, its memory included, and what it sends meanwhile
  decode,    // what a channel's receiver does, the checks of a message included
  mix,       // averages, corrections, optimizers, and the rest of a round
};

/// Nanoseconds.
struct PhaseTimes {
  static constexpr std::size_t kCount = 4;
  std::array<std::uint64_t, kCount> spent{};

  std::uint64_t& of(Phase phase) { return spent[static_cast<std::size_t>(phase)]; }
  double seconds(Phase phase) const {
    return static_cast<double>(spent[static_cast<std::size_t>(phase)]) * 1e-9;
  }
  double total_seconds() const {
    return static_cast<double>(std::accumulate(spent.begin(), spent.end(), std::uint64_t{0})) *
           1e-9;
  }
};

class PhaseClock {
  struct State {
    PhaseTimes* times;
    std::optional<Phase> phase;
    std::chrono::steady_clock::time_point since;
  };

 public:
  /// Until the end of this object, the scopes of this thread add to `times`.
  class Use {
   public:
    explicit Use(PhaseTimes& times)
        : before_(std::exchange(current_, {&times, std::nullopt, {}})) {}
    ~Use() { current_ = before_; }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    State before_;
  };

  class Scope {
   public:
    explicit Scope(Phase phase) : outer_(current_.phase) { enter(phase); }
    ~Scope() { enter(outer_); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    std::optional<Phase> outer_;
  };

 private:
  static void enter(std::optional<Phase> phase) {
    State& state = current_;
    if (state.times == nullptr || state.phase == phase) return;
    const auto now = std::chrono::steady_clock::now();
    if (state.phase)
      state.times->of(*state.phase) += static_cast<std::uint64_t>(
          std::chrono::duration_cast<std::chrono::nanoseconds>(now - state.since).count());
    state.phase = phase;
    state.since = now;
  }

  static inline thread_local State current_{nullptr, std::nullopt, {}};
};

}  // namespace hearsay
