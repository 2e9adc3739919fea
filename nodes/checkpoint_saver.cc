#include "nodes/checkpoint_saver.h"

#include <fmt/format.h>

#include <utility>

namespace hearsay {

CheckpointSaver::CheckpointSaver(const Experiment& experiment, const Persistence& persistence,
                                 NodeId owner, std::function<void(const std::string&)> warn)
    : experiment_(experiment), plan_(experiment.checkpoint_plan()), warn_(std::move(warn)) {
  if (!persistence.results.empty())
    folder_.emplace(experiment.checkpoints(persistence.results, owner));
}

std::vector<Round> CheckpointSaver::sound() const {
  if (!folder_) return {};
  return folder_->sound([this](const std::string& refused) {
    warn_("checkpoint refused, an earlier one is used: " + refused);
  });
}

Round CheckpointSaver::newest() const {
  const std::vector<Round> rounds = sound();
  if (rounds.empty())
    throw CheckpointError(fmt::format("{}: there is no checkpoint to resume from",
                                      folder_ ? folder_->folder().string() : "no folder"));
  if (rounds.front() >= experiment_.rounds())
    throw CheckpointError(
        fmt::format("{}: all {} rounds are done; --set run.rounds=N runs more of them",
                    folder_->file_of(rounds.front()).string(), rounds.front()));
  return rounds.front();
}

void CheckpointSaver::restore(Round t, const VisitState& visit) {
  saved_ = t;
  saved_at_ = Clock::now();
  if (!folder_) return;
  if (t > 0) folder_->read(t, visit);
  folder_->forget_after(t);
}

void CheckpointSaver::save_if_due(Round t, const VisitState& visit) {
  if (!on()) return;
  const std::chrono::duration<double> since = Clock::now() - saved_at_;
  const bool by_time = plan_.seconds > 0.0 && since.count() >= plan_.seconds;
  if (plan_.due_after(t) || by_time) save(t, visit);
}

void CheckpointSaver::save_last(Round t, const VisitState& visit) {
  if (on()) save(t, visit);
}

void CheckpointSaver::save(Round t, const VisitState& visit) {
  if (saved_ == t || !folder_) return;
  try {
    folder_->write(t, visit);
    saved_ = t;
  } catch (const CheckpointError& error) {
    warn_(std::string("no checkpoint after round ") + std::to_string(t) + ": " + error.what());
  }
  saved_at_ = Clock::now();
}

}  // namespace hearsay
