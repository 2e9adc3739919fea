// The doorman of a process: stands at the sockets that strangers can reach. It lets in who has a
// listed key, counts what one connection sends, and turns out who sends without end.
//
// With keys a socket speaks CURVE only, and the doorman answers ZeroMQ's question whether a key may
// (ZAP, ZeroMQ RFC 27). libzmq lets everyone in when nobody answers, so a Doorman is made before
// any socket is bound and destroyed after all are closed, and making one fails when it cannot
// listen. Without keys it says yes to everyone; but since it is asked, libzmq takes no connection
// of ZMTP 1 and 2, and those can end the process: their first message is put into the socket, and
// libzmq 4.3 aborts if that is being closed.
//
// libzmq bounds the length of a part and the number of whole messages that wait, but a message may
// have parts without end, and is kept until its last one. So the doorman compares what the kernel
// has received on a connection with when the process last took a message from it: who is ahead by
// more than the waiting messages can have is disconnected. Only on tcp; a socket file is for the
// user's own processes.
//
// A thread of its own: handshakes and floods do not wait for the end of a gradient. Made after
// forks.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>
#include <zmq.hpp>

#include "nodes/keys.h"
#include "nodes/origin.h"
#include "nodes/refusal_log.h"
#include "nodes/transport_error.h"

namespace hearsay {

class Doorman {
 public:
  /// `peers`: about how many connections are to be expected. One in a context; throws
  /// TransportError when it cannot listen.
  Doorman(zmq::context_t& context, std::optional<Keys> keys, RefusalLog& log, std::size_t peers);

  /// The guarded sockets must have been closed.
  ~Doorman();
  Doorman(const Doorman&) = delete;
  Doorman& operator=(const Doorman&) = delete;

  /// Sets a router up, before it is bound: keys and limits, also for the connections that it makes.
  /// Parts above `largest_part` bytes cost the sender its connection; a connection keeps at most so
  /// many messages of `largest_message` bytes waiting as fit into kWaitingBytes, four at least, and
  /// then has to wait, which loses nothing. Heartbeats are to be set before.
  void guard(zmq::socket_t& server, std::uint64_t largest_part, std::uint64_t largest_message);

  /// Sets a socket up, before it connects to that node or the collector; the connections that it
  /// accepts stay what they are.
  void introduce(zmq::socket_t& client, NodeId to) const;

  bool has_keys() const { return keys_.has_value(); }

  /// To be told of every message that is taken from a guarded socket.
  void heard(const Origin& origin);

  /// With keys: whether the message is not from who it claims to be from.
  bool is_impostor(const Origin& origin, NodeId claimed) const;

  /// Counts a refused message.
  void refuse(Refusal reason, const Origin& origin, const std::string& details = {});

  const RefusalLog& log() const { return log_; }

  static constexpr std::uint64_t kWaitingBytes = std::uint64_t{32} << 20U;

 private:
  /// A descriptor of our own for a connection of libzmq's, so that it stays what it is while
  /// libzmq closes its own and the number is used again.
  class Handle {
   public:
    explicit Handle(int file);
    ~Handle();
    Handle(Handle&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
    Handle& operator=(Handle&& other) noexcept {
      std::swap(file_, other.file_);
      return *this;
    }
    int file() const { return file_; }

   private:
    int file_;
  };

  struct Door {  // a guarded socket
    zmq::socket_t monitor;
    std::uint64_t allowance = 0;     // bytes that a connection may be ahead
    std::uint32_t just_now_ms = 0;   // shorter than the silence that heartbeats allow
    std::optional<Refusal> failure;  // of the connection whose end is told next
    bool closed = false;
  };

  struct Connection {
    Handle handle;
    std::string name;
    std::uint64_t allowance = 0;
    std::uint64_t taken = 0;  // bytes that libzmq had read when a message of it was last taken
    bool heard = false;
    bool turned_out = false;
  };

  /// Descriptors, each once. Adding one costs a look; none of them allocates in the long run.
  class FileSet {
   public:
    void add(int file) {
      const auto place = static_cast<std::size_t>(file);
      if (place >= held_.size()) held_.resize(place + 1);
      if (held_[place]) return;
      held_[place] = true;
      files_.push_back(file);
    }
    bool contains(int file) const {
      const auto place = static_cast<std::size_t>(file);
      return place < held_.size() && held_[place];
    }
    void clear() {
      for (const int file : files_) held_[static_cast<std::size_t>(file)] = false;
      files_.clear();
    }
    void swap(FileSet& other) {
      held_.swap(other.held_);
      files_.swap(other.files_);
    }
    const std::vector<int>& files() const { return files_; }

   private:
    std::vector<bool> held_;
    std::vector<int> files_;
  };

  void stand();
  void answer_zap();
  void notice_heard();
  static void mark_heard(Connection& connection);
  void on_events(Door& door);
  void on_accepted(const Door& door, int file);
  void on_disconnected(Door& door, int file);
  void inspect();
  void turn_out(Connection& connection, Refusal reason);

  zmq::context_t& context_;
  std::optional<Keys> keys_;
  RefusalLog& log_;
  std::size_t most_strangers_;
  std::size_t guarded_ = 0;
  zmq::socket_t zap_;
  int wake_ = -1;

  std::mutex mutex_;  // for the three that both threads use
  std::vector<Door> new_doors_;
  FileSet heard_;
  bool stop_ = false;

  FileSet just_heard_;  // of the thread alone, like all that follows
  std::vector<Door> doors_;
  std::map<int, Connection> connections_;  // by libzmq's descriptor
  std::thread thread_;
};

}  // namespace hearsay
