// From the section `faults` to a FaultPlan.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "nodes/faults/plan.h"

namespace hearsay {

namespace {

constexpr double kLongest = 1e6;  // seconds; so that no count of resent frames overflows

using Link = std::pair<NodeId, NodeId>;

/// The keys of `links` and of an edge. Without defaults: an edge keeps what it does not say.
std::vector<Param> link_fields() {
  return {
      number("rate", "bit/s; unlimited when not given").at_least(1),
      number("delay", "seconds that a frame is under way").at_least(0).at_most(kLongest),
      number("jitter", "seconds that it may take longer, at random").at_least(0).at_most(kLongest),
      number("loss", "share of the transmissions that are lost, and repeated")
          .at_least(0)
          .at_most(0.99),
      number("duplication", "share of the frames that arrive twice").at_least(0).at_most(1),
      number("resend_after", "seconds after which a lost frame is sent again; 0.2 when not given")
          .at_least(0.001)
          .at_most(kLongest)};
}

LinkSettings changed(LinkSettings settings, const Params& given) {
  const std::pair<const char*, double LinkSettings::*> fields[] = {
      {"rate", &LinkSettings::rate},
      {"delay", &LinkSettings::delay},
      {"jitter", &LinkSettings::jitter},
      {"loss", &LinkSettings::loss},
      {"duplication", &LinkSettings::duplication},
      {"resend_after", &LinkSettings::resend_after}};
  for (const auto& [key, field] : fields)
    if (given.has(key)) settings.*field = given.number(key);
  return settings;
}

/// A node number in its usual form, "12" and not "012".
std::optional<NodeId> node_of(std::string_view text) {
  NodeId node = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, node);
  if (error != std::errc() || rest != end || text != std::to_string(node)) return std::nullopt;
  return node;
}

[[noreturn]] void refuse_node(const std::string& key, std::string_view found,
                              const Network& network) {
  throw ParamError(key, fmt::format("found {}, allowed is a node's number, 0 to {}", found,
                                    network.nodes() - 1));
}

NodeId read_node(const std::string& key, std::string_view text, const Network& network) {
  const auto node = node_of(text);
  if (!node || *node >= network.nodes()) refuse_node(key, text, network);
  return *node;
}

NodeId read_node(const std::string& key, std::int64_t number, const Network& network) {
  return read_node(key, std::to_string(number), network);
}

std::vector<double> read_stragglers(const Params& stragglers, const Network& network) {
  std::vector<double> slowness(network.nodes(), 1.0);
  for (const Entry& entry : stragglers.entries()) {
    const NodeId node = read_node("stragglers." + entry.key, entry.key, network);
    slowness[node] = stragglers.number(entry.key);
  }
  return slowness;
}

struct EdgeKey {
  Link link;
  bool both = true;  // directions
};

EdgeKey read_edge(const std::string& text, const Network& network) {
  const std::string key = "edges." + text;
  const std::size_t mark = text.find_first_of("->");
  const std::string_view before = std::string_view(text).substr(0, mark);
  const std::string_view after =
      mark == std::string::npos ? "" : std::string_view(text).substr(mark + 1);
  if (!node_of(before) || !node_of(after))
    throw ParamError(
        key,
        "unknown key. Allowed here: edges, such as 0-1 for both directions and 0>1 for "
        "that from 0 to 1");
  const NodeId from = read_node(key, before, network);
  const NodeId to = read_node(key, after, network);
  const std::vector<NodeId>& neighbours = network.graph.neighbours(from);
  if (!std::binary_search(neighbours.begin(), neighbours.end(), to))
    throw ParamError(key, fmt::format("there is no edge between {} and {}; node {} has edges to {}",
                                      from, to, from, fmt::join(neighbours, ", ")));
  return {.link = {from, to}, .both = text[mark] == '-'};
}

std::map<Link, LinkSettings> read_edges(const Params& edges, const LinkSettings& links,
                                        const Network& network) {
  std::map<Link, LinkSettings> result;
  for (const bool both : {true, false}) {  // one direction may differ from what is said of both
    for (const Entry& entry : edges.entries()) {
      const auto [link, is_both] = read_edge(entry.key, network);
      if (is_both != both) continue;
      const auto [from, to] = link;
      const LinkSettings before = result.contains(link) ? result.at(link) : links;
      if (both && result.contains(link))
        throw ParamError("edges." + entry.key,
                         fmt::format("found beside {}-{}, allowed is one of the two", to, from));
      result[link] = changed(before, edges.map(entry.key));
      if (both) result[{to, from}] = result[link];
    }
  }
  return result;
}

bool cuts_something(const Partition& partition, const Network& network) {
  const std::vector<Edge>& edges = network.graph.edges();
  return std::any_of(edges.begin(), edges.end(),
                     [&](const Edge& edge) { return partition.separates(edge.a, edge.b); });
}

Partition read_partition(const Params& given, const std::string& key, const Network& network) {
  Partition result;
  Outage& outage = result.outage;
  outage.from = static_cast<Round>(given.integer("from"));
  outage.to = given.has("to") ? static_cast<Round>(given.integer("to")) : outage.from;
  outage.seconds = given.number("seconds");
  if (outage.to < outage.from)
    throw ParamError(key + ".to", fmt::format("found {}, allowed is a round from {} on", outage.to,
                                              outage.from));
  const std::vector<Value>& groups = given.list("groups");
  constexpr std::size_t kRest = 0;
  result.group.assign(network.nodes(), kRest);
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const auto& members = std::get<std::vector<Value>>(groups[g].data);
    for (std::size_t k = 0; k < members.size(); ++k) {
      const std::string place = fmt::format("{}.groups.{}.{}", key, g, k);
      const NodeId member = read_node(place, std::get<std::int64_t>(members[k].data), network);
      std::size_t& group = result.group[member];
      if (group != kRest)
        throw ParamError(
            place, fmt::format("found {} a second time, allowed is one group a node", member));
      group = g + 1;
    }
  }
  if (!cuts_something(result, network))
    throw ParamError(key + ".groups",
                     "no edge of the graph joins nodes of different groups: there "
                     "is nothing to cut (nodes that are not named are a group)");
  return result;
}

