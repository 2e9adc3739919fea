#include <algorithm>
#include <utility>

#include "core/schedule.h"
#include "core/vector_ops.h"
#include "nodes/algorithms/compressed_gossip.h"
#include "nodes/algorithms/gossip.h"
#include "nodes/algorithms/settings.h"

// DoCoM (Yau, Wai, "DoCoM: compressed decentralized optimization with near-optimal sample
// complexity", TMLR 2023, Algorithm 1): compressed gradient tracking with a momentum that reduces
// the variance of the gradients. g is the tracker, v the momentum; z of compressed_gossip.h stands
// for the sums over neighbours.
//
//   v_0 = g_0 = the full local gradient at x_0
//   line 4    x_i^{1/2} = x_i - eta g_i
//   line 5    x^ <- x^ + C(x^{1/2} - x^);  x_i <- x_i^{1/2} + gamma sum_j w_ij (x^_j - x^_i)
//   line 6    v_i^+ = grad(x_i^+; xi) + (1 - beta) (v_i - grad(x_i; xi))       the same sample xi
//   line 7    g_i^{1/2} = g_i + v_i^+ - v_i
//   line 8    g^ <- g^ + C(g^{1/2} - g^);  g_i <- g_i^{1/2} + gamma sum_j w_ij (g^_j - g^_i)

namespace hearsay {

namespace {

class Docom final : public DifferenceNode {
 public:
  Docom(const NodeContext& context, const Params& params)
      : DifferenceNode(context),
        gossip_step_(static_cast<float>(params.number("gossip_step"))),
        keep_(static_cast<float>(1.0 - params.number("beta"))),
        schedule_(params, context.rounds, context.rounds_per_epoch),
        before_(context.dimension()),
        v_(context.dimension()),
        g_(context.dimension()),
        models_(algorithm_compressor(params, *context.layout), context.x0),
        trackers_(algorithm_compressor(params, *context.layout)) {}

  std::size_t phases() const override { return 2; }

  void produce(Round t, std::size_t phase, Workspace& work, std::vector<Message>& out) override {
    Bytes& payload = begin_message(t, work);
    std::uint64_t bits = 0;
    if (phase == kModels) {
      if (t == first_ + 1) start(work);
      std::copy(x_.begin(), x_.end(), before_.begin());
      add_scaled(x_, -static_cast<float>(schedule_.learning_rate(t)), g_);
      bits = models_.send(x_, compression_stream(t, 0), work, payload);
    } else {
      reduce_variance(t, work);
      bits = trackers_.send(g_, compression_stream(t, 1), work, payload);
    }
    broadcast(t, bits, out);
  }

  std::optional<std::string> check(Round /*t*/, std::size_t /*phase*/,
                                   ByteView payload) const override {
    return models_.compressor().check(payload);
  }

  void consume(Round t, std::size_t phase, std::span<const Incoming> messages,
               Workspace& /*work*/) override {
    add_differences(t, phase, messages);
    add_scaled(phase == kModels ? x_ : g_, gossip_step_, gossip_of(phase).disagreement());
  }

  std::vector<const ChannelSender*> channels() const override {
    return {&models_.channel(), &trackers_.channel()};
  }

  void visit_state(StateVisitor& visitor) override {
    visitor.vector("x", x_);
    visitor.vector("v", v_);
    visitor.vector("g", g_);
    models_.visit_state(visitor);
    trackers_.visit_state(visitor);
  }

 private:
  static constexpr std::size_t kModels = 0;  // the phase; the other one is the trackers'

  CompressedGossip& gossip_of(std::size_t phase) { return phase == kModels ? models_ : trackers_; }
  void add_difference(std::size_t phase, ByteView q, float w) override {
    gossip_of(phase).add(q, w);
  }

  void start(Workspace& work) {
    problem_->full(x_, v_, work);
    std::copy(v_.begin(), v_.end(), g_.begin());
  }

  /// Lines 6 and 7.
  void reduce_variance(Round t, Workspace& work) {
    const VectorView now = work.floats(Workspace::Slot::gradient, x_.size());
    const VectorView then = work.floats(Workspace::Slot::local_gradient, x_.size());
    problem_->gradient(t, x_, now, work);
    problem_->gradient(t, before_, then, work);
    for (std::size_t j = 0; j < v_.size(); ++j) {
      const float next = now[j] + keep_ * (v_[j] - then[j]);
      g_[j] += next - v_[j];
      v_[j] = next;
    }
  }

  float gossip_step_;
  float keep_;  // 1 - beta
  Schedule schedule_;
  Vector before_;  // the round's first x_i
  Vector v_;
  Vector g_;
  CompressedGossip models_;
  CompressedGossip trackers_;
};

std::unique_ptr<Algorithm> make(const Params& params, const NodeContext& context) {
  return std::make_unique<Docom>(context, params);
}

}  // namespace

Part<AlgorithmMaker> part_docom() {
  return {"docom",
          "compressed gradient tracking with variance-reducing momentum (Yau and Wai 2023)",
          join({Schedule::params(),
                {compressor_param(), gossip_step_param(),
                 number("beta", "the momentum's weight of a new gradient; 1 is no momentum")
                     .above(0)
                     .at_most(1)
                     .by_default(0.01)}}),
          {.tracks_gradients = true, .make = make}};
}

}  // namespace hearsay
