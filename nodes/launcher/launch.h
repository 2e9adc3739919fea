// A run as its launcher sees it: what is behind nodes/launcher.h. One state machine, in files by
// what they are about.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>
#include <zmq.hpp>

#include "nodes/child.h"
#include "nodes/collector.h"
#include "nodes/doorman.h"
#include "nodes/launcher.h"
#include "nodes/node_watch.h"
#include "nodes/nursery.h"
#include "nodes/refusal_log.h"
#include "nodes/run_folder.h"
#include "nodes/seats.h"
#include "nodes/signal_file.h"

namespace hearsay {

class Launch final : public NodeWatch {
 public:
  Launch(const Experiment& experiment, const LaunchOptions& options, RunObserver& observer);
  ~Launch() override;
  Launch(const Launch&) = delete;
  Launch& operator=(const Launch&) = delete;

  /// As launch() says.
  void run();

  void look(std::span<NodeStatus> nodes) const override;

 private:
  using Clock = std::chrono::steady_clock;

  static double seconds_since(Clock::time_point then) {
    return std::chrono::duration<double>(Clock::now() - then).count();
  }

  // life.cc: from the first process to the end of the run
  std::optional<Keys> keys_of(NodeId id) const;
  void serve();
  void ask_for_checkpoint();
  void on_signals();
  void note(const std::string& line);
  [[noreturn]] void fail(const std::string& why, const Child* culprit = nullptr);

  // children.cc: the processes that are started here
  bool starts(NodeId id) const;
  void make_room_in_memory();
  void start_children();
  std::filesystem::path log_of(NodeId id) const;
  int live_as(NodeId id) const;
  static std::string connectable(std::string endpoint);
  void check_children();
  void hear_last_words(const Child& child);
  void wait_for_children();

  // losses.cc: deadlines, and nodes that are lost
  void check_deadlines();
  void give_up_on(std::optional<NodeId> id, const std::string& report);
  void probe();
  bool is_expected(NodeId id) const;
  void lose(NodeId id, const std::string& why);
  double backoff_of(NodeId id, long times) const;
  void take_back(const ControlMessage& join);
  void start_again();

  // talk.cc: messages from and to the nodes
  void open_socket();
  void poll();
  void receive();
  bool is_impatient(const ControlMessage& join) const;
  void send_answers();

  struct Lost {
    long times = 0;
    std::optional<Clock::time_point> start_at;
  };
  struct Deadlines {  // seconds
    explicit Deadlines(const Config& config) {
      const Params& transport = config.section("transport");
      start = transport.number("start_deadline");
      round = transport.number("round_deadline");
      peer_timeout = transport.number("peer_timeout");
      come_back = transport.number("return_deadline");
      restarts = static_cast<long>(transport.integer("restarts"));
      restart_backoff = transport.number("restart_backoff");
    }
    double start = 0.0;
    double round = 0.0;
    double peer_timeout = 0.0;
    double come_back = 0.0;
    double restart_backoff = 0.0;
    long restarts = 0;
  };

  const Experiment& experiment_;
  const LaunchOptions& options_;
  RunObserver& observer_;
  Collector collector_;
  bool waits_;      // on_peer_loss: wait or reweight
  bool reweights_;  // on_peer_loss: reweight
  Deadlines deadlines_;
  SignalFile signals_;
  RunFolder folder_{std::filesystem::temp_directory_path()};  // sockets
  std::optional<RunFolder> memory_;                           // inboxes, with shm
  std::string endpoint_;
  std::optional<Nursery> nursery_;  // before the children: they are ended first
  std::vector<Child> children_;
  RefusalLog refusals_;
  Seats seats_;
  std::optional<zmq::context_t> context_;  // made after the forks, before the socket
  std::optional<Doorman> doorman_;         // between them
  std::optional<zmq::socket_t> socket_;
  std::vector<ControlMessage> answers_;
  Clock::time_point last_heard_ = Clock::now();
  Clock::time_point joining_since_ = Clock::now();
  Clock::time_point probed_ = Clock::now();
  Clock::time_point checkpoint_asked_ = Clock::now();
  std::map<NodeId, Clock::time_point> unreachable_;  // since when
  std::map<NodeId, Lost> lost_;
  std::optional<Clock::time_point> stalled_since_;
  bool asked_to_stop_ = false;  // by a signal to this process
};

}  // namespace hearsay
