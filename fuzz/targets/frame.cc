// Headers of frames: read or refused; what is read says all that the bytes say.
#include "nodes/frame.h"

#include <algorithm>

#include "core/bytes.h"
#include "fuzz/input.h"
#include "fuzz/targets.h"

namespace hearsay::fuzz {

namespace {

void decode(ByteView bytes) {
  const auto decoded = decode_header(bytes);
  if (const auto* header = std::get_if<FrameHeader>(&decoded)) {
    const Bytes again = encode_header(*header);
    require(std::equal(again.begin(), again.end(), bytes.begin()),
            "a header that is accepted is the one that encodes it");
  } else {
    const Refusal refusal = std::get<Refusal>(decoded);
    require(refusal <= Refusal::bad_header, "a header is refused for a reason of headers");
    require(to_string(refusal) != "unknown", "every refusal has words");
  }
}

}  // namespace

void fuzz_frame(ByteView input) {
  const ExactBytes raw(input);
  decode(raw.view());
  if (input.size() < kHeaderBytes) return;
  // A random checksum is never right: the same with its own.
  Bytes sealed(input.begin(), input.end());
  Bytes sum;
  ByteWriter(sum).u32(checksum(input.first(kHeaderBytes - 4)));
  std::copy(sum.begin(), sum.end(), sealed.begin() + (kHeaderBytes - 4));
  decode(sealed);
}

}  // namespace hearsay::fuzz
