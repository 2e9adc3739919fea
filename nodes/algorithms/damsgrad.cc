#include <algorithm>
#include <cmath>
#include <utility>

#include "core/optimizers/adaptive.h"
#include "core/schedule.h"
#include "core/vector_ops.h"
#include "nodes/algorithms/dense_gossip.h"
#include "nodes/algorithms/gossip.h"
#include "nodes/algorithms/settings.h"
#include "nodes/algorithms/tracked_moments.h"
#include "nodes/algorithms/two_parts.h"

// Decentralized AMSGrad (Chen, Karimi, Zhao, Li, "On the convergence of decentralized adaptive
// gradient methods", 2021, Algorithm 3). Models and second moments are mixed, so that all nodes
// come to step with the same denominators:
//
//   v^_0 = u~_{1/2} = epsilon
//   line 3-6  g_t at x_t;  m_t, v_t, v^_t as in AMSGrad
//   line 7    x_{t+1/2} = sum_j w_ij x_j
//   line 8    u~_t      = sum_j w_ij u~_{t-1/2,j};  u_t = max(u~_t, epsilon)
//   line 9    x_{t+1}   = x_{t+1/2} - eta m_t / sqrt(u_t)
//   line 10   u~_{t+1/2} = u~_t - v^_{t-1} + v^_t
//
// u_1 is epsilon: with a tiny one the first step is huge, so the default here is the 1e-6 of the
// field rather than AMSGrad's.

namespace hearsay {

namespace {

class Damsgrad final : public GossipNode {
 public:
  Damsgrad(const NodeContext& context, const Params& params)
      : GossipNode(context),
        schedule_(params, context.rounds, context.rounds_per_epoch),
        epsilon_(static_cast<float>(params.number("epsilon"))),
        moments_(params, context.dimension(), epsilon_),
        models_(dense(*context.layout)),
        seconds_(dense(*context.layout)) {}

  void produce(Round t, std::size_t /*phase*/, Workspace& work,
               std::vector<Message>& out) override {
    Bytes& message = begin_message();
    begin_two_parts(message);
    std::uint64_t bits = models_.send(x_, work, message);
    end_first(message);
    bits += seconds_.send(moments_.tracked(), work, message);
    broadcast(t, bits, out);
  }

  std::optional<std::string> check(Round /*t*/, std::size_t /*phase*/,
                                   ByteView payload) const override {
    return check_two_parts(payload, models_.compressor(), seconds_.compressor());
  }

  void consume(Round t, std::size_t /*phase*/, std::span<const Incoming> messages,
               Workspace& work) override {
    const VectorView g = work.floats(Workspace::Slot::gradient, x_.size());
    problem_->gradient(t, x_, g, work);
    moments_.update_first(g);

    models_.begin_round();
    seconds_.begin_round();
    from_others(t, messages, [&](ByteView message, float w) {
      const TwoParts parts = split_two_parts(message).value();
      models_.add(parts.first, w);
      seconds_.add(parts.second, w);
    });
    add_scaled(x_, 1.0F, models_.mix(x_));
    add_scaled(moments_.tracked(), 1.0F, seconds_.mix(moments_.tracked()));

    step(static_cast<float>(schedule_.learning_rate(t)));
    moments_.update_second(g);
  }

  void visit_state(StateVisitor& visitor) override {
    visitor.vector("x", x_);
    moments_.visit_state(visitor);
  }

 private:
  void step(float eta) {
    const ConstVectorView m = moments_.first();
    const ConstVectorView u = std::as_const(moments_).tracked();
    for (std::size_t j = 0; j < x_.size(); ++j)
      x_[j] -= eta * (m[j] / std::sqrt(std::max(u[j], epsilon_)));
  }

  Schedule schedule_;
  float epsilon_;
  TrackedMoments moments_;
  DenseGossip models_;
  DenseGossip seconds_;
};

std::unique_ptr<Algorithm> make(const Params& params, const NodeContext& context) {
  require_identity(params, "damsgrad", "choco-amsgrad with second_moment: gossiped");
  return std::make_unique<Damsgrad>(context, params);
}

}  // namespace

Part<AlgorithmMaker> part_damsgrad() {
  std::vector<Param> moments = moment_params();
  for (Param& param : moments)
    if (param.name == "epsilon") param.by_default(1e-6);
  return {"damsgrad",
          "decentralized AMSGrad: gossip of full models and of second moments (Chen et al. 2021)",
          join({Schedule::params(), {dense_compressor_param()}, moments}),
          {.mixing = Mixing::doubly_stochastic, .make = make}};
}

}  // namespace hearsay
