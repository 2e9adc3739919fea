#include "nodes/control_check.h"

#include <fmt/format.h>

namespace hearsay {

namespace {

using Wrong = std::optional<std::string>;

Wrong wrong_layers(const Experiment& experiment, const LayerCounts& counts) {
  const std::size_t told = counts.layers.size();
  const std::size_t needed = experiment.layout().layers().size();
  if (told == 0 || told == needed) return std::nullopt;
  return fmt::format("it tells of {} layers, there are {}", told, needed);
}

Wrong wrong_sketch(const Experiment& experiment, const std::vector<double>& sketch) {
  const ConsensusMeasure& measure = experiment.consensus();
  const std::size_t needed = measure.exact ? 0 : measure.projections;
  if (sketch.empty() || sketch.size() == needed) return std::nullopt;
  return fmt::format("it projects its model to {} values, needed are {}", sketch.size(), needed);
}

Wrong wrong_stall(std::size_t nodes, const std::vector<std::uint64_t>& waits) {
  if (waits.size() % 2 != 0) return "it does not say how long each node has been silent";
  for (std::size_t k = 0; k < waits.size() / 2; ++k)
    if (waits[k] >= nodes)
      return fmt::format("it waits for node {}, there are {}", waits[k], nodes);
  return std::nullopt;
}

Wrong wrong_traffic(std::size_t nodes, const std::vector<LinkTraffic>& traffic) {
  for (const LinkTraffic& link : traffic)
    if (link.to >= nodes)
      return fmt::format("it has sent to node {}, there are {}", link.to, nodes);
  return std::nullopt;
}

/// integers: the session, and for each node whether it is lost, or for none.
Wrong wrong_peers(std::size_t nodes, const ControlMessage& message) {
  if (message.texts.size() != nodes)
    return fmt::format("it says where {} nodes listen, there are {}", message.texts.size(), nodes);
  const std::size_t told = message.integers.size();
  if (told == 0 || told == 1 || told == 1 + nodes) return std::nullopt;
  return fmt::format("it says of {} nodes whether they are lost, there are {}", told - 1, nodes);
}

}  // namespace

Wrong what_is_wrong(const Experiment& experiment, const ControlMessage& message) {
  const std::size_t nodes = experiment.network().nodes();
  switch (message.kind) {
    case ControlKind::restored:
      return wrong_layers(experiment, message.offer.layers);
    case ControlKind::offer:
      if (auto wrong = wrong_layers(experiment, message.offer.layers)) return wrong;
      return wrong_sketch(experiment, message.offer.sketch);
    case ControlKind::stalled:
      return wrong_stall(nodes, message.integers);
    case ControlKind::finished:
      return wrong_traffic(nodes, message.traffic);
    case ControlKind::peers:
      return wrong_peers(nodes, message);
    default:
      return std::nullopt;
  }
}

}  // namespace hearsay
