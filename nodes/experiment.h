// An experiment: everything that a config means, built once and shared by all nodes of a process.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/dataset.h"
#include "core/objective.h"
#include "nodes/algorithm.h"
#include "nodes/checkpoint.h"
#include "nodes/config.h"
#include "nodes/dataset_cache.h"
#include "nodes/evaluation.h"
#include "nodes/gossip_step.h"
#include "nodes/layer_report.h"
#include "nodes/network.h"
#include "nodes/problem.h"
#include "nodes/round_engine.h"

namespace hearsay {

/// One node, ready to start round 1. The server of a star has no problem.
struct Node {
  NodeId id = 0;
  std::unique_ptr<LocalProblem> problem;
  std::unique_ptr<RoundEngine> engine;
  std::size_t share = 0;   // of the test rows: which one is this node's,
  std::size_t shares = 1;  // and of how many

  /// All that must be saved of it for a bit-exact continuation; between rounds only.
  void visit_state(StateVisitor& visitor) {
    engine->visit_state(visitor);
    if (problem) problem->visit_state(visitor);
  }
};

/// What a node begins with: x0 before round 1, or the survivors' mean where a run goes on without a
/// lost node.
struct Beginning {
  const Network* network = nullptr;
  ConstVectorView x;
  Round after = 0;
};

/// What a checkpoint holds beside the nodes' own state, so that the results go on as well.
struct NodeRecord {
  double training_seconds = 0.0;
  PhaseTimes phases;             // of that time
  LayerCounts evaluated_layers;  // as they were told in the last evaluation

  void visit_state(StateVisitor& visitor);
};

/// When checkpoints are made, and how many stay.
struct CheckpointPlan {
  Round every = 0;       // rounds; 0: not by rounds
  double seconds = 0.0;  // 0: not by time
  std::size_t keep = 1;

  bool on() const { return every > 0 || seconds > 0.0; }
  bool due_after(Round t) const { return every > 0 && t % every == 0; }
};

/// A path in a config is relative to the config's folder: the absolute path when there is such a
/// file, else `path` as it is, to be looked for elsewhere.
std::string path_from(const Config& config, const std::string& path);

/// A digest of a config as it was given, what it leaves open still open, and of what is in the
/// model files that it names (objective.path, objective.start).
std::uint64_t digest_as_given(const Config& config);

/// The graph and W of a config, without its data: what `hearsay topology` needs first.
Network make_network(const Config& config);

class Experiment {
 public:
  /// Builds the network, loads the data, makes the objective, shares out the rows, and settles what
  /// the config leaves open (`gossip_step: auto`). Throws ConfigError or DataError.
  Experiment(Config config, const DataPaths& paths);

  /// The same with data sets that other experiments may share. `make_objective`: an objective that
  /// stands in for the one that the config names, and gets its settings.
  Experiment(Config config, const DataPaths& paths, DatasetCache& cache,
             MakeObjective make_objective = nullptr);

  const Config& config() const { return config_; }  // resolved
  const std::string& name() const { return config_.root().text("name"); }
  const Network& network() const { return network_; }
  const std::string& graph_kind() const { return config_.section("topology").part(); }
  const std::string& algorithm_name() const { return config_.section("algorithm").part(); }
  std::uint64_t seed() const { return seed_; }
  std::uint64_t digest() const { return digest_; }  // of what makes the trajectory

  /// digest_as_given of its config.
  std::uint64_t config_digest() const { return config_digest_; }
  /// The digest of all that decides on the trajectory. A run of more rounds has the same one,
  /// unless its learning rate depends on their number: it may go on from a checkpoint of the
  /// shorter run.
  std::uint64_t state_digest() const;

  /// What becomes of the run when a node is lost.
  enum class OnLoss { fail, wait, reweight };
  OnLoss on_loss() const { return on_loss_; }

  const CheckpointPlan& checkpoint_plan() const { return checkpoint_plan_; }
  /// The checkpoints of a node, or of a whole simulation (CheckpointOwner), below the folder of the
  /// run's results.
  CheckpointFolder checkpoints(const std::filesystem::path& results, NodeId owner) const;

