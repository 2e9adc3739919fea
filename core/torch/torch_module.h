// A TorchScript module whose trainable parameters, their gradients and its buffers are views of
// flat vectors of the caller.
//
// `forward` runs op by op in the plain interpreter: the profiling executor of TorchScript rewrites
// and fuses a graph after the first runs, so that the same call would give other bits the third
// time than the first, and a module that serves many simulated nodes others than one that serves a
// process.
#pragma once

#include <torch/csrc/jit/runtime/interpreter.h>
#include <torch/script.h>

#include <map>
#include <string>
#include <vector>

#include "core/deep/module.h"
#include "core/torch/sketch.h"

namespace hearsay {

class TorchModule final : public DeepModule {
 public:
  /// `draws` says what the parameters of a built-in model are drawn from; an imported one keeps its
  /// values. Checks the types of all tensors, and `forward` on two rows of zeros.
  TorchModule(DeepSpec spec, torch::jit::Module module, std::map<std::string, Draw> draws);

  const std::vector<DeepTensor>& parameters() const override { return parameters_; }
  const std::vector<DeepTensor>& buffers() const override { return buffers_; }
  std::vector<std::pair<DeepTensor, std::vector<float>>> frozen() const override;
  void initialize(std::span<float> x, const std::function<double()>& uniform) const override;
  void initialize_buffers(std::span<float> buffers) const override;
  double train(std::span<const float> x, std::span<float> buffers, const DeepBatch& batch,
               std::uint64_t seed, std::span<float> gradient) override;
  double loss(std::span<const float> x, std::span<const float> buffers, const DeepBatch& batch,
              double weight, std::span<float> gradient) override;
  std::uint64_t correct(std::span<const float> x, std::span<const float> buffers,
                        const DeepBatch& batch) override;
  void save(std::span<const float> x, std::span<const float> buffers,
            const std::string& path) override;

 private:
  void list_parameters();
  void list_buffers();
  void find_assignments(const torch::jit::Block& block);
  void read_code();
  void try_forward();

  /// Makes the tensors of the module views of these vectors; an empty gradient leaves those of the
  /// last call.
  void bind(std::span<const float> x, std::span<float> gradient);
  void read_buffers(std::span<const float> buffers);
  void write_buffers(std::span<float> buffers) const;

  at::Tensor input_of(const DeepBatch& batch) const;
  at::Tensor forward(const at::Tensor& input);
  at::Tensor row_losses(const at::Tensor& scores, const DeepBatch& batch) const;
  void set_threads() const;
  std::string where() const;

  DeepSpec spec_;
  torch::jit::Module module_;
  std::map<std::string, Draw> draws_;
  torch::jit::Code code_;
  bool random_ = false;  // `forward` draws random numbers in training
  // The memory order that the built-in CNNs are fastest in. Not with batch normalization: its
  // kernels for it round fifty times as coarsely, and turn ReLUs of a deep network.
  bool channels_last_ = false;
  bool training_ = true;
  std::vector<DeepTensor> parameters_;
  std::vector<DeepTensor> buffers_;
  std::vector<std::vector<at::Tensor>> variables_;  // by parameter: its tensors in the module
  std::vector<at::Tensor> buffer_tensors_;
  bool assigns_ = false;  // `forward` puts new tensors in the places of buffers
  bool pristine_ = true;  // parameters and buffers have the values that the module came with
  const float* bound_x_ = nullptr;
  float* bound_gradient_ = nullptr;
};

}  // namespace hearsay
