#include "tests/nodes/cluster.h"

#include <fmt/format.h>

#include <stdexcept>

#include "tests/core/vectors.h"

namespace hearsay::testing {

Cluster::Cluster(const Experiment& experiment) {
  for (NodeId id = 0; id < experiment.network().nodes(); ++id)
    nodes_.push_back(experiment.make_node(id));
}

void Cluster::start(NodeId id) {
  std::vector<Envelope> out;
  engine(id).start_round(work_, out);
  put_on_links(std::move(out));
}

void Cluster::deliver(Link link) {
  const auto at = links_.find(link);
  const Envelope envelope = at->second.front();
  at->second.pop_front();
  if (at->second.empty()) links_.erase(at);
  std::vector<Envelope> out;
  const auto refusal = engine(link.second).on_frame(envelope.header, envelope.payload, work_, out);
  if (refusal)
    throw std::logic_error(fmt::format("node {} refused a frame of node {}: {}", link.second,
                                       link.first, to_string(*refusal)));
  put_on_links(std::move(out));
}

void Cluster::put_on_links(std::vector<Envelope> envelopes) {
  for (Envelope& envelope : envelopes) {
    tamper(envelope);
    watch(envelope);
    links_[{envelope.header.from, envelope.header.to}].push_back(std::move(envelope));
  }
}

/// An asynchronous round, that nothing holds up.
bool Cluster::can_end(NodeId id) {
  return !engine(id).round_done() && engine(id).algorithm().asynchronous() != nullptr &&
         engine(id).waiting_for().empty();
}

void Cluster::run_to(Round t) {
  while (engine(0).round() < t) {
    for (NodeId id = 0; id < size(); ++id) start(id);
    while (!links_.empty()) deliver(links_.begin()->first);
    for (NodeId id = 0; id < size(); ++id)
      if (can_end(id)) engine(id).end_round(work_);
  }
}

void Cluster::run_to(Round t, Stream& order) {
  for (;;) {
    std::vector<NodeId> ready;
    for (NodeId id = 0; id < size(); ++id)
      if (can_end(id) || (engine(id).round_done() && engine(id).round() < t)) ready.push_back(id);
    const std::size_t choices = ready.size() + links_.size();
    if (choices == 0) return;
    const std::size_t choice = order.below(choices);
    if (choice >= ready.size())
      deliver(std::next(links_.begin(), static_cast<std::ptrdiff_t>(choice - ready.size()))->first);
    else if (engine(ready[choice]).round_done())
      start(ready[choice]);
    else
      engine(ready[choice]).end_round(work_);
  }
}

std::vector<SavedState> Cluster::states() {
  std::vector<SavedState> result;
  for (Node& node : nodes_) result.push_back(saved(node));
  return result;
}

void Cluster::restore(const std::vector<SavedState>& states) {
  for (NodeId id = 0; id < size(); ++id) {
    Restore visitor(states.at(id));
    node(id).visit_state(visitor);
  }
}

std::string difference(const SavedState& a, const SavedState& b) {
  if (a.integers.size() != b.integers.size() || a.vectors.size() != b.vectors.size())
    return "another number of entries";
  for (std::size_t k = 0; k < a.integers.size(); ++k)
    if (a.integers[k] != b.integers[k])
      return fmt::format("{} {}: {} or {}", k, a.integers[k].first, a.integers[k].second,
                         b.integers[k].second);
  for (std::size_t k = 0; k < a.vectors.size(); ++k)
    if (a.vectors[k].first != b.vectors[k].first ||
        bits_of(a.vectors[k].second) != bits_of(b.vectors[k].second))
      return fmt::format("vector {} {}", k, a.vectors[k].first);
  return {};
}

std::string difference(const std::vector<SavedState>& a, const std::vector<SavedState>& b) {
  if (a.size() != b.size()) return "another number of nodes";
  for (std::size_t id = 0; id < a.size(); ++id) {
    const std::string found = difference(a[id], b[id]);
    if (!found.empty()) return fmt::format("node {}: {}", id, found);
  }
  return {};
}

}  // namespace hearsay::testing
