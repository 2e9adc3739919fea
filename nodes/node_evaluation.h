// A node's part in an evaluation; what is made of all of them is in nodes/evaluation.h.
#pragma once

#include "nodes/experiment.h"

namespace hearsay {

/// What a node says of itself after round t.
NodeOffer make_offer(const Experiment& experiment, const Node& node, Round t, double seconds);

/// What a node with a problem finds at `mean` (Evaluation::mean): loss and gradient over the rows
/// that evaluations look at, and its share of the test rows. The model has the node's own buffers
/// or the mean ones (Experiment::averages_buffers). `gradient` may be empty.
NodeResult evaluate_node(const Experiment& experiment, const Node& node, ConstVectorView mean,
                         VectorView gradient, Workspace& work);

}  // namespace hearsay
