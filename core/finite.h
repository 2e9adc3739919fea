// NaN and infinite values never leave a node and never stay in one: every vector that is to be sent
// passes require_finite, payloads that come are refused by Compressor::check, and the round engine
// looks at the model when a round is over.
#pragma once

#include <stdexcept>
#include <string_view>

#include "core/layout.h"
#include "core/types.h"

namespace hearsay {

/// A vector that holds NaN or infinite values: the run has diverged.
class NotFinite : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What channels say of a vector that they cannot send.
constexpr std::string_view kWhatIsSent = "what is to be sent";

/// Throws NotFinite unless all of x is finite. The message says that `what` holds the first such
/// value, with its tensor in `layout` and its place there. One pass over x.
void require_finite(ConstVectorView x, const Layout& layout, std::string_view what);

}  // namespace hearsay
