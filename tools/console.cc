#include "tools/console.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <optional>

namespace hearsay {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kRedrawEvery = std::chrono::milliseconds(100);
constexpr std::size_t kTableRows = 12;

std::string number(const std::optional<double>& value) {
  return value ? fmt::format("{:.6g}", *value) : "-";
}

std::string percent(const std::optional<double>& value) {
  return value ? fmt::format("{:.1f} %", 100.0 * *value) : "-";
}

/// At most kTableRows of the rows, evenly spread, the first and the last among them.
std::vector<std::size_t> chosen(std::size_t rows) {
  std::vector<std::size_t> result;
  const std::size_t shown = std::min(rows, kTableRows);
  for (std::size_t k = 0; k < shown; ++k)
    result.push_back(shown == 1 ? 0 : k * (rows - 1) / (shown - 1));
  return result;
}

}  // namespace

std::string describe(const Network& network, const std::string& graph) {
  if (network.nodes() == 1) return "a single node";
  if (network.server) return fmt::format("{} workers and a server", network.parts());
  return fmt::format("{} nodes ({})", network.nodes(), graph);
}

Console::Live::Live(const Experiment& experiment)
    : run(experiment.name(), experiment.rounds(), experiment.network().nodes(),
          !experiment.asynchronous(), Clock::now()),
      screen(STDERR_FILENO) {}

Console::Console(const Experiment& experiment, bool plain) : experiment_(experiment) {
  if (!plain && can_redraw(STDERR_FILENO)) live_.emplace(experiment);
}

void Console::on_progress(const Progress& progress) {
  if (live_) live_->run.on_progress(progress);
}

void Console::on_evaluation(const EvaluationReport& report) {
  const MetricsRow& row = report.row;
  rows_.push_back(row);
  if (live_) return live_->run.on_evaluation(row, Clock::now());
  fmt::print(stderr, "round {}/{}  loss {}  consensus error {}  accuracy {}  sent {}\n", row.round,
             experiment_.rounds(), number(row.train_loss), number(row.consensus_error),
             percent(row.test_accuracy), in_bytes(static_cast<double>(row.wire_bytes)));
}

void Console::on_tick(const NodeWatch& nodes) {
  if (!live_) return;
  live_->nodes = &nodes;
  if (Clock::now() - live_->drawn < kRedrawEvery || !live_->screen.ready()) return;
  look_and_draw();
}

void Console::on_failing() {
  if (live_) look_and_draw();
}

void Console::look_and_draw() {
  if (live_->nodes != nullptr) live_->run.look(*live_->nodes, Clock::now());
  draw();
}

void Console::draw() {
  live_->drawn = Clock::now();
  live_->screen.draw(hearsay::draw(live_->run.at(live_->drawn), live_->screen.canvas()));
}

std::optional<Round> Console::on_restore(const Restored& from) {
  while (!rows_.empty() && rows_.back().round > from.round) rows_.pop_back();
  if (live_) live_->run.on_restore(from.round, rows_, Clock::now());
  say(fmt::format("goes on from the checkpoint after round {}\n", from.round));
  return std::nullopt;
}

void Console::on_warning(const std::string& text) {
  say(fmt::format("warning: {}\n", text));
}

/// Above the live view, where there is one.
void Console::say(const std::string& text) {
  if (live_)
    live_->screen.print_above(text);
  else
    fmt::print(stderr, "{}", text);
}

void Console::on_notice(const std::string& text) {
  say(text + "\n");
}

void Console::close() {
  if (live_) draw();
  live_.reset();
}

void Console::on_end(const RunEnd& end) {
  if (live_) {
    if (live_->nodes != nullptr) live_->run.look(*live_->nodes, Clock::now());
    live_->run.on_end(end.round);
  }
  close();
  fmt::print("\n{:>8} {:>8} {:>12} {:>12} {:>12} {:>9} {:>10} {:>10}\n", "round", "epoch", "loss",
             "grad norm", "consensus", "accuracy", "ideal bits", "on wire");
  for (const std::size_t k : chosen(rows_.size())) {
    const MetricsRow& row = rows_[k];
    fmt::print("{:>8} {:>8} {:>12} {:>12} {:>12} {:>9} {:>10} {:>10}\n", row.round,
               row.epoch ? fmt::format("{:.4g}", *row.epoch) : "-", number(row.train_loss),
               number(row.grad_norm), number(row.consensus_error), percent(row.test_accuracy),
               in_bits(static_cast<double>(row.ideal_bits)),
               in_bytes(static_cast<double>(row.wire_bytes)));
  }

  const MetricsRow& last = rows_.back();
  const auto rounds = static_cast<double>(end.round);
  const double dense_bits = 32.0 * static_cast<double>(experiment_.dimension());
  std::uint64_t frames = 0;
  for (const auto& links : end.traffic)
    for (const LinkTraffic& link : links) frames += link.frames;
  fmt::print("\n{} after {} of {} rounds: {} on {}, {} parameters\n",
             end.interrupted ? "stopped" : "done", end.round, experiment_.rounds(),
             experiment_.algorithm_name(),
             describe(experiment_.network(), experiment_.graph_kind()), experiment_.dimension());
  if (end.round > 0)
    fmt::print("time     {} {} ({:.4g} rounds/s), {} in all with {} evaluations\n",
               in_seconds(last.seconds), end.virtual_time ? "of virtual time" : "training",
               rounds / std::max(last.seconds, 1e-9), in_seconds(end.wall_seconds), rows_.size());
  if (frames > 0) {
    const double saved = dense_bits * static_cast<double>(frames) /
                         std::max<double>(1.0, static_cast<double>(last.ideal_bits));
    fmt::print(
        "traffic  {} in {} messages, headers included; {} as the papers count, {:.3g} x less than "
        "full vectors\n",
        in_bytes(static_cast<double>(last.wire_bytes)), frames,
        in_bits(static_cast<double>(last.ideal_bits)), saved);
  }
  if (end.link_faults && end.link_faults->resent_frames + end.link_faults->duplicate_frames > 0)
    fmt::print("         {} more resent in {} frames after losses, and {} frames twice\n",
               in_bytes(static_cast<double>(end.link_faults->resent_bytes)),
               end.link_faults->resent_frames, end.link_faults->duplicate_frames);
  if (end.diagnostic_bytes > 0)
    fmt::print("         {} of diagnostics apart from that\n",
               in_bytes(static_cast<double>(end.diagnostic_bytes)));
  if (const std::uint64_t refused = end.refused_total(); refused > 0)
    fmt::print("         {} messages and connections of strangers refused: see the logs\n",
               refused);
  std::fflush(stdout);
}

}  // namespace hearsay
