#include "nodes/async_simulator.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <queue>
#include <stdexcept>
#include <utility>
#include <vector>

#include "nodes/faults/plan.h"
#include "nodes/simulated_nodes.h"

namespace hearsay {

namespace {

using Clock = SimulatedNodes::Clock;

class AsyncSimulation {
 public:
  AsyncSimulation(const Experiment& experiment, std::size_t threads, RunObserver& observer)
      : experiment_(experiment),
        observer_(observer),
        nodes_(experiment, threads, observer),
        states_(nodes_.size()),
        faults_(fault_plan(experiment.config(), experiment.network())) {}

  void run(const std::atomic<bool>& stop) {
    const auto start = Clock::now();
    Round t = 0;
    evaluate(t);
    while (t < experiment_.rounds() && !stop.load(std::memory_order_relaxed)) {
      Round next = t + 1;
      while (!experiment_.evaluates_after(next)) ++next;
      t = run_rounds(t, next, stop);
      evaluate(t);
    }
    RunEnd end = nodes_.take_end(t, seconds_since(start));
    if (faults_) {
      end.virtual_time = true;
      end.link_faults.emplace();
      for (const auto& [ends, model] : links_) *end.link_faults += model.counts();
    }
    observer_.on_end(end);
  }

 private:
  // In the order in which they happen at the same time.
  enum class Kind { computed, arrived, ends };
  struct Event {
    double time = 0.0;
    Kind kind = Kind::computed;
    std::uint64_t number = 0;  // of those at the same time: first come, first served
    NodeId node = 0;
    Envelope envelope;  // that arrived

    bool operator<(const Event& other) const {  // the largest is the first to happen
      if (time != other.time) return time > other.time;
      if (kind != other.kind) return kind > other.kind;
      return number > other.number;
    }
  };
  enum class Phase { idle, computing, ending, held };
  struct State {
    Phase phase = Phase::idle;
    double seconds = 0.0;         // that the last gradients took here
    std::vector<Envelope> inbox;  // what came while it computed
    std::vector<Envelope> outbox;
  };

  /// Runs until the nodes together have begun all rounds up to `to` and cannot go on; returns the
  /// last one, an earlier one where `stop` came before.
  Round run_rounds(Round after, Round to, const std::atomic<bool>& stop) {
    const auto start = Clock::now();
    const std::uint64_t n = std::max<std::size_t>(nodes_.size(), 1);
    begun_ = ended_ = 0;
    left_ = (to - after) * n;
    for (NodeId id = 0; id < n; ++id) begin_if_idle(id);
    Round told = after;
    while (busy_ > 0 || left_ > 0) {
      step();
      const Round t = after + ended_ / n;
      if (t == told) continue;
      told = t;
      observer_.on_progress({t, nodes_.wire_bytes()});
      observer_.on_tick(nodes_);
      if (stop.load(std::memory_order_relaxed)) left_ = std::min(left_, (n - begun_ % n) % n);
    }
    training_seconds_ += seconds_since(start);
    return after + begun_ / n;
  }

  void begin_if_idle(NodeId id) {
    State& state = states_[id];
    if (state.phase != Phase::idle || left_ == 0) return;
    --left_;
    ++begun_;
    ++busy_;
    state.phase = Phase::computing;
    to_compute_.push_back(id);
    if (!measures()) schedule({.time = now_ + round_seconds(id), .node = id});
  }

  bool measures() const { return faults_ && !faults_->compute; }

  void step() {
    if (measures()) compute();
    if (events_.empty()) throw std::logic_error("all nodes wait for each other");
    Event event = events_.top();
    events_.pop();
    now_ = std::max(now_, event.time);
    switch (event.kind) {
      case Kind::computed:
        return on_computed(event.node);
      case Kind::arrived:
        return on_arrived(std::move(event.envelope));
      case Kind::ends:
        return end_round(event.node);
    }
  }

  /// All gradients that were begun: what comes meanwhile does not change them.
  void compute() {
    nodes_.pool().for_each(to_compute_.size(), [this](std::size_t k, std::size_t worker) {
      const NodeId id = to_compute_[k];
      Workspace& work = nodes_.workspace(worker);
      work.watch = experiment_.watch_in(nodes_.engine(id).round() + 1);
      const auto start = Clock::now();
      nodes_.named(id, [&] { nodes_.engine(id).start_round(work, states_[id].outbox); });
      states_[id].seconds = seconds_since(start);
    });
    if (measures())
      for (const NodeId id : to_compute_) schedule({.time = now_ + round_seconds(id), .node = id});
    to_compute_.clear();
  }

