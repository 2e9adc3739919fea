// least-squares: linear regression on the labels, b_r = label of row r.
//
//   f_i(x) = mean over rows r of (1/2) (a_r'x - b_r)^2 + (lambda / 2) ||x||^2
//
// No bias: d = features, x0 = 0.
#pragma once

#include <memory>

#include "core/objective.h"

namespace hearsay {

class LeastSquaresObjective : public Objective {
 public:
  LeastSquaresObjective(std::shared_ptr<const Dataset> data, double lambda);

  const Layout& layout() const override { return layout_; }
  double evaluate(ConstVectorView x, const Sample& sample, VectorView gradient,
                  Workspace& work) const override;

  /// A regression classifies nothing.
  std::optional<std::uint64_t> correct(ConstVectorView x, ConstVectorView buffers,
                                       std::span<const std::uint32_t> test_rows,
                                       Workspace& work) const override;
  std::size_t test_rows() const override { return 0; }

 private:
  std::shared_ptr<const Dataset> data_;
  double lambda_;
  Layout layout_;
};

}  // namespace hearsay
