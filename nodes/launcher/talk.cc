#include <fmt/format.h>

#include <array>
#include <cerrno>

#include "nodes/control_socket.h"
#include "nodes/heartbeat.h"
#include "nodes/launcher/launch.h"

namespace hearsay {

namespace {

constexpr int kMessagesAtOnce = 1024;  // then signals and deadlines have their turn
constexpr auto kTick = std::chrono::milliseconds(200);

}  // namespace

void Launch::open_socket() {
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
    throw RunFailed(fmt::format("the collector cannot listen on {}: {}", endpoint_, error.what()));
  }
}

void Launch::poll() {
  std::array<zmq::pollitem_t, 2> items = {
      {{socket_->handle(), 0, ZMQ_POLLIN, 0}, {nullptr, signals_.file(), ZMQ_POLLIN, 0}}};
  zmq::poll(items.data(), items.size(), kTick);
}

void Launch::receive() {
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
bool Launch::is_impatient(const ControlMessage& join) const {
  return seats_.is_from_same_process() && !collector_.is_lost(join.node);
}

void Launch::send_answers() {
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

}  // namespace hearsay
