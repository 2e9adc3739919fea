// Keyed random streams.
//
// Every random draw comes from a stream named by (seed, purpose, node, round, index), never from
// shared state. So a draw depends on what it is for and not on who drew before: the simulator and
// the processes, any number of threads, and a resumed run all draw the same numbers. Use
// Boost.Random distributions on top (std:: ones differ between libraries).
#pragma once

#include <cstdint>
#include <limits>
#include <span>

#include "core/types.h"

namespace hearsay {

/// What a stream is for. The values are part of the reproducibility contract: append, never
/// renumber.
enum class Purpose : std::uint32_t {
  initial_model = 1,  // x0
  partition = 2,      // rows to nodes
  shuffle = 3,        // the order of a node's rows in an epoch (round = epoch)
  compression = 4,    // random compressors (index = channel)
  noise = 5,          // gradient noise of synthetic objectives
  projection = 6,     // the consensus sketch
  synthetic = 7,      // generated data
  graph = 8,          // random graphs
  trial = 9,          // the consensus-only trial that picks the gossip step
  fault = 10,    // losses, jitter and duplicates of a link (round = sequence, index = receiver)
  partner = 11,  // whom a node asks for an exchange
};

struct StreamKey {
  std::uint64_t seed = 0;
  Purpose purpose = Purpose::initial_model;
  std::uint64_t node = 0;
  std::uint64_t round = 0;
  std::uint64_t index = 0;
};

/// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014),
/// started at a hash of the key. Satisfies UniformRandomBitGenerator; 8 bytes of state.
class Stream {
 public:
  using result_type = std::uint64_t;

  explicit Stream(const StreamKey& key);
  /// Continues from a raw state, such as the seed that a random-k message carries.
  static Stream from_state(std::uint64_t state);

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }

  result_type operator()() {
    state_ += 0x9e3779b97f4a7c15U;
    return finalize(state_);
  }

  std::uint64_t state() const { return state_; }

  /// A double in [0, 1) with 53 random bits.
  double uniform() { return static_cast<double>((*this)() >> 11U) * 0x1.0p-53; }

  /// A whole number in [0, bound), bound >= 1, without bias.
  std::uint64_t below(std::uint64_t bound);

 private:
  explicit Stream(std::uint64_t state) : state_(state) {}

  static constexpr std::uint64_t finalize(std::uint64_t z) {
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }

  std::uint64_t state_;
};

/// A uniformly random order (Fisher-Yates).
void shuffle(std::span<std::uint32_t> items, Stream& stream);

}  // namespace hearsay
