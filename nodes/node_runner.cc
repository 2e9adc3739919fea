#include "nodes/node_runner.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <utility>
#include <zmq.hpp>

#include "nodes/checkpoint_saver.h"
#include "nodes/control_socket.h"
#include "nodes/doorman.h"
#include "nodes/faults/alarm.h"
#include "nodes/faults/shaper.h"
#include "nodes/greeting.h"
#include "nodes/heartbeat.h"
#include "nodes/links.h"
#include "nodes/run_observer.h"
#include "nodes/zmq_transport.h"

namespace hearsay {

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr std::uint64_t kResyncs = 8;  // of one link, before it is given up
constexpr auto kAskEvery = std::chrono::seconds(1);
constexpr auto kJoinEvery = std::chrono::seconds(1);
constexpr auto kHelloEvery = std::chrono::milliseconds(500);
constexpr auto kMendEvery = std::chrono::milliseconds(50);
constexpr auto kProgressEvery = std::chrono::milliseconds(200);
constexpr double kAfterCollector = 10.0;  // seconds
constexpr double kGrantSeconds = 0.02;    // of training, that a node asks for rounds for
constexpr Round kMostGranted = 1024;
constexpr int kFramesAtOnce = 1024;  // then the collector has its turn
constexpr int kFarewellMs = 2000;    // how long a failed node waits for its last words to be sent

/// Of a connection to the collector: whoever claims it takes that connection's place.
std::string unguessable_name(NodeId id) {
  std::random_device random;
  return fmt::format("node-{}-{:08x}{:08x}{:08x}{:08x}", id, random(), random(), random(),
                     random());
}

class DeadlinePassed : public TransportError {
 public:
  using TransportError::TransportError;
};

/// A node was lost: the round is left, and all begin again from a checkpoint.
struct Recovery {};

class NodeRunner {
 public:
  NodeRunner(const Experiment& experiment, NodeId id, const NodeOptions& options)
      : experiment_(experiment),
        options_(options),
        refusals_([id](const std::string& line) { spdlog::warn("node {}: {}", id, line); }),
        doorman_(context_, load_keys(experiment.config(), experiment.network().nodes(), id),
                 refusals_, experiment.network().graph.degree(id)),
        node_(experiment.make_node(id)),
        saver_(experiment, options.persistence, id,
               [this](const std::string& text) { warn(text); }),
        transport_(context_, id, experiment.digest(),
                   options.max_payload.value_or(longest_payload(experiment.dimension())), doorman_,
                   options.peer_timeout_seconds),
        control_(context_, zmq::socket_type::dealer),
        faults_(fault_plan(experiment.config(), experiment.network())) {
    set_heartbeat(control_, options.peer_timeout_seconds);
    control_.set(zmq::sockopt::linger, kFarewellMs);
    control_.set(zmq::sockopt::sndhwm, 0);
    control_.set(zmq::sockopt::rcvhwm, 0);
    control_.set(zmq::sockopt::reconnect_ivl, 20);
    control_.set(zmq::sockopt::routing_id, unguessable_name(id));
    doorman_.introduce(control_, kCollectorId);
    control_.connect(options.collector);
    if (!faults_) return;
    shaper_.emplace(*faults_, id);
    alarm_.emplace();
  }

  bool run() {
    try {
      while (!live()) begin_anew();
      return true;
    } catch (const StoppedByUser& stop) {
      say({.kind = ControlKind::failed, .round = engine().round(), .text = stop.what()});
      throw;
    } catch (const DeadlinePassed& error) {
      log_failure(error);
      ControlMessage message{
          .kind = ControlKind::failed, .round = engine().round(), .text = error.what()};
      say(stall_or(message));
      return false;
    } catch (const std::exception& error) {
      // The log first: on hearing of it, the launcher ends this process.
      log_failure(error);
      say({.kind = ControlKind::failed, .round = engine().round(), .text = error.what()});
      return false;
    }
  }

 private:
  struct Greeted {
    std::uint64_t incarnation = 0;  // of the last greeting
    std::string connection;         // that brought it
    Clock::time_point answered;
  };
  struct Asked {
    std::uint64_t sequence = 0;
    Clock::time_point at;
  };

  RoundEngine& engine() { return *node_.engine; }

  void log_failure(const std::exception& error) {
    const Round t = engine().round();
    spdlog::error("node {} failed{}: {}", node_.id, t == 0 ? "" : fmt::format(" in round {}", t),
                  error.what());
  }

