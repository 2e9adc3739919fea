// How well the compressed channels of a run serve their receivers, and how old that is which
// asynchronous nodes work with: the last columns of metrics.csv and nodes.csv.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/channel.h"

namespace hearsay {

/// Of a channel, a node, or all nodes; a column that does not apply is empty.
struct Health {
  std::optional<double> residual_ratio;     // ||e|| / ||w|| of error-feedback channels
  std::optional<double> markov_error;       // ||w - w^|| / ||w|| of markov channels
  std::optional<double> never_sent;         // share of the coordinates that were never sent
  std::optional<std::uint64_t> oldest_age;  // messages since the longest waiting one was sent
  std::optional<double> staleness;          // of asynchronous nodes, in their rounds: mean
  std::optional<std::uint64_t> most_stale;  // and maximum, since the start
};

/// Of what goes into one: means of the entries that are there, and the maximum of ages.
class HealthMean {
 public:
  void add(const Health& health);
  Health mean() const;

 private:
  struct Mean {
    void add(const std::optional<double>& value);
    std::optional<double> value() const;

    double sum = 0.0;
    std::uint64_t count = 0;
  };

  Mean residual_ratio_;
  Mean markov_error_;
  Mean never_sent_;
  std::optional<std::uint64_t> oldest_age_;
  Mean staleness_;
  std::optional<std::uint64_t> most_stale_;
};

/// The mean over a node's channels that lose something and have sent something.
Health health_of(const std::vector<const ChannelSender*>& channels);

}  // namespace hearsay
