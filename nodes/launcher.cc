#include "nodes/launcher.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <random>
#include <span>
#include <system_error>
#include <utility>
#include <zmq.hpp>

#include "nodes/child.h"
#include "nodes/collector.h"
#include "nodes/control_socket.h"
#include "nodes/doorman.h"
#include "nodes/faults/plan.h"
#include "nodes/file_limit.h"
#include "nodes/heartbeat.h"
#include "nodes/node_runner.h"
#include "nodes/nursery.h"
#include "nodes/run_folder.h"
#include "nodes/seats.h"
#include "nodes/signal_file.h"

namespace hearsay {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kLogLines = 8;
constexpr int kMessagesAtOnce = 1024;  // then signals and deadlines have their turn
constexpr auto kTick = std::chrono::milliseconds(200);
constexpr double kStallGrace = 0.5;  // seconds in which the others can say whom they wait for,
constexpr double kStallGraceShare = 0.05;  // or this share of the round's deadline
constexpr double kProbeEvery = 0.5;        // seconds
constexpr double kUnreachableGrace = 1.0;  // in which a connection may come back
constexpr auto kLastWords = std::chrono::seconds(1);
constexpr auto kFarewell = std::chrono::seconds(30);

class Launch final : public NodeWatch {
 public:
  Launch(const Experiment& experiment, const LaunchOptions& options, RunObserver& observer)
      : experiment_(experiment),
        options_(options),
        observer_(observer),
        collector_(experiment, observer, options.persistence.resume),
        waits_(experiment.on_loss() != Experiment::OnLoss::fail),
        reweights_(experiment.on_loss() == Experiment::OnLoss::reweight),
        deadlines_(experiment.config()),
        refusals_([this](const std::string& line) { note(line); }),
        seats_(experiment.network().nodes()) {
    std::random_device random;
    collector_.set_session(std::uint64_t{random()} << 32U | random());
  }

  ~Launch() override { end_all(children_); }
  Launch(const Launch&) = delete;
  Launch& operator=(const Launch&) = delete;

  void run() {
    // Keys that cannot be used are better told here than by a forked peer.
    for (const NodeId id : options_.nodes) keys_of(id);
    keys_of(kCollectorId);
    require_file_descriptors(experiment_.network());
    endpoint_ = options_.collector.empty() ? fmt::format("ipc://{}/collector", folder_.path())
                                           : options_.collector;
    if (options_.collector.empty()) make_room_in_memory();
    start_children();
    observer_.on_started();
    open_socket();
    serve();
    refusals_.summarize();
    wait_for_children();
  }

  void look(std::span<NodeStatus> nodes) const override {
    collector_.look(nodes);
    for (const auto& [id, since] : unreachable_)
      if (nodes[id].state == NodeState::running) nodes[id].state = NodeState::stalled;
    for (const auto& [id, lost] : lost_) {
      nodes[id].returned = true;
      if (seats_.is_vacant(id)) nodes[id].state = NodeState::lost;
    }
    if (collector_.finished()) return;
    for (const Child& child : children_)
      if (!child.running() && nodes[child.node].state != NodeState::failed)
        nodes[child.node].state = NodeState::lost;
  }

 private:
  std::optional<Keys> keys_of(NodeId id) const {
    return load_keys(experiment_.config(), experiment_.network().nodes(), id);
  }

  /// With transport.kind: shm.
  void make_room_in_memory() {
    if (experiment_.config().section("transport").text("kind") != "shm") return;
    remove_leftover_folders(shared_memory_folder());
    memory_.emplace(shared_memory_folder());
  }

  void start_children() {
    if (waits_ && !options_.nodes.empty())
      nursery_.emplace([this](NodeId id) { return live_as(id); },
                       [this](NodeId id) { return log_of(id); });
    for (const NodeId id : options_.nodes)
      children_.push_back(start_child(id, log_of(id), [this, id] { return live_as(id); }));
  }

  std::filesystem::path log_of(NodeId id) const {
    return options_.log_folder / fmt::format("node-{:03}.log", id);
  }