  /// One incarnation of the run, as this node lives it; false when a node was lost and all begin
  /// again.
  bool live() {
    try {
      try {
        join();
        restore();
        greet();
        begin();
        if (experiment_.asynchronous())
          train_asynchronously();
        else
          train();
        finish();
        return true;
      } catch (const DeadlinePassed& error) {
        if (experiment_.on_loss() == Experiment::OnLoss::fail || endpoints_.empty()) throw;
        await_recovery(error);
      }
    } catch (const Recovery&) {
    }
    return false;
  }

  void begin_anew() {
    spdlog::info("node {} leaves round {} and joins again, incarnation {}", node_.id,
                 engine().round(), incarnation_);
    if (!reweights()) {
      node_ = experiment_.make_node(node_.id);
      record_ = {};
      training_seconds_ = 0.0;
    }
    links_.clear();
    out_.clear();
    if (shaper_) shaper_.emplace(*faults_, node_.id);  // what it holds is of no use any more
    welcomed_ = connected_ = began_ = evaluating_ = holding_ = dismissed_ = false;
    asked_for_rounds_ = said_held_ = false;
    assembled_.reset();
    granted_ = 0;
    endpoints_.clear();
    stop_after_.reset();
    save_after_.reset();
    evaluated_.reset();
    heard_from_.clear();
    started_ = 0;
  }

  /// Says what this node waits for; who is behind it, the collector finds out.
  void await_recovery(const DeadlinePassed& error) {
    spdlog::warn("node {}: {}", node_.id, error.what());
    say(stall_or({.kind = ControlKind::progress, .round = engine().round(), .text = error.what()}));
    wait(
        options_.return_deadline_seconds, [] { return false; },
        [&] { return std::string(error.what()) + ", and no help came"; });
  }

  ControlMessage stall_or(ControlMessage message) {
    if (engine().round_done()) return message;
    message.kind = ControlKind::stalled;
    const std::vector<NodeId> missing = engine().waiting_for();
    message.integers.assign(missing.begin(), missing.end());
    for (const NodeId id : missing) {
      const auto heard = heard_from_.find(id);
      const auto since = heard == heard_from_.end() ? began_at_ : heard->second;
      message.integers.push_back(static_cast<std::uint64_t>(
          std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - since).count()));
    }
    return message;
  }

  void train() {
    const Round first = engine().round();
    evaluate_at_start(first);
    while (may_start_round()) {
      run_round();
      const Round t = engine().round();
      if (experiment_.evaluates_after(t)) evaluate(t);
      if (experiment_.checkpoint_plan().due_after(t) || save_after_ == t) save(t);
    }
    if (evaluated_ != engine().round()) evaluate(engine().round());
    record_.training_seconds = training_seconds_;
    saver_.save_last(engine().round(), visit());
  }

  void evaluate_at_start(Round first) {
    if (!evaluated_ || (*evaluated_ < first && experiment_.evaluates_after(first))) evaluate(first);
  }

  // --- Asynchronous rounds ---

  void train_asynchronously() {
    evaluate_at_start(first_);
    while (stop_after_ != evaluated_) {
      if (assembled_)
        evaluate_assembled();
      else if (!engine().round_done())
        end_round(Clock::now());
      else if (granted_ == 0)
        ask_for_rounds();
      else
        run_granted_round();
    }
  }

  void evaluate_assembled() {
    evaluate(*assembled_);
    assembled_.reset();
    asked_for_rounds_ = said_held_ = false;
  }

  /// So many rounds at once that asking takes no time beside them, and that nobody waits long for
  /// a slow node at an evaluation.
  void ask_for_rounds() {
    if (!asked_for_rounds_) {
      const double seconds = training_seconds_ - granted_at_;
      if (seconds < kGrantSeconds / 2) wanted_ = std::min(2 * wanted_, kMostGranted);
      if (seconds > kGrantSeconds) wanted_ = std::max<Round>(wanted_ / 2, 1);
      say_want({wanted_});
      asked_for_rounds_ = true;
    }
    wait(
        2 * options_.round_deadline_seconds + kAfterCollector,
        [this] { return granted_ > 0 || assembled_ || stop_after_; },
        [] { return std::string("the collector granted no more rounds"); });
  }

  void say_want(std::vector<Round> rounds) {
    ControlMessage want{
        .kind = ControlKind::want, .round = engine().round(), .rounds = std::move(rounds)};
    want.offer.wire_bytes = engine().wire_bytes();
    say(want);
  }

  void run_granted_round() {
    --granted_;
    said_held_ = false;
    const auto start = Clock::now();
    start_round(start);
    end_round(start);
  }

  /// With what has come by now; when a neighbour's word is too old, with the next that comes.
  void end_round(Clock::time_point start) {
    drain_inbox();
    const auto over = [this] { return assembled_ || may_end_round(); };
    if (!over()) wait(options_.round_deadline_seconds, over, [this] { return who_is_missing(); });
    training_seconds_ += Seconds(Clock::now() - start).count();
    say_progress();
  }

