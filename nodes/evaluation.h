// One evaluation: from the nodes' models x_i to a row of metrics.csv. The collector of a real run
// and the simulator feed the same class, always in ascending node order, so their rows agree bit
// for bit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/phase_clock.h"
#include "core/types.h"
#include "nodes/health.h"
#include "nodes/layer_report.h"

namespace hearsay {

/// A row of metrics.csv; a column that does not apply is empty.
struct MetricsRow {
  Round round = 0;
  std::optional<double> epoch;
  double seconds = 0.0;  // training time: evaluations do not count
  std::optional<double> train_loss;
  std::optional<double> grad_norm;
  std::optional<double> consensus_error;
  std::optional<double> test_accuracy;
  std::uint64_t ideal_bits = 0;
  std::uint64_t wire_bytes = 0;
  Health health;  // of the channels: means over the nodes
};

/// What a node says of itself when it offers its model.
struct NodeOffer {
  double seconds = 0.0;
  double epochs = 0.0;
  std::uint64_t ideal_bits = 0;  // sent so far
  std::uint64_t wire_bytes = 0;
  std::vector<double> sketch;  // random projection of x_i; empty when the consensus error is exact
  Health health;               // of its channels
  LayerCounts layers;          // of those that sparsify
  PhaseTimes phases;
  std::optional<double> wait_seconds;  // the rest of `seconds`, where processes wait for each other
};

/// What a node finds at the mean x-bar.
struct NodeResult {
  double loss = 0.0;              // f_i(x-bar)
  double squared_distance = 0.0;  // ||x_i - x-bar||^2
  std::optional<std::uint64_t> correct;
};

/// Above so many parameters, vectors are what memory is spent on.
constexpr std::size_t kLargeModel = 1'000'000;

/// How the consensus error is measured.
struct ConsensusMeasure {
  bool exact = true;
  std::size_t projections = 4096;  // sketch size when not exact
};

/// Exact but for large models, unless asked otherwise.
ConsensusMeasure consensus_measure(const std::string& choice, std::size_t projections,
                                   std::size_t dimension);

/// An unbiased sketch of x: coordinate j goes with a random sign to a random one of `size` sums
/// (Charikar, Chen, Farach-Colton 2002), the same for all nodes of a round. E||sketch(v)||^2 =
/// ||v||^2, with variance below 2 ||v||^4 / size. One pass.
std::vector<double> consensus_sketch(ConstVectorView x, std::size_t size, std::uint64_t seed,
                                     Round t);

class Evaluation {
 public:
  /// `parts` nodes with models of d floats and so many buffers. `trains`: losses apply. `test_rows`
  /// of all nodes together.
  Evaluation(Round t, std::size_t parts, std::size_t dimension, bool trains, std::size_t test_rows,
             std::size_t buffers = 0);

  void add_offer(const NodeOffer& offer);  // every node, the server too

  /// What was sent by processes that are gone.
  void add_traffic(std::uint64_t ideal_bits, std::uint64_t wire_bytes) {
    ideal_bits_ += ideal_bits;
    wire_bytes_ += wire_bytes;
  }

  /// In ascending order, each node with data: x_i and the node's buffers.
  void add_model(ConstVectorView x, ConstVectorView buffers = {});

  /// After all models, once: x-bar and, behind it, the mean of the buffers; summed in double and
  /// rounded to float once.
  Vector mean();

  void add_result(const NodeResult& result, ConstVectorView gradient);  // in ascending order
  MetricsRow row() const;                                               // after all results

 private:
  Round round_;
  std::size_t parts_;
  bool trains_;
  std::size_t test_rows_;
  std::size_t dimension_;
  std::vector<double> sum_;     // of models and buffers, then of gradients
  double mean_rounding_ = 0.0;  // ||x-bar - its float||^2, the part of distances that is rounding
  double seconds_ = 0.0;
  double epochs_ = 0.0;
  std::uint64_t ideal_bits_ = 0;
  std::uint64_t wire_bytes_ = 0;
  HealthMean health_;
  double loss_sum_ = 0.0;
  double distance_sum_ = 0.0;
  std::optional<std::uint64_t> correct_;
  std::vector<std::vector<double>> sketches_;
};

}  // namespace hearsay
