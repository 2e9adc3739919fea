#include "core/aggregators/clipped_gossip.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <functional>

#include "core/aggregators/clipping.h"

namespace hearsay {

namespace {

/// The distance of the (b + 1)-th farthest of n neighbours; `distances` are moved about.
double farthest_but(std::size_t b, std::span<double> distances) {
  const auto place = distances.begin() + static_cast<std::ptrdiff_t>(b);
  std::nth_element(distances.begin(), place, distances.end(), std::greater<>());
  return *place;
}

}  // namespace

std::optional<std::string> ClippedGossip::impossible_for(std::size_t n) const {
  const auto* b = std::get_if<std::size_t>(&radius_);
  if (b == nullptr || n == 1 || *b + 1 < n) return std::nullopt;
  return fmt::format("stands {} poisoned neighbours, and there are {}: allowed are at most {}", *b,
                     n - 1, n - 2);
}

void ClippedGossip::aggregate(const PeerVectors& peers, VectorView x, Workspace& work) const {
  assert(!impossible_for(peers.count()));
  const std::size_t n = peers.count();
  const auto room = work.doubles(Workspace::Slot::aggregation, 2 * n);
  const auto distances = room.first(n);
  find_distances(peers, x, distances);
  double tau = 0.0;
  if (const auto* given = std::get_if<double>(&radius_)) {
    tau = *given;
  } else if (n > 1) {
    // The own vector is among the n with distance 0, and so is not one of the b + 1 < n farthest,
    // unless neighbours agree with it.
    const auto sorted = room.subspan(n);
    std::copy(distances.begin(), distances.end(), sorted.begin());
    tau = farthest_but(std::get<std::size_t>(radius_), sorted);
  }
  add_clipped(peers, tau, distances, x);
}

namespace {

ClippedGossip::Radius radius_of(const Params& params) {
  const bool adaptive = params.is_word("radius", "adaptive");
  if (adaptive == params.has("byzantine")) {
    if (adaptive) return static_cast<std::size_t>(params.integer("byzantine"));
    return params.number("radius");
  }
  throw ParamError("byzantine",
                   adaptive ? "radius: adaptive needs it" : "allowed with radius: adaptive only");
}

}  // namespace

Part<AggregatorMaker> part_clipped_gossip() {
  return {"clipped-gossip",
          "on a graph: differences to the own vector, cut to a length (He et al. 2022)",
          {number("radius",
                  "tau, the length that a difference is cut to; adaptive: the distance "
                  "of the farthest neighbour but for `byzantine` of them")
               .above(0)
               .or_word("adaptive")
               .must(),
           integer("byzantine",
                   "b, with radius: adaptive: how many neighbours of a node may be poisoned")
               .at_least(1)},
          {.on_server = false, .make = [](const Params& params) -> std::unique_ptr<Aggregator> {
             return std::make_unique<ClippedGossip>(radius_of(params));
           }}};
}

}  // namespace hearsay
