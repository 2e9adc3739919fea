#include "nodes/algorithms/zero_one_adam.h"

#include <algorithm>

#include "core/optimizers/adaptive.h"
#include "core/vector_ops.h"
#include "nodes/algorithms/moments.h"
#include "nodes/algorithms/settings.h"
#include "nodes/algorithms/star_node.h"

// 0/1 Adam (Lu, Li, Zhang, De Sa, He, "Maximizing communication efficiency for large-scale training
// via 0/1 Adam", ICLR 2023, Algorithm 1), a round each t; s is the last round of T_u before t:
//
//   worker i:            g_i at x_i;  m_i <- beta1 m_i + (1 - beta1) g_i
//   exchange 0, if t is in T_v, dense both ways:
//                        g = (1/n) sum_i g_i;  v <- beta2 v + (1 - beta2) g^2
//   worker i:            x_i <- x_i - eta_t m_i / sqrt(v + eps);  u_i <- u_i + eta_t m_i
//   exchange 1, if t is in T_u, error-feedback both ways (the 1-bit all-reduce):
//                        u = the mean of the u_i, compressed on the way up and on the way down
//   worker i, in T_u:    m_i <- u / sum_{h=s+1..t} eta_h
//                        x_i <- x_s - u / sqrt(v + eps);  u_i <- 0
//
// In other rounds nothing is sent. After a round of T_u all workers' models and momenta are equal
// bit for bit; in between they drift apart. One line is moved: the paper prints the update of v
// last, so that its first step would divide by sqrt(eps) alone. Here v comes before the step, as in
// Adam and in the authors' own program.

namespace hearsay {

namespace {

constexpr std::size_t kVariance = 0;

/// 2^exponent, or `most` if that is less.
Round doubled(Round exponent, Round most) {
  return exponent < 63 ? std::min(Round{1} << exponent, most) : most;
}

}  // namespace

std::vector<Param> ZeroOneTimetable::params() {
  return {
      integer("kappa", "the interval between updates of the variance doubles after so many")
          .at_least(1)
          .by_default(16),
      integer("sync_rounds", "rounds that all synchronize; the variance is frozen after them")
          .at_least(1)
          .by_default(100),
      integer("doubling_rounds", "rounds in which the interval of local steps doubles")
          .at_least(1)
          .by_default(100),
      integer("max_interval", "H, the longest interval of local steps").at_least(1).by_default(16)};
}

ZeroOneTimetable::ZeroOneTimetable(const Params& algorithm)
    : kappa_(static_cast<Round>(algorithm.integer("kappa"))),
      sync_rounds_(static_cast<Round>(algorithm.integer("sync_rounds"))),
      doubling_rounds_(static_cast<Round>(algorithm.integer("doubling_rounds"))),
      max_interval_(static_cast<Round>(algorithm.integer("max_interval"))) {}

bool ZeroOneTimetable::updates_variance(Round t) const {
  if (t < 1 || t > sync_rounds_) return false;
  Round from_here = t - 1;  // rounds since kappa updates were made at the last interval
  Round interval = 1;
  // Dividing keeps clear of overflow; the interval doubles at most log2(sync_rounds) times.
  while (from_here / interval >= kappa_) {
    from_here -= kappa_ * interval;
    interval *= 2;
  }
  return from_here % interval == 0;
}

bool ZeroOneTimetable::synchronizes(Round t) const {
  if (t <= sync_rounds_) return true;
  const Round s = t - sync_rounds_;
  return s % doubled((s - 1) / doubling_rounds_, max_interval_) == 0;
}

namespace {

class ZeroOneAdamWorker final : public StarWorker {
 public:
  ZeroOneAdamWorker(const std::vector<Exchange>& exchanges, const Params& params,
                    const NodeContext& context)
      : StarWorker(exchanges, params, context),
        moments_(params, context.dimension()),
        u_(context.dimension()),
        x_s_(x_) {}

  void visit_state(StateVisitor& visitor) override {
    StarWorker::visit_state(visitor);
    moments_.visit_state(visitor);
    visitor.vector("u", u_);
    visitor.vector("x_s", x_s_);
    visitor.integer("s", s_);
  }

 private:
  ConstVectorView offer(Round t, std::size_t exchange, Workspace& work) override {
    if (exchange == kVariance) {
      const VectorView g = work.floats(Workspace::Slot::gradient, x_.size());
      problem().gradient(t, x_, g, work);
      moments_.update_first(g);
      return g;
    }
    const auto eta = static_cast<float>(schedule_.learning_rate(t));
    moments_.step(x_, moments_.first(), eta);
    add_scaled(u_, eta, moments_.first());
    return u_;
  }

  void take(Round t, std::size_t exchange, ConstVectorView received) override {
    if (exchange == kVariance) return moments_.update_second(received);
    moments_.replace_first(received, static_cast<float>(1.0 / rates_since_sync(t)));
    moments_.step(x_s_, received, 1.0F);
    x_ = x_s_;
    std::fill(u_.begin(), u_.end(), 0.0F);
    s_ = t;
  }

  double rates_since_sync(Round t) const {
    double sum = 0.0;
    for (Round h = s_ + 1; h <= t; ++h) sum += schedule_.learning_rate(h);
    return sum;
  }

  Moments moments_;
  Vector u_;
  Vector x_s_;
  Round s_ = 0;
};

std::unique_ptr<Algorithm> make(const Params& params, const NodeContext& context) {
  const ZeroOneTimetable timetable(params);
  const auto compressor = algorithm_compressor(params, *context.layout);
  const auto identity = dense(*context.layout);
  const std::vector<Exchange> exchanges = {
      {.up_compressor = identity,
       .up = ChannelKind::direct,
       .down_compressor = identity,
       .down = ChannelKind::direct,
       .takes_place = [timetable](Round t) { return timetable.updates_variance(t); }},
      {.up_compressor = compressor,
       .up = ChannelKind::error_feedback,
       .down_compressor = compressor,
       .down = ChannelKind::error_feedback,
       .takes_place = [timetable](Round t) { return timetable.synchronizes(t); }}};
  return make_star_node<ZeroOneAdamWorker>(exchanges, params, context);
}

}  // namespace

Part<AlgorithmMaker> part_zero_one_adam() {
  return {
      "zero-one-adam",
      "local Adam steps whose sum is averaged compressed, ever more rarely (0/1 Adam, Lu et al. "
      "2023)",
      join({Schedule::params(), {compressor_param()}, moment_params(), ZeroOneTimetable::params()}),
      {.on_server = true, .by_round = true, .make = make}};
}

}  // namespace hearsay
