#include "nodes/keys.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>

#include "nodes/config/file.h"
#include "nodes/config/reader.h"
#include "nodes/experiment.h"

namespace hearsay {

namespace {

namespace fs = std::filesystem;

using KeyBuffer = std::array<char, kKeyText + 1>;

constexpr const char* kPublicFile = "public.yaml";
constexpr mode_t kPrivateMode = 0600;
constexpr mode_t kPublicMode = 0644;
constexpr mode_t kOthers = 0077;

bool is_key(std::string_view text) {
  constexpr std::string_view kAlphabet =  // of Z85, ZeroMQ RFC 32
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
  return text.size() == kKeyText && text.find_first_not_of(kAlphabet) == std::string_view::npos;
}

/// A new file with that mode, whatever the umask, and never one that was there.
void write_new(const fs::path& path, mode_t mode, std::string_view content) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  bool good = file >= 0 && fchmod(file, mode) == 0;
  good =
      good && write(file, content.data(), content.size()) == static_cast<ssize_t>(content.size());
  const int error = errno;
  if (file >= 0 && close(file) != 0) good = false;
  if (!good) throw ConfigError(fmt::format("cannot write {}: {}", path.string(), strerror(error)));
}

Param public_schema() {
  return section("keys",
                 {text("collector", "the collector's public key").must(),
                  table_of("nodes", text("key", ""), "the public key of each node").must()},
                 "public keys");
}

}  // namespace

std::string speaker_name(NodeId id) {
  return id == kCollectorId ? "collector" : fmt::format("node {}", id);
}

KeyPair make_key_pair() {
  KeyBuffer public_key{};
  KeyBuffer secret_key{};
  if (zmq_curve_keypair(public_key.data(), secret_key.data()) != 0)
    throw ConfigError("this libzmq was built without CURVE: there are no keys to be had");
  return {public_key.data(), secret_key.data()};
}

std::optional<NodeId> PublicKeys::owner(const std::string& public_key) const {
  if (public_key == collector) return kCollectorId;
  const auto at = std::find(nodes.begin(), nodes.end(), public_key);
  if (at == nodes.end()) return std::nullopt;
  return static_cast<NodeId>(at - nodes.begin());
}

fs::path private_key_file(const fs::path& folder, NodeId id) {
  return folder / (id == kCollectorId ? "collector.key" : fmt::format("node-{:03}.key", id));
}

void write_keys(const fs::path& folder, std::size_t nodes, bool force) {
  std::error_code error;
  if (!fs::exists(folder, error)) {
    fs::create_directories(folder, error);
    if (!error) fs::permissions(folder, fs::perms::owner_all, error);
  }
  if (error || !fs::is_directory(folder, error))
    throw ConfigError(fmt::format("cannot make the folder {}: {}", folder.string(),
                                  error ? error.message() : "there is a file of that name"));

  std::vector<NodeId> ids = {kCollectorId};
  for (NodeId id = 0; id < nodes; ++id) ids.push_back(id);
  std::vector<fs::path> files = {folder / kPublicFile};
  for (const NodeId id : ids) files.push_back(private_key_file(folder, id));
  for (const fs::path& file : files) {
    if (!fs::exists(fs::symlink_status(file))) continue;
    if (!force)
      throw ConfigError(fmt::format("{} is there already: nothing was written; --force replaces it",
                                    file.string()));
    fs::remove(file);
  }

  std::string listed =
      "# Who may speak in a run: public keys, no secret. The same file on every host.\n";
  for (const NodeId id : ids) {
    const KeyPair pair = make_key_pair();
    if (id == kCollectorId)
      listed += fmt::format("collector: \"{}\"\nnodes:\n", pair.public_key);
    else
      listed += fmt::format("  {}: \"{}\"\n", id, pair.public_key);
    write_new(
        private_key_file(folder, id), kPrivateMode,
        fmt::format("# The private key of {}: for its own host only.\n{}\n",
                    id == kCollectorId ? "the collector" : speaker_name(id), pair.secret_key));
  }
  write_new(folder / kPublicFile, kPublicMode, listed);
}

