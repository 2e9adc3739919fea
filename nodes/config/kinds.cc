#include "nodes/config/kinds.h"

#include <algorithm>
#include <array>

#include "core/aggregator.h"
#include "core/compressor.h"
#include "core/dataset.h"
#include "core/objective.h"
#include "core/optimizer.h"
#include "core/partition.h"
#include "core/schedule.h"
#include "nodes/algorithm_catalogue.h"
#include "nodes/config/schema.h"
#include "topology/mixing.h"
#include "topology/topology.h"

namespace hearsay {
namespace {

const Catalogue& schedule_catalogue() {
  static const std::vector<Param> kParams = Schedule::params();
  return std::find_if(kParams.begin(), kParams.end(),
                      [](const Param& param) { return param.type == Param::Type::part; })
      ->catalogue();
}

constexpr std::array<Kind, 10> kKinds = {{{"algorithms", "algorithm", algorithm_catalogue},
                                          {"compressors", "compressor", compressor_catalogue},
                                          {"aggregators", "aggregator", aggregator_catalogue},
                                          {"schedules", "schedule", schedule_catalogue},
                                          {"graphs", "graph", graph_catalogue},
                                          {"mixings", "mixing", mixing_catalogue},
                                          {"objectives", "objective", objective_catalogue},
                                          {"data", "dataset", dataset_catalogue},
                                          {"partitions", "partition", partition_catalogue},
                                          {"optimizers", "optimizer", optimizer_catalogue}}};

const Param* entry_in(const Param& param, const Catalogue& catalogue) {
  if (param.type == Param::Type::part && &param.catalogue() == &catalogue) return &param;
  for (const Param& field : param.fields)
    if (const Param* found = entry_in(field, catalogue)) return found;
  return nullptr;
}

}  // namespace

std::span<const Kind> kinds() {
  return kKinds;
}

const Param* entry_of(const Catalogue& catalogue) {
  return entry_in(config_schema(), catalogue);
}

}  // namespace hearsay
