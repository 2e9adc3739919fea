#include "topology/mixing_sequence.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <set>
#include <utility>

#include "core/random.h"

namespace hearsay {

namespace {

constexpr double kRounding = 1e-9;  // by which a sum of weights may miss 1

using Lists = std::vector<std::vector<NodeId>>;

/// Who is reached from node 0 along `next`, in any number of steps.
std::vector<bool> reached(const Lists& next) {
  std::vector<bool> seen(next.size(), false);
  std::vector<NodeId> open = {0};
  seen[0] = true;
  while (!open.empty()) {
    const NodeId node = open.back();
    open.pop_back();
    for (const NodeId other : next[node])
      if (!seen[other]) {
        seen[other] = true;
        open.push_back(other);
      }
  }
  return seen;
}

/// Throws unless word of node 0 reaches everyone and word of everyone reaches node 0.
void check_connected(const MixingSequence& mixing, const std::string& key) {
  const std::size_t n = mixing.nodes();
  Lists out(n);
  Lists in(n);
  for (Round t = 1; t <= mixing.period(); ++t)
    for (NodeId i = 0; i < n; ++i) {
      const auto& senders = mixing.senders(t, i);
      const auto& receivers = mixing.receivers(t, i);
      in[i].insert(in[i].end(), senders.begin(), senders.end());
      out[i].insert(out[i].end(), receivers.begin(), receivers.end());
    }
  const auto hear = reached(out);
  const auto heard = reached(in);
  for (NodeId i = 0; i < n; ++i) {
    if (!hear[i])
      throw ParamError(key,
                       fmt::format("the graph is not connected: node {} never hears of node 0", i));
    if (!heard[i])
      throw ParamError(key,
                       fmt::format("the graph is not connected: node 0 never hears of node {}", i));
  }
}

std::vector<double> column_sums(const MixingMatrix& w) {
  std::vector<double> sums(w.nodes(), 0.0);
  for (NodeId i = 0; i < w.nodes(); ++i)
    for (const MixingMatrix::Weight& weight : w.row(i)) sums[weight.node] += weight.value;
  return sums;
}

/// The weights of a round are our own, so a mistake in them is ours as well.
void check_weights(const MixingSequence& mixing) {
  for (Round t = 1; t <= mixing.period(); ++t) {
    const MixingMatrix& w = mixing.at(t);
    for (NodeId i = 0; i < w.nodes(); ++i)
      for (const MixingMatrix::Weight& weight : w.row(i))
        if (weight.value < 0.0)
          throw std::logic_error(fmt::format("round {}: w({}, {}) is negative", t, i, weight.node));
    const auto sums = column_sums(w);
    for (NodeId j = 0; j < w.nodes(); ++j)
      if (std::abs(sums[j] - 1.0) > kRounding)
        throw std::logic_error(fmt::format("round {}: column {} sums to {}", t, j, sums[j]));
  }
}

/// x <- W x, or W^T x.
void multiply(const MixingMatrix& w, bool transposed, std::vector<double>& x) {
  std::vector<double> product(x.size(), 0.0);
  for (NodeId i = 0; i < w.nodes(); ++i)
    for (const MixingMatrix::Weight& weight : w.row(i)) {
      if (transposed)
        product[weight.node] += weight.value * x[i];
      else
        product[i] += weight.value * x[weight.node];
    }
  x = std::move(product);
}

/// Takes the mean off x and scales it to unit length; returns the length before.
double normalize(std::vector<double>& x) {
  double sum = 0.0;
  for (const double value : x) sum += value;
  double squared = 0.0;
  for (double& value : x) {
    value -= sum / static_cast<double>(x.size());
    squared += value * value;
  }
  const double length = std::sqrt(squared);
  if (length > 0.0)
    for (double& value : x) value /= length;
  return length;
}

}  // namespace

MixingSequence::MixingSequence(MixingMatrix w)
    : MixingSequence(std::vector<MixingMatrix>{std::move(w)}) {}

MixingSequence::MixingSequence(std::vector<MixingMatrix> rounds) {
  assert(!rounds.empty());
  rounds_.reserve(rounds.size());
  for (MixingMatrix& w : rounds) {
    const std::size_t n = w.nodes();
    OneRound round{.w = std::move(w), .senders = Lists(n), .receivers = Lists(n)};
    for (NodeId i = 0; i < n; ++i)
      for (const MixingMatrix::Weight& weight : round.w.row(i)) {
        if (weight.node == i) continue;
        round.senders[i].push_back(weight.node);
        round.receivers[weight.node].push_back(i);
      }
    rounds_.push_back(std::move(round));
  }
}

bool MixingSequence::is_symmetric() const {
  for (const OneRound& round : rounds_)
    for (NodeId i = 0; i < round.w.nodes(); ++i)
      for (const MixingMatrix::Weight& weight : round.w.row(i))
        if (std::abs(round.w(weight.node, i) - weight.value) > kRounding) return false;
  return true;
}

bool MixingSequence::is_doubly_stochastic() const {
  for (const OneRound& round : rounds_)
    for (NodeId i = 0; i < round.w.nodes(); ++i) {
      double sum = 0.0;
      for (const MixingMatrix::Weight& weight : round.w.row(i)) sum += weight.value;
      if (std::abs(sum - 1.0) > kRounding) return false;
    }
  return true;
}

Topology union_graph(const MixingSequence& mixing) {
  std::set<Edge> edges;
  for (Round t = 1; t <= mixing.period(); ++t)
    for (NodeId i = 0; i < mixing.nodes(); ++i)
      for (const NodeId j : mixing.senders(t, i)) edges.insert({std::min(i, j), std::max(i, j)});
  return Topology(mixing.nodes(), {edges.begin(), edges.end()});
}

double period_contraction(const MixingSequence& mixing) {
  constexpr int kSteps = 300;
  constexpr double kSettled = 1e-9;
  constexpr double kNothing = 1e-14;  // what rounding leaves of an exact average
  if (mixing.nodes() <= 1) return 0.0;
  Stream stream({.purpose = Purpose::trial});
  std::vector<double> x(mixing.nodes());
  for (double& value : x) value = stream.uniform();
  normalize(x);
  double contraction = 0.0;
  for (int step = 0; step < kSteps; ++step) {
    for (Round t = 1; t <= mixing.period(); ++t) multiply(mixing.at(t), false, x);
    const double now = normalize(x);
    if (now < kNothing) return 0.0;
    if (std::abs(now - contraction) <= kSettled * now) return now;
    contraction = now;
    for (Round t = mixing.period(); t >= 1; --t) multiply(mixing.at(t), true, x);
    if (normalize(x) < kNothing) return 0.0;
  }
  return contraction;
}

MixingSequence make_mixing_sequence(const Params& params, std::uint64_t seed) {
  MixingSequence mixing = graphs().at(params.part()).make.sequence(params, seed);
  check_weights(mixing);
  check_connected(mixing, params.entries().front().key);
  return mixing;
}

}  // namespace hearsay
