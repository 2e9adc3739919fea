#include "nodes/moments.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "core/optimizer.h"
#include "core/state.h"

namespace hearsay {

namespace {

class Collect final : public StateVisitor {
 public:
  void vector(std::string_view /*name*/, VectorView values) override {
    collected.insert(collected.end(), values.begin(), values.end());
  }
  void integer(std::string_view /*name*/, std::uint64_t& value) override {
    collected.push_back(static_cast<float>(value));
  }
  void counters(std::string_view /*name*/, std::span<std::uint32_t> values) override {
    for (const std::uint32_t value : values) collected.push_back(static_cast<float>(value));
  }

  Vector collected;
};

class Replace final : public StateVisitor {
 public:
  explicit Replace(ConstVectorView moments) : left_(moments) {}

  void vector(std::string_view /*name*/, VectorView values) override {
    const ConstVectorView taken = take(values.size());
    std::copy(taken.begin(), taken.end(), values.begin());
  }
  void integer(std::string_view /*name*/, std::uint64_t& value) override {
    value = static_cast<std::uint64_t>(std::llround(take(1).front()));
  }
  void counters(std::string_view /*name*/, std::span<std::uint32_t> values) override {
    for (std::uint32_t& value : values)
      value = static_cast<std::uint32_t>(std::llround(take(1).front()));
  }

  std::size_t left() const { return left_.size(); }

 private:
  ConstVectorView take(std::size_t count) {
    if (left_.size() < count) throw std::invalid_argument("these are moments of something else");
    const ConstVectorView taken = left_.first(count);
    left_ = left_.subspan(count);
    return taken;
  }

  ConstVectorView left_;
};

}  // namespace

Vector moments_of(Algorithm& algorithm) {
  Collect visitor;
  for (Optimizer* optimizer : algorithm.optimizers()) optimizer->visit_state(visitor);
  return std::move(visitor.collected);
}

void set_moments(Algorithm& algorithm, ConstVectorView moments) {
  Replace visitor(moments);
  for (Optimizer* optimizer : algorithm.optimizers()) optimizer->visit_state(visitor);
  if (visitor.left() > 0) throw std::invalid_argument("these are moments of something else");
}

}  // namespace hearsay
