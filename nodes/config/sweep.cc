#include "nodes/config/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "nodes/config/file.h"
#include "nodes/config/override.h"
#include "nodes/config/reader.h"
#include "nodes/config/run_names.h"
#include "nodes/config/schema.h"
#include "nodes/config/sweep_section.h"

namespace hearsay {
namespace {

using Kind = ConfigTree::Kind;

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
    for (const SweepAxis& axis : section.axes) keys.push_back(axis.key);
    labels_ = short_keys(keys);
  }

  std::vector<SweepRun> make() {
    std::vector<SweepRun> runs;
    const std::vector<SweepAxis>& axes = section_.axes;
    for (const SweepCase& each : section_.cases) {
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
      if (++at[k] < section_.axes[k].values->items.size()) return true;
      at[k] = 0;
    }
    return false;
  }

  SweepRun run(const SweepCase& each, const std::vector<std::size_t>& at) {
    std::string name = each.name.empty() ? "" : folder_word(each.name);
    std::string all = each.name;
    std::vector<SweepSetting> overrides;
    std::vector<SweepSetting> grid;
    ConfigTree tree = base_;
    for (const SweepAssignment& assignment : each.assignments)
      overrides.push_back(set(tree, assignment));
    for (std::size_t k = 0; k < at.size(); ++k) {
      const SweepAxis& axis = section_.axes[k];
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

  SweepSetting set(ConfigTree& tree, const SweepAssignment& assignment) const {
    put(tree, config_schema(), assignment.key, *assignment.value, source_);
    return {assignment.key, flow_text(*assignment.value)};
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
  const SweepSection section = read_sweep_section(*section_tree, source);
  Sweep sweep{name_of(tree, file_name), std::nullopt, {}};
  if (paper) sweep.paper = read_paper(*paper, source);
  sweep.runs = RunMaker(std::move(tree), sweep.name, section, source).make();
  return sweep;
}

}  // namespace hearsay
