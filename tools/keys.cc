// `hearsay keys generate`.
#include "nodes/keys.h"

#include <fmt/core.h>

#include "tools/commands.h"
#include "tools/load.h"

namespace hearsay {

int keys_generate_command(const KeysGenerateOptions& options) {
  std::size_t nodes = options.nodes;
  if (options.config.config.empty() == (nodes == 0))
    throw ConfigError("allowed is one of the two: a CONFIG, whose nodes get keys, or --nodes N");
  if (nodes == 0) nodes = make_network(load_config(options.config)).nodes();
  write_keys(options.out, nodes, options.force);
  fmt::print(
      "{0}/public.yaml   who may speak: the same file for every host\n"
      "{0}/node-NNN.key  private keys of {1} node{2}: each for its own host only\n"
      "{0}/collector.key the collector's, for the host of node 0\n"
      "a run takes them with --set transport.keys={0}\n",
      options.out, nodes, nodes == 1 ? "" : "s");
  return 0;
}

}  // namespace hearsay
