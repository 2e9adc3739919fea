// Where a message came from, as far as ZeroMQ and the kernel know: nothing that a sender says.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <zmq.hpp>

#include "core/types.h"

namespace hearsay {

struct Origin {
  std::string connection;      // the router's name for it
  std::string address;         // of the sender's host, "" when not known
  std::optional<NodeId> user;  // with keys: whose key it is; kCollectorId for the collector's
  int file = -1;               // descriptor of the connection, which may be closed by now

  /// For a log: "node 3's key at 10.0.0.7", "10.0.0.7".
  std::string name() const;
};

/// Of a message on a router: its identity part, and the part behind it.
Origin origin_of(const zmq::message_t& identity, const zmq::message_t& part);

/// The same for many messages on one router, each connection looked up once.
class Origins {
 public:
  struct Found {
    const Origin& origin;  // good until the next call
    bool first = false;    // nothing of that connection was asked about before, as far as is known
  };
  Found of(const zmq::message_t& identity, const zmq::message_t& part);

 private:
  static constexpr std::size_t kMost = 4096;  // connections that are remembered

  std::unordered_map<std::string, Origin> known_;
  Origin other_;
};

/// The name that a key's owner has in ZAP's User-Id.
std::string user_id(NodeId id);

/// "10.0.0.7", "process 4711 of this host", or "an unknown address".
std::string peer_name(int connection);

}  // namespace hearsay
