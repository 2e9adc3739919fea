// Weight decay, in the two forms that every optimizer offers.
#pragma once

#include <type_traits>
#include <vector>

#include "core/params.h"

namespace hearsay {

/// coupled: wd x is added to the gradient before the moments (L2 regularization). decoupled: wd x
/// is added to the direction [Loshchilov, Hutter: Decoupled Weight Decay Regularization, ICLR
/// 2019].
enum class Decay { none, decoupled, coupled };

struct WeightDecay {
  Decay kind = Decay::none;  // none exactly when rate is 0
  float rate = 0.0F;         // wd
};

/// The keys `weight_decay` (at least 0, default 0) and `weight_decay_kind` (decoupled by default).
std::vector<Param> weight_decay_params();
WeightDecay read_weight_decay(const Params& params);

/// Calls visit with the kind as a compile-time constant, so that a loop is compiled for each kind.
template <class Visit>
void with_decay(Decay kind, Visit visit) {
  switch (kind) {
    case Decay::none:
      return visit(std::integral_constant<Decay, Decay::none>{});
    case Decay::decoupled:
      return visit(std::integral_constant<Decay, Decay::decoupled>{});
    case Decay::coupled:
      return visit(std::integral_constant<Decay, Decay::coupled>{});
  }
}

}  // namespace hearsay
