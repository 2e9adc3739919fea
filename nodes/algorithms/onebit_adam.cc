#include "core/optimizers/adaptive.h"
#include "nodes/algorithms/moments.h"
#include "nodes/algorithms/settings.h"
#include "nodes/algorithms/star_node.h"

// 1-bit Adam (Tang, Gan, Awan, Rajbhandari, Li, Lian, Liu, Zhang, He, "1-bit Adam: communication
// efficient large-scale training with Adam's convergence speed", ICML 2021, Algorithm 1). Epsilon
// is inside the root; there is no bias correction.
//
//   rounds 1..T_w, exchange 0, dense both ways: g = (1/n) sum_i g_i, then Adam on every worker:
//     m <- beta1 m + (1 - beta1) g;  v <- beta2 v + (1 - beta2) g^2
//     x <- x - eta m / sqrt(v + eps)
//   rounds T_w + 1 on, exchange 1; v = v_{T_w} from here:
//     worker i: m_i = beta1 m + (1 - beta1) g_i;  c_i = C(m_i + e_i);  e_i <- m_i + e_i - c_i
//     server:   c = C((1/n) sum_i c_i + e);  e <- (1/n) sum_i c_i + e - c
//     worker i: m <- c;  x <- x - eta m / sqrt(v_{T_w} + eps)
//
// All workers' models and moments stay equal bit for bit.

namespace hearsay {

namespace {

constexpr std::size_t kWarmup = 0;
constexpr std::size_t kCompressed = 1;

class OnebitAdamWorker final : public StarWorker {
 public:
  OnebitAdamWorker(const std::vector<Exchange>& exchanges, const Params& params,
                   const NodeContext& context)
      : StarWorker(exchanges, params, context), moments_(params, context.dimension()) {}

  void visit_state(StateVisitor& visitor) override {
    StarWorker::visit_state(visitor);
    moments_.visit_state(visitor);
  }

 private:
  ConstVectorView offer(Round t, std::size_t exchange, Workspace& work) override {
    if (!takes_place(t, exchange)) return {};
    const VectorView g = work.floats(Workspace::Slot::gradient, x_.size());
    problem().gradient(t, x_, g, work);
    if (exchange == kCompressed) moments_.next_first(g, g);
    return g;
  }

  void take(Round t, std::size_t exchange, ConstVectorView received) override {
    if (exchange == kWarmup) {
      moments_.update_first(received);
      moments_.update_second(received);
    } else {
      moments_.replace_first(received, 1.0F);
    }
    moments_.step(x_, moments_.first(), static_cast<float>(schedule_.learning_rate(t)));
  }

  Moments moments_;
};

std::unique_ptr<Algorithm> make(const Params& params, const NodeContext& context) {
  const auto warmup_rounds = static_cast<Round>(params.integer("warmup_rounds"));
  const auto compressor = algorithm_compressor(params, *context.layout);
  const auto identity = dense(*context.layout);
  const std::vector<Exchange> exchanges = {
      {.up_compressor = identity,
       .up = ChannelKind::direct,
       .down_compressor = identity,
       .down = ChannelKind::direct,
       .takes_place = [warmup_rounds](Round t) { return t <= warmup_rounds; }},
      {.up_compressor = compressor,
       .up = ChannelKind::error_feedback,
       .down_compressor = compressor,
       .down = ChannelKind::error_feedback,
       .takes_place = [warmup_rounds](Round t) { return t > warmup_rounds; }}};
  return make_star_node<OnebitAdamWorker>(exchanges, params, context);
}

}  // namespace

Part<AlgorithmMaker> part_onebit_adam() {
  return {
      "1bit-adam",
      "Adam, and after a warm-up compressed momenta over its frozen variance (Tang et al. 2021)",
      join({Schedule::params(),
            {compressor_param(),
             integer("warmup_rounds", "T_w, the rounds of dense Adam before the variance freezes")
                 .at_least(1)
                 .must()},
            moment_params()}),
      {.on_server = true, .by_round = true, .make = make}};
}

}  // namespace hearsay