PublicKeys read_public_keys(const fs::path& folder, std::size_t nodes) {
  const ConfigSource source{(folder / kPublicFile).string(), {}};
  const ResolvedConfig file = resolve(public_schema(), read_config_file(source.file), source);
  const auto error_at = [&](const std::string& key_path, const std::string& message) {
    return ConfigError(fmt::format("{}: {}: {}", source.at(nearest_place(file.places, key_path)),
                                   key_path, message));
  };
  std::map<std::string, std::string> holders;  // of each key
  const auto take = [&](const std::string& key_path, const std::string& key) {
    if (!is_key(key))
      throw error_at(key_path, fmt::format("found {} characters, allowed is a public key: {} "
                                           "characters of Z85, as hearsay keys generate writes it",
                                           key.size(), kKeyText));
    const auto [at, is_new] = holders.emplace(key, key_path);
    if (!is_new) throw error_at(key_path, fmt::format("found the key of {} again", at->second));
    return key;
  };
  PublicKeys keys;
  keys.collector = take("collector", file.root.text("collector"));
  const Params& listed = file.root.map("nodes");
  for (std::size_t id = 0; id < nodes; ++id) {
    const std::string name = std::to_string(id);
    if (!listed.has(name))
      throw error_at("nodes", fmt::format("node {} has no key: allowed is one for each of 0 to {}",
                                          id, nodes - 1));
    keys.nodes.push_back(take("nodes." + name, listed.text(name)));
  }
  for (const Entry& entry : listed.entries())
    if (!holders.contains(listed.text(entry.key)))
      throw error_at(
          "nodes." + entry.key,
          fmt::format("unknown node, allowed are those of this run: 0 to {}", nodes - 1));
  return keys;
}

KeyPair read_key_pair(const fs::path& folder, const PublicKeys& listed, NodeId id) {
  const fs::path path = private_key_file(folder, id);
  struct stat facts {};
  if (stat(path.c_str(), &facts) != 0)
    throw ConfigError(fmt::format("{}: the private key of {} cannot be read: {}", path.string(),
                                  speaker_name(id), strerror(errno)));
  if ((facts.st_mode & kOthers) != 0)
    throw ConfigError(
        fmt::format("{}: found mode {:04o}, allowed is a private key that only its owner can read "
                    "(chmod 600)",
                    path.string(), facts.st_mode & 07777U));
  const std::string text = read_config_file(path.string());
  KeyPair pair{.public_key = listed.of(id), .secret_key = {}};
  int line_number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = std::string_view(text).substr(at, end - at);
    ++line_number;
    at = end + 1;
    if (line.empty() || line.front() == '#') continue;
    // The line is not shown: it may be a key with a slip in it.
    if (!is_key(line) || !pair.secret_key.empty())
      throw ConfigError(
          fmt::format("{}:{}: found {} characters, allowed is one private key: {} "
                      "characters of Z85",
                      path.string(), line_number, line.size(), kKeyText));
    pair.secret_key = line;
  }
  KeyBuffer derived{};
  if (pair.secret_key.empty() || zmq_curve_public(derived.data(), pair.secret_key.c_str()) != 0)
    throw ConfigError(fmt::format("{}: there is no private key in it", path.string()));
  if (pair.public_key != derived.data())
    throw ConfigError(fmt::format(
        "{}: found the private key of somebody else, allowed is the one that belongs to the public "
        "key of {} in {}",
        path.string(), speaker_name(id), (folder / kPublicFile).string()));
  return pair;
}

std::optional<Keys> load_keys(const Config& config, std::size_t nodes, NodeId id) {
  const Params& transport = config.section("transport");
  if (!transport.has("keys")) return std::nullopt;
  if (transport.text("kind") == "shm")
    throw config.error("transport.keys",
                       "memory has no keys: with transport.kind: shm the user's own processes may "
                       "speak, and nobody else; use tcp or ipc");
  const fs::path folder = path_from(config, transport.text("keys"));
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored))
    throw config.error("transport.keys", fmt::format("found {}, allowed is a folder that hearsay "
                                                     "keys generate has made",
                                                     folder.string()));
  Keys keys{.listed = read_public_keys(folder, nodes), .self = id, .own = {}};
  keys.own = read_key_pair(folder, keys.listed, id);
  return keys;
}

}  // namespace hearsay
