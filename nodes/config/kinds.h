// The kinds of parts that a config can name, for all that lists them.
#pragma once

#include <span>

#include "core/params.h"

namespace hearsay {

struct Kind {
  const char* plural;
  const char* singular;
  const Catalogue& (*catalogue)();
};

std::span<const Kind> kinds();

/// The schema's entry whose parts come from that catalogue, for the keys that stand beside them;
/// null for parts inside an algorithm.
const Param* entry_of(const Catalogue& catalogue);

}  // namespace hearsay
