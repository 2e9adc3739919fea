#include "nodes/node_runner.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <malloc.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <utility>
#include <zmq.hpp>

#include "nodes/checkpoint_saver.h"
#include "nodes/control_socket.h"
#include "nodes/doorman.h"
#include "nodes/greeting.h"
#include "nodes/heartbeat.h"
#include "nodes/moments.h"
#include "nodes/neighbourhood.h"
#include "nodes/run_observer.h"

namespace hearsay {

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr auto kJoinEvery = std::chrono::seconds(1);
constexpr auto kProgressEvery = std::chrono::milliseconds(200);
constexpr auto kLookEvery = std::chrono::milliseconds(10);
constexpr double kAfterCollector = 10.0;  // seconds
constexpr double kGrantSeconds = 0.02;    // of training, that a node asks for rounds for
constexpr Round kMostGranted = 1024;
constexpr int kFarewellMs = 2000;  // how long a failed node waits for its last words to be sent

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

/// libzmq allocates every part that comes, and glibc would give what is freed of them back to the
/// kernel, to get it again page by page, zeroed. Only what is larger than 32 MiB is returned, which
/// is where glibc itself would end up.
void keep_freed_memory() {
  constexpr int kMebibyte = 1 << 20;
  mallopt(M_MMAP_THRESHOLD, 32 * kMebibyte);
  mallopt(M_TRIM_THRESHOLD, 256 * kMebibyte);
  mallopt(M_TOP_PAD, 32 * kMebibyte);
}

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
        neighbourhood_(experiment, node_, work_, context_, doorman_, options.max_payload,
                       options.peer_timeout_seconds),
        control_(context_, zmq::socket_type::dealer) {
    set_heartbeat(control_, options.peer_timeout_seconds);
    control_.set(zmq::sockopt::linger, kFarewellMs);
    control_.set(zmq::sockopt::sndhwm, 0);
    control_.set(zmq::sockopt::rcvhwm, 0);
    control_.set(zmq::sockopt::reconnect_ivl, 20);
    control_.set(zmq::sockopt::routing_id, unguessable_name(id));
    doorman_.introduce(control_, kCollectorId);
    control_.connect(options.collector);
  }

