#include "core/compressor.h"

#include <cassert>
#include <cstdlib>

#include "core/finite.h"
#include "core/vector_ops.h"

namespace hearsay {

std::uint64_t Compressor::encode_difference(ConstVectorView w, VectorView memory, Stream& stream,
                                            Workspace& work, Bytes& out) const {
  const VectorView difference = work.floats(Workspace::Slot::difference, w.size());
  subtract(difference, w, memory);
  require_finite(difference, layout_, kWhatIsSent);
  const std::size_t before = out.size();
  const std::uint64_t bits = encode(difference, stream, work, out);
  // Decoding the own message, as the receivers do, keeps the two ends equal bit for bit.
  decode_add(ByteView(out).subspan(before), 1.0F, memory);
  return bits;
}

std::uint64_t Compressor::encode_sum(ConstVectorView w, VectorView memory, Stream& stream,
                                     Workspace& work, Bytes& out) const {
  // The memory is w + e while it is compressed; taking the message off leaves the new e.
  add(memory, w);
  require_finite(memory, layout_, kWhatIsSent);
  const std::size_t before = out.size();
  const std::uint64_t bits = encode(memory, stream, work, out);
  decode_add(ByteView(out).subspan(before), -1.0F, memory);
  return bits;
}

void Compressor::refuse_difference(ConstVectorView w, ConstVectorView memory) const {
  Vector difference(w.size());
  subtract(difference, w, memory);
  refuse_sum(difference);
}

void Compressor::refuse_sum(ConstVectorView sum) const {
  require_finite(sum, layout_, kWhatIsSent);
  std::abort();  // the caller has seen such a value
}

}  // namespace hearsay