  bool may_end_round() {
    if (busy()) return false;
    if (engine().end_round(work_)) return true;
    if (!said_held_) say_want({});
    said_held_ = true;
    return false;
  }

  // --- Start ---

  void join() {
    if (bound_.empty()) {
      bound_ = transport_.bind(options_.listening.bind);
      spdlog::info("node {} listens on {}", node_.id, bound_);
    }
    say_join();
    wait(
        options_.start_deadline_seconds, [this] { return welcomed_; },
        [this] { return "no answer from the collector at " + options_.collector; });
    spdlog::info("node {} has joined and waits for the others", node_.id);
    // The collector has the same deadlines and knows who is missing: it speaks first.
    const double deadline =
        incarnation_ > 1 ? options_.return_deadline_seconds : options_.start_deadline_seconds;
    wait(
        deadline + kAfterCollector, [this] { return !endpoints_.empty(); },
        [] { return std::string("the collector did not say where the others listen"); });
  }

  void say_join() {
    joined_at_ = Clock::now();
    say({.kind = ControlKind::join,
         .round = engine().round(),
         .text = options_.listening.advertise.empty() ? bound_ : options_.listening.advertise,
         .integers = greeting_of(experiment_),
         .rounds = incarnation_ > 1 && reweights() ? std::vector<Round>() : saver_.sound()});
  }

  /// The collector does not listen to a second process of a node before it knows that the first is
  /// gone.
  void join_again() {
    if (bound_.empty() || welcomed_ || Clock::now() - joined_at_ < kJoinEvery) return;
    say_join();
  }

  VisitState visit() {
    return [this](StateVisitor& visitor) {
      node_.visit_state(visitor);
      record_.visit_state(visitor);
    };
  }

  /// Takes the state that the run begins with, on all nodes after the same round.
  void restore() {
    if (reweights() && incarnation_ > 1) return begin_with_the_others();
    saver_.restore(first_, visit());
    training_seconds_ = record_.training_seconds;
    engine().set_incarnation(static_cast<std::uint16_t>(incarnation_));
    if (first_ > 0) spdlog::info("node {} goes on after round {}", node_.id, first_);
  }

  bool reweights() const { return experiment_.on_loss() == Experiment::OnLoss::reweight; }
  const Network& network() const { return network_ ? *network_ : experiment_.network(); }

  /// Begins anew on the graph that is left (or whole again), with the mean of the models of all
  /// that had one: x^, residuals and moments begin as in round 1, which keeps both ends of every
  /// channel equal and the mean where it was.
  void begin_with_the_others() {
    const ConstVectorView both = mean_.view();
    if (both.size() != experiment_.dimension() + experiment_.buffers())
      throw TransportError("the collector did not say what to begin with");
    auto network = std::make_unique<Network>(without(experiment_.network(), lost_));
    const ConstVectorView x = both.first(experiment_.dimension());
    Node fresh = experiment_.make_node(node_.id, {network.get(), x, first_});
    if (fresh.problem) {
      const bool newcomer = engine().round() == 0;
      fresh.problem->set_buffers(newcomer ? both.subspan(x.size()) : node_.problem->buffers());
    }
    fresh.engine->begin_after(first_, engine().traffic());
    fresh.engine->set_incarnation(static_cast<std::uint16_t>(incarnation_));
    node_ = std::move(fresh);
    network_ = std::move(network);
    mean_ = {};
    spdlog::info("node {} goes on after round {} with {} neighbours", node_.id, first_,
                 network_->graph.degree(node_.id));
  }

  /// All have the state and can reach their neighbours.
  void begin() {
    ControlMessage restored{.kind = ControlKind::restored, .round = first_};
    restored.offer.layers = record_.evaluated_layers;
    say(restored);
    wait(
        options_.start_deadline_seconds + kAfterCollector, [this] { return began_; },
        [] { return std::string("the collector did not say that all are there"); });
  }

  void save(Round t) {
    record_.training_seconds = training_seconds_;
    saver_.save(t, visit());
  }

  void greet() {
    const std::vector<NodeId>& neighbours = network().graph.neighbours(node_.id);
    ungreeted_.clear();
    for (const NodeId other : neighbours) {
      // Anew even where the address is the old one: what a dead node never took would come first.
      transport_.connect(other, endpoints_.at(other));
      send_hello(other, false);
      if (greeted_[other].incarnation != incarnation_) ungreeted_.insert(other);
    }
    connected_ = true;
    wait(
        options_.start_deadline_seconds, [this] { return ungreeted_.empty(); },
        [this] { return fmt::format("no greeting from node(s) {}", fmt::join(ungreeted_, ", ")); });
    spdlog::info("node {} has greeted its {} neighbours", node_.id, neighbours.size());
  }

