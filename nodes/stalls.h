// Who waits for whom, as told by nodes whose round's deadline has passed.
//
// When one node hangs, others wait for those that wait for it: only when all have spoken is it
// clear who is behind it.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nodes/control.h"

namespace hearsay {

class Stalls {
 public:
  /// Takes a message of kind stalled; its text is shown to people as it is.
  void add(ControlMessage stall) { told_.push_back(std::move(stall)); }
  void clear() { told_.clear(); }

  bool any() const { return !told_.empty(); }
  bool told_by(NodeId id) const;

  /// The node behind it: one that others wait for and that has not spoken itself, if there is one.
  std::optional<NodeId> root() const;

  /// The node behind it, in a line, and who waits for whom, since when, in another. Only if there
  /// are any.
  std::string report() const;

 private:
  std::vector<ControlMessage> told_;
};

}  // namespace hearsay
