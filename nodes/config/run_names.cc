#include "nodes/config/run_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "core/digest.h"

namespace hearsay {
namespace {

std::string last_words(const std::string& key, int words) {
  std::size_t dot = key.size();
  for (int k = 0; k < words && dot != std::string::npos && dot > 0; ++k)
    dot = key.rfind('.', dot - 1);
  return dot == std::string::npos ? key : key.substr(dot + 1);
}

bool is_safe(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-' ||
         c == '+';
}

}  // namespace

std::vector<std::string> short_keys(const std::vector<std::string>& keys) {
  std::vector<std::string> result;
  for (const std::string& key : keys) {
    int words = 1;
    const auto ambiguous = [&](const std::string& other) {
      return other != key && last_words(other, words) == last_words(key, words);
    };
    while (std::any_of(keys.begin(), keys.end(), ambiguous)) ++words;
    result.push_back(last_words(key, words));
  }
  return result;
}

std::string folder_word(const std::string& text) {
  std::string result;
  bool gap = false;
  for (const char c : text) {
    if (is_safe(c)) {
      if (gap && !result.empty()) result += '-';
      result += c;
    }
    gap = !is_safe(c);
  }
  if (!result.empty() && result.front() == '.') result.front() = '-';  // "..", folders that hide
  return result.empty() ? "-" : result;
}

std::string folder_word(const ConfigTree& value) {
  if (value.kind == ConfigTree::Kind::null) return "null";
  if (value.kind == ConfigTree::Kind::scalar) return folder_word(value.text);
  std::string result;
  for (const ConfigTree& item : value.items) {
    const bool names_a_part = value.kind == ConfigTree::Kind::map && result.empty();
    if (!result.empty()) result += '-';
    if (!item.key.empty() && !names_a_part) result += folder_word(item.key) + "-";
    result += folder_word(item);
  }
  return result.empty() ? "-" : result;
}

std::string DistinctNames::add(std::string name, const std::string& settings) {
  constexpr std::size_t kMost = 120;
  const bool is_long = name.size() > kMost;
  if (is_long) name.resize(kMost);
  if (is_long || taken_.count(name) > 0)
    name += fmt::format("-{:08x}", digest_of(settings) & 0xFFFFFFFFU);
  taken_.insert(name);
  return name;
}

}  // namespace hearsay