  void send_hello(NodeId to, bool answer) {
    const auto payload = std::make_shared<const Bytes>(encode_greeting(greeting_of(experiment_)));
    transport_.send({.header = {.kind = FrameKind::hello,
                                .digest = experiment_.digest(),
                                .from = node_.id,
                                .to = to,
                                .phase = static_cast<std::uint16_t>(answer ? 1 : 0),
                                .incarnation = static_cast<std::uint16_t>(incarnation_),
                                .payload_checksum = checksum(*payload)},
                     .payload = payload});
  }

  /// A hello may be lost with its connection like any frame.
  void greet_again() {
    if (ungreeted_.empty() || Clock::now() - hello_ < kHelloEvery) return;
    hello_ = Clock::now();
    for (const NodeId other : ungreeted_) send_hello(other, false);
  }

  std::optional<Refusal> on_hello(const ReceivedFrame& frame) {
    const NodeId from = frame.header.from;
    const auto& neighbours = experiment_.network().graph.neighbours(node_.id);
    if (std::find(neighbours.begin(), neighbours.end(), from) == neighbours.end())
      return Refusal::misdirected;
    // No neighbour's mistake: the collector has compared the greetings of all who take part.
    if (!greeting_mismatch(from, decode_greeting(*frame.payload), greeting_of(experiment_)).empty())
      return Refusal::foreign;
    Greeted& greeted = greeted_[from];
    if (frame.header.incarnation < greeted.incarnation) return Refusal::former;
    if (frame.header.incarnation == greeted.incarnation) {
      // Who says it twice has not heard the answer, or is somebody else who repeats it.
      if (frame.header.phase == 0 && connected_ && Clock::now() - greeted.answered > kHelloEvery) {
        greeted.answered = Clock::now();
        send_hello(from, true);
      }
      return greeted.connection == frame.origin.connection ? std::nullopt
                                                           : std::optional(Refusal::replayed);
    }
    greeted.incarnation = frame.header.incarnation;
    greeted.connection = frame.origin.connection;
    if (greeted.incarnation == incarnation_) ungreeted_.erase(from);
    return std::nullopt;
  }

  // --- Rounds ---

  bool may_start_round() {
    drain_control();
    if (holding_ && !stop_after_)
      wait(
          options_.round_deadline_seconds, [this] { return stop_after_.has_value() || !holding_; },
          [] { return std::string("asked to hold, but never told where to stop"); });
    if (save_after_ == engine().round()) save(*save_after_);
    const Round last = std::min(stop_after_.value_or(experiment_.rounds()), experiment_.rounds());
    return engine().round() < last;
  }

  void run_round() {
    const auto start = Clock::now();
    start_round(start);
    const auto over = [this] { return engine().round_done() && !busy(); };
    if (!over()) wait(options_.round_deadline_seconds, over, [this] { return who_is_missing(); });
    training_seconds_ += Seconds(Clock::now() - start).count();
    say_progress();
  }

  void start_round(Clock::time_point now) {
    started_ = engine().round() + 1;
    crash_if_planned();
    work_.watch = experiment_.watch_in(started_);
    engine().start_round(work_, out_);
    flush(now);
  }

  std::string who_is_missing() const {
    return fmt::format("waited {} s in round {} for node(s) {}", options_.round_deadline_seconds,
                       node_.engine->round(), fmt::join(node_.engine->waiting_for(), ", "));
  }

  void say_progress() {
    if (Clock::now() - last_progress_ <= kProgressEvery) return;
    last_progress_ = Clock::now();
    ControlMessage progress{.kind = ControlKind::progress, .round = engine().round()};
    progress.offer.wire_bytes = engine().wire_bytes();
    say(progress);
  }

  /// Sends what the engine has computed since then.
  void flush(Clock::time_point began) {
    for (Envelope& envelope : out_) links_.send(envelope);
    if (shaper_) return shape(began);
    for (const Envelope& envelope : out_) transport_.send(envelope);
    out_.clear();
  }

  // --- Faults of the config ---

  /// Once: a process that was started again does not know of the crash.
  void crash_if_planned() const {
    if (!faults_ || born_in_ > 1) return;
    const auto crash = faults_->crash_of(node_.id);
    if (!crash || crash->round != started_) return;
    spdlog::warn("node {} crashes in round {}, as the config says", node_.id, started_);
    kill(getpid(), SIGKILL);
  }

  double seconds_at(Clock::time_point when) const { return Seconds(when - born_).count(); }

