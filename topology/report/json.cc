#include <nlohmann/json.hpp>
#include <utility>

#include "topology/report.h"

namespace hearsay {

namespace {

using Json = nlohmann::ordered_json;  // the reader meets the keys in the order written here

/// By rows, as [node, weight]: W has few entries in a row.
Json weights_json(const MixingMatrix& w) {
  Json rows = Json::array();
  for (NodeId node = 0; node < w.nodes(); ++node) {
    Json row = Json::array();
    for (const MixingMatrix::Weight& weight : w.row(node))
      row.push_back(Json::array({weight.node, weight.value}));
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

std::string topology_json(const Topology& graph, const MixingSequence& mixing,
                          const Spectrum& spectrum, const std::string& kind, bool server) {
  Json json;
  json["graph"] = kind;
  json["server"] = server;
  json["nodes"] = graph.nodes();
  json["edges"] = Json::array();
  for (const Edge& edge : graph.edges()) json["edges"].push_back(Json::array({edge.a, edge.b}));
  if (!mixing.is_fixed()) {
    json["rounds"] = Json::array();  // the weights of each round of a period
    for (Round t = 1; t <= mixing.period(); ++t)
      json["rounds"].push_back(weights_json(mixing.at(t)));
    return json.dump() + "\n";
  }
  json["weights"] = mixing.nodes() == 0 ? Json::array() : weights_json(mixing.at(1));
  json["spectrum"] = {{"lambda2", spectrum.lambda2},
                      {"lambda_min", spectrum.lambda_min},
                      {"gap", spectrum.gap()},
                      {"beta", spectrum.beta()},
                      {"best_gossip_step", spectrum.best_gossip_step()}};
  return json.dump() + "\n";
}

}  // namespace hearsay
