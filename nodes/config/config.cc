#include "nodes/config.h"

#include <fmt/format.h>

#include <filesystem>
#include <set>

#include "nodes/config/file.h"
#include "nodes/config/quote.h"
#include "nodes/config/reader.h"
#include "nodes/config/schema.h"
#include "nodes/config/writer.h"

namespace hearsay {
namespace {

namespace fs = std::filesystem;

Params with(const Params& params, std::string_view key_path, Value value) {
  const std::size_t dot = key_path.find('.');
  const std::string key(key_path.substr(0, dot));
  if (!params.has(key)) throw std::logic_error("no setting '" + key + "' to replace");
  Params result = params;
  if (dot == std::string_view::npos)
    result.set(key, std::move(value));
  else
    result.set(key, with(params.map(key), key_path.substr(dot + 1), std::move(value)));
  return result;
}

/// Is a section without influence on what is computed?
bool changes_nothing(const std::string& key) {
  static const std::set<std::string> kSuch = {"transport", "checkpoint", "on_peer_loss", "paper"};
  return kSuch.count(key) > 0;
}

/// The section run without the key that asks for another form of the same results.
Params measured_part(const Params& run) {
  Params result;
  for (const Entry& entry : run.entries())
    if (entry.key != "tensorboard") result.set(entry.key, entry.value);
  return result;
}

}  // namespace

Config Config::load(const std::string& path, const std::vector<std::string>& overrides) {
  return parse(read_config_file(path), path, overrides);
}

Config Config::parse(const std::string& text, const std::string& file_name,
                     const std::vector<std::string>& overrides) {
  ConfigSource source{file_name, overrides};
  const ConfigTree tree = read_tree(config_schema(), text, source);
  if (const ConfigTree* sweep = tree.find("sweep"))
    throw ConfigError(
        fmt::format("{}: sweep: found a sweep of several runs, allowed here is one run; `hearsay "
                    "run` runs them "
                    "all and leaves the config of each beside its results",
                    source.at(sweep->place)));
  return of_tree(tree, std::move(source));
}

Config Config::of_tree(const ConfigTree& tree, ConfigSource source) {
  ResolvedConfig resolved = resolve(config_schema_for(source.file), tree, source);
  Config config(std::move(source), std::move(resolved));
  try {
    check_config(config.root());
  } catch (const ParamError& e) {
    throw config.error(e.key(), e.what());
  }
  return config;
}

ConfigError Config::error(std::string_view key_path, const std::string& message) const {
  const ConfigPlace place = nearest_place(resolved_.places, key_path);
  return ConfigError(fmt::format("{}: {}{}{}", source_.at(place), one_line(key_path),
                                 key_path.empty() ? "" : ": ", message));
}

void Config::set(std::string_view key_path, Value value) {
  resolved_.root = with(resolved_.root, key_path, std::move(value));
}

std::string Config::yaml() const {
  return to_yaml(resolved_.root);
}

std::string Config::canonical(const std::set<std::string>& without) const {
  Params shared;
  for (const Entry& entry : resolved_.root.entries())
    if (!changes_nothing(entry.key) && without.count(entry.key) == 0)
      shared.set(entry.key,
                 entry.key == "run" ? Value{measured_part(root().map("run"))} : entry.value);
  return to_yaml(shared);
}

std::string Config::directory() const {
  const std::string parent = fs::path(source_.file).parent_path().string();
  return parent.empty() ? "." : parent;
}

}  // namespace hearsay
