#include "nodes/algorithms/star.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "core/optimizer.h"
#include "nodes/algorithms/local_steps.h"

namespace hearsay {

namespace {

std::unique_ptr<Optimizer> make(const OptimizerChoice& choice, const NodeContext& context) {
  return make_optimizer(choice.name, choice.settings, context.dimension());
}

class PlanWorker final : public StarWorker {
 public:
  PlanWorker(const StarPlan& plan, const Params& params, const NodeContext& context)
      : StarWorker({plan.exchange}, params, context), local_steps_(params) {
    if (plan.direction) direction_ = make(*plan.direction, context);
    if (plan.place == StarPlan::Place::workers) optimizer_ = make(plan.optimizer, context);
  }

  Round batches(Round t) const override { return local_steps_.batches(t); }

  std::vector<Optimizer*> optimizers() override {
    std::vector<Optimizer*> result;
    if (direction_) result.push_back(direction_.get());
    if (optimizer_) result.push_back(optimizer_.get());
    return result;
  }

  void visit_state(StateVisitor& visitor) override {
    StarWorker::visit_state(visitor);
    if (direction_) direction_->visit_state(visitor);
    if (optimizer_) optimizer_->visit_state(visitor);
  }

 private:
  ConstVectorView offer(Round t, std::size_t /*exchange*/, Workspace& work) override {
    const VectorView sum = work.floats(Workspace::Slot::gradient, x_.size());
    local_steps_.accumulate(t, problem(), direction_.get(), x_, schedule_.learning_rate(t), sum,
                            work);
    return sum;
  }

  void take(Round t, std::size_t /*exchange*/, ConstVectorView received) override {
    if (optimizer_)
      optimizer_->step(x_, received, schedule_.learning_rate(t));
    else
      std::copy(received.begin(), received.end(), x_.begin());
  }

  LocalSteps local_steps_;
  std::unique_ptr<Optimizer> direction_;
  std::unique_ptr<Optimizer> optimizer_;
};

class PlanServer final : public StarServer {
 public:
  PlanServer(const StarPlan& plan, const Params& params, const NodeContext& context,
             std::vector<NodeId> workers)
      : StarServer({plan.exchange}, params, context, std::move(workers)) {
    if (plan.place == StarPlan::Place::server) optimizer_ = make(plan.optimizer, context);
  }

  std::vector<Optimizer*> optimizers() override {
    if (!optimizer_) return {};
    return {optimizer_.get()};
  }

  void visit_state(StateVisitor& visitor) override {
    StarServer::visit_state(visitor);
    if (optimizer_) optimizer_->visit_state(visitor);
  }

 private:
  ConstVectorView answer(Round t, std::size_t /*exchange*/, ConstVectorView mean) override {
    if (!optimizer_) return mean;
    optimizer_->step(x_, mean, schedule_.learning_rate(t));
    return x_;
  }

  std::unique_ptr<Optimizer> optimizer_;
};

}  // namespace

std::unique_ptr<Algorithm> make_star_server(const StarPlan& plan, const Params& params,
                                            const NodeContext& context,
                                            std::vector<NodeId> workers) {
  return std::make_unique<PlanServer>(plan, params, context, std::move(workers));
}

std::unique_ptr<Algorithm> make_star(const StarPlan& plan, const Params& params,
                                     const NodeContext& context) {
  // A markov channel on models would have to start from x0.
  assert(plan.place == StarPlan::Place::workers || plan.exchange.down != ChannelKind::markov);
  return make_star_node(
      context, [&] { return std::make_unique<PlanWorker>(plan, params, context); },
      [&](std::vector<NodeId> workers) {
        return make_star_server(plan, params, context, std::move(workers));
      });
}

}  // namespace hearsay
