#include "tools/console.h"

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <optional>

namespace hearsay {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kRedrawEvery = std::chrono::milliseconds(100);
constexpr std::size_t kTableRows = 12;
constexpr std::size_t kBarWidth = 24;

std::string number(const std::optional<double>& value) {
  return value ? fmt::format("{:.6g}", *value) : "-";
}

/// For the bar, where room is short.
std::string short_number(const std::optional<double>& value) {
  return value ? fmt::format("{:.3g}", *value) : "-";
}

std::string percent(const std::optional<double>& value) {
  return value ? fmt::format("{:.1f} %", 100.0 * *value) : "-";
}

std::size_t terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string in_units(double value, const char* unit) {
  constexpr std::array kPrefixes = {"", "k", "M", "G", "T", "P"};
  std::size_t k = 0;
  for (; value >= 999.5 && k + 1 < kPrefixes.size(); ++k) value /= 1000.0;
  return k == 0 ? fmt::format("{:.0f} {}", value, unit)
                : fmt::format("{:.3g} {}{}", value, kPrefixes[k], unit);
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
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

std::string in_bytes(double bytes) {
  return in_units(bytes, "B");
}

std::string in_bits(double bits) {
  return in_units(bits, "bit");
}

std::string describe(const Network& network, const std::string& graph) {
  if (network.nodes() == 1) return "a single node";
  if (network.server) return fmt::format("{} workers and a server", network.parts());
  return fmt::format("{} nodes ({})", network.nodes(), graph);
}

std::string in_seconds(double seconds) {
  if (seconds < 60.0) return fmt::format("{:.3g} s", seconds);
  const auto whole = static_cast<long>(std::lround(seconds));
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

Console::Console(const Experiment& experiment)
    : experiment_(experiment), live_(isatty(STDERR_FILENO) != 0), start_(Clock::now()) {}

void Console::on_progress(const Progress& progress) {
  if (live_ && Clock::now() - drawn_ > kRedrawEvery) draw(progress.round, progress.wire_bytes);
}

void Console::on_evaluation(const EvaluationReport& report) {
  const MetricsRow& row = report.row;
  if (row.round == 0) start_ = Clock::now();
  rows_.push_back(row);
  if (live_) {
    const bool shown = row.round == 0 || row.round == experiment_.rounds();
    if (shown || Clock::now() - drawn_ > kRedrawEvery) draw(row.round, row.wire_bytes);
    return;
  }
  fmt::print(stderr, "round {}/{}  loss {}  consensus error {}  accuracy {}  sent {}\n", row.round,
             experiment_.rounds(), number(row.train_loss), number(row.consensus_error),
             percent(row.test_accuracy), in_bytes(static_cast<double>(row.wire_bytes)));
}

void Console::draw(Round round, std::uint64_t wire_bytes) {
  drawn_ = Clock::now();
  std::string text = fmt::format(" {}/{}", round, experiment_.rounds());
  if (!rows_.empty())
    text += fmt::format("  loss {}  consensus {}", short_number(rows_.back().train_loss),
                        short_number(rows_.back().consensus_error));
  text += fmt::format("  sent {}  {}", in_bytes(static_cast<double>(wire_bytes)), eta(round));

  // The text comes first; the bar takes what room is left on the line.
  const std::size_t room = terminal_width() - 1;
  text = text.substr(0, room);
  const std::size_t width = std::min(kBarWidth, room - text.size());
  const double share = static_cast<double>(round) / static_cast<double>(experiment_.rounds());
  const auto filled = static_cast<std::size_t>(share * static_cast<double>(width));
  std::string bar;
  for (std::size_t k = 0; k < width; ++k) bar += k < filled ? "━" : "╌";
  fmt::print(stderr, "\r{}{}\x1b[K", bar, text);
  std::fflush(stderr);
  line_open_ = true;
}

std::string Console::eta(Round round) const {
  if (round <= first_ || round >= experiment_.rounds()) return {};
  const double left = seconds_since(start_) * static_cast<double>(experiment_.rounds() - round) /
                      static_cast<double>(round - first_);
  return "ETA " + in_seconds(left);
}

std::optional<Round> Console::on_restore(const Restored& from) {
  while (!rows_.empty() && rows_.back().round > from.round) rows_.pop_back();
  start_ = Clock::now();
  first_ = from.round;
  close();
  fmt::print(stderr, "goes on from the checkpoint after round {}\n", from.round);
  return std::nullopt;
}

void Console::on_warning(const std::string& text) {
  close();
  fmt::print(stderr, "warning: {}\n", text);
}

void Console::on_notice(const std::string& text) {
  close();
  fmt::print(stderr, "{}\n", text);
}

void Console::close() {
  if (line_open_) fmt::print(stderr, "\n");
  line_open_ = false;
}

void Console::on_end(const RunEnd& end) {
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
