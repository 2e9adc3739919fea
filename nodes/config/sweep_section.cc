#include "nodes/config/sweep_section.h"

#include <fmt/format.h>

#include <utility>

#include "nodes/config.h"
#include "nodes/config/override.h"
#include "nodes/config/quote.h"
#include "nodes/config/spelling.h"

namespace hearsay {
namespace {

using Kind = ConfigTree::Kind;

constexpr std::size_t kMostRuns = 10'000;

class SectionReader {
 public:
  SectionReader(const ConfigTree& sweep, const ConfigSource& source) : source_(source) {
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
    if (section_.axes.empty() && section_.cases.empty())
      fail(sweep, "sweep", "nothing varies, allowed is a grid, cases or both");
    if (section_.cases.empty()) section_.cases.emplace_back();
    std::size_t runs = section_.cases.size();
    for (const SweepAxis& axis : section_.axes) {
      runs *= axis.values->items.size();
      if (runs > kMostRuns)
        fail(sweep, "sweep", fmt::format("more than {} runs, which is no sweep", kMostRuns));
    }
    for (const std::string& text : source.overrides) refuse_if_varied(text);
  }

  SweepSection take() { return std::move(section_); }

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
    const std::string path = key.empty() ? "sweep.grid" : join_path("sweep.grid", key);
    require(map, Kind::map, path, "lists of values by key, such as seed: [1, 2, 3]");
    for (const ConfigTree& entry : map.items) {
      const std::string axis = join_path(key, entry.key);
      const std::string axis_path = join_path("sweep.grid", axis);
      check_key(entry, axis_path, axis);
      if (entry.kind == Kind::map) {
        read_grid(entry, axis);
        continue;
      }
      require(entry, Kind::list, axis_path, "a list of values");
      for (const SweepAxis& other : section_.axes)
        if (other.key == axis) fail(entry, axis_path, "the key is repeated");
      for (std::size_t i = 0; i < entry.items.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
          if (flow_text(entry.items[i]) == flow_text(entry.items[j]))
            fail(entry.items[i], axis_path,
                 fmt::format("{} is repeated", flow_text(entry.items[i])));
      section_.axes.push_back({axis, &entry});
    }
  }

  void read_cases(const ConfigTree& map) {
    require(map, Kind::map, "sweep.cases", "sets of overrides by name");
    for (const ConfigTree& entry : map.items) {
      const std::string path = "sweep.cases." + entry.key;
      SweepCase read{entry.key, {}};
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
      section_.cases.push_back(std::move(read));
    }
  }

  void refuse_if_varied(const std::string& override_text) const {
    const std::string key = overridden_key(override_text);
    const auto refuse_if = [&](const std::string& varied, const ConfigTree& where) {
      if (key != varied && key.rfind(varied + ".", 0) != 0) return;
      throw ConfigError(fmt::format("--set {}: has no effect, the sweep sets {} ({})",
                                    one_line(override_text), varied, source_.at(where.place)));
    };
    for (const SweepAxis& axis : section_.axes) refuse_if(axis.key, *axis.values);
    for (const SweepCase& each : section_.cases)
      for (const SweepAssignment& assignment : each.assignments)
        refuse_if(assignment.key, *assignment.value);
  }

  const ConfigSource& source_;
  SweepSection section_;
};

}  // namespace

SweepSection read_sweep_section(const ConfigTree& sweep, const ConfigSource& source) {
  return SectionReader(sweep, source).take();
}

}  // namespace hearsay