  void shape(Clock::time_point began) {
    const double now = seconds_at(Clock::now());
    shaper_->computed(seconds_at(began), now);
    for (Envelope& envelope : out_) shaper_->send(std::move(envelope), now);
    out_.clear();
    send_due();
  }

  bool send_due() {
    bool any = false;
    for (; const auto envelope = shaper_->take(seconds_at(Clock::now())); any = true)
      transport_.send(*envelope);
    return any;
  }

  /// A straggler that only pretends to compute.
  bool busy() const { return shaper_ && shaper_->busy_until() > seconds_at(Clock::now()); }

  void set_alarm() {
    const auto next = shaper_->next(seconds_at(Clock::now()));
    if (!next) return alarm_->set(std::nullopt);
    alarm_->set(born_ + std::chrono::ceil<Clock::duration>(Seconds(*next)));
  }

  bool is_injected(const FrameHeader& header, Refusal refusal) const {
    return refusal == Refusal::replayed && faults_ &&
           faults_->settings(header.from, header.to).duplication > 0.0;
  }

  /// Whether the run got on by it. What a stranger sends is no sign of life.
  bool take(const ReceivedFrame& frame) {
    const FrameHeader& header = frame.header;
    if (header.kind == FrameKind::data) return take_data(frame);
    if (header.kind == FrameKind::hello) {
      const auto refusal = on_hello(frame);
      if (refusal) refuse(frame, *refusal);
      return !refusal;
    }
    if (header.incarnation != incarnation_) return false;
    if (header.kind == FrameKind::request)
      send_again(header.from, header.sequence);
    else
      links_.acknowledged(header.from, header.sequence);
    return false;
  }

  bool take_data(const ReceivedFrame& frame) {
    const FrameHeader& header = frame.header;
    const auto began = Clock::now();
    const bool next = header.sequence == engine().expected_sequence(header.from);
    std::optional<Refusal> refusal;
    if (header.incarnation != incarnation_)
      refusal = Refusal::former;  // whatever the engine that is about to be replaced may think
    else if (next && !links_.continues(header))
      refusal = Refusal::diverged;
    else
      refusal = engine().on_frame(header, frame.payload, work_, out_);
    if (!refusal) {
      heard_from_[header.from] = Clock::now();
      const bool acknowledge = links_.took(header);
      flush(began);
      if (acknowledge) tell(header.from, FrameKind::ack, header.sequence);
      return true;
    }
    refuse(frame, *refusal);
    return false;
  }

  void refuse(const ReceivedFrame& frame, Refusal refusal) {
    const FrameHeader& header = frame.header;
    if (is_injected(header, refusal)) {
      ++duplicates_dropped_;
      return;
    }
    // Recovery leaves frames of before behind, and sends some twice to be safe: nobody's mistake.
    const bool left_behind = refusal == Refusal::former || refusal == Refusal::replayed;
    if (left_behind && is_neighbours(frame) && (incarnation_ > 1 || reconnections_ > 0)) return;
    doorman_.refuse(refusal, frame.origin,
                    fmt::format("it says from node {}, round {}, sequence {}", header.from,
                                header.round, header.sequence));
    if (refusal == Refusal::gap) return ask_again(header.from);
    const bool resync = refusal == Refusal::diverged && ++resyncs_[header.from] <= kResyncs;
    if (resync) return ask_again(header.from);
    if ((refusal == Refusal::bad_payload || refusal == Refusal::diverged) && is_neighbours(frame))
      throw TransportError(
          fmt::format("the link from node {} is broken: frame {} of round {} is {}", header.from,
                      header.sequence, header.round, to_string(refusal)));
  }

  /// Known by its key, or by the connection that brought the greeting. Else a stranger could end
  /// the run with a frame that only looks like one.
  bool is_neighbours(const ReceivedFrame& frame) const {
    const auto at = greeted_.find(frame.header.from);
    return doorman_.has_keys() ||
           (at != greeted_.end() && at->second.connection == frame.origin.connection);
  }

  // --- Frames that were lost ---

  void tell(NodeId to, FrameKind kind, std::uint64_t sequence) {
    transport_.send({.header = {.kind = kind,
                                .digest = experiment_.digest(),
                                .from = node_.id,
                                .to = to,
                                .incarnation = static_cast<std::uint16_t>(incarnation_),
                                .sequence = sequence},
                     .payload = nullptr});
  }

  /// Once for each frame that is missing, and again when its time is up.
  void ask_again(NodeId from) {
    Asked& asked = asked_[from];
    const std::uint64_t missing = engine().expected_sequence(from);
    if (asked.sequence == missing && Clock::now() - asked.at < kAskEvery) return;
    asked = {missing, Clock::now()};
    spdlog::info("node {} asks node {} for frame {} again", node_.id, from, missing);
    tell(from, FrameKind::request, missing);
  }

