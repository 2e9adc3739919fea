// The centralized algorithms, on a star with a server: one worker half, one server half, and a plan
// that says how they are put together.
//
//   phase 0  worker i:  g_i = gradient of f_i at x;  c_i = up channel of g_i, to the server
//            server:    g <- weighted sum of the c_i with weights 1/n: their mean (direct,
//            error-feedback),
//                       or g + their mean (markov)
//   phase 1  server:    optimizer at the server:   x <- x - eta dir(g), down channel of x to all
//   workers
//                       optimizer at the workers:  down channel of g to all workers
//            worker i:  takes x, or takes g~ and steps x <- x - eta dir(g~); every worker takes the
//            same
//                       step, so the models stay equal bit for bit
//
// A named algorithm is a plan (see spars_ams.cc, cd_adam.cc). Sums run in ascending worker id.
#pragma once

#include <memory>
#include <string>

#include "core/channel.h"
#include "core/optimizer.h"
#include "core/schedule.h"
#include "nodes/algorithm.h"

namespace hearsay {

struct StarPlan {
  enum class Place { server, workers };  // where the optimizer runs

  std::shared_ptr<const Compressor> up_compressor;
  ChannelKind up = ChannelKind::direct;
  std::shared_ptr<const Compressor> down_compressor;
  ChannelKind down = ChannelKind::direct;
  Place place = Place::server;
  std::string optimizer = "amsgrad";
};

/// The half that the node of `context` plays; on a network of one node, both halves in one without
/// any message (the single-machine form of the papers).
std::unique_ptr<Algorithm> make_star(const StarPlan& plan, const Params& params,
                                     const NodeContext& context);

}  // namespace hearsay
