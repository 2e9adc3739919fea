#include "tools/units.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace hearsay {

namespace {

std::string in_units(double value, const char* unit) {
  constexpr std::array kPrefixes = {"", "k", "M", "G", "T", "P"};
  std::size_t k = 0;
  for (; value >= 999.5 && k + 1 < kPrefixes.size(); ++k) value /= 1000.0;
  return k == 0 ? fmt::format("{:.0f} {}", value, unit)
                : fmt::format("{:.3g} {}{}", value, kPrefixes[k], unit);
}

}  // namespace

std::string in_bytes(double bytes) {
  return in_units(bytes, "B");
}

std::string in_bits(double bits) {
  return in_units(bits, "bit");
}

std::string in_seconds(double seconds) {
  if (seconds < 60.0) return fmt::format("{:.3g} s", seconds);
  const auto whole = static_cast<long>(std::lround(seconds));
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

}  // namespace hearsay
