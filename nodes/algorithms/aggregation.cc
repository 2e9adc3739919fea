#include "nodes/algorithms/aggregation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <vector>

namespace hearsay {

namespace {

constexpr const char* kKey = "aggregation";

bool suits(const AggregatorMaker& maker, bool server) {
  return server ? maker.on_server : maker.on_graph;
}

std::vector<std::string> suitable(bool server) {
  std::vector<std::string> names;
  for (const std::string& name : aggregator_catalogue().names())
    if (suits(aggregators().at(name).make, server)) names.push_back(name);
  return names;
}

std::shared_ptr<const Aggregator> make(const Params& algorithm, bool server) {
  const Params& settings = algorithm.map(kKey);
  if (!suits(aggregators().at(settings.part()).make, server))
    throw ParamError(kKey, fmt::format("found {}, allowed {} are {}", settings.part(),
                                       server ? "for a server" : "between nodes of a graph",
                                       fmt::join(suitable(server), ", ")));
  try {
    return make_aggregator(settings);
  } catch (const ParamError& error) {
    throw ParamError(fmt::format("{}.{}", kKey, error.key()), error.what());
  }
}

}  // namespace

Param aggregation_param() {
  return part(kKey, aggregator_catalogue,
              "what is made of the vectors that come: their mean, or a rule that withstands poison")
      .by_default("mean");
}

std::shared_ptr<const Aggregator> server_aggregator(const Params& algorithm,
                                                    const Network& network) {
  auto aggregator = make(algorithm, true);
  if (aggregator == nullptr) return aggregator;
  if (const auto wrong = aggregator->impossible_for(network.parts()))
    throw ParamError(
        kKey, fmt::format("{} {}, one from each worker", algorithm.map(kKey).part(), *wrong));
  return aggregator;
}

std::shared_ptr<const Aggregator> graph_aggregator(const Params& algorithm, const Network& network,
                                                   NodeId self) {
  auto aggregator = make(algorithm, false);
  if (aggregator == nullptr || self != 0) return aggregator;
  for (Round t = 1; t <= network.mixing.period(); ++t)
    for (NodeId i = 0; i < network.nodes(); ++i) {
      const std::size_t n = network.mixing.senders(t, i).size() + 1;
      if (const auto wrong = aggregator->impossible_for(n))
        throw ParamError(kKey,
                         fmt::format("{} {}, where node {} meets the {} that it hears in round {}",
                                     algorithm.map(kKey).part(), *wrong, i, n - 1, t));
    }
  return aggregator;
}

Param mean_aggregation_param() {
  return part(kKey, aggregator_catalogue, "mean: this algorithm adds up differences")
      .by_default("mean");
}

void require_mean(const Params& algorithm, std::string_view instead) {
  const std::string& given = algorithm.map(kKey).part();
  if (given != "mean")
    throw ParamError(
        kKey, fmt::format("found {}, but {} sends differences to what is known of each sender, and "
                          "the receiver keeps their sum alone, no replica of each: allowed is "
                          "mean; {} takes other rules",
                          given, algorithm.part(), instead));
}

}  // namespace hearsay
