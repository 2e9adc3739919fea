#include "nodes/node_runner.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <utility>
#include <zmq.hpp>

#include "nodes/control_socket.h"
#include "nodes/faults/alarm.h"
#include "nodes/faults/shaper.h"
#include "nodes/greeting.h"
#include "nodes/run_observer.h"
#include "nodes/zmq_transport.h"

namespace hearsay {

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr auto kProgressEvery = std::chrono::milliseconds(200);
constexpr double kAfterCollector = 10.0;  // seconds
constexpr int kFarewellMs = 2000;  // how long a failed node waits for its last words to be sent

class DeadlinePassed : public TransportError {
 public:
  using TransportError::TransportError;
};

class NodeRunner {
 public:
  NodeRunner(const Experiment& experiment, NodeId id, const NodeOptions& options)
      : experiment_(experiment),
        options_(options),
        node_(experiment.make_node(id)),
        transport_(context_, id, experiment.digest(), options.max_payload),
        control_(context_, zmq::socket_type::dealer),
        faults_(fault_plan(experiment.config(), experiment.network())) {
    control_.set(zmq::sockopt::linger, kFarewellMs);
    control_.set(zmq::sockopt::sndhwm, 0);
    control_.set(zmq::sockopt::rcvhwm, 0);
    control_.set(zmq::sockopt::reconnect_ivl, 20);
    control_.set(zmq::sockopt::routing_id, fmt::format("node-{}", id));
    control_.connect(options.collector);
    if (!faults_) return;
    shaper_.emplace(*faults_, id);
    alarm_.emplace();
  }

  bool run() {
    try {
      run_to_the_end();
      return true;
    } catch (const StoppedByUser& stop) {
      say({.kind = ControlKind::failed, .round = engine().round(), .text = stop.what()});
      throw;
    } catch (const DeadlinePassed& error) {
      spdlog::error("node {} failed: {}", node_.id, error.what());
      ControlMessage message{
          .kind = ControlKind::failed, .round = engine().round(), .text = error.what()};
      if (!engine().round_done()) {
        message.kind = ControlKind::stalled;
        for (const NodeId id : engine().waiting_for()) message.integers.push_back(id);
      }
      say(message);
      return false;
    } catch (const std::exception& error) {
      // The log first: on hearing of it, the launcher ends this process.
      spdlog::error("node {} failed: {}", node_.id, error.what());
      say({.kind = ControlKind::failed, .round = engine().round(), .text = error.what()});
      return false;
    }
  }

 private:
  RoundEngine& engine() { return *node_.engine; }

  void run_to_the_end() {
    join();
    greet();
    evaluate();
    while (may_start_round()) {
      run_round();
      if (experiment_.evaluates_after(engine().round())) evaluate();
    }
    if (evaluated_ != engine().round()) evaluate();
    finish();
  }

  // --- Start ---

  void join() {
    const std::string bound = transport_.bind(options_.listening.bind);
    const std::string& advertise = options_.listening.advertise;
    spdlog::info("node {} listens on {}", node_.id, bound);
    say({.kind = ControlKind::join,
         .text = advertise.empty() ? bound : advertise,
         .integers = greeting_of(experiment_)});
    wait(
        options_.start_deadline_seconds, [this] { return welcomed_; },
        [this] { return "no answer from the collector at " + options_.collector; });
    spdlog::info("node {} has joined and waits for the others", node_.id);
    // The collector has the same deadline and knows who is missing: it speaks first.
    wait(
        options_.start_deadline_seconds + kAfterCollector, [this] { return !endpoints_.empty(); },
        [] { return std::string("the collector did not say where the others listen"); });
  }

  void greet() {
    std::set<NodeId> neighbours;
    const Network& network = experiment_.network();
    for (const NodeId other : network.graph.neighbours(node_.id)) neighbours.insert(other);
    const auto payload = std::make_shared<const Bytes>(encode_greeting(greeting_of(experiment_)));
    for (const NodeId other : neighbours) {
      transport_.connect(other, endpoints_.at(other));
      transport_.send({.header = {.kind = FrameKind::hello,
                                  .digest = experiment_.digest(),
                                  .from = node_.id,
                                  .to = other},
                       .payload = payload});
    }
    ungreeted_.insert(neighbours.begin(), neighbours.end());
    for (const NodeId early : greeted_) ungreeted_.erase(early);
    wait(
        options_.start_deadline_seconds, [this] { return ungreeted_.empty(); },
        [this] { return fmt::format("no greeting from node(s) {}", fmt::join(ungreeted_, ", ")); });
    spdlog::info("node {} has greeted its {} neighbours", node_.id, neighbours.size());
  }

  void on_hello(const ReceivedFrame& frame) {
    const std::string wrong = greeting_mismatch(frame.header.from, decode_greeting(*frame.payload),
                                                greeting_of(experiment_));
    if (!wrong.empty()) throw TransportError(wrong);
    greeted_.insert(frame.header.from);
    ungreeted_.erase(frame.header.from);
  }

  // --- Rounds ---

  bool may_start_round() {
    drain_control();
    if (holding_ && !stop_after_)
      wait(
          options_.round_deadline_seconds, [this] { return stop_after_.has_value(); },
          [] { return std::string("asked to hold, but never told where to stop"); });
    const Round last = std::min(stop_after_.value_or(experiment_.rounds()), experiment_.rounds());
    return engine().round() < last;
  }