  /// From that frame on; 0: all that is kept.
  void send_again(NodeId to, std::uint64_t from_sequence) {
    if (from_sequence > 0 && links_.lost_for_good(to, from_sequence))
      throw TransportError(
          fmt::format("node {} misses frame {}, which is not kept any more", to, from_sequence));
    const std::vector<Envelope> frames = links_.again(to, from_sequence);
    if (frames.empty()) return;
    if (shaper_) {
      for (const Envelope& envelope : frames) shaper_->send(envelope, seconds_at(Clock::now()));
      send_due();
    } else {
      for (const Envelope& envelope : frames) transport_.send(envelope);
    }
    links_.count_resent(to, frames.size());
    spdlog::info("node {} sends {} frames to node {} again, from frame {} on", node_.id,
                 frames.size(), to, frames.front().header.sequence);
  }

  /// What was in flight when a connection died is gone.
  void mend_connections() {
    if (Clock::now() - mended_ < kMendEvery) return;
    mended_ = Clock::now();
    for (const NodeId to : transport_.reconnected()) {
      spdlog::warn("node {} has reached node {} again after its connection was lost", node_.id, to);
      ++reconnections_;
      send_again(to, 0);
    }
  }

  // --- Evaluation and end ---

  /// Offers the model after round t of the run and serves the collector until it says go.
  void evaluate(Round t) {
    evaluating_ = true;
    ControlMessage offer{.kind = ControlKind::offer,
                         .round = t,
                         .offer = make_offer(experiment_, node_, t, training_seconds_)};
    if (experiment_.evaluates_regularly_after(t)) record_.evaluated_layers = offer.offer.layers;
    say(std::move(offer));
    // The collector knows whose answer is missing: it speaks first.
    wait(
        2 * options_.round_deadline_seconds + kAfterCollector, [this] { return !evaluating_; },
        [t] {
          return fmt::format("the collector did not finish the evaluation after round {}", t);
        });
    evaluated_ = t;
  }

  void offer_model() {
    const ConstVectorView x = engine().algorithm().model();
    const ConstVectorView buffers = node_.problem ? node_.problem->buffers() : ConstVectorView();
    Vector both;
    both.reserve(x.size() + buffers.size());
    both.insert(both.end(), x.begin(), x.end());
    both.insert(both.end(), buffers.begin(), buffers.end());
    say({.kind = ControlKind::model, .vector = std::move(both)});
  }

  void evaluate_at(ConstVectorView mean) {
    const std::size_t needed = experiment_.dimension() + experiment_.buffers();
    if (mean.size() != needed || !node_.problem)
      throw TransportError(fmt::format("the collector sent a mean of {} values, needed are {}",
                                       mean.size(), needed));
    // Nobody else uses the slot between two rounds.
    const VectorView gradient = work_.floats(Workspace::Slot::gradient, experiment_.dimension());
    gradient_ = gradient;
    ControlMessage answer{.kind = ControlKind::result};
    answer.result = evaluate_node(experiment_, node_, mean, gradient, work_);
    say(answer);
  }

  void finish() {
    ControlMessage end{.kind = ControlKind::finished,
                       .round = experiment_.asynchronous() ? *evaluated_ : engine().round(),
                       .integers = refusals_.counts(),
                       .rounds = {resent_total(), reconnections_},
                       .traffic = engine().traffic()};
    if (shaper_) {
      const LinkCounts counts = shaper_->counts();
      for (const std::uint64_t count : {counts.resent_frames, counts.resent_bytes,
                                        counts.duplicate_frames, counts.duplicate_bytes})
        end.rounds.push_back(count);
      spdlog::info("node {} has dropped {} duplicated frames", node_.id, duplicates_dropped_);
    }
    say(std::move(end));
    wait(
        options_.round_deadline_seconds, [this] { return dismissed_; },
        [] { return std::string("the collector did not say good-bye"); });
    refusals_.summarize();
    spdlog::info("node {} is done after round {}", node_.id, engine().round());
  }

  std::uint64_t resent_total() const {
    std::uint64_t total = 0;
    for (const auto& [to, frames] : links_.resent()) total += frames;
    return total;
  }

  void warn(const std::string& text) {
    spdlog::warn("{}", text);
    say({.kind = ControlKind::warning, .round = engine().round(), .text = text});
  }