  /// What the process of a node does, up to its exit status.
  int live_as(NodeId id) const {
    prctl(PR_SET_NAME, fmt::format("hearsay-{}", id).c_str());  // as ps and top show it
    const Config& config = experiment_.config();
    const std::string& folder = memory_ ? memory_->path() : folder_.path();
    Listening listening = options_.collector.empty() ? local_listening(config, id, folder)
                                                     : remote_listening(config, id);
    NodeOptions node = node_options(config, std::move(listening), connectable(endpoint_));
    node.persistence = options_.persistence;
    return run_node(experiment_, id, node) ? 0 : 1;
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
    socket_->set(zmq::sockopt::router_mandatory, true);  // says when a node is out of reach
    set_heartbeat(*socket_, deadlines_.peer_timeout);
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
    while (!collector_.finished()) {
      poll();
      receive();
      if (collector_.failure()) fail(*collector_.failure());
      on_signals();
      start_again();
      check_deadlines();
      probe();
      ask_for_checkpoint();
      observer_.on_tick(*this);
    }
  }

  static double seconds_since(Clock::time_point then) {
    return std::chrono::duration<double>(Clock::now() - then).count();
  }

  void check_deadlines() {
    const double deadline = deadlines_.round;
    const double grace = std::max(kStallGrace, kStallGraceShare * deadline);
    if (!collector_.all_joined()) {
      const double allowed = lost_.empty() ? deadlines_.start : deadlines_.come_back;
      if (seconds_since(joining_since_) <= allowed) return;
      fail(lost_.empty()
               ? fmt::format("node(s) {} have not joined within {} s (transport.start_deadline)",
                             fmt::join(collector_.missing(), ", "), allowed)
               : fmt::format("node(s) {} have not come back within {} s "
                             "(transport.return_deadline)",
                             fmt::join(collector_.missing(), ", "), allowed));
    }
    if (collector_.stalled()) {
      if (!stalled_since_) stalled_since_ = Clock::now();
      if (seconds_since(*stalled_since_) <= grace) return;
      const std::string report = collector_.stall_report();
      const auto root = collector_.stall_root();
      if (!waits_ || !root) fail(report);
      lose(*root, report);
    } else if (collector_.beginning() && seconds_since(last_heard_) > deadlines_.start + grace) {
      const std::vector<NodeId> owing = collector_.owing();
      const std::string report =
          fmt::format("node(s) {} have not begun within {} s (transport.start_deadline)",
                      fmt::join(owing, ", "), deadlines_.start);
      if (!waits_ || owing.empty()) fail(report);
      lose(owing.front(), report);
    } else if (collector_.evaluating() && seconds_since(last_heard_) > deadline + grace) {
      const std::vector<NodeId> owing = collector_.owing();
      const std::string report =
          fmt::format("waited {} s in the evaluation after round {} for node(s) {}", deadline,
                      collector_.evaluated_round(), fmt::join(owing, ", "));
      if (!waits_ || owing.empty()) fail(report);
      lose(owing.front(), report);
    }
  }

  // --- Nodes that are lost ---

  /// Asks libzmq now and then whether each node can be reached: a process that is dead, paused or
  /// cut off answers no heartbeats, and its connection is closed.
  void probe() {
    if (seconds_since(probed_) < kProbeEvery) return;
    probed_ = Clock::now();
    collector_.remind(answers_);
    send_answers();
    if (!collector_.has_started()) return;
    for (NodeId id = 0; id < experiment_.network().nodes(); ++id)
      if (is_expected(id)) answers_.push_back({.kind = ControlKind::probe, .node = id});
    send_answers();
    for (const auto& [id, since] : std::map(unreachable_)) {
      if (seconds_since(since) < kUnreachableGrace) continue;
      const std::string why = fmt::format("node {} was lost after round {}: it cannot be reached",
                                          id, collector_.round_of(id));
      if (!waits_) fail(why);
      return lose(id, why);
    }
  }

  /// Of those that were lost, nobody knows yet whether they come back.
  bool is_expected(NodeId id) const { return !collector_.is_lost(id) && !seats_.is_vacant(id); }

  /// on_peer_loss: wait. The others leave the round; the node is started again if it was started
  /// here, or comes back by itself.
  void lose(NodeId id, const std::string& why) {
    const auto child = std::find_if(children_.begin(), children_.end(),
                                    [id](const Child& one) { return one.node == id; });
    const bool ours =
        std::find(options_.nodes.begin(), options_.nodes.end(), id) != options_.nodes.end();
    Lost& lost = lost_[id];
    const bool again = ours && lost.times < deadlines_.restarts;
    if (ours && !again && !reweights_)
      fail(fmt::format("{}; it has been started again {} times (transport.restarts)", why,
                       lost.times));
    if (ours) {
      if (child != children_.end()) {
        end_at_once(*child);
        children_.erase(child);
      }
    }
    if (again) {
      const auto plan = fault_plan(experiment_.config(), experiment_.network());
      const auto crash = plan ? plan->crash_of(id) : std::nullopt;
      const double backoff =
          crash && lost.times == 0
              ? crash->restart_after
              : std::ldexp(deadlines_.restart_backoff, static_cast<int>(std::min(lost.times, 16L)));
      lost.start_at = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                         std::chrono::duration<double>(backoff));
    }
    if (again) ++lost.times;
    const std::string next =
        again ? fmt::format("it is started again ({} of {})", lost.times, deadlines_.restarts)
              : "waiting for it to come back";
    observer_.on_warning(fmt::format(
        "{}; {}", why,
        reweights_ ? "the others go on without it" + (again ? ", " + next : "") : next));
    joining_since_ = Clock::now();
    stalled_since_.reset();
    unreachable_.clear();
    seats_.vacate(id);
    collector_.lose(id, answers_);
    send_answers();
  }

