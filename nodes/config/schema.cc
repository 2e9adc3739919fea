#include "nodes/config/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "core/dataset.h"
#include "core/objective.h"
#include "core/partition.h"
#include "nodes/algorithm_catalogue.h"
#include "nodes/faults/plan.h"
#include "topology/mixing.h"
#include "topology/topology.h"

namespace hearsay {
namespace {

Param part_under(const char* name, const Catalogue& (*catalogue)(),
                 std::vector<std::string> selectors, const char* help) {
  Param param = part(name, catalogue, help);
  param.selectors = std::move(selectors);
  return param;
}

Param topology() {
  Param param = part_under("topology", graph_catalogue, {"graph"}, "who talks to whom").must();
  param.fields = {
      integer("nodes", "number of nodes, for graphs that do not tell it themselves").at_least(1),
      integer("workers", "star only: a server and this many workers").at_least(1),
      part_under("mixing", mixing_catalogue, {"kind"}, "the weights of a gossip step")
          .by_default("metropolis")};
  return param;
}

Param objective() {
  Param param =
      part_under("objective", objective_catalogue, {"model"}, "what is minimized, on which data")
          .must();
  param.fields = {
      part_under("data", dataset_catalogue, {"name", "format"},
                 "a data set by name, or files by format"),
      part_under("partition", partition_catalogue, {"kind"}, "which rows belong to which node")
          .by_default("iid"),
      integer("batch", "rows in a node's gradient").at_least(1).or_word("full").by_default("full"),
      choice("buffers", {"local", "averaged"},
             "whose running statistics the mean model is evaluated with: each node its own, or all "
             "the mean")
          .by_default("local"),
      text("start", "a safetensors file with the model to start from")};
  return param;
}

Param run() {
  return section("run",
                 {integer("rounds", "number of rounds").at_least(1).must(),
                  integer("evaluate_every", "rounds from one evaluation to the next")
                      .at_least(1)
                      .by_default(10),
                  integer("evaluate_rows",
                          "rows of each node that the train loss and gradient norm are taken over, "
                          "evenly spaced")
                      .at_least(1)
                      .or_word("all")
                      .by_default("all"),
                  integer("test_rows", "test rows that the accuracy is taken over, evenly spaced")
                      .at_least(1)
                      .or_word("all")
                      .by_default("all"),
                  choice("consensus", {"auto", "exact", "projection"},
                         "how the consensus error is found: exactly, or from random projections")
                      .by_default("auto"),
                  integer("projections", "dimension of the projected models")
                      .at_least(1)
                      .by_default(4096),
                  boolean("health",
                          "track what compressed channels leave out: the columns residual_ratio, "
                          "markov_error, never_sent, oldest_age; auto: on up to 1,000 nodes, as it "
                          "takes a number for each coordinate in each of them")
                      .or_word("auto")
                      .by_default("auto"),
                  boolean("tensorboard", "write the metrics as a TensorBoard event file too")
                      .by_default(false)},
                 "how long, and what is measured")
      .must();
}

Param transport() {
  return section(
      "transport",
      {choice("kind", {"tcp", "ipc", "shm"},
              "sockets of the network, sockets of one host's file system, or memory that the "
              "processes of one host share")
           .by_default("tcp"),
       integer("base_port", "node i listens on base_port + i; free ports when not given")
           .at_least(1)
           .at_most(65535),
       text("host", "the address to listen on and to be reached at").by_default("127.0.0.1"),
       table_of("addresses",
                text("address", "host:port, or ipc:///path or shm:///path on one host"),
                "where each node (0, 1, ...) and the collector listen, for runs on several hosts"),
       number("start_deadline", "seconds until all nodes must have met").above(0).by_default(60),
       number("round_deadline", "seconds that a round may take").above(0).by_default(300),
       number("peer_timeout",
              "seconds without a sign of life after which a node is lost; processes that are "
              "paused give none")
           .at_least(0.1)
           .at_most(6000)  // what ZeroMQ can tell the other end
           .by_default(10),
       number("return_deadline", "seconds in which a lost node must be back (on_peer_loss: wait)")
           .above(0)
           .by_default(600),
       integer("restarts", "how often the launcher starts a lost node again (on_peer_loss: wait)")
           .at_least(0)
           .by_default(3),
       number("restart_backoff",
              "seconds before a node is started again, twice as many each further time")
           .at_least(0)
           .by_default(0.5),
       integer("max_message",
               "largest message taken from the network, in bytes; auto: what the model can need")
           .at_least(1024)
           .or_word("auto")
           .by_default("auto"),
       boolean("send_ahead",
               "send the first layers of a large model, or the first of two vectors, while the "
               "rest is being made; with shm or faults messages go at once")
           .by_default(true),
       text("keys", "folder of `hearsay keys generate`: only who has a listed key may speak")},
      "how nodes reach each other");
}

Param checkpoint() {
  return section(
      "checkpoint",
      {integer("every",
               "rounds from one checkpoint to the next; none are made when neither this "
               "nor `seconds` is given")
           .at_least(1),
       number("seconds", "seconds from one checkpoint to the next, instead of `every`").above(0),
       integer("keep", "files of each node that are kept").at_least(1).by_default(3)},
      "the state of all nodes on disk, for --resume and on_peer_loss: wait");
}

/// Here so that messages and --set know the key; nodes/config/sweep.h reads it, before a run's
/// config is read.
Param sweep() {
  return table_of("sweep", table_of("runs", text("values", ""), ""),
                  "several runs in one file: a grid of values by key, cases by name");
}

Param paper() {
  const std::vector<std::string> metrics = {"train_loss", "grad_norm", "consensus_error",
                                            "test_accuracy"};
  return section(
      "paper",
      {text("title", "what the experiment is").must(),
       text("citation", "authors, title, where, year").must(),
       text("figure", "which of its figures, tables or statements"),
       text("claim", "what the paper says").must(),
       text("outcome", "what was found here, by hand: a report prints it beside the claim"),
       choice("y", metrics, "the metric that is plotted and tabled").must(),
       list_of("x", choice("axis", {"round", "epoch", "ideal_bits", "wire_bytes"}, ""),
               "what it is plotted against, a plot each")
           .by_default(std::vector<Value>{"round", "ideal_bits"}),
       list_of("choose", text("key", ""),
               "keys of the grid that are tuned: of each curve only the setting with the best last "
               "value is shown"),
       number("target", "the value of y that the runs are to reach; common: the best that all do")
           .or_word("common"),
       text("baseline", "the curve that the ratios in the tables refer to"),
       text("scaling", "a key of the grid to plot the rounds to the target against")},
      "for reports of a paper's experiment; without influence on the run");
}

void check_addresses(const Params& addresses) {
  for (const Entry& entry : addresses.entries()) {
    const bool is_number =
        entry.key.size() <= 9 && std::all_of(entry.key.begin(), entry.key.end(),
                                             [](char c) { return c >= '0' && c <= '9'; });
    const bool is_canonical = is_number && (entry.key.size() == 1 || entry.key.front() != '0');
    if (!is_canonical && entry.key != "collector")
      throw ParamError("transport.addresses." + entry.key,
                       "unknown key. Allowed here: node numbers (0, 1, ...) and collector");
  }
}

}  // namespace

const Param& config_schema() {
  static const Param kSchema =
      section("config",
              {text("name", "name of the run; the file's name without its ending by default"),
               integer("seed", "seed of everything random").at_least(0).by_default(1), topology(),
               objective(), part("algorithm", algorithm_catalogue, "how it is minimized").must(),
               run(), checkpoint(),
               choice("on_peer_loss", {"fail", "wait", "reweight"},
                      "when a node is lost: the run ends; or it waits until the node is back and "
                      "goes on from the last checkpoint; or the others go on without it, with the "
                      "weights of the graph that is left, and let it in again when it is back")
                   .by_default("fail"),
               transport(), fault_section(), sweep(), paper()},
              "a config");
  return kSchema;
}

Param config_schema_for(const std::string& file_name) {
  Param schema = config_schema();
  for (Param& field : schema.fields)
    if (field.name == "name") field.by_default(std::filesystem::path(file_name).stem().string());
  return schema;
}

void check_config(const Params& root) {
  const Params& graph = root.map("topology");
  if (graph.has("workers")) {
    if (graph.has("nodes"))
      throw ParamError("topology.workers", "found beside nodes, allowed is one of the two");
    if (graph.part() != "star")
      throw ParamError(
          "topology.workers",
          fmt::format("found on the graph {}, allowed on star only; use nodes", graph.part()));
  }
  const Params& checkpoint = root.map("checkpoint");
  if (checkpoint.has("every") && checkpoint.has("seconds"))
    throw ParamError("checkpoint.seconds", "found beside every, allowed is one of the two");
  const Params& network = root.map("transport");
  if (network.has("addresses")) check_addresses(network.map("addresses"));
}

}  // namespace hearsay
