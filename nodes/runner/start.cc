#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <utility>

#include "nodes/greeting.h"
#include "nodes/moments.h"
#include "nodes/runner/running_node.h"

namespace hearsay {

namespace {

constexpr auto kJoinEvery = std::chrono::seconds(1);

}  // namespace

void RunningNode::join() {
  if (bound_.empty()) {
    bound_ = neighbourhood_.bind(options_.listening.bind);
    spdlog::info("node {} listens on {}", node_.id, bound_);
  }
  sound_ = incarnation_ > 1 && reweights() ? std::vector<Round>() : saver_.sound();
  say_join();
  wait(
      options_.start_deadline_seconds, [this] { return welcomed_; },
      [this] { return "no answer from the collector at " + options_.collector; });
  spdlog::info("node {} has joined and waits for the others", node_.id);
  // The collector has the same deadlines and knows who is missing: it speaks first.
  const double deadline =
      incarnation_ > 1 ? options_.return_deadline_seconds : options_.start_deadline_seconds;
  wait(
      deadline + kAfterCollector, [this] { return !endpoints_.empty(); },
      [] { return std::string("the collector did not say where the others listen"); });
}

void RunningNode::say_join() {
  joined_at_ = Clock::now();
  say({.kind = ControlKind::join,
       .round = engine().round(),
       .text = options_.listening.advertise.empty() ? bound_ : options_.listening.advertise,
       .integers = greeting_of(experiment_),
       .rounds = sound_});
}

/// The collector does not listen to a second process of a node before it knows that the first is
/// gone.
void RunningNode::join_again() {
  if (bound_.empty() || welcomed_ || Clock::now() - joined_at_ < kJoinEvery) return;
  say_join();
}

VisitState RunningNode::visit() {
  return [this](StateVisitor& visitor) {
    node_.visit_state(visitor);
    record_.visit_state(visitor);
  };
}

/// Takes the state that the run begins with, on all nodes after the same round.
void RunningNode::restore() {
  if (reweights() && incarnation_ > 1) return begin_with_the_others();
  saver_.restore(first_, visit());
  training_seconds_ = record_.training_seconds;
  engine().set_incarnation(static_cast<std::uint16_t>(incarnation_));
  if (first_ > 0) spdlog::info("node {} goes on after round {}", node_.id, first_);
}

/// Begins anew on the graph that is left (or whole again), with the mean of the models of all
/// that had one. x^, residuals and trackers begin as in round 1, which keeps both ends of every
/// channel equal and the mean where it was; optimizers keep their moments, and who is new gets
/// their mean.
void RunningNode::begin_with_the_others() {
  const ConstVectorView means = mean_.view();
  const std::size_t d = experiment_.dimension();
  if (means.size() != d + experiment_.buffers() + experiment_.moments())
    throw TransportError("the collector did not say what to begin with");
  auto network = std::make_unique<Network>(without(experiment_.network(), lost_));
  Node fresh = experiment_.make_node(node_.id, {network.get(), means.first(d), first_});
  const bool newcomer = engine().round() == 0;
  if (fresh.problem)
    fresh.problem->set_buffers(newcomer ? means.subspan(d, experiment_.buffers())
                                        : node_.problem->buffers());
  // Workers of a server step together, and some had taken a step that others had not.
  if (newcomer || (network->server && fresh.problem))
    set_moments(fresh.engine->algorithm(), means.subspan(d + experiment_.buffers()));
  else
    set_moments(fresh.engine->algorithm(), moments_of(engine().algorithm()));
  fresh.engine->begin_after(first_, engine().traffic());
  fresh.engine->set_incarnation(static_cast<std::uint16_t>(incarnation_));
  node_ = std::move(fresh);
  network_ = std::move(network);
  mean_ = {};
  spdlog::info("node {} goes on after round {} with {} neighbours", node_.id, first_,
               network_->graph.degree(node_.id));
}

void RunningNode::greet() {
  const std::vector<NodeId>& neighbours = network().graph.neighbours(node_.id);
  neighbourhood_.meet(neighbours, endpoints_);
  wait(
      options_.start_deadline_seconds, [this] { return neighbourhood_.ungreeted().empty(); },
      [this] {
        return fmt::format("no greeting from node(s) {}",
                           fmt::join(neighbourhood_.ungreeted(), ", "));
      });
  spdlog::info("node {} has greeted its {} neighbours", node_.id, neighbours.size());
}

/// All have the state and can reach their neighbours.
void RunningNode::begin() {
  ControlMessage restored{.kind = ControlKind::restored, .round = first_};
  restored.offer.layers = record_.evaluated_layers;
  say(restored);
  wait(
      options_.start_deadline_seconds + kAfterCollector, [this] { return began_; },
      [] { return std::string("the collector did not say that all are there"); });
}

}  // namespace hearsay
