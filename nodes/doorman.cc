#include "nodes/doorman.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <system_error>
#include <utility>

namespace hearsay {

namespace {

constexpr const char* kZapAddress = "inproc://zeromq.zap.01";
constexpr const char* kZapDomain = "hearsay";
constexpr auto kTick = std::chrono::milliseconds(100);
constexpr int kHandshakeMs = 10'000;
constexpr std::uint64_t kCurveBytes = 64;  // at least what CURVE adds to a part
constexpr std::size_t kZapParts = 7;
constexpr int kAllWaiting = 1000;           // libzmq's default
constexpr std::size_t kStrangers = 64;      // connections that have not said anything yet
constexpr std::uint32_t kJustNowMs = 1000;  // at most

struct TcpFacts {
  std::uint64_t taken = 0;  // bytes that have been read from the connection
  std::uint32_t silent_ms = 0;
};

/// Nothing for what is no TCP connection.
std::optional<TcpFacts> tcp_facts(int file) {
  tcp_info info{};
  socklen_t size = sizeof info;
  int unread = 0;
  if (getsockopt(file, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
      size < offsetof(tcp_info, tcpi_bytes_received) + sizeof info.tcpi_bytes_received ||
      ioctl(file, FIONREAD, &unread) != 0)
    return std::nullopt;
  const std::uint64_t waiting =
      std::min<std::uint64_t>(static_cast<std::uint64_t>(unread), info.tcpi_bytes_received);
  return TcpFacts{.taken = info.tcpi_bytes_received - waiting,
                  .silent_ms = info.tcpi_last_data_recv};
}

/// Whether the other side has not closed it.
bool still_open(int file) {
  char byte = 0;
  const ssize_t got = recv(file, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got > 0 || (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
}

/// Whole messages that may wait on a connection.
int waiting_messages(std::uint64_t largest) {
  const std::uint64_t fit = Doorman::kWaitingBytes / std::max<std::uint64_t>(largest, 1);
  return static_cast<int>(std::clamp<std::uint64_t>(fit, 4, kAllWaiting));
}

}  // namespace

Doorman::Handle::Handle(int file) : file_(fcntl(file, F_DUPFD_CLOEXEC, 0)) {}

Doorman::Handle::~Handle() {
  if (file_ >= 0) close(file_);
}

Doorman::Doorman(zmq::context_t& context, std::optional<Keys> keys, RefusalLog& log,
                 std::size_t peers)
    : context_(context),
      keys_(std::move(keys)),
      log_(log),
      most_strangers_(kStrangers + 2 * peers),
      zap_(context, zmq::socket_type::rep) {
  zap_.set(zmq::sockopt::linger, 0);
  try {
    zap_.bind(kZapAddress);
  } catch (const zmq::error_t& error) {
    throw TransportError(
        fmt::format("connections cannot be checked, so nobody is let in: {}", error.what()));
  }
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  thread_ = std::thread([this] { stand(); });
}

Doorman::~Doorman() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  eventfd_write(wake_, 1);
  thread_.join();
  close(wake_);
}

void Doorman::guard(zmq::socket_t& server, std::uint64_t largest_part,
                    std::uint64_t largest_message) {
  const int waiting = waiting_messages(largest_message);
  server.set(zmq::sockopt::rcvhwm, waiting);
  server.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(largest_part + kCurveBytes));
  server.set(zmq::sockopt::handshake_ivl, kHandshakeMs);
  server.set(zmq::sockopt::zap_domain, kZapDomain);  // which keeps the old protocols out
  if (keys_) {
    server.set(zmq::sockopt::curve_server, true);
    server.set(zmq::sockopt::curve_secretkey, keys_->own.secret_key);
  }
  const std::string address = fmt::format("inproc://door-{}", guarded_++);
  constexpr int kEvents = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED |
                          ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                          ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                          ZMQ_EVENT_MONITOR_STOPPED;
  if (zmq_socket_monitor(server.handle(), address.c_str(), kEvents) != 0) throw zmq::error_t();
  Door door;
  door.monitor = zmq::socket_t(context_, zmq::socket_type::pair);
  door.monitor.set(zmq::sockopt::linger, 0);
  door.monitor.connect(address);
  // What waits, one message behind it that is not complete, and one that the router has in hand;
  // with the little that framing and CURVE add.
  const std::uint64_t on_wire = largest_message + largest_message / 64 + 4096;
  const int silence_ms = server.get(zmq::sockopt::heartbeat_timeout);
  door.just_now_ms = silence_ms > 0
                         ? std::min(kJustNowMs, static_cast<std::uint32_t>(silence_ms) / 2)
                         : kJustNowMs;
  door.allowance = (static_cast<std::uint64_t>(waiting) + 2) * on_wire;
  {
    const std::lock_guard lock(mutex_);
    new_doors_.push_back(std::move(door));
  }
  eventfd_write(wake_, 1);
}

void Doorman::introduce(zmq::socket_t& client, NodeId to) const {
  if (!keys_) return;
  client.set(zmq::sockopt::curve_serverkey, keys_->listed.of(to));
  client.set(zmq::sockopt::curve_publickey, keys_->own.public_key);
  client.set(zmq::sockopt::curve_secretkey, keys_->own.secret_key);
}

void Doorman::heard(const Origin& origin) {
  if (origin.file < 0) return;
  const std::lock_guard lock(mutex_);
  heard_.add(origin.file);
}

bool Doorman::is_impostor(const Origin& origin, NodeId claimed) const {
  return keys_ && origin.user != claimed;
}

void Doorman::refuse(Refusal reason, const Origin& origin, const std::string& details) {
  log_.note(reason, origin.name(), details);
}

// --- The thread ---

void Doorman::stand() {
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      for (Door& door : new_doors_) doors_.push_back(std::move(door));
      new_doors_.clear();
      // The last that a closed socket says is that it is closed. Who does not listen until then
      // makes it wait for ever.
      if (stop_ &&
          std::all_of(doors_.begin(), doors_.end(), [](const Door& door) { return door.closed; }))
        return;
      // All are being closed. A connection of libzmq 4.3 that was given up while it asked waits for
      // ever, and its socket for it, unless whom it asks goes first.
      if (stop_) zap_.close();
    }
    std::vector<zmq::pollitem_t> items = {{nullptr, wake_, ZMQ_POLLIN, 0}};
    const std::size_t zap = items.size();
    if (zap_) items.push_back({zap_.handle(), 0, ZMQ_POLLIN, 0});
    for (Door& door : doors_) items.push_back({door.monitor.handle(), 0, ZMQ_POLLIN, 0});
    const bool watches = !connections_.empty();
    try {
      zmq::poll(items, watches ? kTick : std::chrono::milliseconds(-1));
    } catch (const zmq::error_t& error) {
      if (error.num() != EINTR) throw;
      continue;
    }
    eventfd_t ignored = 0;
    eventfd_read(wake_, &ignored);
    if (zap_ && (items[zap].revents & ZMQ_POLLIN) != 0) answer_zap();
    notice_heard();
    for (Door& door : doors_) on_events(door);
    inspect();
  }
}

