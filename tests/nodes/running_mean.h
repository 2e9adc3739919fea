// An objective with buffers, as batch normalization has them: a running mean that training moves
// and that the loss, its gradient and the accuracy depend on.
#pragma once

#include <string>

#include "core/objective.h"
#include "nodes/experiment.h"

namespace hearsay::testing {

/// f_i(x) = 1/2 ||x + m - c_i||^2, where the running mean m of d values is the first buffer, and
/// the centers c_i are fixed. A stochastic gradient adds noise, moves m a tenth of the way to the x
/// that it saw, and counts itself in the second buffer, one value. Twelve test rows.
class RunningMeanObjective : public Objective {
 public:
  explicit RunningMeanObjective(std::size_t dimension);

  const Layout& layout() const override { return layout_; }
  const Layout& buffer_layout() const override { return buffer_layout_; }
  void initialize_buffers(VectorView buffers) const override;
  double evaluate(ConstVectorView x, const Sample& sample, VectorView gradient,
                  Workspace& work) const override;
  std::optional<std::uint64_t> correct(ConstVectorView x, ConstVectorView buffers,
                                       std::span<const std::uint32_t> test_rows,
                                       Workspace& work) const override;
  std::size_t test_rows() const override { return 12; }

  /// `scale`, of two values.
  std::vector<NamedTensor> frozen() const override;

  /// model.txt with the sizes.
  void save(ConstVectorView x, ConstVectorView buffers, const std::string& folder) const override;

 private:
  Layout layout_;
  Layout buffer_layout_;
};

/// Makes one with the dimension that a quadratic's settings give.
std::unique_ptr<Objective> make_running_mean(const Params& params, const ObjectiveContext& context);

/// An experiment on it, from a config whose objective is a quadratic: that one's dimension is
/// taken.
Experiment running_mean_experiment(const std::string& yaml);

}  // namespace hearsay::testing
