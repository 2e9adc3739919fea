#include "core/aggregators/centered_clipping.h"

#include "core/aggregators/clipping.h"

namespace hearsay {

void CenteredClipping::aggregate(const PeerVectors& peers, VectorView x, Workspace& work) const {
  const auto distances = work.doubles(Workspace::Slot::aggregation, peers.count());
  for (std::size_t l = 0; l < iterations_; ++l) {
    find_distances(peers, x, distances);
    add_clipped(peers, tau_, distances, x);
  }
}

Part<AggregatorMaker> part_centered_clipping() {
  return {"centered-clipping",
          "on a server: differences to the last aggregate, cut to a length (Karimireddy et al. "
          "2021)",
          {number("radius", "tau, the length that a difference is cut to").above(0).must(),
           integer("iterations", "L, the steps a round").at_least(1).by_default(1)},
          {.on_graph = false, .make = [](const Params& params) -> std::unique_ptr<Aggregator> {
             return std::make_unique<CenteredClipping>(
                 params.number("radius"), static_cast<std::size_t>(params.integer("iterations")));
           }}};
}

}  // namespace hearsay
