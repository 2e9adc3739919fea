#include "nodes/config/override.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "nodes/config.h"
#include "nodes/config/quote.h"

namespace hearsay {
namespace {

const Param* field(const std::vector<Param>& fields, const std::string& key) {
  for (const Param& param : fields)
    if (param.name == key) return &param;
  return nullptr;
}

/// The description of an entry, null when there is none (the reader reports the key).
const Param* child(const Param* param, const std::string& key) {
  if (param == nullptr) return nullptr;
  switch (param->type) {
    case Param::Type::section:
      return field(param->fields, key);
    case Param::Type::list:
    case Param::Type::table:
      return &param->fields.front();
    case Param::Type::part: {
      for (const PartInfo* part : param->catalogue().parts())
        if (const Param* found = field(part->params, key)) return found;
      return field(param->fields, key);
    }
    default:
      return nullptr;
  }
}

[[noreturn]] void fail(const ConfigSource& source, const ConfigPlace& place,
                       const std::string& message) {
  throw ConfigError(fmt::format("{}: {}", source.at(place), message));
}

class Put {
 public:
  Put(const std::string& key_path, ConfigTree value, const ConfigSource& source)
      : source_(source), value_(std::move(value)) {
    split(key_path);
  }

  void into(ConfigTree& root, const Param& schema) {
    ConfigTree* at = &root;
    const Param* param = &schema;
    std::string path;
    for (std::size_t k = 0; k < keys_.size(); ++k) {
      if (ConfigTree* whole = dotted_entry(*at, k)) {
        at = whole;
        break;
      }
      const std::string& key = keys_[k];
      at = &enter(*at, param, key, path);
      param = child(param, key);
      path = join_path(path, key);
    }
    value_.key = std::move(at->key);
    *at = std::move(value_);
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    hearsay::fail(source_, value_.place, message);
  }

  void split(const std::string& path) {
    std::size_t start = 0;
    for (;;) {
      const std::size_t dot = path.find('.', start);
      keys_.push_back(path.substr(start, dot - start));
      if (keys_.back().empty()) fail(fmt::format("the key path {} has an empty key", quote(path)));
      if (dot == std::string::npos) return;
      start = dot + 1;
    }
  }

  /// The entry whose one key is all that is left of the path, as sweep.grid has them.
  ConfigTree* dotted_entry(ConfigTree& tree, std::size_t from) const {
    if (tree.kind != ConfigTree::Kind::map || from + 1 == keys_.size()) return nullptr;
    std::string rest;
    for (std::size_t k = from; k < keys_.size(); ++k) rest = join_path(rest, keys_[k]);
    return tree.find(rest);
  }

  /// The value at `key` in `tree`, which becomes a map if it is not there yet or a bare name.
  ConfigTree& enter(ConfigTree& tree, const Param* param, const std::string& key,
                    const std::string& path) const {
    if (tree.kind == ConfigTree::Kind::list) return item(tree, key, path);
    const bool is_part = param != nullptr && param->type == Param::Type::part;
    if (tree.kind == ConfigTree::Kind::scalar) {
      if (!is_part) fail(fmt::format("{} is {}, which has no keys", one_line(path), tree.found()));
      ConfigTree name = tree;
      name.key = param->selectors.front();
      tree.items.push_back(std::move(name));
    }
    tree.kind = ConfigTree::Kind::map;
    if (is_part) drop_other_selectors(tree, *param, key);
    if (ConfigTree* entry = tree.find(key)) return *entry;
    ConfigTree entry;
    entry.key = key;
    entry.place = value_.place;
    tree.items.push_back(std::move(entry));
    return tree.items.back();
  }

  ConfigTree& item(ConfigTree& list, const std::string& key, const std::string& path) const {
    std::size_t index = 0;
    const auto [end, failure] = std::from_chars(key.data(), key.data() + key.size(), index);
    if (failure != std::errc() || end != key.data() + key.size() || index >= list.items.size())
      fail(fmt::format("{} is a list of {} items, counted from 0: there is no item {}",
                       one_line(path), list.items.size(), one_line(key)));
    return list.items[index];
  }

  static void drop_other_selectors(ConfigTree& tree, const Param& part, const std::string& key) {
    const auto is_selector = [&](const std::string& word) {
      return std::find(part.selectors.begin(), part.selectors.end(), word) != part.selectors.end();
    };
    if (!is_selector(key)) return;
    const auto end = std::remove_if(
        tree.items.begin(), tree.items.end(),
        [&](const ConfigTree& entry) { return entry.key != key && is_selector(entry.key); });
    tree.items.erase(end, tree.items.end());
  }

  const ConfigSource& source_;
  ConfigTree value_;
  std::vector<std::string> keys_;
};

}  // namespace

void put(ConfigTree& root, const Param& schema, const std::string& key_path, ConfigTree value,
         const ConfigSource& source) {
  Put(key_path, std::move(value), source).into(root, schema);
}

std::string overridden_key(const std::string& override_text) {
  return override_text.substr(0, override_text.find('='));
}

void apply_override(ConfigTree& root, const Param& schema, const ConfigSource& source,
                    std::size_t index) {
  const std::string& text = source.overrides[index];
  const ConfigPlace place{1, 1, static_cast<int>(index)};
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos)
    fail(source, place, "expected KEY.PATH=VALUE, such as run.rounds=100");
  ConfigTree value;
  try {
    value = parse_tree(text.substr(equals + 1), "--set " + text);
  } catch (const ConfigError&) {
    fail(source, place,
         "the value is not YAML: quote it, or write a list as [a, b] and a map as {a: b}");
  }
  place_tree(value, place);
  put(root, schema, overridden_key(text), std::move(value), source);
}

}  // namespace hearsay
