// `hearsay run` and `hearsay peer`.
#include <fmt/core.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <set>
#include <thread>

#include "nodes/child.h"
#include "nodes/config/sweep.h"
#include "nodes/launcher.h"
#include "nodes/node_runner.h"
#include "nodes/results.h"
#include "nodes/simulator.h"
#include "tools/commands.h"
#include "tools/console.h"
#include "tools/dashboard.h"
#include "tools/load.h"
#include "tools/stop.h"
#include "tools/sweep.h"

namespace hearsay {

namespace {

/// Passes everything on to the files and to the terminal.
class Both final : public RunObserver {
 public:
  Both(ResultsWriter& results, Console& console, Dashboard* dashboard)
      : results_(results), console_(console), dashboard_(dashboard) {}

  void on_started() override {
    if (dashboard_ == nullptr) return;
    dashboard_->start();
    console_.on_notice("dashboard  " + dashboard_->url());
  }
  void on_progress(const Progress& progress) override {
    console_.on_progress(progress);
    if (dashboard_ != nullptr) dashboard_->on_progress(progress);
  }
  void on_tick(const NodeWatch& nodes) override { console_.on_tick(nodes); }
  void on_failing() override { console_.on_failing(); }
  void on_evaluation(const EvaluationReport& report) override {
    results_.on_evaluation(report);
    console_.on_evaluation(report);
  }
  void on_end(const RunEnd& end) override {
    results_.on_end(end);
    console_.on_end(end);
    if (dashboard_ != nullptr) dashboard_->on_end(end);
    fmt::print("results  {}\n", results_.folder().string());
    for (const std::string& warning : results_.warnings())
      if (said_.count(warning) == 0) fmt::print(stderr, "warning: {}\n", warning);
    interrupted_ = end.interrupted;
  }
  std::optional<Round> on_restore(const Restored& from) override {
    console_.on_restore(from);
    return results_.on_restore(from);
  }
  void on_warning(const std::string& text) override {
    if (!said_.insert(text).second) return;
    console_.on_warning(text);
    results_.on_warning(text);
    if (dashboard_ != nullptr) dashboard_->on_warning(text);
  }
  bool interrupted() const { return interrupted_; }

 private:
  ResultsWriter& results_;
  Console& console_;
  Dashboard* dashboard_;        // where there is one
  std::set<std::string> said_;  // warnings that were printed at once
  bool interrupted_ = false;
};

void announce(const Experiment& experiment, bool simulated) {
  fmt::print(stderr, "{}: {} on {}{}, {} parameters, {} rounds\n", experiment.name(),
             experiment.algorithm_name(), describe(experiment.network(), experiment.graph_kind()),
             simulated ? " (simulated)" : "", experiment.dimension(), experiment.rounds());
  print_notes(experiment);
  if (!simulated) print_address_warnings(experiment);
}

/// Where the results go: --resume, --out, or a folder of the run's name.
Persistence persistence_of(const Experiment& experiment, const std::string& out,
                           const std::string& resume) {
  if (!resume.empty()) return {.results = resume, .resume = true};
  return {.results = out.empty() ? free_folder(experiment.name()) : std::filesystem::path(out)};
}

/// Runs `body(observer)` with results, console and, where one is asked for, a dashboard; the exit
/// status of the run.
template <class Body>
int observed(const Experiment& experiment, const Persistence& persistence, bool simulated,
             const DisplayOptions& display, Body body) {
  std::optional<DashboardAddress> address;
  if (display.dashboard) address = DashboardAddress::parse(*display.dashboard);
  ResultsWriter results(experiment, persistence.results, persistence.resume);
  announce(experiment, simulated);
  if (address && !address->is_loopback())
    fmt::print(stderr, "warning: --dashboard: whoever reaches {} can see this run and its config\n",
               address->host);
  std::optional<Dashboard> dashboard;
  if (address) dashboard.emplace(*address, results.folder(), experiment.rounds());
  Console console(experiment, display.plain);
  Both observer(results, console, dashboard ? &*dashboard : nullptr);
  try {
    body(observer);
  } catch (const RunFailed& failure) {
    console.close();
    if (dashboard) dashboard->on_failure(failure.what());
    fmt::print(stderr, "run failed: {}\npartial results: {}\n", failure.what(),
               results.folder().string());
    return kFailed;
  } catch (const ResultsError& failure) {  // a disk that fills up while it runs
    console.close();
    fmt::print(stderr, "run failed: {}\n", failure.what());
    return kFailed;
  } catch (const StoppedByUser& stop) {
    console.close();
    fmt::print(stderr, "{}\npartial results: {}\n", stop.what(), results.folder().string());
    return kInterrupted;
  }
  return observer.interrupted() ? kInterrupted : 0;
}

/// The number of this process among its like, as mpirun and Slurm tell it.
std::string node_from_environment() {
  for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"})
    if (const char* value = std::getenv(name)) return value;
  throw ConfigError(
      "--node auto: none of OMPI_COMM_WORLD_RANK, PMIX_RANK, PMI_RANK, SLURM_PROCID is set; give "
      "the "
      "node's number");
}

NodeId parse_node(const std::string& text, std::size_t nodes) {
  const std::string given = text == "auto" ? node_from_environment() : text;
  NodeId id = 0;
  const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), id);
  if (error != std::errc() || end != given.data() + given.size() || id >= nodes)
    throw ConfigError(fmt::format("--node: found {}, allowed is a number from 0 to {}, or auto",
                                  given, nodes - 1));
  return id;
}

