#include <fmt/format.h>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <optional>
#include <sstream>
#include <unordered_map>

#include "nodes/config.h"
#include "nodes/config/quote.h"
#include "nodes/config/tree.h"
#include "nodes/config/utf8.h"

namespace hearsay {
namespace {

constexpr int kMaxDepth = 50;
constexpr std::size_t kMaxKey = 200;  // yaml-cpp itself reads no plain key above 1024 characters
constexpr std::size_t kMaxEntries = 12'000;  // of one map; looking up a key walks through them
constexpr std::size_t kAliasAllowance = 100'000;

ConfigPlace place_of(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {mark.line + 1, mark.column + 1};
}

class TreeMaker {
 public:
  TreeMaker(const std::string& text, const std::string& file)
      : file_(file), budget_(4 * text.size() + kAliasAllowance) {}

  ConfigTree make(const YAML::Node& node, const ConfigPlace& place, int depth) {
    if (depth > kMaxDepth)
      fail(place, fmt::format("nested more than {} levels deep, or an alias of itself", kMaxDepth));
    spend(1, place);
    ConfigTree tree;
    tree.place = place;
    const std::string& tag = node.Tag();
    if (!tag.empty() && tag != "?" && tag != "!")
      fail(place, fmt::format("found the tag {}, tags are not allowed", cut_short(one_line(tag))));
    if (node.IsScalar()) {
      tree.kind = ConfigTree::Kind::scalar;
      tree.text = node.Scalar();
      tree.quoted = tag == "!";
      spend(tree.text.size(), place);
    } else if (node.IsSequence()) {
      tree.kind = ConfigTree::Kind::list;
      for (const YAML::Node& item : node)
        tree.items.push_back(make(item, place_of(item.Mark()), depth + 1));
    } else if (node.IsMap()) {
      tree.kind = ConfigTree::Kind::map;
      std::unordered_map<std::string, int> line_of;
      for (const auto& entry : node) add_entry(tree, entry.first, entry.second, depth, line_of);
    }
    return tree;
  }

  [[noreturn]] void fail(const ConfigPlace& place, const std::string& message) const {
    throw ConfigError(fmt::format("{}: {}", ConfigSource{file_, {}}.at(place), message));
  }

 private:
  void add_entry(ConfigTree& map, const YAML::Node& key, const YAML::Node& value, int depth,
                 std::unordered_map<std::string, int>& line_of) {
    const ConfigPlace place = place_of(key.Mark());
    if (!key.IsScalar()) fail(place, "found a key that is no plain word");
    if (key.Scalar().size() > kMaxKey)
      fail(place, fmt::format("found a key of more than {} characters", kMaxKey));
    if (map.items.size() == kMaxEntries)
      fail(place, fmt::format("found a map of more than {} keys", kMaxEntries));
    const auto [first, added] = line_of.emplace(key.Scalar(), place.line);
    if (!added)
      fail(place, fmt::format("the key {} is repeated, it is first in line {}",
                              one_line(key.Scalar()), first->second));
    map.items.push_back(make(value, place, depth + 1));
    map.items.back().key = key.Scalar();
    spend(key.Scalar().size(), place);
  }

  // Without aliases a tree is never larger than a few times its text.
  void spend(std::size_t amount, const ConfigPlace& place) {
    if (amount > budget_) fail(place, "aliases expand to far more than the file itself");
    budget_ -= amount;
  }

  const std::string& file_;
  std::size_t budget_;
};

/// The place of a tab in the indentation of the line that a syntax error was found in: the usual
/// reason, which yaml-cpp does not name.
std::optional<ConfigPlace> tab_indentation(const std::string& text, const YAML::Mark& mark) {
  if (mark.is_null()) return std::nullopt;
  std::size_t start = 0;
  for (int line = 0; line < mark.line; ++line) start = text.find('\n', start) + 1;
  const std::size_t first = text.find_first_not_of(' ', start);
  if (first == std::string::npos || text[first] != '\t') return std::nullopt;
  return ConfigPlace{mark.line + 1, static_cast<int>(first - start) + 1};
}

/// Where a second document has its first node.
struct SecondDocument {
  YAML::Mark mark;
  bool at_the_first = false;  // at the very place of the first one's
};

/// Passes a text up to the second document in it. YAML::LoadAll would not do: behind a sign that
/// starts no value, such as a comma, yaml-cpp finds one empty document after the other without
/// moving on, until the memory is used up.
class DocumentWatch final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& /*mark*/) override { ++documents_; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override { see(mark); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override { see(mark); }
  void OnScalar(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                const std::string& /*value*/) override {
    see(mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/,
                       YAML::anchor_t /*anchor*/, YAML::EmitterStyle::value /*style*/) override {
    see(mark);
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                  YAML::EmitterStyle::value /*style*/) override {
    see(mark);
  }
  void OnMapEnd() override {}

 private:
  void see(const YAML::Mark& mark) {
    if (documents_ > 1) throw SecondDocument{mark, first_ && mark.pos == first_->pos};
    if (!first_) first_ = mark;
  }

  std::size_t documents_ = 0;
  std::optional<YAML::Mark> first_;
};

bool has_document(const std::string& text) {
  std::istringstream in(text);
  YAML::Parser parser(in);
  DocumentWatch watch;
  bool any = false;
  while (parser.HandleNextDocument(watch)) any = true;
  return any;
}

}  // namespace

ConfigTree parse_tree(const std::string& text, const std::string& file) {
  TreeMaker maker(text, file);
  if (const auto bad = find_non_text(text)) maker.fail(bad->place, bad->what);
  try {
    if (!has_document(text)) return {};
    const YAML::Node document = YAML::Load(text);
    return maker.make(document, place_of(document.Mark()), 0);
  } catch (const SecondDocument& second) {
    if (second.at_the_first)
      maker.fail(place_of(second.mark), "this is not YAML: found a sign that starts no value");
    maker.fail(place_of(second.mark),
               "found a second YAML document (or a line that does not belong to the first), "
               "allowed is one");
  } catch (const YAML::DeepRecursion& e) {
    maker.fail(place_of(e.mark), "nested too deeply");
  } catch (const YAML::Exception& e) {
    if (const auto tab = tab_indentation(text, e.mark))
      maker.fail(*tab, "this is not YAML: a line starts with a tab, allowed are spaces");
    // yaml-cpp may quote what it read.
    maker.fail(place_of(e.mark), "this is not YAML: " + cut_short(one_line(e.msg)));
  }
}

}  // namespace hearsay
