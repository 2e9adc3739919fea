// logistic: binary logistic regression.
//
//   f_i(x) = mean over rows r of log(1 + exp(-y_r a_r'x)) + R(x),
//   R(x) = lambda sum_j x_j^2 / (1 + x_j^2)   (nonconvex, as in EF21: Richtarik et al. 2021, sec.
//   5) R(x) = (lambda / 2) ||x||^2               (l2)
//
// The lower of the two labels is y = -1, the upper y = +1. No bias, no scaling: d = features, x0 =
// 0.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "core/objective.h"
#include "core/objectives/binary_rows.h"
#include "core/objectives/folded_rows.h"

namespace hearsay {

class LogisticObjective : public Objective {
 public:
  enum class Regularizer { nonconvex, l2 };

  /// Throws ParamError("data", ...) unless the training rows have exactly two distinct labels.
  LogisticObjective(std::shared_ptr<const Dataset> data, std::size_t parts, double lambda,
                    Regularizer regularizer);

  const Layout& layout() const override { return layout_; }

  /// One pass over the rows, one exp and one log a row; margins and sums in double. Rows of ones
  /// that are all of a node's are taken in pieces (folded_rows.h), which are made when they are
  /// first asked for.
  double evaluate(ConstVectorView x, const Sample& sample, VectorView gradient,
                  Workspace& work) const override;

  /// The same without the log.
  void gradient(ConstVectorView x, const Sample& sample, VectorView gradient,
                Workspace& work) const override;

  /// A margin >= 0 stands for the upper label.
  std::optional<std::uint64_t> correct(ConstVectorView x, ConstVectorView buffers,
                                       std::span<const std::uint32_t> test_rows,
                                       Workspace& work) const override;
  std::size_t test_rows() const override { return data_->test.count; }

 private:
  /// All rows of f_i in pieces, if they are better taken so.
  struct Whole {
    std::once_flag made;
    std::unique_ptr<FoldedRows> rows;
    std::vector<double> signs;  // y_r, and what logistic_slopes reads behind them
  };

  double regularizer_of(ConstVectorView x) const;
  void finish(ConstVectorView x, std::span<const double> total, double count,
              VectorView gradient) const;
  const Whole* folded(const Sample& sample) const;
  double for_batch(ConstVectorView x, const Sample& sample, std::span<double> total, bool with_loss,
                   Workspace& work) const;
  double for_whole(ConstVectorView x, const Whole& whole, std::span<double> total, bool with_loss,
                   Workspace& work) const;
  double run(ConstVectorView x, const Sample& sample, VectorView gradient, bool with_loss,
             Workspace& work) const;

  std::shared_ptr<const Dataset> data_;
  double lambda_;
  Regularizer regularizer_;
  Layout layout_;
  std::vector<std::int8_t> sign_;       // y_r of the training rows
  std::unique_ptr<BinaryRows> binary_;  // those, where they are of ones
  mutable std::once_flag cut_once_;
  mutable Cut cut_;                  // of rows of ones
  mutable std::deque<Whole> parts_;  // i -> f_i
};

}  // namespace hearsay
