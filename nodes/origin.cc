#include "nodes/origin.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <charconv>
#include <string_view>

#include "nodes/keys.h"

namespace hearsay {

namespace {

constexpr const char* kUnknown = "an unknown address";

std::string of_process(std::string_view pid) {
  return fmt::format("process {} of this host", pid);
}

/// "" when the connection has no such property.
std::string property(const zmq::message_t& part, const char* name) {
  // Not gets() of zmq.hpp, which throws for what a peer of an old protocol has not.
  const char* value = zmq_msg_gets(part.handle(), name);
  return value == nullptr ? "" : value;
}

std::optional<NodeId> owner_of(const std::string& user) {
  if (user.empty()) return std::nullopt;
  if (user == user_id(kCollectorId)) return kCollectorId;
  NodeId id = 0;
  const auto [end, error] = std::from_chars(user.data(), user.data() + user.size(), id);
  if (error != std::errc() || end != user.data() + user.size()) return std::nullopt;
  return id;
}

}  // namespace

std::string user_id(NodeId id) {
  return id == kCollectorId ? "collector" : std::to_string(id);
}

std::string Origin::name() const {
  const std::string where = address.empty() ? kUnknown : address;
  return user ? fmt::format("{}'s key at {}", speaker_name(*user), where) : where;
}

Origin origin_of(const zmq::message_t& identity, const zmq::message_t& part) {
  Origin origin{.connection = identity.to_string(),
                .address = property(part, "Peer-Address"),
                .user = owner_of(property(part, "User-Id")),
                .file = zmq_msg_get(part.handle(), ZMQ_SRCFD)};
  // Of a socket file ZeroMQ tells user, group and process: ":0:0:4711".
  if (origin.address.starts_with(':'))
    origin.address = of_process(origin.address.substr(origin.address.rfind(':') + 1));
  return origin;
}

/// A name that the router made up is that of one connection; others may come back on another. Who
/// chooses one that looks made up gains nothing: whose key it is, every message tells.
Origins::Found Origins::of(const zmq::message_t& identity, const zmq::message_t& part) {
  const std::string name(identity.data<char>(), identity.size());
  if (name.empty() || name.front() != '\0') return {other_ = origin_of(identity, part), false};
  const auto at = known_.find(name);
  if (at != known_.end() && at->second.user == owner_of(property(part, "User-Id")))
    return {at->second, false};
  if (known_.size() >= kMost) known_.clear();
  return {known_.insert_or_assign(name, origin_of(identity, part)).first->second, true};
}

std::string peer_name(int connection) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getpeername(connection, reinterpret_cast<sockaddr*>(&address), &size) != 0) return kUnknown;
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* in = nullptr;
  if (address.ss_family == AF_INET)
    in = &reinterpret_cast<const sockaddr_in*>(&address)->sin_addr;
  else if (address.ss_family == AF_INET6)
    in = &reinterpret_cast<const sockaddr_in6*>(&address)->sin6_addr;
  if (in != nullptr && inet_ntop(address.ss_family, in, text.data(), text.size()) != nullptr)
    return text.data();
  ucred process{};
  size = sizeof process;
  if (address.ss_family == AF_UNIX &&
      getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &process, &size) == 0)
    return of_process(std::to_string(process.pid));
  return kUnknown;
}

}  // namespace hearsay
