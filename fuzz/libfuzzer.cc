// What libFuzzer calls; compiled once for each target, which HEARSAY_FUZZ_TARGET names.
#include "fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hearsay::fuzz::HEARSAY_FUZZ_TARGET({reinterpret_cast<const std::byte*>(data), size});
  return 0;
}
