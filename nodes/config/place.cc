#include "nodes/config/place.h"

#include <fmt/format.h>

#include "nodes/config/quote.h"

namespace hearsay {

std::string ConfigSource::at(const ConfigPlace& place) const {
  if (place.override_index >= 0)
    return fmt::format("--set {}",
                       one_line(overrides[static_cast<std::size_t>(place.override_index)]));
  return fmt::format("{}:{}:{}", file, place.line, place.column);
}

ConfigPlace nearest_place(const ConfigPlaces& places, std::string_view key_path) {
  for (;;) {
    const auto it = places.find(key_path);
    if (it != places.end()) return it->second;
    if (key_path.empty()) return {};
    const std::size_t dot = key_path.rfind('.');
    key_path = key_path.substr(0, dot == std::string_view::npos ? 0 : dot);
  }
}

}  // namespace hearsay
