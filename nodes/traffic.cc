#include "nodes/traffic.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace hearsay {

namespace {

constexpr Round kMostRounds = 32;
constexpr double kMostNumbers = 5e7;

void add(DirectionTraffic& sum, const LinkTraffic& link, Round rounds) {
  const double share = 1.0 / static_cast<double>(rounds);
  const double bytes = static_cast<double>(link.wire_bytes) * share;
  sum.least_bytes = sum.links == 0 ? bytes : std::min(sum.least_bytes, bytes);
  sum.most_bytes = std::max(sum.most_bytes, bytes);
  sum.wire_bytes += bytes;
  sum.ideal_bits += static_cast<double>(link.ideal_bits) * share;
  ++sum.links;
}

void run_round(std::vector<Node>& nodes, Workspace& work) {
  std::vector<Envelope> sent;
  for (const Node& node : nodes) node.engine->start_round(work, sent);
  for (std::size_t k = 0; k < sent.size(); ++k) {
    const Envelope envelope = sent[k];  // a copy: more are sent while it is taken
    nodes[envelope.header.to].engine->on_frame(envelope.header, envelope.payload, work, sent);
  }
}

}  // namespace

std::optional<RoundTraffic> try_round(const Experiment& experiment) {
  const Network& network = experiment.network();
  RoundTraffic result;
  result.rounds =
      std::clamp<Round>(network.mixing.period(), 1, std::min(kMostRounds, experiment.rounds()));
  if (static_cast<double>(network.nodes()) * static_cast<double>(experiment.dimension()) *
          static_cast<double>(result.rounds) >
      kMostNumbers)
    return std::nullopt;
  std::vector<Node> nodes;
  for (NodeId id = 0; id < network.nodes(); ++id) nodes.push_back(experiment.make_node(id));
  Workspace work;
  for (Round t = 0; t < result.rounds; ++t) run_round(nodes, work);
  for (const Node& node : nodes)
    for (const LinkTraffic& link : node.engine->traffic()) {
      add(result.all, link, result.rounds);
      if (network.server)
        add(network.is_server(node.id) ? result.down : result.up, link, result.rounds);
    }
  return result;
}

}  // namespace hearsay