  void run_round() {
    const auto start = Clock::now();
    started_ = engine().round() + 1;
    work_.watch = experiment_.watch_in(started_);
    engine().start_round(work_, out_);
    flush(start);
    const auto over = [this] { return engine().round_done() && !busy(); };
    if (!over())
      wait(options_.round_deadline_seconds, over, [this] {
        return fmt::format("waited {} s in round {} for node(s) {}",
                           options_.round_deadline_seconds, engine().round(),
                           fmt::join(engine().waiting_for(), ", "));
      });
    training_seconds_ += Seconds(Clock::now() - start).count();
    if (Clock::now() - last_progress_ > kProgressEvery) {
      last_progress_ = Clock::now();
      ControlMessage progress{.kind = ControlKind::progress, .round = engine().round()};
      progress.offer.wire_bytes = engine().wire_bytes();
      say(progress);
    }
  }

  /// Sends what the engine has computed since then.
  void flush(Clock::time_point began) {
    if (shaper_) return shape(began);
    for (const Envelope& envelope : out_) transport_.send(envelope);
    out_.clear();
  }

  // --- Faults of the config ---

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

  // --- Incoming frames ---

  void take(const ReceivedFrame& frame) {
    if (frame.header.kind == FrameKind::hello) return on_hello(frame);
    const auto began = Clock::now();
    const auto refusal = engine().on_frame(frame.header, frame.payload, work_, out_);
    if (!refusal) return flush(began);
    if (is_injected(frame.header, *refusal)) {
      ++duplicates_dropped_;
      return;
    }
    transport_.count_refused(*refusal);
    spdlog::warn("node {} refused a frame: {} (from node {}, round {}, sequence {})", node_.id,
                 to_string(*refusal), frame.header.from, frame.header.round, frame.header.sequence);
    if (*refusal == Refusal::gap || *refusal == Refusal::bad_payload)
      throw TransportError(fmt::format(
          "the link from node {} is broken: frame {} of round {} is {}", frame.header.from,
          frame.header.sequence, frame.header.round, to_string(*refusal)));
  }

  // --- Evaluation and end ---

  /// Offers the model after the current round and serves the collector until it says go.
  void evaluate() {
    const Round t = engine().round();
    evaluating_ = true;
    say({.kind = ControlKind::offer,
         .round = t,
         .offer = make_offer(experiment_, node_, t, training_seconds_)});
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
                       .round = engine().round(),
                       .integers = {transport_.refused_total()},
                       .traffic = engine().traffic()};
    if (shaper_) {
      const LinkCounts counts = shaper_->counts();
      for (const std::uint64_t count : {counts.resent_frames, counts.resent_bytes,
                                        counts.duplicate_frames, counts.duplicate_bytes})
        end.integers.push_back(count);
      spdlog::info("node {} has dropped {} duplicated frames", node_.id, duplicates_dropped_);
    }
    say(std::move(end));
    wait(
        options_.round_deadline_seconds, [this] { return dismissed_; },
        [] { return std::string("the collector did not say good-bye"); });
    spdlog::info("node {} is done after round {}", node_.id, engine().round());
  }

  void on_control(const ControlMessage& message) {
    switch (message.kind) {
      case ControlKind::welcome:
        welcomed_ = true;
        break;
      case ControlKind::peers:
        endpoints_ = message.texts;
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
      case ControlKind::bye:
        dismissed_ = true;
        break;
      case ControlKind::abort:
        throw TransportError("the run was ended: " + message.text);
      default:
        break;
    }
  }

  // --- Messages ---

  void say(ControlMessage message) {
    message.node = node_.id;
    send_control(control_, message);
  }

  bool drain_control() {
    bool any = false;
    while (const auto received = receive_control(control_)) {
      any = true;
      if (received->message) on_control(*received->message);
    }
    return any;
  }

  bool drain_inbox() {
    bool any = false;
    while (auto frame = transport_.receive()) {
      any = true;
      take(*frame);
    }
    return any;
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
      if (heard || busy()) deadline = Clock::now() + Seconds(deadline_seconds);
      if (heard) continue;
      const double left = Seconds(deadline - Clock::now()).count();
      if (left <= 0.0) throw DeadlinePassed(complaint());
      poll(std::chrono::milliseconds(static_cast<long>(std::min(left, 1.0) * 1000.0) + 1));
    }
  }

  void poll(std::chrono::milliseconds timeout) {
    std::array<zmq::pollitem_t, 4> items = {
        {{transport_.inbox().handle(), 0, ZMQ_POLLIN, 0}, {control_.handle(), 0, ZMQ_POLLIN, 0}}};
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
  Node node_;
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
  std::set<NodeId> greeted_;
  std::set<NodeId> ungreeted_;
  Round started_ = 0;
  double training_seconds_ = 0.0;
  Clock::time_point last_progress_ = Clock::now();
  bool evaluating_ = false;
  Round evaluated_ = 0;
  ConstVectorView gradient_;  // of f_i at the mean, until it is asked for
  bool holding_ = false;
  std::optional<Round> stop_after_;
  bool dismissed_ = false;
  bool stop_requested_ = false;
};

}  // namespace

NodeOptions node_options(const Config& config, Listening listening, std::string collector) {
  const Params& transport = config.section("transport");
  return {.listening = std::move(listening),
          .collector = std::move(collector),
          .start_deadline_seconds = transport.number("start_deadline"),
          .round_deadline_seconds = transport.number("round_deadline"),
          .max_payload = static_cast<std::uint64_t>(transport.integer("max_message"))};
}

bool run_node(const Experiment& experiment, NodeId id, const NodeOptions& options) {
  return NodeRunner(experiment, id, options).run();
}

}  // namespace hearsay
