#include "nodes/launcher.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <random>
#include <system_error>
#include <utility>
#include <zmq.hpp>

#include "nodes/child.h"
#include "nodes/collector.h"
#include "nodes/control_socket.h"
#include "nodes/doorman.h"
#include "nodes/node_runner.h"
#include "nodes/seats.h"

namespace hearsay {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kLogLines = 8;
constexpr int kMessagesAtOnce = 1024;  // then signals and deadlines have their turn
constexpr auto kTick = std::chrono::milliseconds(200);
constexpr double kStallGrace = 0.5;  // seconds in which the others can say whom they wait for,
constexpr double kStallGraceShare = 0.05;  // or this share of the round's deadline
constexpr auto kLastWords = std::chrono::seconds(1);
constexpr auto kFarewell = std::chrono::seconds(30);
constexpr rlim_t kFdsPerLink = 5;  // libzmq: about three a connection; the doorman one
constexpr rlim_t kFdsPerNode = 64;

/// A folder for socket files, gone with the object.
class SocketFolder {
 public:
  SocketFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "hearsay-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr)
      throw std::system_error(errno, std::generic_category(), "cannot make a folder for sockets");
    path_ = name;
  }
  ~SocketFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  SocketFolder(const SocketFolder&) = delete;
  SocketFolder& operator=(const SocketFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Blocks the signals that the launcher reads from a file, and restores them.
class SignalFile {
 public:
  SignalFile() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGINT, SIGTERM, SIGCHLD}) sigaddset(&signals, signal);
    sigprocmask(SIG_BLOCK, &signals, &before_);
    file_ = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    if (file_ < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
  }
  ~SignalFile() {
    close(file_);
    sigprocmask(SIG_SETMASK, &before_, nullptr);
  }
  SignalFile(const SignalFile&) = delete;
  SignalFile& operator=(const SignalFile&) = delete;

  int file() const { return file_; }
  /// The next pending signal, or 0.
  int next() const {
    signalfd_siginfo info{};
    return read(file_, &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
  }

 private:
  sigset_t before_{};
  int file_ = -1;
};

/// libzmq aborts when it runs out of file descriptors, so this is checked before.
void require_file_descriptors(const Network& network) {
  std::size_t degree = 0;
  for (NodeId id = 0; id < network.nodes(); ++id)
    degree = std::max(degree, network.graph.degree(id));
  const rlim_t needed = kFdsPerNode + kFdsPerLink * std::max<rlim_t>(degree, network.nodes());
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  if (limit.rlim_cur < needed)
    throw RunFailed(
        fmt::format("{} nodes need up to {} open files a process, but the limit is {}: raise "
                    "it with ulimit -n, or use --simulate",
                    network.nodes(), needed, limit.rlim_cur));
}

class Launch {
 public:
  Launch(const Experiment& experiment, const LaunchOptions& options, RunObserver& observer)
      : experiment_(experiment),
        options_(options),
        collector_(experiment, observer),
        refusals_([this](const std::string& line) { note(line); }),
        seats_(experiment.network().nodes()) {
    std::random_device random;
    collector_.set_session(std::uint64_t{random()} << 32U | random());
  }

  ~Launch() { end_all(children_); }
  Launch(const Launch&) = delete;
  Launch& operator=(const Launch&) = delete;

  void run() {
    // Keys that cannot be used are better told here than by a forked peer.
    for (const NodeId id : options_.nodes) keys_of(id);
    keys_of(kCollectorId);
    require_file_descriptors(experiment_.network());
    endpoint_ = options_.collector.empty() ? fmt::format("ipc://{}/collector", folder_.path())
                                           : options_.collector;
    start_children();
    open_socket();
    serve();
    refusals_.summarize();
    wait_for_children();
  }

 private:
  std::optional<Keys> keys_of(NodeId id) const {
    return load_keys(experiment_.config(), experiment_.network().nodes(), id);
  }

  void start_children() {
    for (const NodeId id : options_.nodes) {
      const auto log = options_.log_folder / fmt::format("node-{:03}.log", id);
      children_.push_back(start_child(id, log, [this, id] {
        const Config& config = experiment_.config();
        Listening listening = options_.collector.empty()
                                  ? local_listening(config, id, folder_.path())
                                  : remote_listening(config, id);
        const std::string collector = connectable(endpoint_);
        return run_node(experiment_, id, node_options(config, std::move(listening), collector)) ? 0
                                                                                                : 1;
      }));
    }
  }

