// Is a text a text?
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "nodes/config/place.h"

namespace hearsay {

struct NonText {
  ConfigPlace place;
  std::string what;
};

/// The first byte that is a control character (other than tab and line ends) or no UTF-8.
/// yaml-cpp takes byte 4 for the end of the file and replaces bad UTF-8 silently; a config with
/// either is damaged.
std::optional<NonText> find_non_text(std::string_view text);

}  // namespace hearsay
