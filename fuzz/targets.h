// The fuzz targets: each takes any bytes and must neither crash nor break what it claims.
//
// A new one is a file targets/NAME.cc that defines fuzz_NAME, its name in this list, and a few
// inputs in corpus/NAME/. With clang every target is a libFuzzer program, fuzz_NAME; in ordinary
// builds all of them are in one program that replays the corpus (replay.cc). See docs/testing.md.
#pragma once

#include "core/types.h"

#define HEARSAY_FUZZ_TARGETS(TARGET) \
  TARGET(checkpoint)                 \
  TARGET(cifar10)                    \
  TARGET(compressors)                \
  TARGET(config)                     \
  TARGET(control)                    \
  TARGET(csv)                        \
  TARGET(edge_list)                  \
  TARGET(frame)                      \
  TARGET(idx)                        \
  TARGET(indices)                    \
  TARGET(libsvm)                     \
  TARGET(messages)                   \
  TARGET(prepared)                   \
  TARGET(safetensors)                \
  TARGET(tsv)

namespace hearsay::fuzz {

#define HEARSAY_DECLARE(name) void fuzz_##name(ByteView input);
HEARSAY_FUZZ_TARGETS(HEARSAY_DECLARE)
#undef HEARSAY_DECLARE

}  // namespace hearsay::fuzz
