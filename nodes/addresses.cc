#include "nodes/addresses.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace hearsay {

namespace {

constexpr int kLastPort = 65535;

struct HostPort {
  std::string host;
  int port = 0;
};

std::optional<int> parse_port(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port < 1 || port > kLastPort)
    return std::nullopt;
  return port;
}

/// "host:port", or "host" where a base port gives the rest.
HostPort parse(const Config& config, const std::string& key, const std::string& text,
               std::optional<int> fallback_port) {
  const std::size_t colon = text.rfind(':');
  const std::string path = "transport.addresses." + key;
  if (colon == std::string::npos) {
    if (!fallback_port || text.empty())
      throw config.error(
          path, fmt::format("found {}, allowed is host:port (or host, with base_port)", text));
    return {text, *fallback_port};
  }
  const auto port = parse_port(std::string_view(text).substr(colon + 1));
  if (!port || colon == 0)
    throw config.error(path, fmt::format("found {}, allowed is host:port with a port of 1 to {}",
                                         text, kLastPort));
  return {text.substr(0, colon), *port};
}

bool is_numeric(const std::string& host) {
  in_addr address{};
  return inet_pton(AF_INET, host.c_str(), &address) == 1;
}

Listening tcp(const HostPort& at) {
  // A name may resolve to an address that this host does not own (NAT, /etc/hosts): then listen on
  // all.
  const std::string interface = is_numeric(at.host) ? at.host : "*";
  return {fmt::format("tcp://{}:{}", interface, at.port),
          fmt::format("tcp://{}:{}", at.host, at.port)};
}

std::optional<int> base_port(const Config& config, std::size_t offset) {
  const Params& transport = config.section("transport");
  if (!transport.has("base_port")) return std::nullopt;
  const std::int64_t port = transport.integer("base_port") + static_cast<std::int64_t>(offset);
  if (port > kLastPort)
    throw config.error("transport.base_port",
                       fmt::format("found {}: node {} would listen on port {}, allowed is up to {}",
                                   transport.integer("base_port"), offset, port, kLastPort));
  return static_cast<int>(port);
}

/// From `addresses` under that key, or from `base_port` plus `offset`.
std::optional<Listening> configured(const Config& config, const std::string& key,
                                    std::size_t offset) {
  const Params& transport = config.section("transport");
  const auto port = base_port(config, offset);
  if (transport.has("addresses") && transport.map("addresses").has(key)) {
    const std::string& text = transport.map("addresses").text(key);
    if (text.starts_with("ipc://")) return Listening{text, text};
    return tcp(parse(config, key, text, port));
  }
  if (port) return tcp({transport.text("host"), *port});
  return std::nullopt;
}

}  // namespace

Listening local_listening(const Config& config, NodeId node, const std::string& directory) {
  const Params& transport = config.section("transport");
  if (transport.text("kind") == "ipc") {
    const std::string endpoint = fmt::format("ipc://{}/node-{}", directory, node);
    return {endpoint, endpoint};
  }
  if (const auto listening = configured(config, std::to_string(node), node)) return *listening;
  return {fmt::format("tcp://{}:*", transport.text("host")), ""};
}

Listening remote_listening(const Config& config, NodeId node) {
  if (const auto listening = configured(config, std::to_string(node), node)) return *listening;
  throw config.error(
      "transport",
      fmt::format("peers started by hand need to know where node {} listens: give addresses: "
                  "{{{}: host:port, ...}} or base_port:",
                  node, node));
}

Listening collector_listening(const Config& config, std::size_t nodes) {
  if (const auto listening = configured(config, "collector", nodes)) return *listening;
  const std::string node0 = remote_listening(config, 0).advertise;
  const std::size_t colon = node0.rfind(':');
  const auto port = node0.starts_with("tcp://")
                        ? parse_port(std::string_view(node0).substr(colon + 1))
                        : std::nullopt;
  if (!port || *port + static_cast<int>(nodes) > kLastPort)
    throw config.error(
        "transport.addresses",
        "cannot derive the collector's address from node 0's: give addresses: {collector: "
        "host:port}");
  const std::size_t scheme = std::string_view("tcp://").size();
  return tcp({node0.substr(scheme, colon - scheme), *port + static_cast<int>(nodes)});
}

}  // namespace hearsay
