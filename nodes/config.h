// The config of a run: one YAML file and its --set overrides, checked and completed.
//
// What a config may hold is described once, as data, by nodes/config/schema.h and the parts'
// catalogues; reading, checking, completing and writing are generic over that description.
#pragma once

#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/params.h"
#include "nodes/config/place.h"

namespace hearsay {

struct ConfigTree;

/// A config that cannot be used. what() is the complete message, on one line, with the position
/// (lines and columns count from 1, columns in bytes), the key's path, what was found and what is
/// allowed: "ring.yaml:14:9: algorithm.compressor.k: found 0, allowed is a whole number of at least
/// 1". Values that came from --set have the override in the place of the position.
struct ConfigError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Config {
 public:
  /// Reads a file. Each override is "a.b.c=value" with the value in YAML's flow style, applied in
  /// order; list items are addressed by their index, missing sections are created, and a part
  /// written as a bare name (compressor: top-k) becomes a map when one of its keys is set. Throws
  /// ConfigError, also for a file that is missing, empty, a folder or above 4 MiB, and for one
  /// with a sweep (nodes/config/sweep.h).
  static Config load(const std::string& path, const std::vector<std::string>& overrides = {});

  /// The same for a text; `file_name` is for messages, file() and directory().
  static Config parse(const std::string& text, const std::string& file_name,
                      const std::vector<std::string>& overrides = {});

  /// The same for a text that is a tree already, its overrides applied: a run of a sweep.
  static Config of_tree(const ConfigTree& tree, ConfigSource source);

  /// Complete: every default is filled in. Sections are nested Params; a part is a map whose first
  /// entry is the part's name. Settings that are optional and not given are absent. Keys are in the
  /// order of the schema; a setting of type number is a double also where the file says 1.
  const Params& root() const { return resolved_.root; }

  /// root().map(name). Throws std::logic_error when there is no such section.
  const Params& section(std::string_view name) const { return root().map(name); }

  /// Keys without effect, with their position, such as beta1 on an algorithm without moments.
  const std::vector<std::string>& warnings() const { return resolved_.warnings; }

  /// The error that `message` stands for at the key ("algorithm.compressor.k"), or at its nearest
  /// parent that the user wrote. For what shows only when parts are made: ParamError, DataError.
  ConfigError error(std::string_view key_path, const std::string& message) const;

  /// Replaces a resolved value, as when `gossip_step: auto` has become a number. Throws
  /// std::logic_error when root() has no such key.
  void set(std::string_view key_path, Value value);

  /// root() as YAML: block style, with short maps and lists on one line. Loading it again gives an
  /// equal root().
  std::string yaml() const;

  /// yaml() less transport, checkpoint, on_peer_loss, paper and run.tensorboard, which change no
  /// result. The experiment digest is of that less `faults`, which change the seconds alone.
  std::string canonical(const std::set<std::string>& without = {}) const;

  const std::string& file() const { return source_.file; }
  std::string directory() const;  // of the file, "." when its name has none

 private:
  Config(ConfigSource source, ResolvedConfig resolved)
      : source_(std::move(source)), resolved_(std::move(resolved)) {}

  ConfigSource source_;
  ResolvedConfig resolved_;
};

}  // namespace hearsay
