#include "nodes/config/reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "nodes/config.h"
#include "nodes/config/override.h"
#include "nodes/config/quote.h"
#include "nodes/config/scalar.h"
#include "nodes/config/spelling.h"

namespace hearsay {
namespace {

bool contains(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool describes(const std::vector<Param>& params, std::string_view name) {
  return std::any_of(params.begin(), params.end(),
                     [&](const Param& param) { return param.name == name; });
}

/// The name of a part and where it was written; `entry` is null for a bare name.
struct PartName {
  const ConfigTree* tree;
  const ConfigTree* entry;
  std::string path;
};

class Reader {
 public:
  explicit Reader(const ConfigSource& source) : source_(source) {}

  Params read_section(const Param& param, const ConfigTree& tree, const std::string& path) {
    require_map(param, tree, path);
    std::vector<std::string> known;
    for (const Param& field : param.fields) known.push_back(field.name);
    for (const ConfigTree& entry : tree.items)
      if (!contains(known, entry.key)) refuse_key(entry, path, known, {});
    Params result;
    for (const Param& field : param.fields) read_field(field, tree, path, result);
    return result;
  }

  /// A value of any type.
  Value read(const Param& param, const ConfigTree& tree, const std::string& path) {
    switch (param.type) {
      case Param::Type::section:
        return read_section(param, tree, path);
      case Param::Type::part:
        return read_part(param, tree, path);
      case Param::Type::list:
        return read_list(param, tree, path);
      case Param::Type::table: {
        require_map(param, tree, path);
        Params result;
        for (const ConfigTree& entry : tree.items)
          result.set(entry.key, read(param.fields.front(), entry, join_path(path, entry.key)));
        return result;
      }
      default:
        break;
    }
    auto result = read_scalar(param, tree);
    if (auto* value = std::get_if<Value>(&result)) return std::move(*value);
    refuse(param, tree, path, std::get<ScalarRefusal>(result).hint);
  }

  std::vector<std::string> take_warnings() { return std::move(warnings_); }

 private:
  [[noreturn]] void fail(const ConfigTree& tree, const std::string& path,
                         const std::string& message) const {
    throw ConfigError(fmt::format("{}: {}{}{}", source_.at(tree.place), one_line(path),
                                  path.empty() ? "" : ": ", message));
  }

  void require_map(const Param& param, const ConfigTree& tree, const std::string& path) const {
    if (tree.kind == ConfigTree::Kind::map) return;
    fail(tree, path, fmt::format("found {}, allowed is {}", tree.found(), param.allowed()));
  }

  [[noreturn]] void refuse_key(const ConfigTree& entry, const std::string& path,
                               const std::vector<std::string>& known,
                               const std::string& why) const {
    std::string hint = did_you_mean(entry.key, known);
    fail(entry, join_path(path, entry.key),
         fmt::format("unknown key{}{} Allowed here: {}", why.empty() ? hint : why,
                     why.empty() && !hint.empty() ? "" : ".", fmt::join(known, ", ")));
  }

  /// One entry of a section or part: from the file, else the default, else nothing.
  void read_field(const Param& field, const ConfigTree& parent, const std::string& parent_path,
                  Params& result) {
    const std::string path = join_path(parent_path, field.name);
    if (const ConfigTree* entry = parent.find(field.name)) {
      result.set(field.name, read(field, *entry, path));
      return;
    }
    if (field.required) fail(parent, path, fmt::format("missing, allowed is {}", field.allowed()));
    ConfigTree absent;
    if (field.fallback)
      absent = tree_of(*field.fallback);
    else if (is_optional_section(field))
      absent.kind = ConfigTree::Kind::map;
    else
      return;
    place_tree(absent, parent.place);
    result.set(field.name, read(field, absent, path));
  }

  /// A section is always there once read when its keys have defaults or may be absent; without any
  /// default there is nothing to fill in.
  static bool is_optional_section(const Param& param) {
    const auto required = [](const Param& field) { return field.required; };
    const auto fills = [](const Param& field) {
      return field.fallback.has_value() || is_optional_section(field);
    };
    return param.type == Param::Type::section &&
           std::none_of(param.fields.begin(), param.fields.end(), required) &&
           std::any_of(param.fields.begin(), param.fields.end(), fills);
  }

  [[noreturn]] void refuse(const Param& param, const ConfigTree& tree, const std::string& path,
                           const std::string& hint) const {
    fail(tree, path, fmt::format("found {}, allowed is {}{}", tree.found(), param.allowed(), hint));
  }

  Value read_list(const Param& param, const ConfigTree& tree, const std::string& path) {
    if (param.single && tree.kind == ConfigTree::Kind::scalar)
      return std::vector<Value>{read(param.fields.front(), tree, path)};
    if (tree.kind != ConfigTree::Kind::list) refuse(param, tree, path, {});
    std::vector<Value> result;
    for (std::size_t i = 0; i < tree.items.size(); ++i)
      result.push_back(
          read(param.fields.front(), tree.items[i], join_path(path, std::to_string(i))));
    return result;
  }

  Value read_part(const Param& param, const ConfigTree& tree, const std::string& path) {
    const PartName name = part_name(param, tree, path);
    const PartInfo* part = param.catalogue().find(name.tree->text);
    if (name.tree->kind != ConfigTree::Kind::scalar || part == nullptr)
      refuse(param, *name.tree, name.path,
             did_you_mean(name.tree->text, param.catalogue().names()));

    const ConfigTree* settings = &tree;
    ConfigTree bare;
    if (name.entry == nullptr) {
      bare.kind = ConfigTree::Kind::map;
      bare.place = tree.place;
      settings = &bare;
    }
    check_keys(param, *part, *settings, name.entry, path);

    Params result;
    result.set(part->selector.empty() ? param.selectors.front() : part->selector, part->name);
    for (const Param& own : part->params) read_field(own, *settings, path, result);
    for (const Param& beside : param.fields)
      if (!describes(part->params, beside.name)) read_field(beside, *settings, path, result);
    return result;
  }

  PartName part_name(const Param& param, const ConfigTree& tree, const std::string& path) const {
    if (tree.kind != ConfigTree::Kind::map) return {&tree, nullptr, path};
    const ConfigTree* entry = nullptr;
    for (const ConfigTree& item : tree.items) {
      if (!contains(param.selectors, item.key)) continue;
      if (entry != nullptr)
        fail(item, join_path(path, item.key),
             fmt::format("found beside {}, allowed is one of the two", entry->key));
      entry = &item;
    }
    if (entry == nullptr)
      fail(tree, join_path(path, param.selectors.front()),
           fmt::format("missing, allowed is {}", param.allowed()));
    return {entry, entry, join_path(path, entry->key)};
  }

  /// Every key must be one of the part, or one beside it, or (with a warning) of another part.
  void check_keys(const Param& param, const PartInfo& part, const ConfigTree& tree,
                  const ConfigTree* name, const std::string& path) {
    std::vector<std::string> known = {name == nullptr ? param.selectors.front() : name->key};
    for (const Param& own : part.params) known.push_back(own.name);
    for (const Param& beside : param.fields)
      if (!contains(known, beside.name)) known.push_back(beside.name);
    const bool lenient = path.find('.') == std::string::npos;
    for (const ConfigTree& entry : tree.items) {
      if (contains(known, entry.key)) continue;
      const std::vector<const PartInfo*> others = knowing(param, entry.key);
      if (others.empty()) refuse_key(entry, path, known, {});
      if (!lenient)
        refuse_key(entry, path, known,
                   fmt::format(": it belongs to {}, not to {}", others.front()->name, part.name));
      check_elsewhere(others, entry, join_path(path, entry.key));
      warnings_.push_back(fmt::format("{}: {} has no effect on {}", source_.at(entry.place),
                                      join_path(path, entry.key), part.name));
    }
  }

  static std::vector<const PartInfo*> knowing(const Param& param, const std::string& key) {
    std::vector<const PartInfo*> result;
    for (const PartInfo* part : param.catalogue().parts())
      if (describes(part->params, key)) result.push_back(part);
    return result;
  }

  /// A key without effect must still be right for one of the parts that know it.
  void check_elsewhere(const std::vector<const PartInfo*>& parts, const ConfigTree& entry,
                       const std::string& path) const {
    std::optional<ConfigError> first;
    for (const PartInfo* part : parts) {
      const auto param =
          std::find_if(part->params.begin(), part->params.end(),
                       [&](const Param& candidate) { return candidate.name == entry.key; });
      try {
        Reader(source_).read(*param, entry, path);
        return;
      } catch (const ConfigError& e) {
        if (!first) first = e;
      }
    }
    throw ConfigError(*first);
  }

  const ConfigSource& source_;
  std::vector<std::string> warnings_;
};

}  // namespace

ConfigTree read_tree(const Param& schema, const std::string& text, const ConfigSource& source) {
  ConfigTree tree = parse_tree(text, source.file);
  if (tree.kind == ConfigTree::Kind::null)
    throw ConfigError(fmt::format("{}: the config is empty", source.at(tree.place)));
  if (tree.kind != ConfigTree::Kind::map)
    throw ConfigError(fmt::format("{}: found {}, allowed is a map with the sections of a config",
                                  source.at(tree.place), tree.found()));
  for (std::size_t i = 0; i < source.overrides.size(); ++i) apply_override(tree, schema, source, i);
  return tree;
}

ResolvedConfig resolve(const Param& schema, const ConfigTree& tree, const ConfigSource& source) {
  Reader reader(source);
  ResolvedConfig result;
  result.root = reader.read_section(schema, tree, "");
  result.warnings = reader.take_warnings();
  result.places = places_of(tree);
  return result;
}

ResolvedConfig resolve(const Param& schema, const std::string& text, const ConfigSource& source) {
  return resolve(schema, read_tree(schema, text, source), source);
}

Params resolve_part(const Param& part, const std::string& text, const ConfigSource& source) {
  Reader reader(source);
  Value value = reader.read(part, parse_tree(text, source.file), part.name);
  const std::vector<std::string> warnings = reader.take_warnings();
  if (!warnings.empty()) throw ConfigError(warnings.front());
  return std::get<Params>(std::move(value.data));
}

}  // namespace hearsay
