#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/compressors/wire.h"
#include "core/optimizers/sgd.h"
#include "core/schedule.h"
#include "nodes/algorithms/gossip.h"
#include "nodes/algorithms/settings.h"

// Stochastic gradient push (Assran, Loizou, Ballas, Rabbat, "Stochastic gradient push for
// distributed deep learning", ICML 2019, Algorithm 1), for directed graphs with column-stochastic
// weights P:
//
//   line 2-3  x_i^{1/2} = x_i - eta g_i(z_i)
//   line 4-5  x_i = sum_j p_ij x_j^{1/2};  w_i = sum_j p_ij w_j       w_0 = 1
//   line 6    z_i = x_i / w_i
//
// The push-sum weight w_i travels as one more coordinate behind x_i. z_i is the node's model.

namespace hearsay {

namespace {

Layout with_weight(Layout layout) {
  layout.append("push-sum weight", {});
  return layout;
}

class Sgp final : public GossipNode {
 public:
  Sgp(const NodeContext& context, std::unique_ptr<Optimizer> optimizer, Schedule schedule)
      : GossipNode(context),
        optimizer_(std::move(optimizer)),
        schedule_(std::move(schedule)),
        pushed_(x_.begin(), x_.end()),
        sender_(ChannelKind::direct, dense(with_weight(*context.layout))) {
    pushed_.push_back(1.0F);
  }

  void produce(Round t, std::size_t /*phase*/, Workspace& work,
               std::vector<Message>& out) override {
    const VectorView g = work.floats(Workspace::Slot::gradient, x_.size());
    problem_->gradient(t, x_, g, work);
    optimizer_->step(VectorView(pushed_).first(x_.size()), g, schedule_.learning_rate(t));
    Bytes& payload = begin_message();
    Stream stream = compression_stream(t);
    const std::uint64_t bits = sender_.send(pushed_, stream, work, payload);
    broadcast(t, bits, out);
  }

  std::optional<std::string> check(Round /*t*/, std::size_t /*phase*/,
                                   ByteView payload) const override {
    if (auto wrong = sender_.compressor().check(payload)) return wrong;
    const auto weight = wire::load<float>(payload.data() + 4 * x_.size());
    if (weight > 0.0F) return std::nullopt;
    return fmt::format("push-sum weight {}, weights are positive", weight);
  }

  void consume(Round t, std::size_t /*phase*/, std::span<const Incoming> messages,
               Workspace& /*work*/) override {
    mix_dense(t, messages, pushed_, pushed_);
    for (std::size_t j = 0; j < x_.size(); ++j) x_[j] = pushed_[j] / pushed_.back();
  }

  void visit_state(StateVisitor& visitor) override {
    visitor.vector("z", x_);
    visitor.vector("x, w", pushed_);
    optimizer_->visit_state(visitor);
  }

 private:
  std::unique_ptr<Optimizer> optimizer_;
  Schedule schedule_;
  Vector pushed_;  // the paper's x_i, and w_i behind it; x_ is z_i
  ChannelSender sender_;
};

std::unique_ptr<Algorithm> make(const Params& params, const NodeContext& context) {
  require_identity(params, "sgp", "choco-sgd (on undirected graphs)");
  return std::make_unique<Sgp>(context, make_optimizer("sgd", params, context.dimension()),
                               Schedule(params, context.rounds, context.rounds_per_epoch));
}

}  // namespace

Part<AlgorithmMaker> part_sgp() {
  return {"sgp",
          "stochastic gradient push: push-sum on directed and time-varying graphs (Assran et al. "
          "2019)",
          join({Schedule::params(), {dense_compressor_param()}, sgd_params()}),
          {.mixing = Mixing::column_stochastic, .make = make}};
}

}  // namespace hearsay
