// The `hearsay` command: reads the command line and turns errors into messages and exit statuses.
#include <fmt/core.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <system_error>

#include "core/dataset.h"
#include "nodes/config.h"
#include "nodes/results.h"
#include "nodes/safetensors.h"
#include "tools/commands.h"
#include "tools/help.h"
#include "tools/reference.h"
#include "tools/screen.h"

namespace {

using hearsay::ConfigOptions;
using hearsay::kFailed;

constexpr int kBadUsage = 2;

void add_config_options(CLI::App& command, ConfigOptions& options) {
  command.add_option("CONFIG", options.config, "the YAML file of the run")->required();
  command
      .add_option("--set", options.overrides,
                  "override a key of the config, such as --set algorithm.learning_rate=0.003; may "
                  "be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command
      .add_option("--data-dir", options.data_dir, "where data sets are looked for, at any depth")
      ->type_name("DIR");
}

void add_plain(CLI::App& command, bool& plain) {
  command.add_flag("--plain", plain,
                   "a line for each evaluation instead of the live view, as where the output is no "
                   "terminal");
}

/// The commands, their options, and what the chosen one returned.
class CommandLine {
 public:
  CommandLine() {
    app_.formatter(hearsay::help_formatter());
    app_.require_subcommand(0, 1);  // none is our own error, so that CLI11 names an unknown one
    app_.set_version_flag("--version", "hearsay " HEARSAY_VERSION);
    add_run();
    add_peer();
    add_check();
    add_topology();
    add_report();
    add_compare();
    add_diff();
    add_gradient();
    add_list();
    add_certify();
    add_data();
    add_keys();
    add_reference();
    // Last: subcommands inherit what is there when they are added.
    app_.footer(
        "Exit status: 0 done, 1 the run failed, 2 bad usage or config, 130 stopped by Ctrl-C.");
  }

  int parse_and_run(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      // CLI11 has its own statuses for each mistake; ours is one for all. Asking for help is none.
      return app_.exit(error) == 0 ? 0 : kBadUsage;
    }
    if (!app_.get_subcommands().empty()) return status_;
    fmt::print(stderr, "a command is required\n\n{}", app_.help());
    return kBadUsage;
  }

 private:
  /// With or without a value.
  static void add_dashboard_option(CLI::App& command, std::optional<std::string>& address) {
    command
        .add_option_function<std::vector<std::string>>(
            "--dashboard",
            [&address](const std::vector<std::string>& given) {
              address = given.empty() ? "" : given.front();
            },
            "show the run as a page while it goes on, on this port of loopback (default: any "
            "free one) or at HOST:PORT")
        ->expected(0, 1)
        ->trigger_on_parse()
        ->type_name("[PORT]");
  }

  void add_run() {
    CLI::App* command = app_.add_subcommand(
        "run", "train: one process per node, or all in a simulator; all runs of a sweep");
    add_config_options(*command, run_.config);
    CLI::Option* simulate =
        command->add_flag("--simulate", run_.simulate,
                          "all nodes in this process; the same metrics but for the seconds");
    command
        ->add_option("--threads", run_.threads,
                     "threads of the simulator (default: one per core; in a sweep one per run)")
        ->check(CLI::Range(1, 4096))
        ->type_name("N");
    CLI::Option* out =
        command->add_option("--out", run_.out, "the results' folder (default: runs/NAME)")
            ->type_name("DIR");
    command
        ->add_option("--resume", run_.resume,
                     "go on from the newest checkpoint in DIR, the results' folder of a run that "
                     "ended early; --set run.rounds=N may ask for more rounds")
        ->excludes(out)
        ->type_name("DIR");
    command
        ->add_option("--jobs", run_.jobs,
                     "runs of a sweep at a time, with --simulate (default: as the cores allow)")
        ->check(CLI::Range(1, 4096))
        ->needs(simulate)
        ->type_name("N");
    add_plain(*command, run_.display.plain);
    command->add_flag(
        "--strict", run_.strict,
        "exit with status 1 when any run of a sweep has failed, not only when all have");
    add_dashboard_option(*command, run_.display.dashboard);
    command->footer(
        "A config with a section sweep is run for every combination, each in a folder of its own "
        "in DIR. With the same --out again, the runs that are complete are not run again.");
    command->callback([this] { status_ = hearsay::run_command(run_); });
  }

  void add_peer() {
    CLI::App* command = app_.add_subcommand(
        "peer", "start one node by hand; the same CONFIG on every host, in any order");
    add_config_options(*command, peer_.config);
    command->add_option("--node", peer_.node, "the node's number, or auto: from mpirun or Slurm")
        ->required()
        ->type_name("I|auto");
    CLI::Option* out = command
                           ->add_option("--out", peer_.out,
                                        "the folder of this node's checkpoints and, beside node 0, "
                                        "of the results (default: runs/NAME)")
                           ->type_name("DIR");
    command
        ->add_option("--resume", peer_.resume,
                     "the same, to go on from the newest checkpoint that all nodes have")
        ->excludes(out)
        ->type_name("DIR");
    add_dashboard_option(*command, peer_.display.dashboard);
    add_plain(*command, peer_.display.plain);
    command->footer(
        "The config says where nodes listen: transport: {base_port: 5600} for one host, or "
        "transport: {addresses: {0: host-a:5600, 1: host-b:5600, ...}}. The collector listens "
        "beside node 0.");
    command->callback([this] { status_ = hearsay::peer_command(peer_); });
  }

  void add_check() {
    CLI::App* command = app_.add_subcommand(
        "check",
        "validate a config and print it with all defaults filled in; of a sweep, every run");
    add_config_options(*command, check_.config);
    command->add_flag("--layers", check_.layers,
                      "print the model's tensors instead: names, shapes, sizes");
    command->callback([this] { status_ = hearsay::check_command(check_); });
  }

  void add_topology() {
    CLI::App* command = app_.add_subcommand(
        "topology",
        "nodes, edges, degrees, diameter, spectral gap, mixing time, gossip steps, picture");
    add_config_options(*command, topology_.config);
    command
        ->add_option("--picture", topology_.picture,
                     "the SVG file to write (default: NAME-topology.svg in this folder)")
        ->type_name("FILE");
    command->add_flag("--no-picture", topology_.no_picture, "print only");
    command
        ->add_option("--format", topology_.format,
                     "text (default), or the graph alone on standard output, as svg, dot or json")
        ->check(CLI::IsMember({"text", "svg", "dot", "json"}))
        ->type_name("FORMAT");
    command->callback([this] { status_ = hearsay::topology_command(topology_); });
  }

  void add_report() {
    CLI::App* command = app_.add_subcommand(
        "report", "a page of HTML that shows runs: plots, graph, time, config; in one file");
    command->add_option("DIR", report_.folders, "results of runs, or of sweeps")->required();
    command->add_option("--out", report_.out, "the file (default: report.html in the first folder)")
        ->type_name("FILE");
    command->add_option("--svg", report_.svg, "every plot as SVG too, drawn by gnuplot, for papers")
        ->type_name("DIR");
    command->add_option("--csv", report_.csv, "the numbers of every plot as CSV too")
        ->type_name("DIR");
    command->callback([this] { status_ = hearsay::report_command(report_); });
  }

  void add_compare() {
    CLI::App* command = app_.add_subcommand(
        "compare",
        "what runs need to reach a target: rounds, bits, bytes and seconds, side by side");
    command->add_option("DIR", compare_.folders, "results of runs, or of sweeps")->required();
    command
        ->add_option("--metric", compare_.metric,
                     "what the target is of (default: the first of these that all runs have: "
                     "test_accuracy, train_loss, consensus_error)")
        ->check(CLI::IsMember({"train_loss", "grad_norm", "consensus_error", "test_accuracy"}))
        ->type_name("METRIC");
    command
        ->add_option("--target", compare_.target,
                     "the value to reach, or auto: the best that all reach, rounded (default)")
        ->type_name("VALUE|auto");
    command
        ->add_option("--baseline", compare_.baseline,
                     "the method that bits and seconds are compared with")
        ->type_name("METHOD");
    CLI::Option* best = command->add_flag(
        "--best", compare_.best, "of each method only the best setting of the sweep's grid");
    command
        ->add_option("--by", compare_.by,
                     "what makes a setting the best: the last value of a metric (default: that of "
                     "--metric), or the least cost to --target")
        ->check(CLI::IsMember({"train_loss", "grad_norm", "consensus_error", "test_accuracy",
                               "rounds", "bits", "bytes", "seconds"}))
        ->needs(best)
        ->type_name("WHAT");
    command
        ->add_option("--over", compare_.over,
                     "a key of the grid that is tuned, such as learning_rate; may be repeated; "
                     "other keys tell methods apart (default: those of paper.choose, or all)")
        ->needs(best)
        ->type_name("KEY")
        ->allow_extra_args(false);
    command->add_option("--format", compare_.format, "text (default), csv, markdown or latex")
        ->check(CLI::IsMember({"text", "csv", "markdown", "latex"}))
        ->type_name("FORMAT");
    command->footer(
        "Runs whose configs differ in the seed alone are one method: means over them, and the "
        "deviation of the last value. A method is named by its case and settings in a sweep, else "
        "by the run's name. With --best a method is a case alone. Settings of which a run has "
        "failed, was stopped, has diverged (nan, inf) or, where the rule is about costs, misses "
        "the target are never best; of equals the one that sent fewer bits is, then the earlier "
        "in the sweep.");
    command->callback([this] { status_ = hearsay::compare_command(compare_); });
  }

  void add_diff() {
    CLI::App* command = app_.add_subcommand(
        "diff", "where two runs part: the first round and column, and by how much");
    command->add_option("A", diff_.a, "the results of a run")->required();
    command->add_option("B", diff_.b, "and of another")->required();
    command
        ->add_option("--tolerance", diff_.tolerance,
                     "relative difference up to which numbers are the same (default: 0)")
        ->check(CLI::NonNegativeNumber)
        ->type_name("R");
    command->footer(
        "The column seconds is left out. Exit status: 0 the same, 1 they differ, 2 bad usage.");
    command->callback([this] { status_ = hearsay::diff_command(diff_); });
  }

  void add_gradient() {
    CLI::App* command = app_.add_subcommand(
        "gradient", "one gradient of one node: its loss, norm and time, and all of it in a file");
    add_config_options(*command, gradient_.config);
    command->add_option("--node", gradient_.node, "whose (default: the first that has data)")
        ->type_name("I");
    command->add_option("--round", gradient_.round, "whose batch it is of (default: 1)")
        ->check(CLI::PositiveNumber)
        ->type_name("T");
    command
        ->add_option("--from", gradient_.from,
                     "the model it is taken at, such as a run's model.safetensors (default: x0)")
        ->type_name("FILE");
    command->add_flag("--exact", gradient_.exact,
                      "over all rows of the node, in evaluation mode, instead of a batch");
    command->add_option("--repeat", gradient_.repeat, "how often, for the time (default: 1)")
        ->check(CLI::Range(1, 1000000))
        ->type_name("N");
    command->add_option("--out", gradient_.out, "the safetensors file to write")->type_name("FILE");
    command->footer(
        "The file holds x/NAME and gradient/NAME for each tensor of the model, buffers/NAME before "
        "and buffers_after/NAME, frozen/NAME, batch/inputs and batch/labels.");
    command->callback([this] { status_ = hearsay::gradient_command(gradient_); });
  }

  void add_list() {
    CLI::App* command = app_.add_subcommand(
        "list", "what a config can name: algorithms, compressors, graphs, objectives, data, ...");
    command->add_option("KIND", kind_, "one kind only, with all settings");
    command->callback([this] { status_ = hearsay::list_command(kind_); });
  }

  void add_certify() {
    CLI::App* command = app_.add_subcommand(
        "certify", "measure what compressors promise: contraction, bias, variance, bytes, speed");
    command->add_option("COMPRESSOR", certify_.compressor,
                        "a name, or its settings as in a config: '{name: top-k, ratio: 0.05}' "
                        "(default: all, with a few settings each)");
    command
        ->add_option("--dimension", certify_.dimension,
                     "the length of the vectors (default: several)")
        ->check(CLI::Range(1, 1 << 26))
        ->type_name("D");
    command->add_option("--seed", certify_.seed, "of the vectors and draws (default: 1)")
        ->type_name("N");
    command->footer(
        "Exit status: 0 all promises hold, 1 one is broken, 2 bad usage. Speeds are this machine's "
        "and never a reason to fail.");
    command->callback([this] { status_ = hearsay::certify_command(certify_); });
  }

  void add_data() {
    CLI::App* command =
        app_.add_subcommand("data", "public data sets: where they are, and getting them");
    command->require_subcommand(1);
    CLI::App* list = command->add_subcommand("list", "what is known, and where it is found");
    list->add_option("--data-dir", data_dir_,
                     "where to look, at any depth, before the user's cache")
        ->type_name("DIR");
    list->callback([this] { status_ = hearsay::data_list_command(data_dir_); });
    CLI::App* get = command->add_subcommand(
        "get",
        "download into the user's cache, $HEARSAY_CACHE or else ($XDG_CACHE_HOME or "
        "~/.cache)/hearsay, sums checked");
    get->add_option("NAME", data_get_.names, "such as a9a, mushrooms, mnist")->required();
    get->add_option("--mirror", data_get_.mirror, "take the files from URL/FILE instead")
        ->type_name("URL");
    get->footer(
        "Without a network, put the files into a folder that you name with --data-dir, plain or "
        ".gz.");
    get->callback([this] { status_ = hearsay::data_get_command(data_get_); });
  }

  void add_keys() {
    CLI::App* command = app_.add_subcommand("keys", "who may take part in a run: CURVE key pairs");
    command->require_subcommand(1);
    CLI::App* generate = command->add_subcommand(
        "generate", "make a key pair for each node and the collector, as files in a folder");
    generate->add_option("CONFIG", keys_.config.config, "a run, all of whose nodes get keys");
    generate
        ->add_option("--set", keys_.config.overrides, "override a key of the config, as for run")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    generate->add_option("--nodes", keys_.nodes, "so many nodes, instead of CONFIG")
        ->check(CLI::Range(1, 1'000'000))
        ->type_name("N");
    generate->add_option("--out", keys_.out, "the folder")->required()->type_name("DIR");
    generate->add_flag("--force", keys_.force, "replace keys that are there");
    generate->footer(
        "Copy public.yaml to every host, and each private key to the host of its node, as the same "
        "user and with mode 0600. Then transport: {keys: DIR} in the config makes them count.");
    generate->callback([this] { status_ = hearsay::keys_generate_command(keys_); });
  }

  void add_reference() {
    CLI::App* completion =
        app_.add_subcommand("completion", "print a script that completes commands and options");
    completion->add_option("SHELL", shell_, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    completion->callback([this] {
      const hearsay::Shell shell = shell_ == "bash"  ? hearsay::Shell::bash
                                   : shell_ == "zsh" ? hearsay::Shell::zsh
                                                     : hearsay::Shell::fish;
      fmt::print("{}", hearsay::completion_script(app_, shell));
    });
    CLI::App* man = app_.add_subcommand("man", "print the man page");
    man->callback([this] { fmt::print("{}", hearsay::man_page(app_, HEARSAY_VERSION)); });
    CLI::App* reference = app_.add_subcommand(
        "reference", "print all that a config can hold, as docs/reference.md: keys, names, papers");
    reference->callback([this] { status_ = hearsay::reference_command(); });
  }

  CLI::App app_{"Hearsay trains one model on many machines by compressed gossip.", "hearsay"};
  hearsay::RunOptions run_;
  hearsay::PeerOptions peer_;
  hearsay::CheckOptions check_;
  hearsay::TopologyOptions topology_;
  hearsay::GradientOptions gradient_;
  std::string kind_;
  hearsay::CertifyOptions certify_;
  std::string data_dir_;
  hearsay::DataGetOptions data_get_;
  hearsay::KeysGenerateOptions keys_;
  hearsay::ReportOptions report_;
  hearsay::CompareOptions compare_;
  hearsay::DiffOptions diff_;
  std::string shell_;
  int status_ = 0;
};

int complain(const std::exception& error, int status) {
  const bool colour = hearsay::can_colour(STDERR_FILENO);
  // Not by fmt::print, which throws where stderr cannot be written.
  std::fputs(fmt::format("{}error:{} {}\n", colour ? "\x1b[1;31m" : "", colour ? "\x1b[0m" : "",
                         error.what())
                 .c_str(),
             stderr);
  return status;
}

/// Output that could not be written is a failure, such as `hearsay check` into a file on a full
/// disk.
void require_output() {
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
    throw std::system_error(errno, std::generic_category(), "cannot write to standard output");
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file at the limit of ulimit -f: an error like a full disk
  try {
    const int status = CommandLine().parse_and_run(argc, argv);
    require_output();
    return status;
  } catch (const hearsay::ConfigError& error) {
    return complain(error, kBadUsage);
  } catch (const hearsay::DataError& error) {
    return complain(error, kBadUsage);
  } catch (const hearsay::ModelFileError& error) {
    return complain(error, kBadUsage);
  } catch (const hearsay::WriteError& error) {
    return complain(error, kFailed);
  } catch (const hearsay::ResultsError& error) {
    return complain(error, kBadUsage);
  } catch (const std::exception& error) {
    return complain(error, kFailed);
  }
}
