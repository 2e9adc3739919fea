#include "nodes/addresses.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

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

/// A name may resolve to an address that this host does not own (NAT, /etc/hosts): then listen on
/// all.
std::string interface_of(const std::string& host) {
  if (host == "localhost") return "127.0.0.1";
  return is_numeric(host) ? host : "*";
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "[::1]" || (is_numeric(host) && host.starts_with("127."));
}

bool is_on_all(const std::string& host) {
  const std::string interface = interface_of(host);
  return interface == "*" || interface == "0.0.0.0";
}

Listening tcp(const HostPort& at) {
  const std::string interface = interface_of(at.host);
  return {fmt::format("tcp://{}:{}", interface, at.port),
          fmt::format("tcp://{}:{}", at.host, at.port)};
}

std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t kNamed = 4;
  const std::size_t shown = std::min(names.size(), kNamed);
  std::string list = names.front();
  for (std::size_t k = 1; k < shown; ++k) list += ", " + names[k];
  if (shown < names.size()) list += fmt::format(" and {} more", names.size() - shown);
  return list;
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

/// Where they listen on tcp, by "node 0", ..., "the collector" where it has an address of its own.
std::vector<std::pair<std::string, std::string>> hosts(const Config& config, std::size_t nodes) {
  const Params& transport = config.section("transport");
  std::vector<std::pair<std::string, std::string>> result;
  if (transport.text("kind") != "tcp") return result;
  const auto add = [&](const std::string& who, const std::string& key) {
    if (!transport.has("addresses") || !transport.map("addresses").has(key)) return false;
    const std::string& text = transport.map("addresses").text(key);
    const std::size_t colon = text.rfind(':');
    const bool port = colon != std::string::npos && parse_port(text.substr(colon + 1));
    if (!text.starts_with("ipc://")) result.emplace_back(who, port ? text.substr(0, colon) : text);
    return true;
  };
  for (std::size_t id = 0; id < nodes; ++id)
    if (!add(fmt::format("node {}", id), std::to_string(id)))
      result.emplace_back(fmt::format("node {}", id), transport.text("host"));
  add("the collector", "collector");
  return result;
}

/// From `addresses` under that key, or from `base_port` plus `offset`.
std::optional<Listening> configured(const Config& config, const std::string& key,
                                    std::size_t offset) {
  const Params& transport = config.section("transport");
  const auto port = base_port(config, offset);
  if (transport.has("addresses") && transport.map("addresses").has(key)) {
    const std::string& text = transport.map("addresses").text(key);
    const std::string path = "transport.addresses." + key;
    if (text.starts_with("shm://"))
      throw config.error(
          path, fmt::format("found {}, which is for nodes with transport.kind: shm", text));
    if (text.starts_with("ipc://")) return Listening{text, text};
    return tcp(parse(config, key, text, port));
  }
  if (port) return tcp({transport.text("host"), *port});
  return std::nullopt;
}

bool shares_memory(const Config& config) {
  return config.section("transport").text("kind") == "shm";
}

/// Where a node finds its inbox in a run by hand with transport.kind: shm.
Listening in_memory(const Config& config, NodeId node) {
  const Params& transport = config.section("transport");
  const std::string key = std::to_string(node);
  const bool given = transport.has("addresses") && transport.map("addresses").has(key);
  const std::string text = given ? transport.map("addresses").text(key) : "";
  if (text.starts_with("shm:///")) return {text, text};
  throw config.error(
      given ? "transport.addresses." + key : "transport",
      fmt::format("{}with transport.kind: shm, peers started by hand need a path for the inbox of "
                  "node {}, such as addresses: {{{}: shm:///dev/shm/run/node-{}, ...}}",
                  given ? fmt::format("found {}: ", text) : "", node, node, node));
}

}  // namespace

std::vector<std::string> address_warnings(const Config& config, std::size_t nodes) {
  std::vector<std::string> warnings;
  std::vector<std::string> loopback;
  std::vector<std::string> on_all;
  const auto all = hosts(config, nodes);
  for (const auto& [who, host] : all) {
    if (is_loopback(host)) loopback.push_back(fmt::format("{} at {}", who, host));
    if (is_on_all(host)) on_all.push_back(fmt::format("{} ({})", who, host));
  }
  if (!loopback.empty() && loopback.size() < all.size())
    warnings.push_back(fmt::format(
        "transport.addresses: {} cannot be reached from other hosts, on which that address means "
        "themselves, but others have addresses of the network: give all of them one",
        some_of(loopback)));
  if (!on_all.empty() && !config.section("transport").has("keys"))
    warnings.push_back(fmt::format(
        "transport: {} will listen on all interfaces, and there are no keys: whoever reaches those "
        "ports can read the run, take part in it and end it; `hearsay keys generate` makes keys",
        some_of(on_all)));
  return warnings;
}

Listening local_listening(const Config& config, NodeId node, const std::string& directory) {
  const Params& transport = config.section("transport");
  if (shares_memory(config)) {
    const std::string endpoint = fmt::format("shm://{}/node-{}", directory, node);
    return {endpoint, endpoint};
  }
  if (transport.text("kind") == "ipc") {
    const std::string endpoint = fmt::format("ipc://{}/node-{}", directory, node);
    return {endpoint, endpoint};
  }
  if (const auto listening = configured(config, std::to_string(node), node)) return *listening;
  return {fmt::format("tcp://{}:*", transport.text("host")), ""};
}

Listening remote_listening(const Config& config, NodeId node) {
  if (shares_memory(config)) return in_memory(config, node);
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
