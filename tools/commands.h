// The commands of `hearsay`. Each returns the exit status: 0 done, 1 the run failed, 130 stopped by
// Ctrl-C. ConfigError, DataError and ResultsError are left to main(), which turns them into
// status 2, and all others, WriteError among them, into status 1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/types.h"

namespace hearsay {

constexpr int kFailed = 1;
constexpr int kDiffer = 1;         // as diff has it
constexpr int kInterrupted = 130;  // 128 + SIGINT, as shells have it

/// What the commands that take a CONFIG have in common.
struct ConfigOptions {
  std::string config;
  std::vector<std::string> overrides;  // --set
  std::string data_dir;                // --data-dir
};

/// How a run is shown while it goes on.
struct DisplayOptions {
  bool plain = false;                    // no live view on a terminal
  std::optional<std::string> dashboard;  // the address of a page
};

struct RunOptions {
  ConfigOptions config;
  bool simulate = false;
  std::size_t threads = 0;  // of the simulator; 0: as many as cores, one in a sweep
  std::string out;
  std::string resume;    // the results' folder of the run to go on with
  std::size_t jobs = 0;  // simulated runs of a sweep at a time; 0: as many as cores
  DisplayOptions display;
  bool strict = false;  // of a sweep: a run that failed is a failure of the command
};

struct PeerOptions {
  ConfigOptions config;
  std::string node;  // a number, or auto
  std::string out;   // the folder of results (beside node 0) and of this node's checkpoints
  std::string resume;
  DisplayOptions display;
};

struct CheckOptions {
  ConfigOptions config;
  bool layers = false;  // what the model consists of, instead of the config
};

struct TopologyOptions {
  ConfigOptions config;
  std::string picture;  // file name; empty: NAME-topology.svg
  bool no_picture = false;
  std::string format = "text";  // or svg, dot, json: the graph on stdout, and nothing else
};

struct CertifyOptions {
  std::string compressor;     // a name, or {name: ..., its settings}; empty: all
  std::size_t dimension = 0;  // 0: several
  std::uint64_t seed = 1;
};

struct GradientOptions {
  ConfigOptions config;
  std::optional<std::size_t> node;  // none: the first that has data
  Round round = 1;
  std::string from;        // a model file; empty: x0
  bool exact = false;      // over all rows of the node
  std::size_t repeat = 1;  // for the time
  std::string out;         // empty: no file
};

struct DataGetOptions {
  std::vector<std::string> names;
  std::string mirror;  // where the files are instead of at home; empty: at home
};

struct ReportOptions {
  std::vector<std::string> folders;
  std::string out;  // empty: report.html in the first folder
  std::string svg;  // a folder for the figures; empty: none
  std::string csv;  // and for their tables
};

struct KeysGenerateOptions {
  ConfigOptions config;  // empty: `nodes` says how many
  std::size_t nodes = 0;
  std::string out;
  bool force = false;  // replace keys that are there
};

struct CompareOptions {
  std::vector<std::string> folders;  // of runs and of sweeps
  std::string metric;                // empty: the one that all have
  std::string target = "auto";       // or a number
  std::string baseline;              // a method's label; empty: none
  std::string format = "text";       // csv, markdown, latex
  bool best = false;                 // of each method only the best setting of a sweep's grid
  std::string by;                    // see BestRule; empty: the metric
  std::vector<std::string> over;
};

struct DiffOptions {
  std::string a;
  std::string b;
  double tolerance = 0.0;  // relative
};

int run_command(const RunOptions& options);
int peer_command(const PeerOptions& options);
int check_command(const CheckOptions& options);
int gradient_command(const GradientOptions& options);
int topology_command(const TopologyOptions& options);
int list_command(const std::string& kind);
int reference_command();
int certify_command(const CertifyOptions& options);
int data_list_command(const std::string& data_dir);
int data_get_command(const DataGetOptions& options);
int keys_generate_command(const KeysGenerateOptions& options);
int report_command(const ReportOptions& options);
int compare_command(const CompareOptions& options);
int diff_command(const DiffOptions& options);

}  // namespace hearsay
