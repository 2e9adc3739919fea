#include "nodes/config/reference.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <vector>

#include "nodes/config/kinds.h"
#include "nodes/config/schema.h"
#include "nodes/config/writer.h"

namespace hearsay {
namespace {

constexpr const char* kIntroduction =
    "# Reference\n"
    "\n"
    "<!-- Printed by `hearsay reference` from the config schema and the registries; a test "
    "compares "
    "the two. Do not edit. -->\n"
    "\n"
    "Every key of a config, and every algorithm, compressor, graph, ... that it can name. `hearsay "
    "list KIND` prints the same on\n"
    "a terminal, `hearsay check CONFIG` a config with all its defaults, and `--set KEY=VALUE` sets "
    "any key by the path that stands\n"
    "here. The commands and their options are in `hearsay man`.\n"
    "\n"
    "A part is named alone, `compressor: scaled-sign`, or with its keys, `compressor: {name: "
    "top-k, ratio: 0.05}`. A default of –\n"
    "means that the key may be left out. The equations of the algorithms are in "
    "[algorithms.md](algorithms.md), with their papers in full.\n";

/// Text inside a cell of a table.
std::string cell(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '|' || c == '<' || c == '*' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

std::string code(std::string_view text) {
  return fmt::format("`{}`", text);
}

std::string codes(const std::vector<std::string>& words) {
  std::vector<std::string> result;
  result.reserve(words.size());
  for (const std::string& word : words) result.push_back(code(word));
  return fmt::format("{}", fmt::join(result, ", "));
}

/// The same with a capital in front, unless it begins with the name of something.
std::string sentence(std::string text, const std::vector<std::string>& names = {}) {
  const std::string word = text.substr(0, text.find_first_of(" ,:;"));
  const bool is_word =
      std::all_of(word.begin(), word.end(), [](char c) { return 'a' <= c && c <= 'z'; });
  if (is_word && !word.empty() && std::find(names.begin(), names.end(), word) == names.end())
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
  return text;
}

const Kind* kind_of(const Catalogue& catalogue) {
  for (const Kind& kind : kinds())
    if (&kind.catalogue() == &catalogue) return &kind;
  return nullptr;
}

/// What a key takes. Parts are not spelled out but linked.
std::string allowed(const Param& param) {
  switch (param.type) {
    case Param::Type::boolean: {
      std::vector<std::string> words = {"true", "false"};
      words.insert(words.end(), param.words.begin(), param.words.end());
      return codes(words);
    }
    case Param::Type::choice:
      return codes(param.words);
    case Param::Type::part: {
      const Kind* kind = kind_of(param.catalogue());
      return kind == nullptr ? codes(param.catalogue().names())
                             : fmt::format("[{0}](#{1})", kind->singular, kind->plural);
    }
    case Param::Type::list:
      return (param.single ? allowed(param.fields.front()) + ", or " : "") + "list of " +
             allowed(param.fields.front());
    case Param::Type::table:
      return param.fields.front().type == Param::Type::table
                 ? "map of maps"
                 : "map to " + allowed(param.fields.front());
    case Param::Type::section:
      return "map";
    case Param::Type::integer:
    case Param::Type::number:
    case Param::Type::text:
      break;
  }
  Param plain = param;
  plain.words.clear();
  std::string text = plain.allowed();
  if (text.starts_with("a ")) text = text.substr(2);
  for (const std::string& word : param.words) text += ", or " + code(word);
  return text;
}

std::string fallback(const Param& param) {
  if (param.required) return "required";
  return param.fallback ? code(to_flow(*param.fallback)) : "–";
}

constexpr const char* kKeysHead = "| key | takes | default | what |\n| --- | --- | --- | --- |\n";

/// A line for a key, and lines for the keys below it.
std::string rows(const Param& param, const std::string& path) {
  std::string result = fmt::format("| {} | {} | {} | {} |\n", code(path), cell(allowed(param)),
                                   fallback(param), cell(param.help));
  const Param* below = &param;
  std::string below_path = path;
  while (below->type == Param::Type::list || below->type == Param::Type::table) {
    below_path += below->type == Param::Type::list ? "[]" : ".*";
    below = &below->fields.front();
  }
  if (below->type == Param::Type::section)
    for (const Param& field : below->fields) result += rows(field, below_path + "." + field.name);
  return result;
}

std::string table(const std::vector<Param>& params, const std::string& prefix = {}) {
  std::string result = kKeysHead;
  for (const Param& param : params) result += rows(param, prefix + param.name);
  return result;
}

/// A section of the config, or the keys beside the part that stands there.
std::string section(const Param& param) {
  std::string result = fmt::format("\n### {}\n\n{}.\n\n", param.name, sentence(cell(param.help)));
  std::vector<Param> fields = param.fields;
  if (param.type == Param::Type::table) {  // its keys are the user's
    result += kKeysHead + rows(param, param.name);
    return result;
  }
  if (param.type == Param::Type::part) {
    Param selector = param;
    selector.name = param.selectors.front();
    selector.fields.clear();
    fields.insert(fields.begin(), selector);
    const Kind* kind = kind_of(param.catalogue());
    result +=
        fmt::format("The keys of the {} that is chosen stand beside these.\n\n", kind->singular);
  }
  return result + table(fields, param.name + ".");
}

bool has_section(const Param& param) {
  return param.type == Param::Type::part || param.type == Param::Type::section ||
         param.type == Param::Type::table;
}

std::string config_keys() {
  const Param& schema = config_schema();
  std::string result = "\n## Config\n\n";
  result += kKeysHead;
  for (const Param& param : schema.fields) {
    Param alone = param;
    alone.fields.clear();
    result += fmt::format(
        "| {} | {} | {} | {} |\n",
        has_section(param) ? fmt::format("[{0}](#{0})", param.name) : code(param.name),
        has_section(param) ? "map" : cell(allowed(alone)), fallback(param), cell(param.help));
  }
  for (const Param& param : schema.fields)
    if (has_section(param)) result += section(param);
  return result;
}

/// Everything that a line of a table says, so that keys of several parts can be told to be one.
std::string identity(const Param& param) {
  return rows(param, param.name);
}

/// Keys that are the same in at least three parts, in the order in which they come first. Of
/// several keys of one name, that of the most parts.
std::vector<Param> shared_keys(const Catalogue& catalogue) {
  constexpr int kShared = 3;
  std::vector<Param> all;
  std::map<std::string, int> count;
  for (const PartInfo* part : catalogue.parts())
    for (const Param& param : part->params)
      if (count[identity(param)]++ == 0) all.push_back(param);
  std::map<std::string, int> most;
  for (const Param& param : all)
    most[param.name] = std::max(most[param.name], count[identity(param)]);
  std::erase_if(all, [&](const Param& param) {
    return count[identity(param)] < std::max(kShared, most[param.name]);
  });
  return all;
}

std::string anchor(const Kind& kind, const std::string& name) {
  return fmt::format("{}-{}", kind.singular, name);
}

std::string part_keys(const Kind& kind, const PartInfo& part, const std::vector<Param>& shared) {
  std::vector<Param> own;
  std::vector<std::string> common;
  for (const Param& param : part.params) {
    const bool is_shared = std::any_of(shared.begin(), shared.end(), [&](const Param& other) {
      return identity(other) == identity(param);
    });
    if (is_shared)
      common.push_back(param.name);
    else
      own.push_back(param);
  }
  std::string result = fmt::format("\n### {} {}\n\n{}.\n", kind.singular, part.name,
                                   sentence(cell(part.summary), kind.catalogue().names()));
  if (std::string_view(kind.singular) == "algorithm")
    result += fmt::format("[Equations](algorithms.md#{}).\n", part.name);
  const Param* entry = entry_of(kind.catalogue());
  if (entry != nullptr && entry->selectors.size() > 1)
    result +=
        fmt::format("Written as `{}: {}`.\n",
                    part.selector.empty() ? entry->selectors.front() : part.selector, part.name);
  if (!common.empty())
    result += fmt::format("\n[Shared keys](#shared-keys-of-{}): {}.\n", kind.plural, codes(common));
  if (!own.empty()) result += fmt::format("\n{}", table(own));
  return result;
}

std::string parts(const Kind& kind) {
  const Catalogue& catalogue = kind.catalogue();
  std::string result =
      fmt::format("\n## {}\n\n| name | what |\n| --- | --- |\n", sentence(kind.plural));
  for (const PartInfo* part : catalogue.parts())
    result += fmt::format("| {} | {} |\n",
                          part->params.empty()
                              ? code(part->name)
                              : fmt::format("[{}](#{})", part->name, anchor(kind, part->name)),
                          cell(part->summary));
  const std::vector<Param> shared = shared_keys(catalogue);
  if (!shared.empty())
    result +=
        fmt::format("\n### Shared keys of {}\n\nThose below name which of them they take.\n\n{}",
                    kind.plural, table(shared));
  for (const PartInfo* part : catalogue.parts())
    if (!part->params.empty()) result += part_keys(kind, *part, shared);
  return result;
}

std::string contents() {
  std::vector<std::string> sections;
  for (const Param& param : config_schema().fields)
    if (has_section(param)) sections.push_back(fmt::format("[{0}](#{0})", param.name));
  std::string result = fmt::format("\n* [Config](#config): {}\n", fmt::join(sections, ", "));
  for (const Kind& kind : kinds())
    result += fmt::format("* [{}](#{}): {}\n", sentence(kind.plural), kind.plural,
                          fmt::join(kind.catalogue().names(), ", "));
  return result;
}

}  // namespace

std::string config_reference() {
  std::string result = kIntroduction + contents() + config_keys();
  for (const Kind& kind : kinds()) result += parts(kind);
  return result;
}

}  // namespace hearsay
