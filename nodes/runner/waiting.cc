#include <poll.h>

#include <algorithm>
#include <array>

#include "nodes/runner/running_node.h"

namespace hearsay {

/// Before the session is known, frames cannot be told apart; and what comes while asynchronous
/// nodes are evaluated may change the model.
bool RunningNode::takes_frames() const {
  return !endpoints_.empty() && !(evaluating_ && experiment_.asynchronous());
}

/// In the middle of a round that others hold up, nothing but their frames is urgent. The other
/// files are looked at now and then.
bool RunningNode::may_listen(Clock::time_point now) {
  return !engine().round_done() && takes_frames() && !evaluating_ && !control_ready_ &&
         !experiment_.asynchronous() && neighbourhood_.outbound().faults() == nullptr &&
         now - polled_ < Transport::kListenFor;
}

void RunningNode::ask_when_late(Clock::time_point now) {
  if (now - late_ < Seconds(options_.round_deadline_seconds / 4)) return;
  late_ = now;
  neighbourhood_.ask_for_missing();
}

/// Serves both sockets until `done`; throws when nothing at all came for the deadline.
void RunningNode::wait(double deadline_seconds, const std::function<bool()>& done,
                       const std::function<std::string()>& complaint) {
  auto now = Clock::now();
  auto deadline = now + Seconds(deadline_seconds);
  for (;;) {
    const bool frames = may_listen(now)
                            ? neighbourhood_.listen(now)
                            : takes_frames() && may_have_frames() && neighbourhood_.receive();
    if (frames && done()) return;
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
void RunningNode::poll(int milliseconds) {
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

}  // namespace hearsay
