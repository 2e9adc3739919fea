// mlp: a fully connected network with softmax cross-entropy.
//
//   z_1 = a_r;  z_{l+1} = act(W_l z_l + b_l);  scores = W_L z_L + b_L
//   f_i = mean over rows of cross-entropy(scores, class) + (lambda / 2) ||x||^2
//
// Layers "layer0.weight" [out, in], "layer0.bias" [out], "layer1.weight", ... No hidden layer gives
// softmax. x0: weights uniform in [-a, a]; a = sqrt(6 / in) in front of relu (He et al. 2015),
// a = sqrt(6 / (in + out)) in front of tanh and of the scores (Glorot and Bengio 2010); biases 0.
#pragma once

#include <memory>
#include <vector>

#include "core/objective.h"

namespace hearsay {

class MlpObjective : public Objective {
 public:
  enum class Activation { relu, tanh };

  /// Throws ParamError("data", ...) when the data set has fewer than two classes.
  MlpObjective(std::shared_ptr<const Dataset> data, const std::vector<std::size_t>& hidden,
               Activation activation, double lambda);

  const Layout& layout() const override { return layout_; }
  void initialize(VectorView x0, Stream& stream) const override;

  /// Activations and products in float, in chunks of 256 rows, so that memory is bounded whatever
  /// the batch; losses and the sums over chunks in double. About 6 d operations a row.
  double evaluate(ConstVectorView x, const Sample& sample, VectorView gradient,
                  Workspace& work) const override;

  /// The class of the largest score, ties to the lower class.
  std::optional<std::uint64_t> correct(ConstVectorView x, ConstVectorView buffers,
                                       std::span<const std::uint32_t> test_rows,
                                       Workspace& work) const override;
  std::size_t test_rows() const override { return data_->test.count; }

 private:
  struct Scratch;

  std::size_t depth() const { return widths_.size() - 1; }  // layers of weights
  const float* weight(ConstVectorView x, std::size_t l) const {
    return x.data() + layout_.layers()[2 * l].offset;
  }
  Scratch scratch(Workspace& work) const;
  const float* forward(ConstVectorView x, std::size_t count, const Scratch& at) const;
  void backward(ConstVectorView x, std::size_t count, const Scratch& at,
                std::span<double> total) const;

  std::shared_ptr<const Dataset> data_;
  Activation activation_;
  double lambda_;
  std::vector<std::size_t> widths_;  // features, hidden..., classes
  Layout layout_;
  std::vector<std::uint32_t> class_of_;
  std::vector<std::uint32_t> test_class_of_;

  // Places in the float scratch, for a full chunk.
  std::vector<std::size_t> activation_at_;
  std::size_t delta_at_ = 0;
  std::size_t next_delta_at_ = 0;
  std::size_t matrix_at_ = 0;
  std::size_t scratch_size_ = 0;
};

}  // namespace hearsay
