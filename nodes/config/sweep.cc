#include "nodes/config/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "nodes/config/file.h"
#include "nodes/config/override.h"
#include "nodes/config/quote.h"
#include "nodes/config/reader.h"
#include "nodes/config/run_names.h"
#include "nodes/config/schema.h"
#include "nodes/config/spelling.h"

namespace hearsay {
namespace {

using Kind = ConfigTree::Kind;

constexpr std::size_t kMostRuns = 10'000;

/// A key path and the value it is to get.
struct Assignment {
  std::string key;
  const ConfigTree* value;
};

struct Case {
  std::string name;  // "" for the one case of a sweep without cases
  std::vector<Assignment> assignments;
};

/// A key of the grid and its values.
struct Axis {
  std::string key;
  const ConfigTree* values;
};

std::string flow(const ConfigTree& tree) {
  if (tree.kind == Kind::null) return "null";
  if (tree.kind == Kind::scalar)
    return tree.quoted ? quote_if_needed(tree.text) : one_line(tree.text);
  const bool is_map = tree.kind == Kind::map;
  std::string items;
  for (const ConfigTree& item : tree.items)
    items += fmt::format("{}{}{}", items.empty() ? "" : ", ",
                         is_map ? quote_if_needed(item.key) + ": " : "", flow(item));
  return is_map ? "{" + items + "}" : "[" + items + "]";
}

/// What the section says, checked as far as that goes without reading a run.
class SweepSection {
 public:
  SweepSection(const ConfigTree& sweep, const ConfigSource& source) : source_(source) {
    require(sweep, Kind::map, "sweep", "a map with grid, cases or both");
    for (const ConfigTree& entry : sweep.items) {
      if (entry.key == "grid")
        read_grid(entry, "");
      else if (entry.key == "cases")
        read_cases(entry);
      else
        fail(entry, "sweep." + entry.key,
             fmt::format("unknown key{} Allowed here: grid, cases", hint(entry.key)));
    }
    if (axes_.empty() && cases_.empty())
      fail(sweep, "sweep", "nothing varies, allowed is a grid, cases or both");
    if (cases_.empty()) cases_.emplace_back();
    std::size_t runs = cases_.size();
    for (const Axis& axis : axes_) {
      runs *= axis.values->items.size();
      if (runs > kMostRuns)
        fail(sweep, "sweep", fmt::format("more than {} runs, which is no sweep", kMostRuns));
    }
    for (const std::string& text : source.overrides) refuse_if_varied(text);
  }

  const std::vector<Axis>& axes() const { return axes_; }
  const std::vector<Case>& cases() const { return cases_; }

 private:
  [[noreturn]] void fail(const ConfigTree& tree, const std::string& path,
                         const std::string& message) const {
    throw ConfigError(fmt::format("{}: {}: {}", source_.at(tree.place), one_line(path), message));
  }

  static std::string hint(const std::string& key) {
    const std::string near = did_you_mean(key, {"grid", "cases"});
    return near.empty() ? "." : near;
  }

  void require(const ConfigTree& tree, Kind kind, const std::string& path,
               const std::string& allowed) const {
    if (tree.kind != kind || tree.items.empty())
      fail(tree, path,
           fmt::format("found {}, allowed is {}",
                       tree.kind == kind ? "an empty " + tree.found().substr(2) : tree.found(),
                       allowed));
  }

  void check_key(const ConfigTree& entry, const std::string& path, const std::string& key) const {
    const std::string first = key.substr(0, key.find('.'));
    for (const char* fixed : {"sweep", "paper", "name"})
      if (first == fixed)
        fail(entry, path,
             fmt::format("a sweep cannot vary {}{}", fixed,
                         first == "name" ? "; its runs are named after what varies" : ""));
  }

  /// Lists under dotted keys, nested maps, or a mixture of both.
  void read_grid(const ConfigTree& map, const std::string& key) {
    const std::string path = join_path("sweep.grid", key);
    const auto allowed = [&] { return "lists of values by key, such as seed: [1, 2, 3]"; };
    require(map, Kind::map, path, allowed());
    for (const ConfigTree& entry : map.items) {
      const std::string axis = join_path(key, entry.key);
      const std::string axis_path = join_path("sweep.grid", axis);
      check_key(entry, axis_path, axis);
      if (entry.kind == Kind::map) {
        read_grid(entry, axis);
        continue;
      }
      require(entry, Kind::list, axis_path, "a list of values");
      for (const Axis& other : axes_)
        if (other.key == axis) fail(entry, axis_path, "the key is repeated");
      for (std::size_t i = 0; i < entry.items.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
          if (flow(entry.items[i]) == flow(entry.items[j]))
            fail(entry.items[i], axis_path, fmt::format("{} is repeated", flow(entry.items[i])));
      axes_.push_back({axis, &entry});
    }
  }

  void read_cases(const ConfigTree& map) {
    require(map, Kind::map, "sweep.cases", "sets of overrides by name");
    for (const ConfigTree& entry : map.items) {
      const std::string path = "sweep.cases." + entry.key;
      Case read{entry.key, {}};
      if (entry.kind != Kind::map && entry.kind != Kind::null)
        fail(entry, path, fmt::format("found {}, allowed is a map of overrides", entry.found()));
      for (const ConfigTree& item : entry.items) {
        check_key(item, join_path(path, item.key), item.key);
        if (item.kind == Kind::map && item.key.find('.') == std::string::npos)
          for (const ConfigTree& setting : item.items)
            read.assignments.push_back({join_path(item.key, setting.key), &setting});
        else
          read.assignments.push_back({item.key, &item});
      }
      cases_.push_back(std::move(read));
    }
  }

  void refuse_if_varied(const std::string& override_text) const {
    const std::string key = overridden_key(override_text);
    const auto refuse_if = [&](const std::string& varied, const ConfigTree& where) {
      if (key != varied && key.rfind(varied + ".", 0) != 0) return;
      throw ConfigError(fmt::format("--set {}: has no effect, the sweep sets {} ({})",
                                    one_line(override_text), varied, source_.at(where.place)));
    };
    for (const Axis& axis : axes_) refuse_if(axis.key, *axis.values);
    for (const Case& each : cases_)
      for (const Assignment& assignment : each.assignments)
        refuse_if(assignment.key, *assignment.value);
  }

  const ConfigSource& source_;
  std::vector<Axis> axes_;
  std::vector<Case> cases_;
};

/// Makes the runs out of what is left of the file and the section.
class RunMaker {
 public:
  RunMaker(ConfigTree base, std::string sweep_name, const SweepSection& section,
           const ConfigSource& source)
      : base_(std::move(base)),
        sweep_name_(std::move(sweep_name)),
        section_(section),
        source_(source) {
    std::vector<std::string> keys;
    for (const Axis& axis : section.axes()) keys.push_back(axis.key);
    labels_ = short_keys(keys);
  }