  void on_control(const ControlMessage& message) {
    if (message.kind == ControlKind::recover) return on_recover(message);
    // A process that was started again learns from its welcome how often the run has begun anew.
    if (message.kind == ControlKind::welcome && incarnation_ == 0)
      incarnation_ = born_in_ = message.incarnation;
    if (message.incarnation != incarnation_ && message.kind != ControlKind::abort) return;
    switch (message.kind) {
      case ControlKind::welcome:
        welcomed_ = true;
        break;
      case ControlKind::peers:
        endpoints_ = message.texts;
        first_ = message.round;
        mean_ = message.vector;
        if (!message.integers.empty()) {
          transport_.set_session(message.integers.front());
          lost_.assign(message.integers.begin() + 1, message.integers.end());
        }
        break;
      case ControlKind::begin:
        began_ = true;
        began_at_ = Clock::now();
        if (!message.rounds.empty()) evaluated_ = message.rounds.front();
        break;
      case ControlKind::save_after:
        holding_ = false;
        save_after_ = message.round;
        break;
      case ControlKind::pull_model:
        offer_model();
        break;
      case ControlKind::mean:
        evaluate_at(message.vector.view());
        break;
      case ControlKind::pull_gradient:
        say({.kind = ControlKind::gradient, .vector = Vector(gradient_.begin(), gradient_.end())});
        break;
      case ControlKind::go:
        evaluating_ = false;
        break;
      case ControlKind::hold:
        holding_ = true;
        say({.kind = ControlKind::held, .round = started_});
        break;
      case ControlKind::stop_after:
        stop_after_ = message.round;
        break;
      case ControlKind::grant:
        granted_ = message.rounds.empty() ? 0 : message.rounds.front();
        granted_at_ = training_seconds_;
        asked_for_rounds_ = false;
        break;
      case ControlKind::assemble:
        assembled_ = message.round;
        break;
      case ControlKind::bye:
        dismissed_ = true;
        break;
      case ControlKind::abort:
        throw TransportError("the run was ended: " + message.text);
      default:
        break;
    }
  }

  void on_recover(const ControlMessage& message) {
    if (message.incarnation <= incarnation_) return;  // said twice
    incarnation_ = message.incarnation;
    throw Recovery();
  }

  // --- Messages ---

  void say(ControlMessage message) {
    message.node = node_.id;
    message.incarnation = incarnation_;
    send_control(control_, message);
  }

  bool drain_control() {
    bool any = false;
    while (const auto received = receive_control(control_)) {
      if (!received->message) continue;
      on_control(*received->message);
      any = any || received->message->kind != ControlKind::probe;
    }
    return any;
  }

  /// Before the session is known, frames cannot be told apart; and what comes while asynchronous
  /// nodes are evaluated may change the model.
  bool takes_frames() const {
    return !endpoints_.empty() && !(evaluating_ && experiment_.asynchronous());
  }

  /// Whether the run got on by it: that others are late themselves, or send the same again, does
  /// not count.
  bool drain_inbox() {
    bool any = false;
    if (!takes_frames()) return any;
    for (int taken = 0; taken < kFramesAtOnce; ++taken) {
      const auto frame = transport_.receive();
      if (!frame) break;
      if (take(*frame)) any = true;
    }
    for (const NodeId from : transport_.damaged())
      if (!engine().round_done()) ask_again(from);
    return any;
  }

  /// Whatever the reason, a frame that is late may have been lost.
  void ask_when_late() {
    if (engine().round_done() ||
        Clock::now() - late_ < Seconds(options_.round_deadline_seconds / 4))
      return;
    late_ = Clock::now();
    for (const NodeId from : engine().waiting_for()) ask_again(from);
  }

  /// Serves both sockets until `done`; throws when nothing at all came for the deadline.
  void wait(double deadline_seconds, const std::function<bool()>& done,
            const std::function<std::string()>& complaint) {
    auto deadline = Clock::now() + Seconds(deadline_seconds);
    for (;;) {
      const bool frames = drain_inbox();
      const bool sent = shaper_ && send_due();
      const bool heard = drain_control() || frames || sent;
      if (done()) return;
      mend_connections();
      join_again();
      greet_again();
      if (heard) late_ = Clock::now();
      ask_when_late();
      if (busy()) deadline = Clock::now() + Seconds(deadline_seconds);
      if (heard) {
        deadline = Clock::now() + Seconds(deadline_seconds);
        continue;
      }
      const double left = Seconds(deadline - Clock::now()).count();
      if (left <= 0.0) throw DeadlinePassed(complaint());
      poll(std::chrono::milliseconds(static_cast<long>(std::min(left, 0.2) * 1000.0) + 1));
    }
  }

