#include "nodes/node_evaluation.h"

#include "core/vector_ops.h"
#include "nodes/asynchronous.h"
#include "nodes/health.h"

namespace hearsay {

NodeOffer make_offer(const Experiment& experiment, const Node& node, Round t, double seconds) {
  NodeOffer offer{.seconds = seconds,
                  .epochs = 0.0,
                  .ideal_bits = node.engine->ideal_bits(),
                  .wire_bytes = node.engine->wire_bytes(),
                  .sketch = {},
                  .health = {},
                  .layers = {}};
  const auto channels = node.engine->algorithm().channels();
  offer.health = health_of(channels);
  offer.layers = layer_counts(channels);
  if (const Asynchronous* asynchronous = node.engine->algorithm().asynchronous()) {
    const Staleness& staleness = asynchronous->staleness();
    if (staleness.count > 0) {
      offer.health.staleness =
          static_cast<double>(staleness.sum) / static_cast<double>(staleness.count);
      offer.health.most_stale = staleness.oldest;
    }
  }
  if (node.problem == nullptr) return offer;
  const Round own = node.engine->round();  // asynchronous nodes have one each
  if (own > 0) offer.epochs = node.problem->epochs(node.engine->algorithm().batches(own));
  const ConsensusMeasure& measure = experiment.consensus();
  if (!measure.exact)
    offer.sketch = consensus_sketch(node.engine->algorithm().model(), measure.projections,
                                    experiment.seed(), t);
  return offer;
}

NodeResult evaluate_node(const Experiment& experiment, const Node& node, ConstVectorView mean,
                         VectorView gradient, Workspace& work) {
  const LocalProblem& problem = *node.problem;
  const ConstVectorView x = mean.first(experiment.dimension());
  const ConstVectorView buffers =
      experiment.averages_buffers() ? mean.subspan(x.size()) : problem.buffers();
  NodeResult result;
  result.squared_distance = squared_distance(node.engine->algorithm().model(), x);
  if (!experiment.trains()) return result;
  result.loss = problem.evaluate(x, buffers, gradient, work);
  const std::span<const std::uint32_t> test_rows = experiment.test_rows();
  if (test_rows.empty()) return result;
  const RowRange share = contiguous_range(test_rows.size(), node.shares, node.share);
  result.correct = problem.objective().correct(
      x, buffers, test_rows.subspan(share.begin, share.end - share.begin), work);
  return result;
}

}  // namespace hearsay
