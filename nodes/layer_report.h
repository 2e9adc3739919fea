// What the channels of a run have sent of each layer of the model: layers.csv, and which layers
// were starved.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/channel.h"
#include "core/layout.h"
#include "core/types.h"

namespace hearsay {

/// Of the sparsifying channels of one node, added up: over all rounds so far.
struct LayerCounts {
  std::uint64_t messages = 0;
  std::uint64_t channels = 0;
  std::vector<LayerCoverage> layers;  // empty when there is nothing to tell layers apart
};

/// Nothing for models of a single layer, and before the first message.
LayerCounts layer_counts(const std::vector<const ChannelSender*>& channels);

/// A row of layers.csv. Means over the nodes that sent something; the age is the maximum.
struct LayerRow {
  Round round = 0;
  std::string layer;
  std::size_t size = 0;
  /// Entries of the layer in a message, over its size: the mean over the messages since the last
  /// evaluation. Nothing when there were none.
  std::optional<double> sent_fraction;
  double never_sent = 0.0;       // share of its coordinates that no message has carried yet
  std::uint64_t oldest_age = 0;  // messages since the one that waits longest was carried
};

/// Turns what the nodes say at each evaluation into rows.
class LayerReport {
 public:
  explicit LayerReport(const Layout& layout) : layout_(layout) {}

  /// The rows after round t, layer by layer (empty layers have none); `counts` by node id. None
  /// while no node has anything to tell.
  std::vector<LayerRow> add(Round t, std::span<const LayerCounts> counts);

  /// A warning when there are layers of which no node has ever sent an entry.
  std::optional<std::string> starved() const;

 private:
  const Layout& layout_;
  Round round_ = 0;
  std::vector<LayerCounts> last_;  // by node id
};

/// The columns of layers.csv, and a row of it; numbers in their shortest exact form.
std::string layers_header();
std::string layers_line(const LayerRow& row);

}  // namespace hearsay