  Round rounds() const { return rounds_; }
  bool evaluates_regularly_after(Round t) const { return t % evaluate_every_ == 0; }
  bool evaluates_after(Round t) const { return evaluates_regularly_after(t) || t == rounds_; }
  /// What the channels are to note down in round t: their errors where an evaluation follows. Not
  /// so in a last round between two evaluations: a run that is stopped there must not differ from
  /// one that ends there.
  Workspace::Watch watch_in(Round t) const {
    if (!health_) return Workspace::Watch::nothing;
    return t % evaluate_every_ == 0 ? Workspace::Watch::errors : Workspace::Watch::coverage;
  }
  bool trains() const { return trains_; }
  /// Nodes go on at their own pace; a round of the run is then as many of theirs as there are
  /// nodes.
  bool asynchronous() const { return asynchronous_; }
  const Dataset* data() const { return data_.get(); }  // null for objectives without data
  const Objective& objective() const { return *objective_; }
  const Layout& layout() const { return objective_->layout(); }
  std::size_t dimension() const { return x0_.size(); }
  std::size_t buffers() const { return buffers0_.size(); }
  /// Floats of moments that a node with data has (nodes/moments.h); known under reweight alone.
  std::size_t moments() const { return moments_; }
  const Layout& buffer_layout() const { return objective_->buffer_layout(); }
  /// x-bar is evaluated with the mean of the nodes' buffers, not with each node's own.
  bool averages_buffers() const { return averages_buffers_; }
  /// The test rows that the accuracy is of; none when the objective has none.
  const std::vector<std::uint32_t>& test_rows() const { return test_rows_; }
  const ConsensusMeasure& consensus() const { return consensus_; }

  /// What is known of the algorithm's gossip step: theory, what `auto` picks, and where it stops to
  /// be stable. Nothing for algorithms that take none, or whose step no trial finds. Takes as long
  /// as find_gossip_step.
  std::optional<GossipStep> find_gossip_step() const;

  /// What a user should know before the run starts, a line each: the data, the gossip step found,
  /// ...
  const std::vector<std::string>& notes() const { return notes_; }

  /// What is likely to go wrong in it, a line each.
  const std::vector<std::string>& warnings() const { return warnings_; }

  Node make_node(NodeId id) const { return make_node(id, {&network_, x0_, 0}); }
  /// `from.network` must outlive the node.
  Node make_node(NodeId id, const Beginning& from) const;

  /// A fresh evaluation after round t, of as many nodes with data.
  Evaluation make_evaluation(Round t) const { return make_evaluation(t, network_.parts()); }
  Evaluation make_evaluation(Round t, std::size_t parts) const;
  /// The mean of models, buffers and moments of so many nodes; its row means nothing.
  Evaluation make_gathering(std::size_t parts) const;

 private:
  void require_right_graph(const AlgorithmMaker& maker) const;
  void settle_on_loss(const AlgorithmMaker& maker);
  void load_data(const DataPaths& paths, DatasetCache& cache, MakeObjective make_objective);
  void share_out_rows();
  void choose_evaluated_rows();
  void settle_start();
  void settle_health();
  std::shared_ptr<const Compressor> gossip_compressor() const;
  void settle_gossip_step();
  void warn_of_sparse_columns();

  Config config_;
  std::uint64_t config_digest_;
  std::uint64_t seed_;
  Network network_;
  std::shared_ptr<const Dataset> data_;  // null for objectives without data
  std::shared_ptr<const Objective> objective_;
  std::vector<std::vector<std::uint32_t>> parts_;
  std::size_t batch_ = 0;  // 0: full
  std::size_t evaluate_rows_ = LocalProblem::kAllRows;
  std::vector<std::uint32_t> test_rows_;
  bool averages_buffers_ = false;
  double rounds_per_epoch_ = 1.0;
  Vector x0_;
  Vector buffers0_;
  std::size_t moments_ = 0;
  Round rounds_ = 0;
  Round evaluate_every_ = 1;
  bool health_ = true;
  bool trains_ = true;
  bool asynchronous_ = false;
  OnLoss on_loss_ = OnLoss::fail;
  CheckpointPlan checkpoint_plan_;
  ConsensusMeasure consensus_;
  std::uint64_t digest_ = 0;
  std::vector<std::string> notes_;
  std::vector<std::string> warnings_;
};

}  // namespace hearsay
