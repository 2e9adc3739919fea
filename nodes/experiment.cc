#include "nodes/experiment.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <filesystem>
#include <system_error>
#include <utility>

#include "core/aggregator.h"
#include "core/digest.h"
#include "core/vector_ops.h"
#include "nodes/algorithm.h"
#include "nodes/algorithm_catalogue.h"
#include "nodes/algorithms/settings.h"
#include "nodes/asynchronous.h"
#include "nodes/config/writer.h"
#include "nodes/faults/plan.h"
#include "nodes/moments.h"
#include "nodes/start.h"

namespace hearsay {

namespace {

/// Runs `build` and gives an error in the settings of `section` its place in the file.
template <class Build>
auto located(const Config& config, const std::string& section, Build build) {
  try {
    return build();
  } catch (const ParamError& error) {
    throw config.error(section + "." + error.key(), error.what());
  }
}

/// Whether the algorithm has that key, and allows the word auto for it.
bool takes_auto(const std::string& algorithm, const std::string& key) {
  const auto& params = algorithm_catalogue().find(algorithm)->params;
  return std::any_of(params.begin(), params.end(), [&key](const Param& param) {
    return param.name == key &&
           std::find(param.words.begin(), param.words.end(), "auto") != param.words.end();
  });
}

std::uint64_t seed_of(const Config& config) {
  return static_cast<std::uint64_t>(config.root().integer("seed"));
}

}  // namespace

std::string path_from(const Config& config, const std::string& path) {
  const auto beside = std::filesystem::path(config.directory()) / path;
  std::error_code ignored;
  if (!std::filesystem::exists(beside, ignored)) return path;
  return std::filesystem::absolute(beside).lexically_normal().string();
}

namespace {

/// Of the text and of the content of the config's model files.
std::uint64_t digest_with_models(std::string text, const Config& config) {
  const Params& objective = config.section("objective");
  for (const char* key : {"path", "start"}) {
    if (!objective.has(key)) continue;
    try {
      text += sha256_of_model(path_from(config, objective.text(key)));
    } catch (const ModelFileError&) {  // whoever reads the model says what is wrong with it
    }
  }
  return digest_of(text);
}

/// The config as canonical() has it, without `faults`, which change the time that a run takes and
/// nothing that peers must agree on.
std::string trajectory_of(const Config& config) {
  return config.canonical({"faults"});
}

/// Memory has no use for it, and `faults` time a message as a whole.
bool sends_ahead(const Config& config) {
  const Params& transport = config.section("transport");
  return transport.flag("send_ahead") && transport.text("kind") != "shm" &&
         !config.root().has("faults");
}

}  // namespace

std::uint64_t digest_as_given(const Config& config) {
  return digest_with_models(config.canonical(), config);
}

Network make_network(const Config& config) {
  Params topology = config.section("topology");
  Network network;
  network.server = topology.has("workers");
  if (network.server) topology.set("nodes", topology.integer("workers") + 1);
  if (topology.has("path")) topology.set("path", path_from(config, topology.text("path")));
  located(config, "topology", [&] {
    if (graphs().at(topology.part()).make.sequence != nullptr) {
      network.mixing = make_mixing_sequence(topology, seed_of(config));
      network.graph = union_graph(network.mixing);
      return 0;
    }
    network.graph = make_topology(topology, seed_of(config));
    if (!network.server) network.mixing = make_mixing(topology.map("mixing"), network.graph);
    return 0;
  });
  if (network.has_fixed_w()) network.spectrum = spectrum(network.w());
  return network;
}

Experiment::Experiment(Config config, const DataPaths& paths)
    : Experiment(std::move(config), paths, *std::make_unique<DatasetCache>()) {}

Experiment::Experiment(Config config, const DataPaths& paths, DatasetCache& cache,
                       MakeObjective make_objective)
    : config_(std::move(config)),
      config_digest_(digest_as_given(config_)),
      seed_(seed_of(config_)),
      network_(make_network(config_)) {
  const AlgorithmMaker& maker = algorithms().at(algorithm_name()).make;
  trains_ = maker.trains;
  asynchronous_ = maker.asynchronous;
  if (maker.on_server && !network_.server && network_.nodes() > 1)
    throw config_.error(
        "algorithm.name",
        fmt::format("{} needs a server: allowed is topology: {{graph: star, workers: N}}, "
                    "or nodes: 1; found {} with nodes: {}",
                    algorithm_name(), graph_kind(), network_.nodes()));
  if (!maker.on_server && network_.server)
    throw config_.error(
        "algorithm.name",
        fmt::format("{} has no use for a server: allowed is any graph of equal nodes, such as "
                    "topology: {{graph: star, nodes: N}}; found a star with workers: {}",
                    algorithm_name(), network_.parts()));

  if (!network_.server) require_right_graph(maker);
  settle_on_loss(maker);

  load_data(paths, cache, make_objective);
  share_out_rows();
  choose_evaluated_rows();
  const Params& algorithm = config_.section("algorithm");
  if (algorithm.has("local_steps"))  // a batch each
    rounds_per_epoch_ /= static_cast<double>(algorithm.integer("local_steps"));

  settle_start();
  const Params& checkpoint = config_.section("checkpoint");
  if (checkpoint.has("every"))
    checkpoint_plan_.every = static_cast<Round>(checkpoint.integer("every"));
  if (checkpoint.has("seconds")) checkpoint_plan_.seconds = checkpoint.number("seconds");
  checkpoint_plan_.keep = static_cast<std::size_t>(checkpoint.integer("keep"));
  const Params& run = config_.section("run");
  rounds_ = static_cast<Round>(run.integer("rounds"));
  evaluate_every_ = static_cast<Round>(run.integer("evaluate_every"));
  settle_health();
  consensus_ = consensus_measure(run.text("consensus"),
                                 static_cast<std::size_t>(run.integer("projections")), dimension());
  if (!consensus_.exact)
    notes_.push_back(
        fmt::format("consensus error: estimated from {} random projections (run.consensus: "
                    "exact measures it in full)",
                    consensus_.projections));
  settle_gossip_step();
  warn_of_sparse_columns();
  if (const auto faults = fault_plan(config_, network_))
    for (std::string& line : without_effect(*faults, rounds_)) warnings_.push_back(std::move(line));
  digest_ = digest_with_models(trajectory_of(config_), config_);  // nothing is open any more
  // A node checks the algorithm's own settings; better here than in a forked peer.
  make_node(0);
  if (on_loss_ == OnLoss::reweight)
    moments_ = moments_of(make_node(network_.holder_of(0)).engine->algorithm()).size();
}

void Experiment::require_right_graph(const AlgorithmMaker& maker) const {
  const std::string graph = fmt::format(
      "{} {}", network_.mixing.is_fixed() ? "the directed" : "the time-varying", graph_kind());
  if (maker.mixing == Mixing::fixed && !network_.has_fixed_w())
    throw config_.error(
        "algorithm.name",
        fmt::format(
            "{} keeps state for one symmetric W: allowed is a fixed undirected graph; found "
            "{} (dpsgd, dadam, damsgrad, dsgt, deepsqueeze, sgp and gossip run on it)",
            algorithm_name(), graph));
  if (maker.mixing == Mixing::doubly_stochastic && !network_.mixing.is_doubly_stochastic())
    throw config_.error("algorithm.name",
                        fmt::format("{} needs rows of W that sum to 1: found {}, on which only the "
                                    "columns do; allowed there is push-sum (sgp)",
                                    algorithm_name(), graph));
}

void Experiment::settle_on_loss(const AlgorithmMaker& maker) {
  const std::string& policy = config_.root().text("on_peer_loss");
  if (maker.asynchronous) {
    const std::string name = algorithm_name();
    if (policy == "wait")
      throw config_.error("on_peer_loss",
                          fmt::format("found wait with {}, whose nodes are never all in the same "
                                      "round; allowed are reweight and fail",
                                      name));
    for (const char* key : {"every", "seconds"})
      if (config_.section("checkpoint").has(key))
        throw config_.error(fmt::format("checkpoint.{}", key),
                            fmt::format("found with {}, whose messages are under way at all "
                                        "times; allowed with algorithms in lockstep",
                                        name));
  }
  if (policy == "wait") on_loss_ = OnLoss::wait;
  if (policy != "reweight") return;
  on_loss_ = OnLoss::reweight;
  if (!network_.server && !network_.has_fixed_w())
    throw config_.error("on_peer_loss",
                        fmt::format("found reweight on the graph {}, allowed on a fixed undirected "
                                    "graph or a star with a server; wait and fail go with all",
                                    graph_kind()));
  if (maker.by_round || !maker.trains)
    throw config_.error(
        "on_peer_loss",
        fmt::format("found reweight with {}, which cannot begin anew in the middle of a run; "
                    "allowed are wait and fail",
                    algorithm_name()));
}

void Experiment::load_data(const DataPaths& paths, DatasetCache& cache,
                           MakeObjective make_objective) {
  Params objective = config_.section("objective");
  if (objective.has("path")) objective.set("path", path_from(config_, objective.text("path")));
  if (objective.has("data")) {
    const Params& settings = objective.map("data");
    data_ = located(config_, "objective.data", [&] { return cache.get(settings, paths, seed_); });
    notes_.push_back(fmt::format("data: {} ({} rows, {} test rows, {} features) from {}",
                                 data_->name, data_->train.count, data_->test.count,
                                 data_->train.features, data_->source));
  }
  objective_ = located(config_, "objective", [&] {
    const MakeObjective make =
        make_objective != nullptr ? make_objective : objectives().at(objective.part()).make;
    return std::shared_ptr<const Objective>(
        make(objective, {.data = data_, .parts = network_.parts(), .seed = seed_}));
  });
  averages_buffers_ = objective.text("buffers") == "averaged";
}

void Experiment::share_out_rows() {
  const Params& objective = config_.section("objective");
  batch_ =
      objective.is_word("batch", "full") ? 0 : static_cast<std::size_t>(objective.integer("batch"));
  if (data_ == nullptr) {
    // f_i is known by its index alone; one nominal row a node makes an epoch a round.
    parts_.assign(network_.parts(), {0});
    batch_ = 0;
    return;
  }
  parts_ = located(config_, "objective", [&] {
    const Params& partition = objective.map("partition");
    return partitions().at(partition.part()).make(partition, data_->train, network_.parts(), seed_);
  });
  double rounds = 0.0;
  for (const auto& rows : parts_)
    rounds += batch_ == 0
                  ? 1.0
                  : std::max(1.0, static_cast<double>(rows.size()) / static_cast<double>(batch_));
  rounds_per_epoch_ = rounds / static_cast<double>(parts_.size());
}

/// What is tracked of a channel is another model-sized vector in each node.
void Experiment::settle_health() {
  constexpr std::size_t kMostNodes = 1000;
  const Params& run = config_.section("run");
  health_ = run.is_word("health", "auto") ? network_.nodes() <= kMostNodes : run.flag("health");
  if (run.is_word("health", "auto") && !health_ && config_.section("algorithm").has("compressor"))
    notes_.push_back(
        fmt::format("health of the compression: not tracked, as there are more than {} nodes "
                    "(run.health: true does)",
                    kMostNodes));
}

void Experiment::settle_start() {
  x0_.assign(layout().dimension(), 0.0F);
  buffers0_.assign(buffer_layout().dimension(), 0.0F);
  objective_->initialize_buffers(buffers0_);
  const Params& objective = config_.section("objective");
  if (!objective.has("start")) {
    Stream stream({.seed = seed_, .purpose = Purpose::initial_model});
    objective_->initialize(x0_, stream);
    return;
  }
  const std::string path = path_from(config_, objective.text("start"));
  try {
    const StartReport report = read_start(path, *objective_, x0_, buffers0_);
    warnings_.insert(warnings_.end(), report.warnings.begin(), report.warnings.end());
    notes_.push_back(fmt::format("x0: from {} (SHA-256 {})", path, report.sha256));
  } catch (const ModelFileError& error) {
    throw config_.error("objective.start", error.what());
  }
}

void Experiment::choose_evaluated_rows() {
  const Params& run = config_.section("run");
  const auto at_most = [&run](const char* key) {
    return run.is_word(key, "all") ? LocalProblem::kAllRows
                                   : static_cast<std::size_t>(run.integer(key));
  };
  evaluate_rows_ = at_most("evaluate_rows");
  const auto [fewest, most] = std::minmax_element(
      parts_.begin(), parts_.end(),
      [](const auto& one, const auto& other) { return one.size() < other.size(); });
  if (trains_ && evaluate_rows_ < most->size())
    notes_.push_back(fmt::format(
        "train loss and gradient norm: over {} of each node's {} rows (run.evaluate_rows)",
        evaluate_rows_,
        fewest->size() == most->size() ? fmt::format("{}", most->size())
                                       : fmt::format("{} to {}", fewest->size(), most->size())));
  test_rows_ = evenly_spaced(objective_->test_rows(), at_most("test_rows"));
  if (trains_ && test_rows_.size() < objective_->test_rows())
    notes_.push_back(fmt::format("test accuracy: over {} of {} test rows (run.test_rows)",
                                 test_rows_.size(), objective_->test_rows()));
}

/// The compressor whose gossip step a trial finds (or, as it loses nothing, a closed form); null
/// where there is none.
std::shared_ptr<const Compressor> Experiment::gossip_compressor() const {
  const Params& algorithm = config_.section("algorithm");
  if (!algorithm.has("gossip_step") || !network_.has_fixed_w()) return nullptr;
  auto compressor =
      located(config_, "algorithm", [&] { return algorithm_compressor(algorithm, layout()); });
  const bool known =
      takes_auto(algorithm_name(), "gossip_step") || compressor->contraction() == 1.0;
  return known ? compressor : nullptr;
}

std::optional<GossipStep> Experiment::find_gossip_step() const {
  const auto compressor = gossip_compressor();
  if (compressor == nullptr) return std::nullopt;
  const bool tracks = algorithms().at(algorithm_name()).make.tracks_gradients;
  return hearsay::find_gossip_step(network_, *compressor, seed_,
                                   tracks ? Gossiped::trackers : Gossiped::models);
}

void Experiment::settle_gossip_step() {
  const auto compressor = gossip_compressor();
  if (compressor == nullptr) return;
  const Params& algorithm = config_.section("algorithm");
  if (algorithm.is_word("gossip_step", "auto")) {
    const GossipStep step = *find_gossip_step();
    config_.set("algorithm.gossip_step", step.best);
    notes_.push_back(fmt::format(
        "gossip_step: auto found {:.4g}, with which {:.0f} rounds shrink the consensus error by "
        "{:.0f} ({}); theory guarantees {:.2g}",
        step.best, std::ceil(step.rounds), kShrink, step.how, step.theory));
    return;
  }
  const double given = algorithm.number("gossip_step");
  if (is_stable_gossip_step(given, network_, *compressor, seed_)) return;
  const GossipStep step = *find_gossip_step();
  warnings_.push_back(fmt::format(
      "algorithm.gossip_step: {:.4g} will not average: on this graph {} is stable below {:.3g}; "
      "auto would take {:.3g}",
      given, algorithm.map("compressor").part(), step.stable_end, step.best));
}

std::uint64_t Experiment::state_digest() const {
  const Params& algorithm = config_.section("algorithm");
  const bool by_rounds = algorithm.has("schedule") && algorithm.map("schedule").part() == "cosine";
  if (by_rounds) return digest_;
  Config any_length = config_;
  any_length.set("run.rounds", std::int64_t{0});
  return digest_with_models(trajectory_of(any_length), any_length);
}

CheckpointFolder Experiment::checkpoints(const std::filesystem::path& results, NodeId owner) const {
  // Word of a node reaches all others within n rounds, and nobody can be further ahead of it.
  return {results / "checkpoints",
          {.node = owner, .digest = state_digest()},
          checkpoint_plan_.keep,
          network_.nodes() * network_.mixing_period()};
}

/// A rule that goes coordinate by coordinate takes the zeros of sparse messages for votes.
void Experiment::warn_of_sparse_columns() {
  const Params& algorithm = config_.section("algorithm");
  if (!algorithm.has("aggregation") || !algorithm.has("compressor")) return;
  const auto aggregator = located(config_, "algorithm.aggregation",
                                  [&] { return make_aggregator(algorithm.map("aggregation")); });
  if (aggregator == nullptr || !aggregator->coordinate_wise()) return;
  const auto compressor =
      located(config_, "algorithm", [&] { return algorithm_compressor(algorithm, layout()); });
  if (!compressor->sparsifies() || compressor->contraction() == 1.0) return;
  warnings_.push_back(fmt::format(
      "algorithm.aggregation: {} takes each coordinate for itself, and with {} most workers send "
      "zero there: what few of them send is lost; compressors of all coordinates (scaled-sign, "
      "uniform, qsgd) and centered-clipping do not have that",
      algorithm.map("aggregation").part(), algorithm.map("compressor").part()));
}

Node Experiment::make_node(NodeId id, const Beginning& from) const {
  Node node;
  node.id = id;
  if (!network_.is_server(id)) {
    const NodeId part = network_.part_of(id);
    node.problem = std::make_unique<LocalProblem>(objective_, part,
                                                  BatchSampler(parts_[part], batch_, seed_, part),
                                                  seed_, evaluate_rows_, buffers0_);
    node.shares = 0;
    for (NodeId other = 0; other < network_.parts(); ++other) {
      if (other == part) node.share = node.shares;
      if (from.network->has(network_.holder_of(other))) ++node.shares;
    }
  }
  const NodeContext context{.self = id,
                            .network = from.network,
                            .layout = &layout(),
                            .problem = node.problem.get(),
                            .x0 = from.x,
                            .seed = seed_,
                            .rounds = rounds_,
                            .rounds_per_epoch = rounds_per_epoch_,
                            .first = from.after};
  const Params& settings = config_.section("algorithm");
  node.engine = std::make_unique<RoundEngine>(
      id,
      located(config_, "algorithm",
              [&] { return algorithms().at(algorithm_name()).make.make(settings, context); }),
      digest_, &layout());
  if (sends_ahead(config_)) node.engine->allow_advances();
  return node;
}

Evaluation Experiment::make_evaluation(Round t, std::size_t parts) const {
  return {t, parts, dimension(), trains_, test_rows_.size(), buffers()};
}

Evaluation Experiment::make_gathering(std::size_t parts) const {
  return {0, parts, dimension(), false, 0, buffers() + moments()};
}

void NodeRecord::visit_state(StateVisitor& visitor) {
  auto seconds = std::bit_cast<std::uint64_t>(training_seconds);
  visitor.integer("training_seconds", seconds);
  training_seconds = std::bit_cast<double>(seconds);
  for (std::uint64_t& spent : phases.spent) visitor.integer("phase", spent);
  visitor.integer("evaluated_messages", evaluated_layers.messages);
  visitor.integer("evaluated_channels", evaluated_layers.channels);
  std::uint64_t count = evaluated_layers.layers.size();
  visitor.count("evaluated_layers", count);
  evaluated_layers.layers.resize(count);
  for (LayerCoverage& layer : evaluated_layers.layers) {
    visitor.integer("sent", layer.sent);
    visitor.integer("never_sent", layer.never_sent);
    visitor.integer("oldest_age", layer.oldest_age);
  }
}

}  // namespace hearsay
