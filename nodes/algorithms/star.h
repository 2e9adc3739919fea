// The centralized algorithms that are a plan: one exchange a round, and an optimizer at one of its
// ends.
//
//   phase 0  worker i:  s_i = sum of H local directions from x (H = 1: the gradient of f_i at x, or
//                       its direction);  up channel of s_i to the server
//            server:    g <- mean of what came (direct, error-feedback),
//                       or g + the mean (markov)
//   phase 1  server:    optimizer at the server:   x <- x - eta dir(g);  down channel of x to all
//                       optimizer at the workers:  down channel of g to all
//            worker i:  takes x, or takes g~ and steps x <- x - eta dir(g~); every worker takes the
//                       same step, so the models stay equal bit for bit
//
// A named algorithm is a plan (see spars_ams.cc, cd_adam.cc); its list of Params holds those of
// Schedule, LocalSteps and its optimizers.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "nodes/algorithms/star_node.h"

namespace hearsay {

/// An optimizer by name, with the keys that it finds in `settings`.
struct OptimizerChoice {
  std::string name;
  Params settings;
};

struct StarPlan {
  enum class Place { server, workers };  // where the optimizer runs

  Exchange exchange;
  Place place = Place::server;
  OptimizerChoice optimizer;                 // steps x
  std::optional<OptimizerChoice> direction;  // of the local gradients; none: they go as they are
};

/// The plan's server, for algorithms with workers of their own.
std::unique_ptr<Algorithm> make_star_server(const StarPlan& plan, const Params& params,
                                            const NodeContext& context,
                                            std::vector<NodeId> workers);

/// The half that the node of `context` plays.
std::unique_ptr<Algorithm> make_star(const StarPlan& plan, const Params& params,
                                     const NodeContext& context);

}  // namespace hearsay