/// Request: version, request id, domain, address, identity, mechanism, credentials. Reply: version,
/// request id, status, text, user id, metadata. [ZeroMQ RFC 27]
void Doorman::answer_zap() {
  std::vector<std::string> request;
  zmq::message_t part;
  do {
    if (!zap_.recv(part, zmq::recv_flags::none)) return;
    request.push_back(part.to_string());
  } while (part.more());
  request.resize(std::max(request.size(), kZapParts));
  const bool open = !keys_ && request[5] == "NULL";
  std::optional<NodeId> user;
  constexpr std::size_t kRawKey = 32;
  if (keys_ && request[5] == "CURVE" && request[6].size() == kRawKey) {
    std::array<char, kKeyText + 1> text{};
    zmq_z85_encode(text.data(), reinterpret_cast<const std::uint8_t*>(request[6].data()), kRawKey);
    user = keys_->listed.owner(text.data());
  }
  const bool welcome = open || user;
  if (!welcome) log_.note(Refusal::unlisted, request[3]);
  const std::array<std::string, 6> reply = {request[0],
                                            request[1],
                                            welcome ? "200" : "400",
                                            welcome ? "" : "not listed",
                                            user ? user_id(*user) : "",
                                            ""};
  for (std::size_t k = 0; k < reply.size(); ++k)
    zap_.send(zmq::buffer(reply[k]),
              k + 1 < reply.size() ? zmq::send_flags::sndmore : zmq::send_flags::none);
}

