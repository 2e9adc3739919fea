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
#include <map>
#include <optional>
#include <random>
#include <set>
#include <utility>
#include <zmq.hpp>

#include "nodes/control_socket.h"
#include "nodes/doorman.h"
#include "nodes/greeting.h"
#include "nodes/run_observer.h"
#include "nodes/zmq_transport.h"

namespace hearsay {

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr auto kProgressEvery = std::chrono::milliseconds(200);
constexpr double kAfterCollector = 10.0;  // seconds
constexpr int kFramesAtOnce = 1024;       // then the collector has its turn
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

class NodeRunner {
 public:
  NodeRunner(const Experiment& experiment, NodeId id, const NodeOptions& options)
      : experiment_(experiment),
        options_(options),
        refusals_([id](const std::string& line) { spdlog::warn("node {}: {}", id, line); }),
        doorman_(context_, load_keys(experiment.config(), experiment.network().nodes(), id),
                 refusals_, experiment.network().graph.degree(id)),
        node_(experiment.make_node(id)),
        transport_(context_, id, experiment.digest(),
                   options.max_payload.value_or(longest_payload(experiment.dimension())), doorman_),
        control_(context_, zmq::socket_type::dealer) {
    control_.set(zmq::sockopt::linger, kFarewellMs);
    control_.set(zmq::sockopt::sndhwm, 0);
    control_.set(zmq::sockopt::rcvhwm, 0);
    control_.set(zmq::sockopt::reconnect_ivl, 20);
    control_.set(zmq::sockopt::routing_id, unguessable_name(id));
    doorman_.introduce(control_, kCollectorId);
    control_.connect(options.collector);
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
    for (const NodeId other : neighbours)
      if (!greeted_.contains(other)) ungreeted_.insert(other);
    wait(
        options_.start_deadline_seconds, [this] { return ungreeted_.empty(); },
        [this] { return fmt::format("no greeting from node(s) {}", fmt::join(ungreeted_, ", ")); });
    spdlog::info("node {} has greeted its {} neighbours", node_.id, neighbours.size());
  }

  std::optional<Refusal> on_hello(const ReceivedFrame& frame) {
    const NodeId from = frame.header.from;
    const auto& neighbours = experiment_.network().graph.neighbours(node_.id);
    if (std::find(neighbours.begin(), neighbours.end(), from) == neighbours.end())
      return Refusal::misdirected;
    // No neighbour's mistake: the collector has compared the greetings of all who take part.
    if (!greeting_mismatch(from, decode_greeting(*frame.payload), greeting_of(experiment_)).empty())
      return Refusal::foreign;
    if (!greeted_.emplace(from, frame.origin.connection).second) return Refusal::replayed;
    ungreeted_.erase(from);
    return std::nullopt;
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
    flush();
    if (!engine().round_done())
      wait(
          options_.round_deadline_seconds, [this] { return engine().round_done(); },
          [this] {
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

  void flush() {
    for (const Envelope& envelope : out_) transport_.send(envelope);
    out_.clear();
  }

  /// Whether it is a frame of this run. What a stranger sends is no sign of life.
  bool take(const ReceivedFrame& frame) {
    const FrameHeader& header = frame.header;
    const auto refusal = header.kind == FrameKind::hello
                             ? on_hello(frame)
                             : engine().on_frame(header, frame.payload, work_, out_);
    flush();
    if (!refusal) return true;
    doorman_.refuse(*refusal, frame.origin,
                    fmt::format("it says from node {}, round {}, sequence {}", header.from,
                                header.round, header.sequence));
    if ((*refusal == Refusal::gap || *refusal == Refusal::bad_payload) && is_neighbours(frame))
      throw TransportError(
          fmt::format("the link from node {} is broken: frame {} of round {} is {}", header.from,
                      header.sequence, header.round, to_string(*refusal)));
    return false;
  }

  /// Known by its key, or by the connection that brought the greeting. Else a stranger could end
  /// the run with a frame that only looks like one.
  bool is_neighbours(const ReceivedFrame& frame) const {
    const auto at = greeted_.find(frame.header.from);
    return doorman_.has_keys() || (at != greeted_.end() && at->second == frame.origin.connection);
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
    say({.kind = ControlKind::finished,
         .round = engine().round(),
         .integers = refusals_.counts(),
         .traffic = engine().traffic()});
    wait(
        options_.round_deadline_seconds, [this] { return dismissed_; },
        [] { return std::string("the collector did not say good-bye"); });
    refusals_.summarize();
    spdlog::info("node {} is done after round {}", node_.id, engine().round());
  }

  void on_control(const ControlMessage& message) {
    switch (message.kind) {
      case ControlKind::welcome:
        welcomed_ = true;
        break;
      case ControlKind::peers:
        endpoints_ = message.texts;
        if (!message.integers.empty()) transport_.set_session(message.integers.front());
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
    if (endpoints_.empty()) return any;  // the session is not known: frames cannot be told apart
    for (int taken = 0; taken < kFramesAtOnce; ++taken) {
      const auto frame = transport_.receive();
      if (!frame) break;
      if (take(*frame)) any = true;
    }
    return any;
  }

  /// Serves both sockets until `done`; throws when nothing at all came for the deadline.
  void wait(double deadline_seconds, const std::function<bool()>& done,
            const std::function<std::string()>& complaint) {
    auto deadline = Clock::now() + Seconds(deadline_seconds);
    for (;;) {
      const bool frames = drain_inbox();
      const bool heard = drain_control() || frames;
      if (done()) return;
      if (heard) {
        deadline = Clock::now() + Seconds(deadline_seconds);
        continue;
      }
      const double left = Seconds(deadline - Clock::now()).count();
      if (left <= 0.0) throw DeadlinePassed(complaint());
      poll(std::chrono::milliseconds(static_cast<long>(std::min(left, 1.0) * 1000.0) + 1));
    }
  }

  void poll(std::chrono::milliseconds timeout) {
    std::array<zmq::pollitem_t, 3> items = {{{transport_.inbox().handle(), 0, ZMQ_POLLIN, 0},
                                             {control_.handle(), 0, ZMQ_POLLIN, 0},
                                             {nullptr, options_.stop_fd, ZMQ_POLLIN, 0}}};
    if (endpoints_.empty()) items[0].events = 0;
    const std::size_t count = options_.stop_fd >= 0 ? 3 : 2;
    zmq::poll(items.data(), count, timeout);
    if (count == 3 && (items[2].revents & ZMQ_POLLIN) != 0) on_stop_signal();
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
  Doorman doorman_;  // before the sockets that it stands at
  Node node_;
  ZmqTransport transport_;
  zmq::socket_t control_;
  Workspace work_;
  std::vector<Envelope> out_;
  bool welcomed_ = false;
  std::vector<std::string> endpoints_;
  std::map<NodeId, std::string> greeted_;  // and the connections that brought the greetings
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
  NodeOptions options{.listening = std::move(listening),
                      .collector = std::move(collector),
                      .start_deadline_seconds = transport.number("start_deadline"),
                      .round_deadline_seconds = transport.number("round_deadline")};
  if (!transport.is_word("max_message", "auto"))
    options.max_payload = static_cast<std::uint64_t>(transport.integer("max_message"));
  return options;
}

bool run_node(const Experiment& experiment, NodeId id, const NodeOptions& options) {
  return NodeRunner(experiment, id, options).run();
}

}  // namespace hearsay
