#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "nodes/moments.h"
#include "nodes/node_evaluation.h"
#include "nodes/runner/running_node.h"

namespace hearsay {

/// Offers the model after round t of the run and serves the collector until it says go.
void RunningNode::evaluate(Round t) {
  evaluating_ = true;
  ControlMessage offer{.kind = ControlKind::offer,
                       .round = t,
                       .offer = make_offer(experiment_, node_, t, training_seconds_)};
  offer.offer.phases = record_.phases;
  offer.offer.wait_seconds = std::max(0.0, training_seconds_ - record_.phases.total_seconds());
  if (experiment_.evaluates_regularly_after(t)) record_.evaluated_layers = offer.offer.layers;
  say(std::move(offer));
  // The collector knows whose answer is missing: it speaks first.
  wait(
      2 * options_.round_deadline_seconds + kAfterCollector, [this] { return !evaluating_; },
      [t] { return fmt::format("the collector did not finish the evaluation after round {}", t); });
  evaluated_ = t;
}

void RunningNode::offer_model() {
  const ConstVectorView x = engine().algorithm().model();
  const ConstVectorView buffers = node_.problem ? node_.problem->buffers() : ConstVectorView();
  Vector both;
  const Vector moments = endpoints_.empty() ? moments_of(engine().algorithm()) : Vector();
  both.reserve(x.size() + buffers.size() + moments.size());
  both.insert(both.end(), x.begin(), x.end());
  both.insert(both.end(), buffers.begin(), buffers.end());
  both.insert(both.end(), moments.begin(), moments.end());
  say({.kind = ControlKind::model, .vector = std::move(both)});
}

void RunningNode::evaluate_at(ConstVectorView mean) {
  const std::size_t needed = experiment_.dimension() + experiment_.buffers();
  if (mean.size() != needed || !node_.problem)
    throw TransportError(
        fmt::format("the collector sent a mean of {} values, needed are {}", mean.size(), needed));
  // Nobody else uses the slot between two rounds.
  const VectorView gradient = work_.floats(Workspace::Slot::gradient, experiment_.dimension());
  gradient_ = gradient;
  ControlMessage answer{.kind = ControlKind::result};
  answer.result = evaluate_node(experiment_, node_, mean, gradient, work_);
  say(answer);
}

}  // namespace hearsay