  /// A node of this host reaches a collector that listens on all interfaces through loopback.
  static std::string connectable(std::string endpoint) {
    const std::string any = "tcp://*:";
    if (endpoint.starts_with(any)) endpoint.replace(0, any.size(), "tcp://127.0.0.1:");
    return endpoint;
  }

  void open_socket() {
    context_.emplace();
    doorman_.emplace(*context_, keys_of(kCollectorId), refusals_, experiment_.network().nodes());
    socket_.emplace(*context_, zmq::socket_type::router);
    socket_->set(zmq::sockopt::linger, 1000);
    socket_->set(zmq::sockopt::sndhwm, 0);
    socket_->set(zmq::sockopt::router_handover, true);
    const std::uint64_t longest = longest_control(experiment_);
    doorman_->guard(*socket_, longest, longest);
    try {
      socket_->bind(endpoint_);
    } catch (const zmq::error_t& error) {
      throw RunFailed(
          fmt::format("the collector cannot listen on {}: {}", endpoint_, error.what()));
    }
  }

  /// Until the collector has heard the end of all nodes.
  void serve() {
    const double deadline = experiment_.config().section("transport").number("start_deadline");
    const auto start = Clock::now();
    while (!collector_.finished()) {
      poll();
      receive();
      if (collector_.failure()) fail(*collector_.failure());
      on_signals();
      check_deadlines();
      if (!collector_.all_joined() &&
          std::chrono::duration<double>(Clock::now() - start).count() > deadline)
        fail(fmt::format("node(s) {} have not joined within {} s (transport.start_deadline)",
                         fmt::join(collector_.missing(), ", "), deadline));
    }
  }

  void check_deadlines() {
    const double deadline = experiment_.config().section("transport").number("round_deadline");
    const double grace = std::max(kStallGrace, kStallGraceShare * deadline);
    const auto seconds_since = [](Clock::time_point then) {
      return std::chrono::duration<double>(Clock::now() - then).count();
    };
    if (collector_.stalled()) {
      if (!stalled_since_) stalled_since_ = Clock::now();
      if (seconds_since(*stalled_since_) > grace) fail(collector_.stall_report());
    } else if (collector_.evaluating() && seconds_since(last_heard_) > deadline + grace) {
      fail(fmt::format("waited {} s in the evaluation after round {} for node(s) {}", deadline,
                       collector_.evaluated_round(), fmt::join(collector_.owing(), ", ")));
    }
  }

  void poll() {
    std::array<zmq::pollitem_t, 2> items = {
        {{socket_->handle(), 0, ZMQ_POLLIN, 0}, {nullptr, signals_.file(), ZMQ_POLLIN, 0}}};
    zmq::poll(items.data(), items.size(), kTick);
  }

  void receive() {
    for (int taken = 0; taken < kMessagesAtOnce; ++taken) {
      const auto received = receive_control(*socket_);
      if (!received) return;
      doorman_->heard(received->origin);
      if (const auto refusal = seats_.refusal_of(*received, *doorman_, collector_.all_joined())) {
        doorman_->refuse(*refusal, received->origin);
        continue;
      }
      last_heard_ = Clock::now();
      collector_.set_refused(refusals_.counts());
      collector_.count_bytes(received->bytes);
      collector_.on_message(*received->message, answers_);
      send_answers();
    }
  }

  void send_answers() {
    for (const ControlMessage& answer : answers_) {
      if (seats_.of(answer.node).empty()) continue;  // has not joined
      socket_->send(zmq::buffer(seats_.of(answer.node)),
                    zmq::send_flags::sndmore | zmq::send_flags::dontwait);
      collector_.count_bytes(send_control(*socket_, answer));
    }
    answers_.clear();
  }

