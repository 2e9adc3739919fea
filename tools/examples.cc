// The examples of --help and of the man page. A test runs them.
#include <map>
#include <stdexcept>

#include "tools/help.h"

namespace hearsay {

namespace {

using Table = std::map<std::string, std::vector<Example>>;

const Table& examples() {
  static const Table kExamples = {
      {"",
       {{"hearsay run configs/ring.yaml", "eight processes on a ring train on handwritten digits"},
        {"hearsay list compressors", "what can be put into a config, with all settings"},
        {"hearsay run --help", "the options of a command, and examples"}}},
      {"run",
       {{"hearsay run configs/ring.yaml --set checkpoint.every=100 --out runs/ring",
         "eight processes, whose state is kept every 100 rounds"},
        {"hearsay run configs/ring.yaml --resume runs/ring --set run.rounds=700",
         "200 rounds more"},
        {"hearsay run configs/ring.yaml --simulate --set topology.graph=star --out runs/star",
         "on another graph, in one process"},
        {"hearsay run configs/learning-rates.yaml --simulate --out runs/rates",
         "all runs of a sweep, as many at a time as there are cores"},
        {"hearsay run configs/ring.yaml --dashboard --out runs/watched",
         "with a page that shows it while it goes on"}}},
      {"peer",
       {{"hearsay peer configs/ring.yaml --set transport.base_port=5600 --node 0",
         "one of eight nodes on this host; the others likewise, with --node 1 to --node 7"},
        {"hearsay peer ring.yaml --node 3",
         "on the host that transport.addresses names for node 3"},
        {"srun -n 8 hearsay peer ring.yaml --node auto", "under Slurm; mpirun -n 8 does as well"}}},
      {"check",
       {{"hearsay check configs/ring.yaml", "the config with all defaults filled in"},
        {"hearsay check configs/ring.yaml --set topology.graph=star > star-of-equals.yaml",
         "a config made from another"},
        {"hearsay check configs/ring.yaml --layers", "the tensors of the model"}}},
      {"topology",
       {{"hearsay topology configs/ring.yaml", "the figures, and ring-digits-topology.svg"},
        {"hearsay topology configs/ring.yaml --set topology.nodes=32 --no-picture",
         "the figures of a larger ring"},
        {"hearsay topology configs/torus.yaml --format dot | neato -Tpdf > torus.pdf",
         "the graph for Graphviz"}}},
      {"report",
       {{"hearsay report runs/ring", "runs/ring/report.html, for a browser"},
        {"hearsay report runs/ring runs/star --out ring-star.html", "two runs in one page"},
        {"hearsay report runs/rates --svg figures --csv figures",
         "all runs of a sweep, with figures for a paper"}}},
      {"compare",
       {{"hearsay compare runs/ring runs/star", "two runs, to the accuracy that both reach"},
        {"hearsay compare runs/rates --best --by train_loss --target 0.1",
         "of each case of a sweep the learning rate with the least loss at the end"},
        {"hearsay compare runs/rates --best --by bits --metric train_loss --target 0.2",
         "the one with the fewest bits to that loss"},
        {"hearsay compare runs/rates --best --format latex > table.tex", "the same for a paper"}}},
      {"diff",
       {{"hearsay diff runs/ring runs/star", "where the trajectories part"},
        {"hearsay diff runs/ring runs/star --tolerance 1e-6",
         "the same, without what rounding does"}}},
      {"gradient",
       {{"hearsay gradient configs/ring.yaml", "of the first node's first batch, at x0"},
        {"hearsay gradient configs/ring.yaml --node 3 --exact --from runs/ring/model.safetensors",
         "over all rows of node 3, at the model that a run has left"},
        {"hearsay gradient configs/ring.yaml --repeat 100 --out gradient.safetensors",
         "the time of one, and all that it was computed from"}}},
      {"list",
       {{"hearsay list", "every name, with a line each"},
        {"hearsay list compressors", "one kind, with all settings"}}},
      {"certify",
       {{"hearsay certify scaled-sign", "one compressor, in several dimensions"},
        {"hearsay certify '{name: top-k, ratio: 0.05}' --dimension 650",
         "as a config sets it, for the model of configs/ring.yaml"}}},
      {"data",
       {{"hearsay data list", "what is known, and where it is found"},
        {"hearsay data get mnist", "download one"}}},
      {"data list",
       {{"hearsay data list", "in the user's cache"},
        {"hearsay data list --data-dir ~/data", "in that folder too"}}},
      {"data get",
       {{"hearsay data get a9a mushrooms", "from where they are published"},
        {"hearsay data get mnist --mirror https://mirror.example.org/mnist",
         "the same files from elsewhere"}}},
      {"keys", {{"hearsay keys generate --nodes 8 --out ring-keys", "keys for eight nodes"}}},
      {"keys generate",
       {{"hearsay keys generate configs/ring.yaml --out keys", "for its eight nodes"},
        {"hearsay keys generate --nodes 16 --out keys --force",
         "for sixteen, in the place of those"}}},
      {"completion",
       {{"source <(hearsay completion bash)", "in this shell"},
        {"hearsay completion fish > ~/.config/fish/completions/hearsay.fish",
         "in every fish from now on"}}},
      {"reference",
       {{"hearsay reference > reference.md", "all keys of a config and all that they can hold"}}},
      {"man",
       {{"hearsay man | man -l -", "read it"},
        {"hearsay man > hearsay.1", "to be installed with other man pages"}}},
  };
  return kExamples;
}

}  // namespace

const std::vector<Example>& examples_of(const std::string& path) {
  const auto at = examples().find(path);
  if (at == examples().end()) throw std::logic_error("no examples of " + path);
  return at->second;
}

}  // namespace hearsay
