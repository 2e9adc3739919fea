#include "nodes/outbound.h"

#include <utility>

namespace hearsay {

Outbound::Outbound(const Experiment& experiment, NodeId self, Transport& transport)
    : self_(self),
      transport_(transport),
      faults_(fault_plan(experiment.config(), experiment.network())) {
  if (!faults_) return;
  shaper_.emplace(*faults_, self);
  alarm_.emplace();
}

void Outbound::send(std::vector<Envelope>& envelopes, Clock::time_point began) {
  if (shaper_) {
    const double now = seconds_at(Clock::now());
    shaper_->computed(seconds_at(began), now);
    for (Envelope& envelope : envelopes) shaper_->send(std::move(envelope), now);
    send_due();
  } else {
    for (const Envelope& envelope : envelopes) transport_.send(envelope);
  }
  envelopes.clear();
}

void Outbound::send_again(const std::vector<Envelope>& envelopes) {
  for (const Envelope& envelope : envelopes)
    if (shaper_)
      shaper_->send(envelope, seconds_at(Clock::now()));
    else
      transport_.send(envelope);
  send_due();
}

bool Outbound::send_due() {
  if (!shaper_) return false;
  bool any = false;
  for (; const auto envelope = shaper_->take(seconds_at(Clock::now())); any = true)
    transport_.send(*envelope);
  return any;
}

bool Outbound::busy() const {
  return shaper_ && shaper_->busy_until() > seconds_at(Clock::now());
}

std::optional<int> Outbound::alarm() {
  if (!alarm_) return std::nullopt;
  const auto next = shaper_->next(seconds_at(Clock::now()));
  if (next)
    alarm_->set(born_ + std::chrono::ceil<Clock::duration>(std::chrono::duration<double>(*next)));
  else
    alarm_->set(std::nullopt);
  return alarm_->file();
}

void Outbound::forget() {
  if (shaper_) shaper_.emplace(*faults_, self_);
}

std::optional<LinkCounts> Outbound::counts() const {
  if (!shaper_) return std::nullopt;
  return shaper_->counts();
}

}  // namespace hearsay
