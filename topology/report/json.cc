#include <nlohmann/json.hpp>

#include "topology/report.h"

namespace hearsay {

std::string topology_json(const Topology& graph, const MixingMatrix& w, const Spectrum& spectrum,
                          const std::string& kind, bool server) {
  using Json = nlohmann::ordered_json;  // the reader meets the keys in the order written here
  Json json;
  json["graph"] = kind;
  json["server"] = server;
  json["nodes"] = graph.nodes();
  json["edges"] = Json::array();
  for (const Edge& edge : graph.edges()) json["edges"].push_back(Json::array({edge.a, edge.b}));
  // By rows, as [node, weight]: W has few entries in a row.
  json["weights"] = Json::array();
  for (NodeId node = 0; node < w.nodes(); ++node) {
    Json row = Json::array();
    for (const MixingMatrix::Weight& weight : w.row(node))
      row.push_back(Json::array({weight.node, weight.value}));
    json["weights"].push_back(std::move(row));
  }
  json["spectrum"] = {{"lambda2", spectrum.lambda2},
                      {"lambda_min", spectrum.lambda_min},
                      {"gap", spectrum.gap()},
                      {"beta", spectrum.beta()},
                      {"best_gossip_step", spectrum.best_gossip_step()}};
  return json.dump() + "\n";
}

}  // namespace hearsay
