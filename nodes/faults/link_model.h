// When a frame arrives over a slow, lossy link: the model that the simulator's time and the shaping
// of real links have in common. Without IO and without a clock of its own.
//
// A directed link carries one frame at a time, in order. The k-th frame, of s bytes, is ready at
// time r:
//
//   start    = max(r, the line is free)
//   end      = start + 8 s / rate            the line is free again
//   arrival  = max(end + delay + jitter u_k, arrival of the frame before),   u_k uniform in [0, 1)
//
// A transmission is lost with probability `loss`, and always when it starts while a partition cuts
// the link. The line then waits for resend_after seconds and transmits again, until one gets
// through: no frame is lost for good, and none overtakes another. With probability `duplication` a
// frame arrives twice, the copy right behind it; the line is not busy with the copy.
//
// All draws of a frame come from one stream, keyed by (seed, fault, sender, sequence number,
// receiver): they do not depend on time, so a simulation and real processes draw the same.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "core/types.h"

namespace hearsay {

struct LinkSettings {
  double rate = std::numeric_limits<double>::infinity();  // bit/s
  double delay = 0.0;                                     // seconds
  double jitter = 0.0;                                    // seconds: at most so much more delay
  double loss = 0.0;                                      // probability, below 1
  double duplication = 0.0;                               // probability
  double resend_after = 0.2;                              // seconds, above 0

  friend bool operator==(const LinkSettings&, const LinkSettings&) = default;
};

/// In each of the rounds from..to the link is down for so long, from when its first frame of that
/// round is ready to be sent.
struct Outage {
  Round from = 1;
  Round to = 1;
  double seconds = 0.0;

  friend bool operator==(const Outage&, const Outage&) = default;
};

/// What links did beyond carrying each frame once. Bytes with headers.
struct LinkCounts {
  std::uint64_t resent_frames = 0;
  std::uint64_t resent_bytes = 0;
  std::uint64_t duplicate_frames = 0;
  std::uint64_t duplicate_bytes = 0;

  LinkCounts& operator+=(const LinkCounts& other);
  friend bool operator==(const LinkCounts&, const LinkCounts&) = default;
};

class LinkModel {
 public:
  struct Delivery {
    double arrives = 0.0;
    bool duplicated = false;
  };

  LinkModel(NodeId from, NodeId to, std::uint64_t seed, LinkSettings settings,
            std::vector<Outage> outages = {});

  /// The next frame of the link, ready at time `now` (which never runs backwards), of `bytes` bytes
  /// with its header. O(1 / (1 - loss)).
  Delivery send(double now, Round t, std::uint64_t sequence, std::size_t bytes);

  const LinkCounts& counts() const { return counts_; }

 private:
  double up_again(double now, Round t);

  NodeId from_;
  NodeId to_;
  std::uint64_t seed_;
  LinkSettings settings_;
  std::vector<Outage> outages_;
  Round round_ = 0;     // of the last frame
  double up_at_ = 0.0;  // when the last outage ends
  double free_ = 0.0;
  double last_arrival_ = 0.0;
  LinkCounts counts_;
};

}  // namespace hearsay
