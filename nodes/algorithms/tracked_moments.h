// AMSGrad with a second moment that the nodes agree on: average tracking of v^, as in decentralized
// AMSGrad (Chen, Karimi, Zhao, Li, "On the convergence of decentralized adaptive gradient methods",
// 2021, Algorithm 3).
//
//   m <- beta1 m + (1 - beta1) g;  v <- beta2 v + (1 - beta2) g^2;  v^_t = max(v^_{t-1}, v)
//   u~_{t+1/2} = u~_t + v^_t - v^_{t-1}       its mean over the nodes stays that of v^
//
// u~ is mixed by the caller between the rounds.
#pragma once

#include "nodes/algorithms/moments.h"

namespace hearsay {

class TrackedMoments {
 public:
  /// `params` holds moment_params(); v^_0 = u~_0 = `start`.
  TrackedMoments(const Params& params, std::size_t dimension, float start);

  void update_first(ConstVectorView g) { moments_.update_first(g); }  // m
  void update_second(ConstVectorView g);                              // v, v^ and u~

  ConstVectorView first() const { return moments_.first(); }  // m
  ConstVectorView second() const { return vhat_; }            // v^, the node's own
  ConstVectorView tracked() const { return u_; }              // u~
  VectorView tracked() { return u_; }

  void visit_state(StateVisitor& visitor);

 private:
  Moments moments_;
  Vector vhat_;
  Vector u_;
};

}  // namespace hearsay
