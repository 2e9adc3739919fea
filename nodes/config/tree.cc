#include "nodes/config/tree.h"

#include <fmt/format.h>

#include "nodes/config/quote.h"

namespace hearsay {

const ConfigTree* ConfigTree::find(std::string_view wanted) const {
  for (const ConfigTree& item : items)
    if (item.key == wanted) return &item;
  return nullptr;
}

ConfigTree* ConfigTree::find(std::string_view wanted) {
  for (ConfigTree& item : items)
    if (item.key == wanted) return &item;
  return nullptr;
}

std::string ConfigTree::found() const {
  switch (kind) {
    case Kind::null:
      return "nothing";
    case Kind::list:
      return "a list";
    case Kind::map:
      return "a map";
    case Kind::scalar:
      break;
  }
  return (quoted ? "the text " : "") + cut_short(quoted ? quote(text) : one_line(text));
}

namespace {

struct Converter {
  ConfigTree operator()(std::monostate) const { return {}; }
  ConfigTree operator()(bool v) const { return scalar(v ? "true" : "false"); }
  ConfigTree operator()(std::int64_t v) const { return scalar(fmt::format("{}", v)); }
  ConfigTree operator()(double v) const { return scalar(fmt::format("{}", v)); }
  ConfigTree operator()(const std::string& v) const {
    ConfigTree tree = scalar(v);
    tree.quoted = true;
    return tree;
  }
  ConfigTree operator()(const std::vector<Value>& v) const {
    ConfigTree tree;
    tree.kind = ConfigTree::Kind::list;
    for (const Value& item : v) tree.items.push_back(tree_of(item));
    return tree;
  }
  ConfigTree operator()(const Params& v) const {
    ConfigTree tree;
    tree.kind = ConfigTree::Kind::map;
    for (const Entry& entry : v.entries()) {
      tree.items.push_back(tree_of(entry.value));
      tree.items.back().key = entry.key;
    }
    return tree;
  }

  static ConfigTree scalar(std::string text) {
    ConfigTree tree;
    tree.kind = ConfigTree::Kind::scalar;
    tree.text = std::move(text);
    return tree;
  }
};

void collect(const ConfigTree& tree, const std::string& path, ConfigPlaces& places) {
  places.emplace(path, tree.place);
  for (std::size_t i = 0; i < tree.items.size(); ++i) {
    const bool is_list = tree.kind == ConfigTree::Kind::list;
    collect(tree.items[i], join_path(path, is_list ? std::to_string(i) : tree.items[i].key),
            places);
  }
}

}  // namespace

ConfigTree tree_of(const Value& value) {
  return std::visit(Converter{}, value.data);
}

void place_tree(ConfigTree& tree, const ConfigPlace& place) {
  tree.place = place;
  for (ConfigTree& item : tree.items) place_tree(item, place);
}

std::string flow_text(const ConfigTree& tree) {
  using Kind = ConfigTree::Kind;
  if (tree.kind == Kind::null) return "null";
  if (tree.kind == Kind::scalar)
    return tree.quoted ? quote_if_needed(tree.text) : one_line(tree.text);
  const bool is_map = tree.kind == Kind::map;
  std::string items;
  for (const ConfigTree& item : tree.items)
    items += fmt::format("{}{}{}", items.empty() ? "" : ", ",
                         is_map ? quote_if_needed(item.key) + ": " : "", flow_text(item));
  return is_map ? "{" + items + "}" : "[" + items + "]";
}

ConfigPlaces places_of(const ConfigTree& tree) {
  ConfigPlaces places;
  collect(tree, "", places);
  return places;
}

std::string join_path(const std::string& path, const std::string& key) {
  return path.empty() ? key : path + "." + key;
}

}  // namespace hearsay
