#include "tools/sweep.h"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <set>
#include <thread>

#include "nodes/dataset_cache.h"
#include "nodes/experiment.h"
#include "nodes/launcher.h"
#include "nodes/results.h"
#include "nodes/simulator.h"
#include "tools/compare.h"
#include "tools/console.h"
#include "tools/report.h"
#include "tools/run_page.h"
#include "tools/stop.h"
#include "tools/sweep_record.h"

namespace hearsay {

namespace {

/// Writes a run's results and remembers how it ended.
class Recorder final : public RunObserver {
 public:
  Recorder(const Experiment& experiment, const std::filesystem::path& folder)
      : results_(experiment, folder) {}

  void on_progress(const Progress& /*progress*/) override {}
  void on_evaluation(const EvaluationReport& report) override {
    results_.on_evaluation(report);
    record_.last = report.row;
  }
  void on_end(const RunEnd& end) override {
    results_.on_end(end);
    record_.status = end.interrupted ? RunStatus::interrupted : RunStatus::done;
    record_.wall_seconds = end.wall_seconds;
  }
  const RunRecord& record() const { return record_; }
  const std::vector<std::string>& warnings() const { return results_.warnings(); }

 private:
  ResultsWriter results_;
  RunRecord record_;
};

class SweepRunner {
 public:
  SweepRunner(const Sweep& sweep, const RunOptions& options)
      : sweep_(sweep),
        options_(options),
        paths_{.data_dir = options.config.data_dir,
               .config_dir = sweep.runs.front().config.directory()},
        record_(sweep,
                options.out.empty() ? free_folder(sweep.name) : std::filesystem::path(options.out)),
        left_(record_.not_done()) {
    if (options_.simulate) {
      const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
      jobs_ = options.jobs != 0 ? options.jobs : std::max<std::size_t>(1, cores / threads());
      jobs_ = std::clamp<std::size_t>(jobs_, 1, std::max<std::size_t>(1, left_.size()));
    }
  }

  int run() {
    announce();
    print_warnings();
    check_experiments();
    for (const std::size_t run : left_) record_.clear(run);
    record_.write();
    if (options_.simulate)
      simulate_all(stop_on_signals());
    else
      launch_all();
    print_table();
    return status();
  }

 private:
  std::size_t threads() const { return options_.threads == 0 ? 1 : options_.threads; }

  void announce() const {
    fmt::print(stderr, "{}: {} runs{}{}\n", sweep_.name, sweep_.runs.size(),
               jobs_ > 1 ? fmt::format(", {} at a time", jobs_) : "",
               left_.size() == sweep_.runs.size() ? ""
                                                  : fmt::format(", {} of them complete already",
                                                                sweep_.runs.size() - left_.size()));
  }

  /// Most warnings are the same in many runs.
  void print_warnings() const {
    std::set<std::string> said;
    for (const std::size_t run : left_)
      for (const std::string& warning : sweep_.runs[run].config.warnings())
        if (said.insert(warning).second) fmt::print(stderr, "warning: {}\n", warning);
  }

  Experiment experiment(std::size_t run) { return {sweep_.runs[run].config, paths_, datasets_}; }

  /// Builds each experiment once, so that what cannot be run is known before anything is.
  void check_experiments() {
    in_parallel([&](std::size_t run) {
      experiment(run);
      return true;
    });
  }

  /// body(run) for all runs that are left, until one returns false or throws; the first exception
  /// is thrown here.
  template <class Body>
  void in_parallel(Body body) {
    std::atomic<std::size_t> next{0};
    std::atomic<bool> go_on{true};
    std::mutex mutex;
    std::exception_ptr first;
    const auto work = [&] {
      for (std::size_t k = next++; k < left_.size() && go_on; k = next++) {
        try {
          if (!body(left_[k])) go_on = false;
        } catch (...) {
          const std::lock_guard lock(mutex);
          if (!first) first = std::current_exception();
          go_on = false;
        }
      }
    };
    {
      std::vector<std::jthread> helpers;
      for (std::size_t k = 1; k < jobs_; ++k) helpers.emplace_back(work);
      work();
    }
    if (first) std::rethrow_exception(first);
  }

  void simulate_all(const std::atomic<bool>& stop) {
    in_parallel([&](std::size_t run) {
      if (stop) return false;
      run_one(run, [&](const Experiment& built, RunObserver& observer) {
        simulate(built, threads(), stop, observer);
      });
      return !stop;
    });
  }

  void launch_all() {
    for (const std::size_t run : left_) {
      run_one(run, [&](const Experiment& built, RunObserver& observer) {
        launch(built,
               {.nodes = all_nodes(built),
                .log_folder = record_.folder_of(run) / "logs",
                .collector = {}},
               observer);
      });
      if (record_[run].status == RunStatus::interrupted) return;
    }
  }

