// Deep models: a module of the LibTorch plugin over the rows of a data set.
//
// f_i(x) = the mean loss over node i's rows. Stochastic gradients are of the model in training
// mode (batch normalization by the batch, dropout, augmented images), exact ones of the model in
// evaluation mode.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "core/data/gather.h"
#include "core/deep/module.h"
#include "core/objective.h"

namespace hearsay {

class DeepObjective final : public Objective {
 public:
  /// Loads the plugin and makes the model. Throws DeepModelError, or ParamError("data", ...) for
  /// labels that do not fit the loss.
  DeepObjective(std::shared_ptr<const Dataset> data, DeepSpec spec, Augmentation augmentation);
  ~DeepObjective() override;

  const Layout& layout() const override { return layout_; }
  const Layout& buffer_layout() const override { return buffer_layout_; }
  void initialize(VectorView x0, Stream& stream) const override;
  void initialize_buffers(VectorView buffers) const override;
  std::vector<NamedTensor> frozen() const override;
  double evaluate(ConstVectorView x, const Sample& sample, VectorView gradient,
                  Workspace& work) const override;
  std::optional<std::uint64_t> correct(ConstVectorView x, ConstVectorView buffers,
                                       std::span<const std::uint32_t> test_rows,
                                       Workspace& work) const override;
  std::size_t test_rows() const override;
  std::optional<NamedTensor> inputs(const Sample& sample) const override;
  void save(ConstVectorView x, ConstVectorView buffers, const std::string& folder) const override;

 private:
  struct Instance;
  class Lease;

  Lease lease() const;
  void fill(Instance& instance, const Rows& rows, std::span<const std::uint32_t> which,
            std::span<const std::uint32_t> class_of, Stream* noise) const;

  std::shared_ptr<const Dataset> data_;
  DeepSpec spec_;
  Augmentation augmentation_;
  std::vector<std::uint32_t> class_of_;
  std::vector<std::uint32_t> test_class_of_;
  Layout layout_;
  Layout buffer_layout_;
  Vector initial_buffers_;
  // One module serves all nodes of a thread: they swap their vectors.
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Instance>> idle_;
};

}  // namespace hearsay
