// What a control message must be for its receiver to work with it: whatever is a place or a length
// in it fits this run. Other values are the sender's own affair.
#pragma once

#include <optional>
#include <string>

#include "nodes/control.h"
#include "nodes/experiment.h"

namespace hearsay {

/// What is wrong with the message, if anything: "it waits for node 7, there are 3".
std::optional<std::string> what_is_wrong(const Experiment& experiment,
                                         const ControlMessage& message);

}  // namespace hearsay
