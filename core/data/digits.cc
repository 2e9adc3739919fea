// digits: 1,797 images of handwritten digits, 8 x 8, built into the binary (core/data/assets).
#include "core/data/csv.h"
#include "core/data/finish.h"

// The packed file becomes read-only data of this object file. Hidden symbols are reached without a
// relocation, so this works in a position-independent executable and in a static library alike.
asm(".pushsection .rodata\n"
    ".balign 16\n"
    ".global hearsay_digits_begin\n"
    ".hidden hearsay_digits_begin\n"
    "hearsay_digits_begin:\n"
    ".incbin \"" HEARSAY_DIGITS
    "\"\n"
    ".global hearsay_digits_end\n"
    ".hidden hearsay_digits_end\n"
    "hearsay_digits_end:\n"
    ".popsection\n");

extern "C" {
[[gnu::visibility("hidden")]] extern const unsigned char hearsay_digits_begin[];
[[gnu::visibility("hidden")]] extern const unsigned char hearsay_digits_end[];
}

namespace hearsay {

namespace {

Dataset make(const Params& params, const DataPaths& /*paths*/, std::uint64_t /*seed*/) {
  const auto stream =
      open_gzip_memory("digits (built in)", std::span(hearsay_digits_begin, hearsay_digits_end));
  Dataset data = load_csv("digits", *stream, nullptr, "last", params);
  data.shape = {1, 8, 8};
  return data;
}

}  // namespace

Part<DatasetMaker> part_digits() {
  return {"digits",
          "handwritten digits, built in (1,797 images, 8 x 8, values 0..16, 10 classes)",
          with_common_params({}, 1.0, 0.2),
          {make},
          "name"};
}

}  // namespace hearsay
