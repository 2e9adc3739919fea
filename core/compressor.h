// Compressors: a vector of d floats to bytes and back.
//
// A compressor C is a contraction, E||C(x) - x||^2 <= (1 - pi) ||x||^2 with 0 < pi <= 1, or it is
// unbiased, E C(x) = x and E||C(x) - x||^2 <= omega ||x||^2; what it promises it says itself, and
// `hearsay certify` measures it. It is stateless and draws its randomness from the stream it is
// handed; memory belongs to the channel (core/channel.h). The payload is its only output: the
// sender applies its own message by decoding it, so sender and receivers hold the same bits.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/coverage.h"
#include "core/layout.h"
#include "core/params.h"
#include "core/random.h"
#include "core/registry.h"
#include "core/types.h"
#include "core/workspace.h"

namespace hearsay {

class Compressor {
 public:
  explicit Compressor(std::size_t dimension) : Compressor(Layout::flat(dimension)) {}
  explicit Compressor(const Layout& layout)
      : layout_(layout), layer_ends_(hearsay::layer_ends(layout)) {}
  virtual ~Compressor() = default;
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  std::size_t dimension() const { return layout_.dimension(); }  // d

  /// What it was made for; one layer of all d when it was made for a dimension alone.
  const Layout& layout() const { return layout_; }

  /// Where the layers end of that layout.
  const std::vector<std::size_t>& layer_ends() const { return layer_ends_; }

  /// Appends the wire form of C(x) to `out` (all integers and floats little-endian) and returns its
  /// ideal bits: what the papers count. x: d finite values.
  virtual std::uint64_t encode(ConstVectorView x, Stream& stream, Workspace& work,
                               Bytes& out) const = 0;

  /// What a channel with a memory does in one go, so that a compressor can do it in fewer passes;
  /// the bits are those of the steps. Both throw NotFinite when what is compressed has a value that
  /// is not finite, and return the ideal bits.
  /// m = C(w - memory), appended to `out`; memory <- memory + m.
  virtual std::uint64_t encode_difference(ConstVectorView w, VectorView memory, Stream& stream,
                                          Workspace& work, Bytes& out) const;
  /// m = C(w + memory), appended to `out`; memory <- w + memory - m.
  virtual std::uint64_t encode_sum(ConstVectorView w, VectorView memory, Stream& stream,
                                   Workspace& work, Bytes& out) const;

  /// Nothing when `payload` is a well-formed message of this compressor; else what is wrong with
  /// it. Never reads past the payload. Every payload from the network passes here before
  /// decode_add.
  virtual std::optional<std::string> check(ByteView payload) const = 0;

  /// y += weight * C(x), where C(x) is what `payload` stands for; payload must have passed check().
  /// Each coordinate gets one product and one sum: y_j + (weight * c_j), in float.
  virtual void decode_add(ByteView payload, float weight, VectorView y) const = 0;

  /// The published lower bound on pi (see the header of each compressor); 1 for the identity, 0 for
  /// an unbiased compressor that is no contraction.
  virtual double contraction() const = 0;

  /// omega of an unbiased compressor; nothing for the others, the contractions.
  virtual std::optional<double> variance() const { return std::nullopt; }

  /// The same compressor, of about the same pi, for another dimension: the consensus-only trial
  /// that picks a gossip step runs in a small one.
  virtual std::unique_ptr<Compressor> resized(std::size_t dimension) const = 0;

  /// The same compressor for the layers [first, last) of the layout alone, where each layer is
  /// compressed for itself: C(x) is then, layer after layer, what these make of the parts of x, and
  /// so are its ideal bits. Null where that is not so.
  virtual std::unique_ptr<Compressor> of_layers(std::size_t /*first*/, std::size_t /*last*/) const {
    return nullptr;
  }

  /// Whether a message carries some coordinates only and says nothing of the others.
  virtual bool sparsifies() const { return false; }

  /// A sparsifying compressor marks the coordinates that `payload` carries, in ascending order, its
  /// first coordinate being number `begin`; the others do nothing. payload must have passed
  /// check().
  virtual void mark_sent(ByteView /*payload*/, std::size_t /*begin*/,
                         Coverage& /*coverage*/) const {}

 protected:
  /// For overrides of the two: throws NotFinite of w - memory or w + memory, which has such a
  /// value.
  [[noreturn]] void refuse_difference(ConstVectorView w, ConstVectorView memory) const;
  [[noreturn]] void refuse_sum(ConstVectorView sum) const;

 private:
  friend std::unique_ptr<Compressor> make_compressor(const Params& params, const Layout& layout);

  Layout layout_;
  std::vector<std::size_t> layer_ends_;
};

/// Makes a compressor for vectors of that layout. Throws ParamError for settings impossible in d
/// (k above d).
using MakeCompressor = std::unique_ptr<Compressor> (*)(const Params& params, const Layout& layout);

const Registry<MakeCompressor>& compressors();
const Catalogue& compressor_catalogue();

/// `params` names the compressor in its first entry, as the config reader leaves it.
std::unique_ptr<Compressor> make_compressor(const Params& params, const Layout& layout);

}  // namespace hearsay
