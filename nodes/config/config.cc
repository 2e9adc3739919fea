#include "nodes/config.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "nodes/config/quote.h"
#include "nodes/config/reader.h"
#include "nodes/config/schema.h"
#include "nodes/config/writer.h"

namespace hearsay {
namespace {

namespace fs = std::filesystem;

std::string read_file(const std::string& path) {
  constexpr std::streamoff kMost = 16 << 20;
  std::error_code ignored;
  if (fs::is_directory(path, ignored))
    throw ConfigError(path + ": is a directory, allowed is a YAML file");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file || file.bad())
    throw ConfigError(fmt::format("{}: cannot be read: {}", path,
                                  errno != 0 ? std::strerror(errno) : "input error"));
  if (static_cast<std::streamoff>(text.str().size()) > kMost)
    throw ConfigError(path + ": is larger than 16 MiB, which is no config");
  return text.str();
}

/// The schema with the default that depends on the file's name.
Param schema_for(const std::string& file_name) {
  Param schema = config_schema();
  for (Param& field : schema.fields)
    if (field.name == "name") field.by_default(fs::path(file_name).stem().string());
  return schema;
}

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

}  // namespace

Config Config::load(const std::string& path, const std::vector<std::string>& overrides) {
  return parse(read_file(path), path, overrides);
}

Config Config::parse(const std::string& text, const std::string& file_name,
                     const std::vector<std::string>& overrides) {
  ConfigSource source{file_name, overrides};
  ResolvedConfig resolved = resolve(schema_for(file_name), text, source);
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

std::string Config::canonical() const {
  Params shared;
  for (const Entry& entry : resolved_.root.entries())
    if (entry.key != "transport") shared.set(entry.key, entry.value);
  return to_yaml(shared);
}

std::string Config::directory() const {
  const std::string parent = fs::path(source_.file).parent_path().string();
  return parent.empty() ? "." : parent;
}

}  // namespace hearsay
