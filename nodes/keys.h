// Key pairs of CURVE (curve25519), as text in Z85: one a node and one for the collector. Private
// keys lie in files of their own that only their owner can read; the public ones, which say who may
// speak, in one file that all hosts share.
//
//   FOLDER/public.yaml    collector: "...", nodes: {0: "...", ...}
//   FOLDER/node-000.key   a line of comment, the private key
//   FOLDER/collector.key  the same, for the host of node 0
#pragma once

#include <cstddef>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "core/types.h"
#include "nodes/config.h"

namespace hearsay {

/// The collector, where a node's number would stand.
constexpr NodeId kCollectorId = std::numeric_limits<NodeId>::max();

/// "node 3", "collector".
std::string speaker_name(NodeId id);

constexpr std::size_t kKeyText = 40;  // characters

struct KeyPair {
  std::string public_key;
  std::string secret_key;
};

/// A new pair, from the system's source of randomness.
KeyPair make_key_pair();

/// The allow-list.
struct PublicKeys {
  std::vector<std::string> nodes;  // by number
  std::string collector;

  const std::string& of(NodeId id) const { return id == kCollectorId ? collector : nodes.at(id); }
  /// Whose key it is; nothing when it is on no list.
  std::optional<NodeId> owner(const std::string& public_key) const;
};

/// What one process needs: everybody's public key and its own pair.
struct Keys {
  PublicKeys listed;
  NodeId self = kCollectorId;
  KeyPair own;
};

/// FOLDER/node-003.key
std::filesystem::path private_key_file(const std::filesystem::path& folder, NodeId id);

/// Makes pairs for `nodes` nodes and the collector, and the folder when it is not there. Private
/// files have mode 0600 from the start. What is there already is replaced only with `force`; else
/// nothing is written. Throws ConfigError.
void write_keys(const std::filesystem::path& folder, std::size_t nodes, bool force);

/// Throws ConfigError with file, line and column for what is no such file, names other nodes than 0
/// to nodes - 1, or holds a key twice.
PublicKeys read_public_keys(const std::filesystem::path& folder, std::size_t nodes);

/// The pair of one speaker. Throws ConfigError when the file is missing, is readable by others, is
/// no key, or does not belong to the listed public key. No message holds the key.
KeyPair read_key_pair(const std::filesystem::path& folder, const PublicKeys& listed, NodeId id);

/// The keys that `transport.keys` names, for the process of that node or of the collector; nothing
/// when the config has no keys. Throws ConfigError.
std::optional<Keys> load_keys(const Config& config, std::size_t nodes, NodeId id);

}  // namespace hearsay