/// Before the events: a connection that has been heard has been told of as accepted, so that it is
/// known now or will be among the events that wait.
void Doorman::notice_heard() {
  just_heard_.clear();
  {
    const std::lock_guard lock(mutex_);
    just_heard_.swap(heard_);
  }
  for (const int file : just_heard_.files())
    if (const auto at = connections_.find(file); at != connections_.end()) mark_heard(at->second);
}

void Doorman::mark_heard(Connection& connection) {
  connection.heard = true;
  if (const auto facts = tcp_facts(connection.handle.file())) connection.taken = facts->taken;
}

void Doorman::on_events(Door& door) {
  zmq::message_t head;
  zmq::message_t address;
  while (!door.closed && door.monitor.recv(head, zmq::recv_flags::dontwait)) {
    if (head.more() && !door.monitor.recv(address, zmq::recv_flags::none)) return;
    std::uint16_t event = 0;
    std::uint32_t value = 0;
    if (head.size() < sizeof event + sizeof value) return;
    std::memcpy(&event, head.data(), sizeof event);
    std::memcpy(&value, static_cast<const char*>(head.data()) + sizeof event, sizeof value);
    switch (event) {
      case ZMQ_EVENT_ACCEPTED:
        on_accepted(door, static_cast<int>(value));
        break;
      case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
      case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
        door.failure = Refusal::no_handshake;
        break;
      case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
        door.failure = Refusal::unlisted;
        break;
      case ZMQ_EVENT_DISCONNECTED:
        on_disconnected(door, static_cast<int>(value));
        break;
      case ZMQ_EVENT_MONITOR_STOPPED:
        door.closed = true;
        break;
      default:
        break;
    }
  }
}

void Doorman::on_accepted(const Door& door, int file) {
  connections_.erase(file);
  Connection connection{.handle = Handle(file), .name = {}, .allowance = door.allowance};
  connection.name = peer_name(connection.handle.file());
  if (just_heard_.contains(file)) mark_heard(connection);
  const auto strangers = std::count_if(connections_.begin(), connections_.end(),
                                       [](const auto& entry) { return !entry.second.heard; });
  if (!connection.heard && static_cast<std::size_t>(strangers) >= most_strangers_)
    turn_out(connection, Refusal::no_message);
  connections_.emplace(file, std::move(connection));
}

/// libzmq tells a failed handshake just before the end of its connection, and no other reason. Of
/// connections that it was this side to make nobody is told.
void Doorman::on_disconnected(Door& door, int file) {
  const auto failure = std::exchange(door.failure, std::nullopt);
  const auto at = connections_.find(file);
  if (at == connections_.end()) return;
  const Connection& connection = at->second;
  const std::string& name = connection.name;
  if (failure) {
    if (failure != Refusal::unlisted) log_.note(*failure, name);  // told by answer_zap()
  } else if (!connection.turned_out) {
    const auto facts = tcp_facts(connection.handle.file());
    // Closed on this side upon what has just come. After a silence it would be a heartbeat's end.
    if (facts && facts->silent_ms < door.just_now_ms && still_open(connection.handle.file()))
      log_.note(Refusal::bad_part, name);
    else if (!connection.heard)
      log_.note(Refusal::no_message, name);
  }
  connections_.erase(at);
}

void Doorman::inspect() {
  for (auto& [file, connection] : connections_) {
    if (connection.turned_out) continue;
    const auto facts = tcp_facts(connection.handle.file());
    if (facts && facts->taken > connection.taken + connection.allowance)
      turn_out(connection, Refusal::flood);
  }
}

void Doorman::turn_out(Connection& connection, Refusal reason) {
  // First, so that it has been told by the time the other side can see it.
  log_.note(reason, connection.name);
  // With a reset when both descriptors are closed: who waits for room to send more learns of it.
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  setsockopt(connection.handle.file(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  shutdown(connection.handle.file(), SHUT_RDWR);
  connection.turned_out = true;
}

}  // namespace hearsay
