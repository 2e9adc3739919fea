// One evaluation as the collector leads it, without IO: offers of all nodes, then their models, the
// mean to all of them, what they find there, and their gradients. Or the models alone, for the mean
// that all begin anew with when a node was lost.
//
// Models and gradients are pulled through a window and added in ascending node order, so a few
// vectors are held, whatever the number of nodes. Nothing is taken that was not asked for.
#pragma once

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "nodes/control.h"
#include "nodes/experiment.h"
#include "nodes/run_observer.h"

namespace hearsay {

class EvaluationExchange {
 public:
  using Out = std::vector<ControlMessage>;

  explicit EvaluationExchange(const Experiment& experiment);

  /// Begins an evaluation after round t of the nodes that are not lost. `gone`: traffic of
  /// processes that are.
  void begin(Round t, const std::vector<bool>& lost, const NodeOffer& gone);

  /// Begins to gather the models, buffers and moments of those nodes alone, ascending.
  void begin_gathering(std::vector<NodeId> holders, Out& out);

  void abandon();

  bool running() const { return evaluation_.has_value(); }
  bool gathering() const { return running() && gathering_; }
  Round round() const { return report_.row.round; }

  /// The nodes whose part has been asked for and has not come.
  std::vector<NodeId> owing() const;

  /// Takes an offer, a model, a result or a gradient, and appends what is asked next. True when
  /// with it all is there: mean(), and but for a gathering report().
  bool take(const ControlMessage& message, Out& out);

  /// Of models and buffers, and for a gathering moments, of the last one.
  const SharedVector& mean() const { return mean_; }
  SharedVector take_mean() { return std::exchange(mean_, {}); }
  const EvaluationReport& report() const { return report_; }

 private:
  void start(Evaluation evaluation, std::vector<NodeId> holders);
  bool on_offer(const ControlMessage& message, Out& out);
  bool on_model(const ControlMessage& message, Out& out);
  bool on_result(const ControlMessage& message, Out& out);
  bool on_gradient(const ControlMessage& message, Out& out);
  void start_pulling(ControlKind what);
  void pull(Out& out);
  bool asked_for(const ControlMessage& message, std::size_t size) const;
  bool end();
  NodeId holder(std::size_t part) const { return holders_[part]; }
  std::size_t part(const ControlMessage& message) const;  // holders_.size() for others

  const Experiment& experiment_;
  std::size_t nodes_;
  std::vector<NodeId> holders_;  // of models: ascending
  bool gathering_ = false;
  NodeOffer gone_;

  std::optional<Evaluation> evaluation_;  // while one runs
  EvaluationReport report_;
  std::vector<bool> has_offered_;                // by node
  std::optional<ControlKind> pulling_;           // pull_model, pull_gradient, or nothing yet
  std::map<std::size_t, SharedVector> waiting_;  // vectors that came before their turn, by part
  std::size_t added_ = 0;                        // parts whose vector was added
  std::size_t pulled_ = 0;                       // parts whose vector was asked for
  std::vector<bool> owes_;                       // by node
  SharedVector mean_;
};

}  // namespace hearsay
