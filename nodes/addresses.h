// Where nodes listen: from the `transport:` section of a config.
#pragma once

#include <string>
#include <vector>

#include "core/types.h"
#include "nodes/config.h"

namespace hearsay {

struct Listening {
  std::string
      bind;  // what the node binds, such as tcp://127.0.0.1:*, ipc:///x/node-3 or shm:///x/node-3
  std::string advertise;  // what others connect to; empty: what was bound
};

/// For peers that the launcher starts on this host. `directory` holds sockets, or inboxes in
/// memory. Without `base_port` and `addresses` the system chooses the ports, and the collector
/// spreads the word.
Listening local_listening(const Config& config, NodeId node, const std::string& directory);

/// For peers started by hand: from `addresses:` or `base_port:`; ConfigError when neither says.
Listening remote_listening(const Config& config, NodeId node);

/// The collector of hand-started peers: `addresses: {collector: host:port}`, or the address of node
/// 0 with the number of nodes added to its port.
Listening collector_listening(const Config& config, std::size_t nodes);

/// What is likely to be wrong in the addresses of a run over several hosts, a line each: a loopback
/// address among others, and listening on all interfaces without keys.
std::vector<std::string> address_warnings(const Config& config, std::size_t nodes);

}  // namespace hearsay
