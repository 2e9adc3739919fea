#include "nodes/fleet.h"

#include <algorithm>
#include <atomic>
#include <utility>

namespace hearsay {

namespace {

/// Of a block, so that it, its spare and the next block stay in a second cache of a megabyte.
constexpr std::size_t kBlockBytes = std::size_t{256} << 10U;

std::size_t round_up(std::size_t value, std::size_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

/// Columns of a block: as many as fit, in blocks of about equal width, and at least one block a
/// thread if there are columns for it.
std::size_t block_width(std::size_t nodes, std::size_t dimension, std::size_t threads) {
  const std::size_t fit = std::max(kBlockBytes / (nodes * sizeof(float)), simd::kMixWidth);
  const std::size_t blocks = std::max((dimension + fit - 1) / fit, threads);
  return round_up((dimension + blocks - 1) / blocks, simd::kMixWidth);
}

simd::SparseMatrix differences(const MixingMatrix& w) {
  simd::SparseMatrix result;
  for (NodeId i = 0; i < w.nodes(); ++i) {
    for (const MixingMatrix::Weight& weight : w.row(i)) {
      result.columns.push_back(weight.node);
      result.values.push_back(weight.node == i ? own_difference_weight(w, i)
                                               : static_cast<float>(weight.value));
    }
    result.row_begin.push_back(static_cast<std::uint32_t>(result.columns.size()));
  }
  result.find_runs();
  return result;
}

}  // namespace

std::unique_ptr<Fleet> Fleet::of(std::span<Node> nodes, ThreadPool& pool) {
  const auto step = nodes.front().engine->algorithm().plain_step();
  if (!step || step->x.empty()) return nullptr;
  return std::unique_ptr<Fleet>(new Fleet(nodes, pool, *step));
}

Fleet::Fleet(std::span<Node> nodes, ThreadPool& pool, const PlainStep& step)
    : nodes_(nodes),
      pool_(pool),
      mixing_(step.mixing),
      gossip_step_(step.gossip_step),
      dimension_(step.x.size()),
      width_(block_width(nodes.size(), dimension_, pool.threads())),
      blocks_((dimension_ + width_ - 1) / width_),
      spares_(pool.threads(), Vector(nodes.size() * width_)),
      before_(blocks_.size()),
      round_(nodes.front().engine->round()) {
  for (Node& node : nodes_) models_.push_back(node.engine->algorithm().plain_step()->x);
  for (Round t = 1; t <= mixing_->period(); ++t) {
    w_.push_back(differences(mixing_->at(t)));
    std::uint64_t frames = 0;
    for (NodeId i = 0; i < nodes_.size(); ++i) frames += mixing_->receivers(t, i).size();
    frames_in_.push_back(frames);
  }
  pool_.for_each(blocks_.size(), [this](std::size_t block, std::size_t /*worker*/) {
    blocks_[block].resize(nodes_.size() * width_);
    copy_block(block, false);
  });
}

bool Fleet::run_round() {
  const std::size_t of_period = round_ % mixing_->period();
  ++round_;
  std::atomic<bool> finite = true;
  // Other threads swap their blocks while this one looks at where its next one is.
  for (std::size_t block = 0; block < blocks_.size(); ++block)
    before_[block] = blocks_[block].data();
  pool_.for_each(blocks_.size(), [&](std::size_t block, std::size_t worker) {
    Vector& spare = spares_[worker];
    const float* const next = before_[(block + 1) % blocks_.size()];
    if (!simd::mix_rows(w_[of_period], gossip_step_, before_[block], width_, spare.data(), next))
      finite = false;
    blocks_[block].swap(spare);
  });
  unsettled_wire_bytes_ += frames_in_[of_period] * (kHeaderBytes + payload_size());
  return finite;
}

void Fleet::settle() {
  if (round_ == nodes_.front().engine->round()) return;
  pool_.for_each(blocks_.size(),
                 [this](std::size_t block, std::size_t /*worker*/) { copy_block(block, true); });
  pool_.for_each(nodes_.size(), [this](std::size_t id, std::size_t /*worker*/) {
    nodes_[id].engine->pass_rounds(round_, *mixing_, 32 * std::uint64_t{dimension_},
                                   payload_size());
  });
  unsettled_wire_bytes_ = 0;
}

void Fleet::copy_block(std::size_t block, bool to_nodes) {
  const std::size_t begin = block * width_;
  const std::size_t count = std::min(width_, dimension_ - begin);
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const VectorView row = VectorView(blocks_[block]).subspan(i * width_, count);
    const VectorView own = models_[i].subspan(begin, count);
    if (to_nodes)
      std::copy(row.begin(), row.end(), own.begin());
    else
      std::copy(own.begin(), own.end(), row.begin());
  }
}

}  // namespace hearsay
