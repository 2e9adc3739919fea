// `hearsay topology`: what a graph is worth before a round is run on it.
#include <fmt/core.h>

#include <cmath>
#include <filesystem>

#include "nodes/results.h"
#include "nodes/traffic.h"
#include "tools/commands.h"
#include "tools/console.h"
#include "tools/load.h"
#include "topology/doctor.h"
#include "topology/report.h"

namespace hearsay {

namespace {

/// "1 round of plain gossip shrinks the consensus error by 1000".
std::string shrinking(double rounds, const char* of = "") {
  if (!std::isfinite(rounds)) return fmt::format("no number of rounds{} shrinks it", of);
  const double whole = std::ceil(rounds);
  return fmt::format("{:.0f} round{}{} shrink{} the consensus error by {:.0f}", whole,
                     whole == 1.0 ? "" : "s", of, whole == 1.0 ? "s" : "", kShrink);
}

void print_graph(const GraphFacts& facts, const std::string& kind, const Network& network) {
  fmt::print("graph          {}{}\n", kind, network.server ? " with a server (node 0)" : "");
  fmt::print("nodes          {}\n", facts.nodes);
  fmt::print("edges          {}\n", facts.edges);
  fmt::print("degree         {} to {}, mean {:.4g}\n", facts.min_degree, facts.max_degree,
             facts.mean_degree);
  fmt::print("diameter       {}{}\n", facts.diameter_is_exact ? "" : "at least ", facts.diameter);
  fmt::print("connected      {}\n",
             facts.components == 1 ? "yes" : fmt::format("no, {} components", facts.components));
  fmt::print("bipartite      {}\n", facts.bipartite ? "yes" : "no");
}

void print_spectrum(const Spectrum& spectrum, const std::string& mixing) {
  fmt::print("mixing         {}\n", mixing);
  fmt::print("lambda_2       {:.6g}\n", spectrum.lambda2);
  fmt::print("lambda_n       {:.6g}\n", spectrum.lambda_min + 0.0);  // not -0
  fmt::print("spectral gap   {:.6g}\n", spectrum.gap());
  fmt::print("mixing time    {}\n",
             shrinking(spectrum.rounds_to_shrink(kShrink), " of plain gossip"));
}

/// Of a directed or time-varying graph, which has no one spectrum.
void print_sequence(const MixingSequence& mixing) {
  const std::size_t period = mixing.period();
  fmt::print("mixing         own weights, {}{}\n", mixing.is_symmetric() ? "symmetric" : "directed",
             mixing.is_doubly_stochastic() ? "" : ", column-stochastic only: for push-sum (sgp)");
  fmt::print("period         {} round{}\n", period, period == 1 ? "" : "s");
  if (!mixing.is_doubly_stochastic()) return;
  const double contraction = period_contraction(mixing);
  if (contraction == 0.0) {
    fmt::print("mixing time    {} rounds average exactly\n", period);
    return;
  }
  const double per_round = std::pow(contraction, 1.0 / static_cast<double>(period));
  fmt::print("contraction    {:.6g} a round: {:.3g} a period\n", per_round, contraction);
  fmt::print("mixing time    {}\n",
             shrinking(-0.5 * std::log(kShrink) / std::log(per_round), " of plain gossip"));
}

/// gamma of the run's compressor, next to the one that needs no compressor.
void print_gossip_steps(const Experiment& experiment, bool automatic) {
  fmt::print("gossip step    {:.4g} is the best for full vectors\n",
             experiment.network().spectrum.best_gossip_step());
  const auto step = experiment.find_gossip_step();
  if (!step) return;
  const Params& algorithm = experiment.config().section("algorithm");
  fmt::print("               {:.3g} is guaranteed for {} by theory\n", step->theory,
             algorithm.map("compressor").part());
  fmt::print("               {:.4g} is what auto {} ({}): {}\n", step->best,
             automatic ? "takes" : "would take", step->how, shrinking(step->rounds));
  fmt::print("               {:.3g} is where averaging stops to be stable\n", step->stable_end);
  if (!automatic)
    fmt::print("               {:.4g} is what the config sets\n", algorithm.number("gossip_step"));
}

/// What goes over one link a round: "328 B (1.39 kbit)", "296 B to 1.2 kB (4.1 kbit)".
std::string a_link(const DirectionTraffic& traffic) {
  const std::string least = in_bytes(traffic.least_bytes);
  const std::string most = in_bytes(traffic.most_bytes);
  return fmt::format("{} ({})", least == most ? most : fmt::format("{} to {}", least, most),
                     in_bits(traffic.ideal_bits / static_cast<double>(traffic.links)));
}

void print_traffic(const Experiment& experiment) {
  const auto traffic = try_round(experiment);
  if (!traffic) {
    fmt::print("traffic        not tried: {} models of {} parameters are too many\n",
               experiment.network().nodes(), experiment.dimension());
    return;
  }
  const std::string when = traffic->rounds == 1
                               ? "in the first round"
                               : fmt::format("a round, mean of the first {}", traffic->rounds);
  const DirectionTraffic& all = traffic->all;
  if (all.links == 0) {
    fmt::print("traffic        none {}\n", when);
    return;
  }
  fmt::print("traffic        {} {} ({} as the papers count)\n", in_bytes(all.wire_bytes), when,
             in_bits(all.ideal_bits));
  if (experiment.network().server)
    fmt::print("               {} up and {} down on each of {} links\n", a_link(traffic->up),
               a_link(traffic->down), traffic->up.links);
  else
    fmt::print("               {} on each of {} directed links\n", a_link(all), all.links);
}

void print_findings(const Network& network, const std::string& kind, Round rounds) {
  if (network.server) return;
  for (const Finding& finding :
       examine({network.graph, network.mixing, network.spectrum, kind, rounds}))
    fmt::print("{:<14} {}\n", finding.severity == Finding::Severity::warning ? "warning" : "note",
               finding.text);
}

/// What only the whole experiment tells. A config that cannot be run still has a graph.
void print_experiment(const Config& config, const std::string& data_dir) {
  const Params& algorithm = config.section("algorithm");
  const bool automatic = algorithm.has("gossip_step") && algorithm.is_word("gossip_step", "auto");
  try {
    const Experiment experiment(config, {.data_dir = data_dir, .config_dir = config.directory()});
    if (experiment.network().has_fixed_w()) print_gossip_steps(experiment, automatic);
    print_traffic(experiment);
    for (const std::string& warning : experiment.warnings())
      fmt::print("warning        {}\n", warning);
  } catch (const DataError& error) {
    fmt::print("traffic        not known without the data: {}\n", error.what());
  } catch (const ConfigError& error) {
    fmt::print("warning        this will not run: {}\n", error.what());
  }
}

std::string in_format(const std::string& format, const Network& network, const std::string& kind) {
  if (format == "svg") return graph_svg(network.graph, kind, network.server);
  if (format == "dot") return graph_dot(network.graph, network.mixing, kind, network.server);
  return topology_json(network.graph, network.mixing, network.spectrum, kind, network.server);
}

}  // namespace

int topology_command(const TopologyOptions& options) {
  const Config config = load_config(options.config);
  const Network network = make_network(config);
  const std::string kind = config.section("topology").part();
  if (options.format != "text") {
    fmt::print("{}", in_format(options.format, network, kind));
    return 0;
  }
  print_graph(graph_facts(network.graph), kind, network);
  if (network.has_fixed_w())
    print_spectrum(network.spectrum, config.section("topology").map("mixing").part());
  else if (!network.server)
    print_sequence(network.mixing);
  print_experiment(config, options.config.data_dir);
  print_findings(network, kind, static_cast<Round>(config.section("run").integer("rounds")));
  if (options.no_picture) return 0;

  const std::string file =
      options.picture.empty() ? config.root().text("name") + "-topology.svg" : options.picture;
  write_file(file, graph_svg(network.graph, kind, network.server));
  fmt::print("picture        {}\n", file);
  return 0;
}

}  // namespace hearsay
