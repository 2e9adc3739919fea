// One bit per coordinate and no scale.
#pragma once

#include "core/compressor.h"

namespace hearsay {

/// C(x) = sign(x), sign(0) = +1. [Bernstein, Wang, Azizzadenesheli, Anandkumar: signSGD, ICML 2018]
///   Wire: d bits, least significant first, 1 = negative, unused bits zero.  Ideal bits: d.
///   No contraction, since it keeps nothing of the magnitude: contraction() is 0, and it is not in
///   the registry. An algorithm that takes votes makes it itself.
///   A NaN would count as positive, so that a receiver could not tell: channels refuse it before.
///   Draws no random numbers.  O(d) time.
class Sign final : public Compressor {
 public:
  explicit Sign(std::size_t dimension) : Compressor(dimension) {}
  explicit Sign(const Layout& layout) : Compressor(layout) {}

  std::uint64_t encode(ConstVectorView x, Stream& stream, Workspace& work,
                       Bytes& out) const override;
  std::optional<std::string> check(ByteView payload) const override;
  void decode_add(ByteView payload, float weight, VectorView y) const override;
  double contraction() const override { return 0.0; }
  std::unique_ptr<Compressor> resized(std::size_t dimension) const override;
};

}  // namespace hearsay