  std::vector<SweepRun> make() {
    std::vector<SweepRun> runs;
    const std::vector<Axis>& axes = section_.axes();
    for (const Case& each : section_.cases()) {
      std::vector<std::size_t> at(axes.size(), 0);
      do runs.push_back(run(each, at));
      while (advance(at));
    }
    return runs;
  }

 private:
  /// The next combination, the last axis fastest; false after the last one.
  bool advance(std::vector<std::size_t>& at) const {
    for (std::size_t k = at.size(); k-- > 0;) {
      if (++at[k] < section_.axes()[k].values->items.size()) return true;
      at[k] = 0;
    }
    return false;
  }

  SweepRun run(const Case& each, const std::vector<std::size_t>& at) {
    std::string name = each.name.empty() ? "" : folder_word(each.name);
    std::string all = each.name;
    std::vector<SweepSetting> overrides;
    std::vector<SweepSetting> grid;
    ConfigTree tree = base_;
    for (const Assignment& assignment : each.assignments)
      overrides.push_back(set(tree, assignment));
    for (std::size_t k = 0; k < at.size(); ++k) {
      const Axis& axis = section_.axes()[k];
      const ConfigTree& value = axis.values->items[at[k]];
      grid.push_back(set(tree, {axis.key, &value}));
      name += fmt::format("{}{}={}", name.empty() ? "" : ",", labels_[k], folder_word(value));
      all += fmt::format("\n{}={}", axis.key, grid.back().value);
    }
    name = names_.add(std::move(name), all);
    ConfigTree full_name = tree_of(sweep_name_ + "/" + name);
    set(tree, {"name", &full_name});
    try {
      return {name, each.name, std::move(overrides), std::move(grid),
              Config::of_tree(tree, source_)};
    } catch (const ConfigError& error) {
      throw ConfigError(fmt::format("{} (in the run {})", error.what(), name));
    }
  }

  SweepSetting set(ConfigTree& tree, const Assignment& assignment) const {
    put(tree, config_schema(), assignment.key, *assignment.value, source_);
    return {assignment.key, flow(*assignment.value)};
  }

  ConfigTree base_;
  std::string sweep_name_;
  const SweepSection& section_;
  const ConfigSource& source_;
  std::vector<std::string> labels_;
  DistinctNames names_;
};

/// Takes an entry out of a map.
std::optional<ConfigTree> take(ConfigTree& map, std::string_view key) {
  const auto entry = std::find_if(map.items.begin(), map.items.end(),
                                  [&](const ConfigTree& item) { return item.key == key; });
  if (entry == map.items.end()) return std::nullopt;
  ConfigTree taken = std::move(*entry);
  map.items.erase(entry);
  return taken;
}

/// The section `paper` alone, checked.
Params read_paper(const ConfigTree& paper, const ConfigSource& source) {
  ConfigTree holder;
  holder.kind = Kind::map;
  holder.items = {paper};
  for (const Param& field : config_schema().fields)
    if (field.name == "paper")
      return resolve(section("", {field}, ""), holder, source).root.map("paper");
  throw std::logic_error("the schema has no section paper");
}

std::string name_of(const ConfigTree& config, const std::string& file) {
  const ConfigTree* name = config.find("name");
  return name != nullptr && name->kind == Kind::scalar
             ? name->text
             : std::filesystem::path(file).stem().string();
}

}  // namespace

std::optional<Sweep> load_sweep(const std::string& path,
                                const std::vector<std::string>& overrides) {
  return parse_sweep(read_config_file(path), path, overrides);
}

std::optional<Sweep> parse_sweep(const std::string& text, const std::string& file_name,
                                 const std::vector<std::string>& overrides) {
  const ConfigSource source{file_name, overrides};
  ConfigTree tree = read_tree(config_schema(), text, source);
  const std::optional<ConfigTree> section_tree = take(tree, "sweep");
  if (!section_tree) return std::nullopt;
  const std::optional<ConfigTree> paper = take(tree, "paper");
  const SweepSection section(*section_tree, source);
  Sweep sweep{name_of(tree, file_name), std::nullopt, {}};
  if (paper) sweep.paper = read_paper(*paper, source);
  sweep.runs = RunMaker(std::move(tree), sweep.name, section, source).make();
  return sweep;
}

}  // namespace hearsay
