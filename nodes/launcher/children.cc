#include <fmt/format.h>
#include <sys/prctl.h>

#include <algorithm>
#include <utility>

#include "nodes/launcher/launch.h"
#include "nodes/node_runner.h"

namespace hearsay {

namespace {

constexpr auto kLastWords = std::chrono::seconds(1);
constexpr auto kFarewell = std::chrono::seconds(30);

}  // namespace

bool Launch::starts(NodeId id) const {
  return std::find(options_.nodes.begin(), options_.nodes.end(), id) != options_.nodes.end();
}

/// With transport.kind: shm.
void Launch::make_room_in_memory() {
  if (experiment_.config().section("transport").text("kind") != "shm") return;
  remove_leftover_folders(shared_memory_folder());
  memory_.emplace(shared_memory_folder());
}

void Launch::start_children() {
  if (waits_ && !options_.nodes.empty())
    nursery_.emplace([this](NodeId id) { return live_as(id); },
                     [this](NodeId id) { return log_of(id); });
  for (const NodeId id : options_.nodes)
    children_.push_back(start_child(id, log_of(id), [this, id] { return live_as(id); }));
}

std::filesystem::path Launch::log_of(NodeId id) const {
  return options_.log_folder / fmt::format("node-{:03}.log", id);
}

/// What the process of a node does, up to its exit status.
int Launch::live_as(NodeId id) const {
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
std::string Launch::connectable(std::string endpoint) {
  const std::string any = "tcp://*:";
  if (endpoint.starts_with(any)) endpoint.replace(0, any.size(), "tcp://127.0.0.1:");
  return endpoint;
}

void Launch::check_children() {
  reap(children_);
  for (const Child& child : children_) {
    if (child.running() || (child.ended_well() && collector_.finished())) continue;
    hear_last_words(child);
    if (collector_.finished() && child.ended_well()) continue;
    // Who waited in vain ends; check_deadlines() says who is behind it.
    if (collector_.stalls().any()) return;
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
void Launch::hear_last_words(const Child& child) {
  const bool spoke = child.exited() && !child.ended_well();
  const auto deadline = Clock::now() + kLastWords;
  receive();
  while (spoke && !collector_.failure() && !collector_.stalls().any() && Clock::now() < deadline) {
    zmq::pollitem_t item{socket_->handle(), 0, ZMQ_POLLIN, 0};
    zmq::poll(&item, 1, kLastWords);
    receive();
  }
}

void Launch::wait_for_children() {
  // Those that were lost and have not come back in time have nobody to say good-bye to.
  const auto late = [this](Child& child) {
    if (!collector_.is_lost(child.node)) return false;
    end_at_once(child);
    return true;
  };
  children_.erase(std::remove_if(children_.begin(), children_.end(), late), children_.end());
  const auto running = [](const Child& child) { return child.running(); };
  const auto deadline = Clock::now() + kFarewell;
  for (reap(children_); std::any_of(children_.begin(), children_.end(), running); reap(children_)) {
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

}  // namespace hearsay
