// What an asynchronous algorithm adds to Algorithm: its node goes through its rounds at its own
// pace, with whatever has come from its neighbours by then.
//
//   produce(t)        the node's own work in round t, and what it sends of it
//   take(message)     one message, whenever it comes, in the order of its link
//   consume(t, {})    ends round t
//
// Rounds are the node's own: a fast one makes more of them. What a node knows of a neighbour has an
// age, counted in its own rounds, and no round ends with knowledge older than max_staleness: the
// node then waits for the neighbour (held_by). A neighbour that is k times slower therefore holds
// up nobody, as long as k is below the bound, and a dead one is waited for after so many rounds.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/params.h"
#include "core/state.h"
#include "nodes/algorithm.h"

namespace hearsay {

/// How old that was which a node worked with, in its own rounds.
struct Staleness {
  std::uint64_t sum = 0;
  std::uint64_t count = 0;
  std::uint64_t oldest = 0;

  void add(std::uint64_t age) {
    sum += age;
    ++count;
    oldest = std::max(oldest, age);
  }

  void visit_state(StateVisitor& visitor) {
    visitor.integer("staleness", sum);
    visitor.integer("staleness_of", count);
    visitor.integer("oldest", oldest);
  }
};

class Asynchronous {
 public:
  virtual ~Asynchronous() = default;

  /// Takes a message that has passed Algorithm::check and refusal(), and appends what is answered.
  /// `t` is the round that runs, or the last one when none does.
  virtual void take(Round t, NodeId from, const Payload& payload, Workspace& work,
                    std::vector<Message>& out) = 0;

  /// What is wrong with a message just now, or nothing: one that nobody asked for, or more of them
  /// than the bound lets its sender send.
  virtual std::optional<std::string> refusal(NodeId from, ByteView payload) const = 0;

  /// The neighbours without whose word round t cannot end, ascending.
  virtual std::vector<NodeId> held_by(Round t) const = 0;

  /// Since the first round.
  virtual const Staleness& staleness() const = 0;
};

/// `max_staleness`.
inline Param max_staleness_param() {
  return integer("max_staleness",
                 "rounds of its own that a node goes on without word of a neighbour; it then waits")
      .at_least(0)
      .at_most(1'000'000)
      .by_default(8);
}

}  // namespace hearsay