  void poll(std::chrono::milliseconds timeout) {
    std::array<zmq::pollitem_t, 4> items = {
        {{transport_.inbox().handle(), 0, ZMQ_POLLIN, 0}, {control_.handle(), 0, ZMQ_POLLIN, 0}}};
    if (!takes_frames()) items[0].events = 0;
    std::size_t count = 2;
    if (alarm_) {
      set_alarm();
      items[count++] = {nullptr, alarm_->file(), ZMQ_POLLIN, 0};
    }
    const bool heeds_signals = options_.stop_fd >= 0;
    if (heeds_signals) items[count++] = {nullptr, options_.stop_fd, ZMQ_POLLIN, 0};
    zmq::poll(items.data(), count, timeout);
    if (heeds_signals && (items[count - 1].revents & ZMQ_POLLIN) != 0) on_stop_signal();
  }

  void on_stop_signal() {
    signalfd_siginfo taken{};
    if (read(options_.stop_fd, &taken, sizeof taken) != sizeof taken) return;
    if (endpoints_.empty()) throw StoppedByUser("stopped before the first round");
    if (stop_requested_) throw StoppedByUser("stopped at once by a second signal");
    stop_requested_ = true;
    spdlog::info("node {} asks the collector to stop the run", node_.id);
    say({.kind = ControlKind::stop_request});
  }

  const Experiment& experiment_;
  const NodeOptions& options_;
  zmq::context_t context_;  // before the sockets: they must be closed first
  RefusalLog refusals_;
  Doorman doorman_;                   // before the sockets that it stands at
  std::unique_ptr<Network> network_;  // what is left of it, once a node was lost
  std::vector<bool> lost_;            // by node, as the collector says
  SharedVector mean_;                 // to begin with, where nodes were lost
  Node node_;
  NodeRecord record_;
  CheckpointSaver saver_;
  Links links_{experiment_.asynchronous()};
  ZmqTransport transport_;
  zmq::socket_t control_;
  Workspace work_;
  std::vector<Envelope> out_;
  const Clock::time_point born_ = Clock::now();
  std::optional<FaultPlan> faults_;
  std::optional<Shaper> shaper_;  // these two with faults
  std::optional<Alarm> alarm_;
  std::uint64_t duplicates_dropped_ = 0;
  bool welcomed_ = false;
  std::vector<std::string> endpoints_;
  std::map<NodeId, Greeted> greeted_;
  std::set<NodeId> ungreeted_;
  std::string bound_;              // where the inbox listens
  std::uint64_t incarnation_ = 0;  // of the run; 0 before the first welcome
  std::uint64_t born_in_ = 0;      // the incarnation of that welcome
  Round first_ = 0;                // the state that this incarnation begins with
  bool connected_ = false;         // to its neighbours, in this incarnation
  bool began_ = false;
  Clock::time_point hello_ = Clock::now();
  Clock::time_point joined_at_ = Clock::now();
  std::optional<Round> save_after_;
  Clock::time_point began_at_ = Clock::now();
  std::map<NodeId, Clock::time_point> heard_from_;  // the last frame that was taken
  std::map<NodeId, Asked> asked_;
  std::map<NodeId, std::uint64_t> resyncs_;
  Clock::time_point mended_ = Clock::now();
  Clock::time_point late_ = Clock::now();  // when something was heard, or asked for, last
  std::uint64_t reconnections_ = 0;
  Round started_ = 0;
  double training_seconds_ = 0.0;
  Clock::time_point last_progress_ = Clock::now();
  bool evaluating_ = false;
  std::optional<Round> evaluated_;
  ConstVectorView gradient_;  // of f_i at the mean, until it is asked for
  bool holding_ = false;
  std::optional<Round> stop_after_;
  Round granted_ = 0;        // asynchronous rounds that may be run
  Round wanted_ = 1;         // when it asks
  double granted_at_ = 0.0;  // training time
  bool asked_for_rounds_ = false;
  bool said_held_ = false;
  std::optional<Round> assembled_;  // all nodes wait for the evaluation of that round
  bool dismissed_ = false;
  bool stop_requested_ = false;
};

}  // namespace

NodeOptions node_options(const Config& config, Listening listening, std::string collector) {
  const Params& transport = config.section("transport");
  NodeOptions options{.listening = std::move(listening),
                      .collector = std::move(collector),
                      .start_deadline_seconds = transport.number("start_deadline"),
                      .round_deadline_seconds = transport.number("round_deadline"),
                      .peer_timeout_seconds = transport.number("peer_timeout"),
                      .return_deadline_seconds = transport.number("return_deadline")};
  if (!transport.is_word("max_message", "auto"))
    options.max_payload = static_cast<std::uint64_t>(transport.integer("max_message"));
  return options;
}

bool run_node(const Experiment& experiment, NodeId id, const NodeOptions& options) {
  return NodeRunner(experiment, id, options).run();
}

}  // namespace hearsay
