#include "nodes/config/listing.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "nodes/config.h"
#include "nodes/config/kinds.h"
#include "nodes/config/spelling.h"
#include "nodes/config/writer.h"

namespace hearsay {
namespace {

constexpr std::size_t kWidth = 100;

/// Words of `text` broken into lines of at most `width` columns; a longer word has its own line.
std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines(1);
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
    std::string& line = lines.back();
    if (line.empty())
      line = word;
    else if (line.size() + 1 + word.size() <= width)
      line.append(" ").append(word);
    else
      lines.emplace_back(word);
  }
  return lines;
}

/// A word in a column of its own, and a text beside it.
std::string row(std::size_t indent, std::size_t column, const std::string& word,
                std::string_view text) {
  const std::size_t start = indent + column + 2;
  const std::string margin(start, ' ');
  std::string result = std::string(indent, ' ') + word;
  if (word.size() > column)
    result.append("\n").append(margin);  // too long for its column: the text starts below
  else
    result.resize(start, ' ');
  const std::vector<std::string> lines = wrap(text, kWidth - start);
  return fmt::format("{}{}\n", result, fmt::join(lines, "\n" + margin));
}

std::size_t widest(const std::vector<std::string>& words) {
  constexpr std::size_t kWidest = 24;
  std::size_t result = 0;
  for (const std::string& word : words) result = std::max(result, word.size());
  return std::min(result, kWidest);
}

std::string describe(const Param& param) {
  std::string result = param.help + (param.help.empty() ? "" : "; ") + param.allowed();
  if (param.required)
    result += "; required";
  else if (param.fallback)
    result += "; default " + to_flow(*param.fallback);
  else
    result += "; optional";
  return result;
}

std::string list_params(const std::vector<Param>& params, std::size_t indent) {
  std::vector<std::string> names;
  names.reserve(params.size());
  for (const Param& param : params) names.push_back(param.name);
  std::string result;
  for (const Param& param : params) {
    result += row(indent, widest(names), param.name, describe(param));
    if (param.type == Param::Type::section) result += list_params(param.fields, indent + 4);
  }
  return result;
}

}  // namespace

std::string list_all() {
  std::string result;
  for (const Kind& kind : kinds()) {
    result += fmt::format("{}{}:\n", result.empty() ? "" : "\n", kind.plural);
    const Catalogue& catalogue = kind.catalogue();
    for (const PartInfo* part : catalogue.parts())
      result += row(2, widest(catalogue.names()), part->name, part->summary);
  }
  return result + "\nhearsay list KIND shows the keys of each.\n";
}

std::string list_kind(std::string_view kind) {
  std::vector<std::string> names;
  for (const Kind& candidate : kinds()) {
    names.emplace_back(candidate.plural);
    if (kind != candidate.plural && kind != candidate.singular) continue;
    const Catalogue& catalogue = candidate.catalogue();
    std::string result;
    for (const PartInfo* part : catalogue.parts()) {
      if (!result.empty()) result += "\n";
      result += row(0, widest(catalogue.names()), part->name, part->summary);
      result += list_params(part->params, 4);
    }
    const Param* entry = entry_of(catalogue);
    if (entry != nullptr && !entry->fields.empty())
      result +=
          fmt::format("\nbeside every {}:\n", candidate.singular) + list_params(entry->fields, 4);
    return result;
  }
  throw ConfigError(fmt::format(
      "unknown kind \"{}\"{} Allowed: {}", kind,
      [&] {
        std::string hint = did_you_mean(kind, names);
        return hint.empty() ? "." : hint;
      }(),
      fmt::join(names, ", ")));
}

}  // namespace hearsay