  /// Runs one run to its end, whatever that is, and takes it down.
  template <class Body>
  void run_one(std::size_t run, Body body) {
    RunRecord record;
    std::vector<std::string> warnings;
    try {
      const Experiment built = experiment(run);
      Recorder recorder(built, record_.folder_of(run));
      body(built, recorder);
      record = recorder.record();
      warnings = recorder.warnings();
    } catch (const StoppedByUser&) {
      record.status = RunStatus::interrupted;
    } catch (const WriteError&) {  // the next one would end likewise
      throw;
    } catch (const std::exception& failure) {
      record.status = RunStatus::failed;
      record.reason = failure.what();
    }
    const std::lock_guard lock(mutex_);
    record_.set(run, std::move(record));
    ++ended_;
    print_line(run);
    for (const std::string& warning : warnings)
      fmt::print(stderr, "warning: {}: {}\n", sweep_.runs[run].name, warning);
  }

  void print_line(std::size_t run) const {
    const RunRecord& record = record_[run];
    const std::string total = std::to_string(left_.size());
    std::string end;
    if (record.status == RunStatus::failed)
      end = "failed: " + record.reason;
    else
      end = fmt::format("{} rounds{}, {}, {}", record.last.round,
                        record.status == RunStatus::interrupted ? " (stopped)" : "",
                        measured(record.last), in_seconds(record.wall_seconds));
    fmt::print(stderr, "[{:>{}}/{}] {}: {}\n", ended_, total.size(), total, sweep_.runs[run].name,
               end);
  }

  static std::string measured(const MetricsRow& row) {
    if (!row.train_loss)
      return fmt::format("consensus error {:.4g}", row.consensus_error.value_or(0.0));
    return fmt::format("loss {:.4g}, grad norm {:.4g}", *row.train_loss,
                       row.grad_norm.value_or(0.0));
  }

  void print_table() const {
    std::size_t width = 3;
    for (const SweepRun& run : sweep_.runs) width = std::max(width, run.name.size());
    const auto number = [](const std::optional<double>& value) {
      return value ? fmt::format("{:.5g}", *value) : "-";
    };
    fmt::print("\n{:<{}} {:>11} {:>7} {:>11} {:>11} {:>11} {:>11}\n", "run", width, "status",
               "rounds", "loss", "grad norm", "consensus", "ideal bits");
    for (std::size_t k = 0; k < sweep_.runs.size(); ++k) {
      const RunRecord& record = record_[k];
      const MetricsRow& row = record.last;
      const bool ran = record.status == RunStatus::done || record.status == RunStatus::interrupted;
      fmt::print("{:<{}} {:>11} {:>7} {:>11} {:>11} {:>11} {:>11}\n", sweep_.runs[k].name, width,
                 to_string(record.status), ran ? std::to_string(row.round) : "-",
                 number(row.train_loss), number(row.grad_norm), number(row.consensus_error),
                 ran ? in_bits(static_cast<double>(row.ideal_bits)) : "-");
    }
    print_comparison();
    const bool has_page = write_page();
    fmt::print("\n{} of {} runs done{}\nresults  {}\n", record_.count(RunStatus::done),
               sweep_.runs.size(),
               record_.count(RunStatus::failed) > 0
                   ? fmt::format(", {} failed", record_.count(RunStatus::failed))
                   : "",
               record_.folder().string());
    if (has_page) fmt::print("report   {}\n", report_of(record_.folder()).string());
    if (!all_ended())
      fmt::print("the same command with --out {} does the rest\n", record_.folder().string());
    std::fflush(stdout);
  }

  /// What each method needs to reach a target, in its best setting where a grid has several.
  void print_comparison() const {
    if (sweep_.runs.size() < 2 || record_.count(RunStatus::done) == 0 || !all_ended()) return;
    CompareOptions options{.folders = {record_.folder().string()}};
    options.best = std::any_of(sweep_.runs.begin(), sweep_.runs.end(), [](const SweepRun& run) {
      return std::any_of(run.grid.begin(), run.grid.end(),
                         [](const SweepSetting& setting) { return setting.key != "seed"; });
    });
    if (sweep_.paper) options.metric = sweep_.paper->text("y");
    try {
      const ComparisonText text = compare(options);
      fmt::print("\n{}\n{}", text.caption, text.table);
    } catch (const ResultsError& error) {
      fmt::print("\nno comparison: {}\n", error.what());
    }
  }

  /// All runs that are done, in one page.
  bool write_page() const {
    if (record_.count(RunStatus::done) == 0 || !all_ended()) return false;
    const std::vector<FinishedRun> runs = read_runs({record_.folder().string()});
    write_report(runs, legend_of(runs), report_of(record_.folder()));
    return true;
  }

  bool all_ended() const {
    return record_.count(RunStatus::interrupted) + record_.count(RunStatus::planned) == 0;
  }

  int status() const {
    if (!all_ended()) return kInterrupted;
    const std::size_t failed = record_.count(RunStatus::failed);
    return failed == sweep_.runs.size() || (options_.strict && failed > 0) ? kFailed : 0;
  }

  const Sweep& sweep_;
  const RunOptions& options_;
  DataPaths paths_;
  SweepRecord record_;
  std::vector<std::size_t> left_;  // runs to be done
  std::size_t jobs_ = 1;
  DatasetCache datasets_;
  std::mutex mutex_;
  std::size_t ended_ = 0;
};

}  // namespace

int run_sweep(const Sweep& sweep, const RunOptions& options) {
  return SweepRunner(sweep, options).run();
}

}  // namespace hearsay
