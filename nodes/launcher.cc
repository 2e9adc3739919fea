#include "nodes/launcher.h"

#include "nodes/launcher/launch.h"

namespace hearsay {

void launch(const Experiment& experiment, const LaunchOptions& options, RunObserver& observer) {
  Launch(experiment, options, observer).run();
}

std::vector<NodeId> all_nodes(const Experiment& experiment) {
  std::vector<NodeId> nodes(experiment.network().nodes());
  for (NodeId id = 0; id < nodes.size(); ++id) nodes[id] = id;
  return nodes;
}

}  // namespace hearsay