  void on_signals() {
    bool child_ended = false;
    for (int signal = signals_.next(); signal != 0; signal = signals_.next()) {
      if (signal == SIGCHLD) {
        child_ended = true;
        continue;
      }
      if (!collector_.all_joined()) throw StoppedByUser("stopped before the first round");
      // A starter of several peers passes its signal on to all; that others asked already is no
      // second one.
      if (asked_to_stop_) throw StoppedByUser("stopped at once by a second signal");
      asked_to_stop_ = true;
      collector_.request_stop(answers_);
      send_answers();
    }
    if (child_ended) check_children();
  }

  void check_children() {
    reap(children_);
    for (const Child& child : children_) {
      if (child.running() || (child.ended_well() && collector_.finished())) continue;
      hear_last_words(child);
      if (collector_.finished() && child.ended_well()) continue;
      // Who waited in vain ends; check_deadlines() says who is behind it.
      if (collector_.stalled()) return;
      if (collector_.failure()) fail(*collector_.failure());
      fail(fmt::format("node {} (process {}) {} after round {}", child.node, child.pid,
                       describe_status(*child.status), collector_.round_of(child.node)),
           &child);
    }
  }

  /// What a node said before it ended may still be on its way, and says more than its exit status
  /// does.
  void hear_last_words(const Child& child) {
    const bool spoke = child.exited() && !child.ended_well();
    const auto deadline = Clock::now() + kLastWords;
    receive();
    while (spoke && !collector_.failure() && !collector_.stalled() && Clock::now() < deadline) {
      zmq::pollitem_t item{socket_->handle(), 0, ZMQ_POLLIN, 0};
      zmq::poll(&item, 1, kLastWords);
      receive();
    }
  }

  /// What the collector refused; the file is there only when there was something.
  void note(const std::string& line) {
    std::ofstream(options_.log_folder / "collector.log", std::ios::app) << line << '\n';
  }

  [[noreturn]] void fail(const std::string& why, const Child* culprit = nullptr) {
    // Nodes that were started elsewhere cannot be killed from here; they are told.
    for (NodeId id = 0; id < experiment_.network().nodes(); ++id)
      if (std::find(options_.nodes.begin(), options_.nodes.end(), id) == options_.nodes.end())
        answers_.push_back({.kind = ControlKind::abort, .node = id, .text = why});
    send_answers();
    end_all(children_);
    if (culprit == nullptr)
      for (const Child& child : children_)
        if (why.starts_with(fmt::format("node {} ", child.node))) culprit = &child;
    if (culprit == nullptr) throw RunFailed(why);
    throw RunFailed(fmt::format("{}\nlast lines of {}:\n{}", why, culprit->log.string(),
                                last_lines(culprit->log, kLogLines)));
  }

  void wait_for_children() {
    const auto running = [](const Child& child) { return child.running(); };
    const auto deadline = Clock::now() + kFarewell;
    for (reap(children_); std::any_of(children_.begin(), children_.end(), running);
         reap(children_)) {
      if (Clock::now() > deadline) fail("a node did not end after its good-bye");
      poll();
      while (signals_.next() != 0) {
      }
    }
    for (const Child& child : children_)
      if (!child.ended_well())
        fail(fmt::format("node {} (process {}) {} at the end", child.node, child.pid,
                         describe_status(*child.status)),
             &child);
  }

  const Experiment& experiment_;
  const LaunchOptions& options_;
  Collector collector_;
  SignalFile signals_;
  SocketFolder folder_;
  std::string endpoint_;
  std::vector<Child> children_;
  RefusalLog refusals_;
  Seats seats_;
  std::optional<zmq::context_t> context_;  // made after the forks, before the socket
  std::optional<Doorman> doorman_;         // between them
  std::optional<zmq::socket_t> socket_;
  std::vector<ControlMessage> answers_;
  Clock::time_point last_heard_ = Clock::now();
  std::optional<Clock::time_point> stalled_since_;
  bool asked_to_stop_ = false;  // by a signal to this process
};

}  // namespace

void launch(const Experiment& experiment, const LaunchOptions& options, RunObserver& observer) {
  Launch(experiment, options, observer).run();
}

std::vector<NodeId> all_nodes(const Experiment& experiment) {
  std::vector<NodeId> nodes(experiment.network().nodes());
  for (NodeId id = 0; id < nodes.size(); ++id) nodes[id] = id;
  return nodes;
}

}  // namespace hearsay