/// A peer away from the collector: no results here, the log goes to stderr.
int lone_peer(const Experiment& experiment, NodeId id, const NodeOptions& options) {
  log_to_stderr();
  try {
    return run_node(experiment, id, options) ? 0 : kFailed;
  } catch (const StoppedByUser& stop) {
    fmt::print(stderr, "{}\n", stop.what());
    return kInterrupted;
  }
}

}  // namespace

int run_command(const RunOptions& options) {
  if (const auto sweep = load_sweep(options.config.config, options.config.overrides)) {
    if (options.display.dashboard)
      throw ConfigError(fmt::format("{}: it has a sweep, and --dashboard shows a single run",
                                    options.config.config));
    return run_sweep(*sweep, options);
  }
  if (options.jobs != 0 || options.strict)
    throw ConfigError(
        fmt::format("{}: there is no sweep in it, and --jobs and --strict are for sweeps",
                    options.config.config));
  const Experiment experiment = load_experiment(options.config);
  const Persistence persistence = persistence_of(experiment, options.out, options.resume);
  if (options.simulate) {
    const std::atomic<bool>& stop = stop_on_signals();
    const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    const std::size_t threads = options.threads == 0 ? cores : options.threads;
    return observed(experiment, persistence, true, options.display, [&](RunObserver& observer) {
      observer.on_started();
      simulate(experiment, threads, stop, observer, persistence);
    });
  }
  return observed(experiment, persistence, false, options.display, [&](RunObserver& observer) {
    launch(experiment,
           {.nodes = all_nodes(experiment),
            .log_folder = persistence.results / "logs",
            .persistence = persistence,
            .collector = {}},
           observer);
  });
}

int peer_command(const PeerOptions& options) {
  const Experiment experiment = load_experiment(options.config);
  const NodeId id = parse_node(options.node, experiment.network().nodes());
  Persistence persistence = persistence_of(experiment, options.out, options.resume);
  const Listening collector =
      collector_listening(experiment.config(), experiment.network().nodes());
  if (id == 0)
    return observed(experiment, persistence, false, options.display, [&](RunObserver& observer) {
      launch(experiment,
             {.nodes = {0},
              .log_folder = persistence.results / "logs",
              .persistence = persistence,
              .collector = collector.bind},
             observer);
    });

  if (options.display.dashboard)
    throw ConfigError("--dashboard: the metrics are beside node 0, give it there");
  print_address_warnings(experiment);
  // SIGINT and SIGTERM become a request to the collector, which stops all nodes after the same
  // round.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  NodeOptions node = node_options(experiment.config(), remote_listening(experiment.config(), id),
                                  collector.advertise);
  // A peer that is started again finds its checkpoints by itself.
  if (options.out.empty() && options.resume.empty())
    persistence.results = folder_of(experiment.name());
  node.persistence = persistence;
  node.stop_fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
  const int status = lone_peer(experiment, id, node);
  if (node.stop_fd >= 0) close(node.stop_fd);
  return status;
}

}  // namespace hearsay
