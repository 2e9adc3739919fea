#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <random>

#include "nodes/file_limit.h"
#include "nodes/launcher/launch.h"

namespace hearsay {

namespace {

constexpr std::size_t kLogLines = 8;

}  // namespace

Launch::Launch(const Experiment& experiment, const LaunchOptions& options, RunObserver& observer)
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

Launch::~Launch() {
  end_all(children_);
}

void Launch::run() {
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

void Launch::look(std::span<NodeStatus> nodes) const {
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

std::optional<Keys> Launch::keys_of(NodeId id) const {
  return load_keys(experiment_.config(), experiment_.network().nodes(), id);
}

/// Until the collector has heard the end of all nodes.
void Launch::serve() {
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

void Launch::ask_for_checkpoint() {
  const double every = experiment_.checkpoint_plan().seconds;
  if (every <= 0.0 || !collector_.running() || seconds_since(checkpoint_asked_) < every) return;
  checkpoint_asked_ = Clock::now();
  collector_.request_checkpoint(answers_);
  send_answers();
}

void Launch::on_signals() {
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

/// What the collector refused; the file is there only when there was something.
void Launch::note(const std::string& line) {
  std::ofstream(options_.log_folder / "collector.log", std::ios::app) << line << '\n';
}

void Launch::fail(const std::string& why, const Child* culprit) {
  observer_.on_failing();
  // Nodes that were started elsewhere cannot be killed from here; they are told.
  for (NodeId id = 0; id < experiment_.network().nodes(); ++id)
    if (!starts(id)) answers_.push_back({.kind = ControlKind::abort, .node = id, .text = why});
  send_answers();
  end_all(children_);
  if (culprit == nullptr)
    for (const Child& child : children_)
      if (why.starts_with(fmt::format("node {} ", child.node))) culprit = &child;
  if (culprit == nullptr) throw RunFailed(why);
  throw RunFailed(fmt::format("{}\nlast lines of {}:\n{}", why, culprit->log.string(),
                              last_lines(culprit->log, kLogLines)));
}

}  // namespace hearsay