  /// Of the round that is begun, or that was just computed when its time is measured.
  double round_seconds(NodeId id) const {
    const Round t = nodes_.engine(id).round() + (measures() ? 0 : 1);
    const auto gradients = static_cast<double>(nodes_.gradients_in(id, t));
    if (!faults_) return gradients;
    const double seconds = measures() ? states_[id].seconds : *faults_->compute * gradients;
    const auto crash = faults_->crash_of(id);
    const double gone = crash && crash->round == t ? crash->restart_after : 0.0;
    return seconds * faults_->slowness[id] + gone;
  }

  void schedule(Event event) {
    event.number = ++events_so_far_;
    events_.push(std::move(event));
  }

  void on_computed(NodeId id) {
    if (!to_compute_.empty()) compute();
    states_[id].phase = Phase::ending;
    send(id);
    schedule({.time = now_, .kind = Kind::ends, .node = id});
  }

  void send(NodeId id) {
    std::vector<Envelope> leaving;
    leaving.swap(states_[id].outbox);
    for (Envelope& envelope : leaving) {
      const double arrives = arrival(envelope.header);
      const NodeId to = envelope.header.to;
      schedule(
          {.time = arrives, .kind = Kind::arrived, .node = to, .envelope = std::move(envelope)});
    }
  }

  double arrival(const FrameHeader& header) {
    if (!faults_) return now_;
    auto link = links_.find({header.from, header.to});
    if (link == links_.end())
      link =
          links_.emplace(std::pair{header.from, header.to}, faults_->link(header.from, header.to))
              .first;
    return link->second
        .send(now_, header.round, header.sequence, kHeaderBytes + header.payload_size)
        .arrives;
  }

  void on_arrived(Envelope envelope) {
    const NodeId id = envelope.header.to;
    if (states_[id].phase == Phase::computing) {
      states_[id].inbox.push_back(std::move(envelope));
      return;
    }
    take(std::move(envelope));
    if (states_[id].phase == Phase::held) end_round(id);
  }

  void take(Envelope envelope) {
    const NodeId id = envelope.header.to;
    nodes_.deliver(std::move(envelope), 0, states_[id].outbox);
    send(id);
  }

  void end_round(NodeId id) {
    State& state = states_[id];
    std::vector<Envelope> inbox;
    inbox.swap(state.inbox);
    for (Envelope& envelope : inbox) take(std::move(envelope));
    bool over = false;
    nodes_.named(id, [&] { over = nodes_.engine(id).end_round(nodes_.workspace(0)); });
    if (state.phase == Phase::ending) --busy_;
    state.phase = over ? Phase::idle : Phase::held;
    if (over) ++ended_;
    begin_if_idle(id);
  }

  void evaluate(Round t) {
    nodes_.evaluate(t, [this](NodeId) { return faults_ ? now_ : training_seconds_; });
  }

  const Experiment& experiment_;
  RunObserver& observer_;
  SimulatedNodes nodes_;
  std::vector<State> states_;  // by node
  std::optional<FaultPlan> faults_;
  std::map<std::pair<NodeId, NodeId>, LinkModel> links_;  // those that were used
  std::priority_queue<Event> events_;
  std::uint64_t events_so_far_ = 0;
  std::vector<NodeId> to_compute_;  // whose gradients were begun and are not there yet
  double now_ = 0.0;
  std::uint64_t begun_ = 0;  // rounds of nodes, since the last evaluation
  std::uint64_t ended_ = 0;
  std::uint64_t left_ = 0;  // and until the next one
  std::size_t busy_ = 0;    // nodes that are neither idle nor held up
  double training_seconds_ = 0.0;
};

}  // namespace

void simulate_asynchronously(const Experiment& experiment, std::size_t threads,
                             const std::atomic<bool>& stop, RunObserver& observer) {
  AsyncSimulation(experiment, threads, observer).run(stop);
}

}  // namespace hearsay