  /// A peer that was started again by hand before its loss was noticed.
  void take_back(const ControlMessage& join) {
    const std::string why = fmt::format("node {} was started again after round {}", join.node,
                                        collector_.round_of(join.node));
    if (!waits_) fail(why + ", and on_peer_loss is fail");
    if (collector_.is_lost(join.node)) {
      observer_.on_warning(
          fmt::format("node {} is back; all go on from the mean of the others", join.node));
      joining_since_ = Clock::now();
      collector_.admit(join, answers_);
      return send_answers();
    }
    const bool ours =
        std::find(options_.nodes.begin(), options_.nodes.end(), join.node) != options_.nodes.end();
    if (ours) fail(why + " by somebody else");
    lose(join.node, why);
    if (reweights_)
      collector_.admit(join, answers_);
    else
      collector_.on_message(join, answers_);
    send_answers();
  }

  void start_again() {
    for (auto& [id, lost] : lost_) {
      if (!lost.start_at || Clock::now() < *lost.start_at) continue;
      lost.start_at.reset();
      children_.push_back(nursery_->start(id));
    }
  }

  void ask_for_checkpoint() {
    const double every = experiment_.checkpoint_plan().seconds;
    if (every <= 0.0 || !collector_.running() || seconds_since(checkpoint_asked_) < every) return;
    checkpoint_asked_ = Clock::now();
    collector_.request_checkpoint(answers_);
    send_answers();
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
      if (const auto refusal = seats_.refusal_of(*received, *doorman_, collector_.has_started())) {
        doorman_->refuse(*refusal, received->origin);
        continue;
      }
      last_heard_ = Clock::now();
      collector_.set_refused(refusals_.counts());
      collector_.count_bytes(received->bytes);
      collector_.on_message(*received->message, answers_);
      send_answers();
      const auto returned = collector_.take_returned();
      if (returned && !is_impatient(*returned)) take_back(*returned);
    }
  }

  /// A node that waited so long for its welcome that it said again who it is. It was no longer
  /// needed: what it said first came too.
  bool is_impatient(const ControlMessage& join) const {
    return seats_.is_from_same_process() && !collector_.is_lost(join.node);
  }

  void send_answers() {
    for (const ControlMessage& answer : answers_) {
      if (seats_.of(answer.node).empty()) continue;  // has not joined
      try {
        socket_->send(zmq::buffer(seats_.of(answer.node)),
                      zmq::send_flags::sndmore | zmq::send_flags::dontwait);
      } catch (const zmq::error_t& error) {
        if (error.num() != EHOSTUNREACH) throw;
        if (is_expected(answer.node)) unreachable_.emplace(answer.node, Clock::now());
        continue;
      }
      unreachable_.erase(answer.node);
      const std::size_t bytes = send_control(*socket_, answer);
      if (answer.kind != ControlKind::probe) collector_.count_bytes(bytes);
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
      if (!collector_.all_joined())
        throw StoppedByUser(lost_.empty() ? "stopped before the first round"
                                          : "stopped while a lost node was waited for");
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
      const std::string why =
          fmt::format("node {} (process {}) {} after round {}", child.node, child.pid,
                      describe_status(*child.status), collector_.round_of(child.node));
      if (!waits_) fail(why, &child);
      lose(child.node, why);
      return check_children();  // `children_` has changed
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
    observer_.on_failing();
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
    // Those that were lost and have not come back in time have nobody to say good-bye to.
    const auto late = [this](Child& child) {
      if (!collector_.is_lost(child.node)) return false;
      end_at_once(child);
      return true;
    };
    children_.erase(std::remove_if(children_.begin(), children_.end(), late), children_.end());
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
