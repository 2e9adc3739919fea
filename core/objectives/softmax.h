// softmax: multinomial logistic regression.
//
//   f_i(W, b) = mean over rows r of (logsumexp(s_r) - s_r[y_r]) + (lambda / 2) (||W||^2 + ||b||^2),
//   s_r = W a_r + b in R^classes.
//
// Layers "weight" [classes, features] and, with bias, "bias" [classes]. x0 = 0.
#pragma once

#include <memory>
#include <vector>

#include "core/objective.h"

namespace hearsay {

class SoftmaxObjective : public Objective {
 public:
  /// Throws ParamError("data", ...) when the data set has fewer than two classes.
  SoftmaxObjective(std::shared_ptr<const Dataset> data, double lambda, bool bias);

  const Layout& layout() const override { return layout_; }

  /// Scores, losses and gradient sums in double. O(rows * classes * features), or the entries in
  /// place of features when the rows are sparse.
  double evaluate(ConstVectorView x, const Sample& sample, VectorView gradient,
                  Workspace& work) const override;

  /// The class of the largest score, ties to the lower class. A test label that the training rows
  /// do not have counts as wrong.
  std::optional<std::uint64_t> correct(ConstVectorView x, ConstVectorView buffers,
                                       std::span<const std::uint32_t> test_rows,
                                       Workspace& work) const override;
  std::size_t test_rows() const override { return data_->test.count; }

 private:
  std::shared_ptr<const Dataset> data_;
  double lambda_;
  bool bias_;
  std::size_t classes_;
  Layout layout_;
  std::vector<std::uint32_t> class_of_;       // of the training rows
  std::vector<std::uint32_t> test_class_of_;  // kNoClass: unseen in training
};

}  // namespace hearsay