Crash read_crash(const Params& given, const std::string& key, const Network& network) {
  return {.node = read_node(key + ".node", given.integer("node"), network),
          .round = static_cast<Round>(given.integer("round")),
          .restart_after = given.number("restart_after")};
}

/// read(item, its key) for every item of a list of maps.
template <class Read>
void for_each_item(const Params& params, const std::string& list, Read read) {
  if (!params.has(list)) return;
  const std::vector<Value>& items = params.list(list);
  for (std::size_t k = 0; k < items.size(); ++k)
    read(std::get<Params>(items[k].data), fmt::format("{}.{}", list, k));
}

FaultPlan make_fault_plan(const Params& faults, const Network& network, std::uint64_t seed) {
  const auto map = [&faults](const char* key) {
    return faults.has(key) ? faults.map(key) : Params();
  };
  FaultPlan plan;
  plan.seed = seed;
  if (faults.is_word("compute", "measured"))
    plan.compute.reset();
  else if (faults.has("compute"))
    plan.compute = faults.number("compute");
  plan.slowness = read_stragglers(map("stragglers"), network);
  plan.links = changed({}, map("links"));
  plan.edges = read_edges(map("edges"), plan.links, network);
  for_each_item(faults, "partitions", [&](const Params& item, const std::string& key) {
    plan.partitions.push_back(read_partition(item, key, network));
  });
  for_each_item(faults, "crashes", [&](const Params& item, const std::string& key) {
    const Crash crash = read_crash(item, key, network);
    if (plan.crash_of(crash.node))
      throw ParamError(key + ".node", fmt::format("found {} a second time, allowed is one crash a "
                                                  "node",
                                                  crash.node));
    plan.crashes.push_back(crash);
  });
  return plan;
}

Param partition_fields() {
  return section("partition",
                 {integer("from", "the first round").at_least(1).must(),
                  integer("to", "the last round; the first when not given").at_least(1),
                  number("seconds", "how long its links are down in each round")
                      .above(0)
                      .at_most(kLongest)
                      .must(),
                  list_of("groups", list_of("group", integer("node", "").at_least(0), ""),
                          "nodes that can talk to each other; all others are one more")
                      .must()},
                 "");
}

Param crash_fields() {
  return section(
      "crash",
      {integer("node", "who").at_least(0).must(),
       integer("round", "the round that it does not start").at_least(1).must(),
       number("restart_after", "seconds until it is back").at_least(0).at_most(kLongest).must()},
      "");
}

}  // namespace

Param fault_section() {
  return section(
      "faults",
      {number(
           "compute",
           "seconds of one gradient in the simulator's time, 0 when not given; measured: as long "
           "as it took")
           .at_least(0)
           .at_most(kLongest)
           .or_word("measured"),
       table_of("stragglers", number("factor", "").at_least(1).at_most(kLongest),
                "how many times longer a node computes, by node"),
       section("links", link_fields(), "how fast and reliable links are"),
       table_of("edges", section("edge", link_fields(), ""),
                "what differs on an edge: 0-1 in both directions, 0>1 from 0 to 1"),
       list_of("partitions", partition_fields(),
               "rounds in which links between groups of nodes are down"),
       list_of("crashes", crash_fields(), "nodes that die and come back")},
      "slow and lossy links, stragglers, crashes; without influence on the trajectory");
}

std::optional<FaultPlan> fault_plan(const Config& config, const Network& network) {
  if (!config.root().has("faults")) return std::nullopt;
  try {
    return make_fault_plan(config.section("faults"), network,
                           static_cast<std::uint64_t>(config.root().integer("seed")));
  } catch (const ParamError& error) {
    throw config.error("faults." + error.key(), error.what());
  }
}

}  // namespace hearsay