  bool run() {
    const PhaseClock::Use phases(record_.phases);
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
    neighbourhood_.leave();
    welcomed_ = began_ = evaluating_ = holding_ = dismissed_ = false;
    asked_for_rounds_ = said_held_ = false;
    assembled_.reset();
    granted_ = 0;
    endpoints_.clear();
    stop_after_.reset();
    save_after_.reset();
    evaluated_.reset();
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
    std::vector<NodeId> missing = engine().waiting_for();
    if (!began_)
      missing.assign(neighbourhood_.ungreeted().begin(), neighbourhood_.ungreeted().end());
    if (missing.empty()) return message;
    message.kind = ControlKind::stalled;
    message.integers.assign(missing.begin(), missing.end());
    for (const NodeId id : missing) {
      const auto since = neighbourhood_.heard_from(id).value_or(began_at_);
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
      else if (stop_after_)  // where the run has just begun anew
        evaluate(*stop_after_);
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
    tell_traffic(want);
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
    neighbourhood_.receive();
    const auto over = [this] { return assembled_ || may_end_round(); };
    if (!over()) wait(options_.round_deadline_seconds, over, [this] { return who_is_missing(); });
    training_seconds_ += Seconds(Clock::now() - start).count();
    if (said_held_) last_progress_ = {};  // it is held no longer
    if (engine().round_done()) say_progress();
  }

  bool may_end_round() {
    if (neighbourhood_.outbound().busy()) return false;
    if (engine().end_round(work_)) return true;
    if (!said_held_) say_want({});
    said_held_ = true;
    return false;
  }

  // --- Start ---

  void join() {
    if (bound_.empty()) {
      bound_ = neighbourhood_.bind(options_.listening.bind);
      spdlog::info("node {} listens on {}", node_.id, bound_);
    }
    sound_ = incarnation_ > 1 && reweights() ? std::vector<Round>() : saver_.sound();
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
         .rounds = sound_});
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
  /// that had one. x^, residuals and trackers begin as in round 1, which keeps both ends of every
  /// channel equal and the mean where it was; optimizers keep their moments, and who is new gets
  /// their mean.
  void begin_with_the_others() {
    const ConstVectorView means = mean_.view();
    const std::size_t d = experiment_.dimension();
    if (means.size() != d + experiment_.buffers() + experiment_.moments())
      throw TransportError("the collector did not say what to begin with");
    auto network = std::make_unique<Network>(without(experiment_.network(), lost_));
    Node fresh = experiment_.make_node(node_.id, {network.get(), means.first(d), first_});
    const bool newcomer = engine().round() == 0;
    if (fresh.problem)
      fresh.problem->set_buffers(newcomer ? means.subspan(d, experiment_.buffers())
                                          : node_.problem->buffers());
    // Workers of a server step together, and some had taken a step that others had not.
    if (newcomer || (network->server && fresh.problem))
      set_moments(fresh.engine->algorithm(), means.subspan(d + experiment_.buffers()));
    else
      set_moments(fresh.engine->algorithm(), moments_of(engine().algorithm()));
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
    neighbourhood_.meet(neighbours, endpoints_);
    wait(
        options_.start_deadline_seconds, [this] { return neighbourhood_.ungreeted().empty(); },
        [this] {
          return fmt::format("no greeting from node(s) {}",
                             fmt::join(neighbourhood_.ungreeted(), ", "));
        });
    spdlog::info("node {} has greeted its {} neighbours", node_.id, neighbours.size());
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
    const auto over = [this] { return engine().round_done() && !neighbourhood_.outbound().busy(); };
    if (!over()) wait(options_.round_deadline_seconds, over, [this] { return who_is_missing(); });
    training_seconds_ += Seconds(Clock::now() - start).count();
    say_progress();
  }

  void start_round(Clock::time_point now) {
    started_ = engine().round() + 1;
    crash_if_planned();
    work_.watch = experiment_.watch_in(started_);
    engine().start_round(work_, neighbourhood_.outbox());
    neighbourhood_.flush(now);
    // With faults all of a node's work counts as done before it sends.
    if (neighbourhood_.outbound().faults() == nullptr) engine().work_ahead(work_);
  }

  std::string who_is_missing() const {
    return fmt::format("waited {} s in round {} for node(s) {}", options_.round_deadline_seconds,
                       node_.engine->round(), fmt::join(node_.engine->waiting_for(), ", "));
  }

  /// So that it counts, should this process be lost.
  void tell_traffic(ControlMessage& message) {
    message.offer.ideal_bits = engine().ideal_bits();
    message.offer.wire_bytes = engine().wire_bytes();
  }

  void say_progress() {
    if (Clock::now() - last_progress_ <= kProgressEvery) return;
    last_progress_ = Clock::now();
    ControlMessage progress{.kind = ControlKind::progress, .round = engine().round()};
    tell_traffic(progress);
    say(progress);
  }

  // --- Faults of the config ---

  /// Once: a process that was started again does not know of the crash.
  void crash_if_planned() const {
    const FaultPlan* faults = neighbourhood_.outbound().faults();
    if (faults == nullptr || born_in_ > 1) return;
    const auto crash = faults->crash_of(node_.id);
    if (!crash || crash->round != started_) return;
    spdlog::warn("node {} crashes in round {}, as the config says", node_.id, started_);
    kill(getpid(), SIGKILL);
  }

  // --- Evaluation and end ---

