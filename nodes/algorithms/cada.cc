#include <algorithm>
#include <bit>
#include <numeric>

#include "core/optimizers/amsgrad.h"
#include "core/vector_ops.h"
#include "nodes/algorithms/aggregation.h"
#include "nodes/algorithms/settings.h"
#include "nodes/algorithms/star.h"

// CADA (Chen, Guo, Sun, Yin, "CADA: communication-adaptive distributed Adam", AISTATS 2021,
// Algorithm 1). A worker uploads its gradient only when it has changed; l is the round of its last
// upload, and all gradients of round t are over the batch of that round:
//
//   worker i: g = grad_t(x_t); it uploads if t - l >= D, or if
//               LHS >= (c / d_max) sum_{d=1..d_max} |x_{t+1-d} - x_{t-d}|^2
//               cada1:  LHS = |delta_t - delta_l|^2 with delta_t = g - grad_t(x~); the snapshot x~
//                       is x_t anew every D rounds
//               cada2:  LHS = |g - grad_t(x_l)|^2
//             up: the innovation g - g^_i, and g^_i <- g (markov, dense); or an empty message
//   server:   g^ <- g^ + (1/n) sum of what came;  AMSGrad on g^;  x to all workers, in full
//
// In round 1 no step has been made yet: the threshold is zero, and all upload. The server's AMSGrad
// averages v, not v-hat, as everywhere here. A worker computes two gradients a round.

namespace hearsay {

namespace {

/// The left-hand side of a rule.
class Change {
 public:
  virtual ~Change() = default;

  /// LHS in round t, where g is the gradient at x. What it leaves in `scratch` is for uploaded().
  virtual double of(Round t, ConstVectorView x, ConstVectorView g, VectorView scratch,
                    LocalProblem& problem, Workspace& work) = 0;
  virtual void uploaded(ConstVectorView x, ConstVectorView scratch) = 0;
  virtual void visit_state(StateVisitor& visitor) = 0;
};

class Cada1 final : public Change {
 public:
  Cada1(std::size_t dimension, Round max_delay)
      : max_delay_(max_delay), snapshot_(dimension), delta_at_upload_(dimension) {}

  double of(Round t, ConstVectorView x, ConstVectorView g, VectorView delta, LocalProblem& problem,
            Workspace& work) override {
    if ((t - 1) % max_delay_ == 0) std::copy(x.begin(), x.end(), snapshot_.begin());
    problem.gradient(t, snapshot_, delta, work);
    subtract(delta, g, delta);
    return squared_distance(delta, delta_at_upload_);
  }

  void uploaded(ConstVectorView /*x*/, ConstVectorView delta) override {
    std::copy(delta.begin(), delta.end(), delta_at_upload_.begin());
  }

  void visit_state(StateVisitor& visitor) override {
    visitor.vector("snapshot", snapshot_);
    visitor.vector("delta", delta_at_upload_);
  }

 private:
  Round max_delay_;
  Vector snapshot_;         // x~
  Vector delta_at_upload_;  // delta_l
};

class Cada2 final : public Change {
 public:
  explicit Cada2(ConstVectorView x0) : x_at_upload_(x0.begin(), x0.end()) {}

  double of(Round t, ConstVectorView /*x*/, ConstVectorView g, VectorView stale,
            LocalProblem& problem, Workspace& work) override {
    problem.gradient(t, x_at_upload_, stale, work);
    return squared_distance(g, stale);
  }

  void uploaded(ConstVectorView x, ConstVectorView /*stale*/) override {
    std::copy(x.begin(), x.end(), x_at_upload_.begin());
  }

  void visit_state(StateVisitor& visitor) override { visitor.vector("x_at_upload", x_at_upload_); }

 private:
  Vector x_at_upload_;  // x_l
};

class CadaWorker final : public StarWorker {
 public:
  CadaWorker(const Exchange& exchange, const Params& params, const NodeContext& context)
      : StarWorker({exchange}, params, context),
        max_delay_(static_cast<Round>(params.integer("max_delay"))),
        threshold_(params.number("threshold")),
        squared_steps_(static_cast<std::size_t>(params.integer("d_max"))) {
    if (params.text("rule") == "cada1")
      change_ = std::make_unique<Cada1>(context.dimension(), max_delay_);
    else
      change_ = std::make_unique<Cada2>(context.x0);
  }

  void visit_state(StateVisitor& visitor) override {
    StarWorker::visit_state(visitor);
    change_->visit_state(visitor);
    visitor.integer("last_upload", last_upload_);
    for (double& step : squared_steps_) {
      auto bits = std::bit_cast<std::uint64_t>(step);
      visitor.integer("squared_step", bits);
      step = std::bit_cast<double>(bits);
    }
  }

 private:
  ConstVectorView offer(Round t, std::size_t /*exchange*/, Workspace& work) override {
    const VectorView g = work.floats(Workspace::Slot::gradient, x_.size());
    const VectorView scratch = work.floats(Workspace::Slot::local_gradient, x_.size());
    problem().gradient(t, x_, g, work);
    const double change = change_->of(t, x_, g, scratch, problem(), work);
    if (change < threshold() && t - last_upload_ < max_delay_) return {};
    change_->uploaded(x_, scratch);
    last_upload_ = t;
    return g;
  }

  void take(Round t, std::size_t /*exchange*/, ConstVectorView received) override {
    squared_steps_[t % squared_steps_.size()] = squared_distance(received, x_);
    std::copy(received.begin(), received.end(), x_.begin());
  }

  double threshold() const {
    const double sum = std::accumulate(squared_steps_.begin(), squared_steps_.end(), 0.0);
    return threshold_ / static_cast<double>(squared_steps_.size()) * sum;
  }

  Round max_delay_;   // D
  double threshold_;  // c
  std::unique_ptr<Change> change_;
  Round last_upload_ = 0;              // l
  std::vector<double> squared_steps_;  // of the last d_max rounds, by round modulo d_max
};

std::unique_ptr<Algorithm> make(const Params& params, const NodeContext& context) {
  require_mean(params, "dist-amsgrad");
  const auto identity = dense(*context.layout);
  const StarPlan plan{.exchange = {.up_compressor = identity,
                                   .up = ChannelKind::markov,
                                   .down_compressor = identity,
                                   .down = ChannelKind::direct,
                                   .may_skip = true},
                      .place = StarPlan::Place::server,
                      .optimizer = {"amsgrad", params}};
  return make_star_node(
      context, [&] { return std::make_unique<CadaWorker>(plan.exchange, params, context); },
      [&](std::vector<NodeId> workers) {
        return make_star_server(plan, params, context, std::move(workers));
      });
}

}  // namespace

Part<AlgorithmMaker> part_cada() {
  return {"cada",
          "gradients sent only when they have changed, AMSGrad at the server (Chen et al. 2021)",
          join({Schedule::params(),
                {choice("rule", {"cada1", "cada2"},
                        "what a change is measured from: a snapshot, or the last upload")
                     .by_default("cada2"),
                 number("threshold",
                        "c, what a squared change of gradient must be per squared step "
                        "of the model; 0 uploads in every round")
                     .at_least(0)
                     .must(),
                 integer("max_delay", "D, the most rounds from one upload to the next")
                     .at_least(1)
                     .by_default(50),
                 integer("d_max", "how many of the last steps the threshold is a mean of")
                     .at_least(1)
                     .by_default(10),
                 mean_aggregation_param()},
                amsgrad_params()}),
          {.on_server = true, .make = make}};
}

}  // namespace hearsay
