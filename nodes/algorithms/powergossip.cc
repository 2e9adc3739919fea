#include "nodes/algorithms/powergossip.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/random/normal_distribution.hpp>
#include <utility>

#include "core/compressors/wire.h"
#include "core/optimizers/sgd.h"
#include "core/orthonormal.h"
#include "core/vector_ops.h"
#include "nodes/algorithms/settings.h"

namespace hearsay {

PowerGossip::PowerGossip(const NodeContext& context, LocalRule rule, std::size_t rank,
                         std::size_t iterations)
    : GossipNode(context),
      rule_(std::move(rule)),
      iterations_(iterations),
      layout_(context.layout) {
  std::size_t factors = 0;
  for (const Layer& layer : context.layout->layers()) {
    Block block{.offset = layer.offset, .rows = 1, .columns = layer.size, .factor = factors};
    if (layer.shape.size() >= 2 && layer.size > 0) {
      block.rows = static_cast<std::size_t>(layer.shape.front());
      block.columns = layer.size / block.rows;
      block.rank = std::min({rank, block.rows, block.columns});
      // On average over the two sides.
      if (block.rank * (block.rows + block.columns) >= 2 * block.size()) block.rank = 0;
    }
    factors += block.rank * std::max(block.rows, block.columns);
    blocks_.push_back(block);
  }
  for (const MixingMatrix::Weight& weight : context.network->w().row(self_)) {
    if (weight.node == self_) continue;
    links_.push_back({.other = weight.node,
                      .weight = static_cast<float>(weight.value),
                      .factors = Vector(factors)});
    // No direction yet: orthonormalize() draws random ones.
    for (const Block& block : blocks_)
      orthonormalize(block, links_.back(), block.side(true), 0,
                     Vector(block.rank * block.side(true)));
  }
}

void PowerGossip::produce(Round t, std::size_t phase, Workspace& work, std::vector<Message>& out) {
  if (phase == 0) rule_.run(t, x_, work);
  require_finite(x_, *layout_, "the model");  // in later phases it is what the last one has made
  const bool right = is_right(t, phase);
  for (Link& link : links_) {
    link.sent = {};
    const std::shared_ptr<Bytes> payload = pool_.take();
    std::byte* to = wire::grow(*payload, 4 * floats(right));
    for (const Block& block : blocks_) {
      project(block, link, right, to);
      // A row of the largest floats may have a projection above them.
      const std::size_t count = block.floats(right);
      if (const auto wrong = wire::check_finite({to, 4 * count}, count, "value"))
        throw NotFinite(fmt::format(
            "the run has diverged: in a projection of tensor \"{}\" {}; a smaller learning_rate "
            "may help",
            layout_->layer_of(block.offset).name, *wrong));
      to += 4 * count;
    }
    link.sent = payload;
    out.push_back({std::span(&link.other, 1), link.sent, 32 * std::uint64_t{floats(right)}});
  }
}

std::optional<std::string> PowerGossip::check(Round t, std::size_t phase, ByteView payload) const {
  const std::size_t count = floats(is_right(t, phase));
  if (auto wrong = wire::check_size(payload, 4 * count)) return wrong;
  return wire::check_finite(payload, count, "value");
}

void PowerGossip::consume(Round t, std::size_t phase, std::span<const Incoming> messages,
                          Workspace& work) {
  const bool right = is_right(t, phase);
  const VectorView difference = work.floats(Workspace::Slot::difference, floats(right));
  for (std::size_t k = 0; k < links_.size(); ++k) {
    Link& link = links_[k];
    const bool lower = self_ < link.other;
    const ByteView first = lower ? ByteView(*link.sent) : messages[k].payload;
    const ByteView second = lower ? messages[k].payload : ByteView(*link.sent);
    for (std::size_t j = 0; j < difference.size(); ++j)
      difference[j] =
          wire::load<float>(first.data() + 4 * j) - wire::load<float>(second.data() + 4 * j);
    link.sent = {};
    std::size_t begin = 0;
    for (const Block& block : blocks_) {
      const std::size_t count = block.floats(right);
      update(block, link, right, iteration(t, phase) + 1, difference.subspan(begin, count));
      begin += count;
    }
  }
}

void PowerGossip::visit_state(StateVisitor& visitor) {
  visitor.vector("x", x_);
  rule_.visit_state(visitor);
  for (Link& link : links_) visitor.vector("factors", link.factors);
}

std::size_t PowerGossip::floats(bool right) const {
  std::size_t count = 0;
  for (const Block& block : blocks_) count += block.floats(right);
  return count;
}

/// Writes M U or M^T U column by column; or the tensor in full.
void PowerGossip::project(const Block& block, const Link& link, bool right, std::byte* to) const {
  const ConstVectorView m = ConstVectorView(x_).subspan(block.offset, block.size());
  if (block.rank == 0) {
    for (std::size_t j = 0; j < m.size(); ++j) wire::store(to + 4 * j, m[j]);
    return;
  }
  const std::size_t length = block.side(!right);
  std::vector<double> product(length);
  for (std::size_t k = 0; k < block.rank; ++k) {
    const ConstVectorView u = ConstVectorView(link.factors)
                                  .subspan(block.factor + k * block.side(right), block.side(right));
    if (right) {
      for (std::size_t i = 0; i < block.rows; ++i)
        product[i] = dot(m.subspan(i * block.columns, block.columns), u);
    } else {
      std::fill(product.begin(), product.end(), 0.0);
      for (std::size_t i = 0; i < block.rows; ++i)
        accumulate(product, static_cast<double>(u[i]), m.subspan(i * block.columns, block.columns));
    }
    for (std::size_t i = 0; i < length; ++i)
      wire::store(to + 4 * (k * length + i), static_cast<float>(product[i]));
  }
}

/// The gossip step along U; both ends add and take off the same bits. Then the next U.
void PowerGossip::update(const Block& block, Link& link, bool right, std::uint64_t iteration,
                         ConstVectorView difference) {
  const VectorView m = VectorView(x_).subspan(block.offset, block.size());
  const float share = self_ < link.other ? -link.weight : link.weight;
  if (block.rank == 0) {
    add_scaled(m, share, difference);
    return;
  }
  for (std::size_t k = 0; k < block.rank; ++k) {
    const ConstVectorView u = ConstVectorView(link.factors)
                                  .subspan(block.factor + k * block.side(right), block.side(right));
    const ConstVectorView d = difference.subspan(k * block.side(!right), block.side(!right));
    const ConstVectorView left_factor = right ? d : u;
    const ConstVectorView right_factor = right ? u : d;
    for (std::size_t i = 0; i < block.rows; ++i)
      add_scaled(m.subspan(i * block.columns, block.columns), share * left_factor[i], right_factor);
  }
  orthonormalize(block, link, block.side(!right), iteration, difference);
}

/// Random directions of an edge, the same at both ends. Round 0 keeps them apart from what
/// compressors draw.
Stream PowerGossip::fallback(const Link& link, std::uint64_t iteration) const {
  const std::uint64_t low = std::min(self_, link.other);
  const std::uint64_t high = std::max(self_, link.other);
  return Stream({.seed = seed_,
                 .purpose = Purpose::compression,
                 .node = (low << 32U) | high,
                 .round = 0,
                 .index = iteration});
}

/// U of that iteration: the columns orthonormalized; a column without a direction of its own, as
/// when the two ends agree, is drawn anew.
void PowerGossip::orthonormalize(const Block& block, Link& link, std::size_t side,
                                 std::uint64_t iteration, ConstVectorView columns) const {
  std::vector<double> u(columns.begin(), columns.end());
  Stream stream = fallback(link, iteration);
  for (std::size_t k = 0; k < block.rank; ++k) {
    boost::random::normal_distribution<float> normal;
    while (!orthonormalize_column(u, side, k))
      for (double& value : column(u, side, k)) value = static_cast<double>(normal(stream));
  }
  for (std::size_t j = 0; j < u.size(); ++j)
    link.factors[block.factor + j] = static_cast<float>(u[j]);
}

namespace {

std::unique_ptr<Algorithm> make(const Params& params, const NodeContext& context) {
  return std::make_unique<PowerGossip>(
      context, LocalRule(make_optimizer("sgd", params, context.dimension()), params, context),
      static_cast<std::size_t>(params.integer("rank")),
      static_cast<std::size_t>(params.integer("iterations")));
}

}  // namespace

Part<AlgorithmMaker> part_powergossip() {
  return {"powergossip",
          "a gradient step, then low-rank gossip by power iteration on every edge (Vogels et al. "
          "2020)",
          join({LocalRule::params(),
                {integer("rank", "columns exchanged of each matrix").at_least(1).by_default(1),
                 integer("iterations", "power iterations, and so exchanges, a round")
                     .at_least(1)
                     .at_most(1000)
                     .by_default(1)},
                sgd_params()}),
          {.make = make}};
}

}  // namespace hearsay