  /// Offers the model after round t of the run and serves the collector until it says go.
  void evaluate(Round t) {
    evaluating_ = true;
    ControlMessage offer{.kind = ControlKind::offer,
                         .round = t,
                         .offer = make_offer(experiment_, node_, t, training_seconds_)};
    offer.offer.phases = record_.phases;
    offer.offer.wait_seconds = std::max(0.0, training_seconds_ - record_.phases.total_seconds());
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
    const Vector moments = endpoints_.empty() ? moments_of(engine().algorithm()) : Vector();
    both.reserve(x.size() + buffers.size() + moments.size());
    both.insert(both.end(), x.begin(), x.end());
    both.insert(both.end(), buffers.begin(), buffers.end());
    both.insert(both.end(), moments.begin(), moments.end());
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
                       .rounds = {neighbourhood_.resent(), neighbourhood_.reconnections()},
                       .traffic = engine().traffic()};
    if (const auto counts = neighbourhood_.outbound().counts()) {
      for (const std::uint64_t count : {counts->resent_frames, counts->resent_bytes,
                                        counts->duplicate_frames, counts->duplicate_bytes})
        end.rounds.push_back(count);
      spdlog::info("node {} has dropped {} duplicated frames", node_.id,
                   neighbourhood_.duplicates_dropped());
    }
    say(std::move(end));
    wait(
        options_.round_deadline_seconds, [this] { return dismissed_; },
        [] { return std::string("the collector did not say good-bye"); });
    refusals_.summarize();
    spdlog::info("node {} is done after round {}", node_.id, engine().round());
  }

  void warn(const std::string& text) {
    spdlog::warn("{}", text);
    say({.kind = ControlKind::warning, .round = engine().round(), .text = text});
  }

  void on_control(const ControlMessage& message) {
    if (message.kind == ControlKind::recover) return on_recover(message);
    // A process that was started again learns from its welcome how often the run has begun anew.
    if (message.kind == ControlKind::welcome && incarnation_ == 0) {
      incarnation_ = born_in_ = message.incarnation;
      neighbourhood_.set_incarnation(incarnation_);
    }
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
          neighbourhood_.set_session(message.integers.front());
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
    neighbourhood_.set_incarnation(incarnation_);
    throw Recovery();
  }

  // --- Messages ---

  void say(ControlMessage message) {
    message.node = node_.id;
    message.incarnation = incarnation_;
    send_control(control_, message);
    control_ready_ = true;  // sending may have swallowed the notice of what came
  }

  /// Looks where there may be something, and now and then, since a node that never waits for others
  /// does not hear that there is.
  bool drain_control(Clock::time_point now = Clock::now()) {
    if (!control_ready_ && now - control_looked_ < kLookEvery) return false;
    control_ready_ = false;
    control_looked_ = now;
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

  /// A look into an empty inbox costs a system call, and its file tells of what comes.
  bool may_have_frames() { return std::exchange(inbox_ready_, false) || !neighbourhood_.drained(); }

  /// In the middle of a round that others hold up, nothing but their frames is urgent. The other
  /// files are looked at now and then.
  bool may_listen(Clock::time_point now) {
    return !engine().round_done() && takes_frames() && !evaluating_ && !control_ready_ &&
           !experiment_.asynchronous() && neighbourhood_.outbound().faults() == nullptr &&
           now - polled_ < Transport::kListenFor;
  }

  void ask_when_late(Clock::time_point now) {
    if (now - late_ < Seconds(options_.round_deadline_seconds / 4)) return;
    late_ = now;
    neighbourhood_.ask_for_missing();
  }

  /// Serves both sockets until `done`; throws when nothing at all came for the deadline.
  void wait(double deadline_seconds, const std::function<bool()>& done,
            const std::function<std::string()>& complaint) {
    auto now = Clock::now();
    auto deadline = now + Seconds(deadline_seconds);
    for (;;) {
      const bool frames = may_listen(now)
                              ? neighbourhood_.listen()
                              : takes_frames() && may_have_frames() && neighbourhood_.receive();
      const bool sent = neighbourhood_.outbound().send_due();
      now = Clock::now();  // once a turn: at small models this is no small part of a round
      const bool heard = drain_control(now) || frames || sent;
      if (done()) return;
      neighbourhood_.mend(now);
      join_again();
      if (heard) late_ = now;
      ask_when_late(now);
      if (heard || neighbourhood_.outbound().busy()) deadline = now + Seconds(deadline_seconds);
      if (control_ready_ || may_listen(now) || (takes_frames() && !neighbourhood_.drained()))
        continue;
      const double left = Seconds(deadline - now).count();
      if (left <= 0.0) throw DeadlinePassed(complaint());
      poll(static_cast<int>(std::min(left, 0.2) * 1000.0) + 1);
      now = polled_;
    }
  }

  /// Waits for a sign of either socket. Their files show that something came since they were last
  /// found empty; zmq::poll would ask each socket, which takes a system call, before and after.
  void poll(int milliseconds) {
    std::array<pollfd, 4> files = {};
    std::size_t count = 0;
    files[count++] = {control_.get(zmq::sockopt::fd), POLLIN, 0};
    inbox_ready_ = true;  // unless its file says that it is not
    const std::size_t inbox = count;
    const bool polls_inbox = takes_frames();
    if (polls_inbox) {
      files[count++] = {neighbourhood_.inbox_file(), POLLIN, 0};
      if (!neighbourhood_.watch_inbox()) milliseconds = 0;
    }
    if (const auto alarm = neighbourhood_.outbound().alarm()) files[count++] = {*alarm, POLLIN, 0};
    const bool heeds_signals = options_.stop_fd >= 0;
    if (heeds_signals) files[count++] = {options_.stop_fd, POLLIN, 0};
    const int ready = ::poll(files.data(), count, milliseconds);
    polled_ = Clock::now();
    if (ready <= 0) return;  // nothing, or a signal
    control_ready_ = files.front().revents != 0;
    if (polls_inbox && milliseconds > 0) inbox_ready_ = files.at(inbox).revents != 0;
    if (heeds_signals && files[count - 1].revents != 0) on_stop_signal();
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
  std::vector<Round> sound_;  // of its checkpoints, when it joined
  Workspace work_;
  Neighbourhood neighbourhood_;
  zmq::socket_t control_;
  std::vector<std::string> endpoints_;
  std::string bound_;              // where the inbox listens
  std::uint64_t incarnation_ = 0;  // of the run; 0 before the first welcome
  std::uint64_t born_in_ = 0;      // the incarnation of that welcome
  Round first_ = 0;                // the state that this incarnation begins with
  Round started_ = 0;
  std::optional<Round> evaluated_;
  std::optional<Round> save_after_;
  std::optional<Round> stop_after_;
  double training_seconds_ = 0.0;
  ConstVectorView gradient_;  // of f_i at the mean, until it is asked for

  // Asynchronous rounds
  Round granted_ = 0;               // that may be run
  Round wanted_ = 1;                // when it asks
  double granted_at_ = 0.0;         // training time
  std::optional<Round> assembled_;  // all nodes wait for the evaluation of that round
  bool asked_for_rounds_ = false;
  bool said_held_ = false;

  bool control_ready_ = true;  // there may be something on the control socket
  bool inbox_ready_ = true;    // or in the inbox
  Clock::time_point control_looked_;
  Clock::time_point polled_;

  bool welcomed_ = false;
  bool began_ = false;
  bool evaluating_ = false;
  bool holding_ = false;
  bool dismissed_ = false;
  bool stop_requested_ = false;

  Clock::time_point joined_at_ = Clock::now();
  Clock::time_point began_at_ = Clock::now();
  Clock::time_point late_ = Clock::now();  // when something was heard, or asked for, last
  Clock::time_point last_progress_ = Clock::now();
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
  keep_freed_memory();
  return NodeRunner(experiment, id, options).run();
}

}  // namespace hearsay
