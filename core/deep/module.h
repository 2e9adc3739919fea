// A deep model as the LibTorch plugin offers it: its parameters are views of a flat vector that
// the caller owns, so that every algorithm runs on it unchanged and without a copy.
//
// This header is all that the plugin (core/torch, a shared library) and the rest share: no type of
// LibTorch is in it, and the plugin links nothing of ours.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace hearsay {

/// What is wrong with a model: a file that cannot be read, a parameter that is not float32, an
/// input of the wrong shape. The message names the file and the tensor.
class DeepModelError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What to make.
struct DeepSpec {
  std::string model;                   // a built-in architecture, or "torchscript"
  std::string path;                    // of the TorchScript file
  std::vector<std::int64_t> input;     // the shape of one row: {1, 28, 28}, {300}
  std::int64_t vocabulary = 0;         // above 0: rows are word numbers below it
  std::int64_t outputs = 0;            // scores that the model must give a row: classes, or 1
  std::string loss = "cross-entropy";  // or binary-cross-entropy, mse
  int threads = 1;                     // intra-op threads
  std::vector<std::pair<std::string, std::vector<double>>> options;  // of the architecture
};

struct DeepTensor {
  std::string name;  // as in PyTorch's state_dict
  std::vector<std::int64_t> shape;
  bool integer = false;  // a buffer that PyTorch keeps as int64, a count: a float in the vector
};

/// `rows` rows of inputs, of which one of the two spans is used, with their labels.
struct DeepBatch {
  std::size_t rows = 0;
  std::span<const float> values;
  std::span<const std::int64_t> words;
  std::span<const std::int64_t> classes;  // cross-entropy: class numbers
  std::span<const float> targets;         // binary-cross-entropy (0 or 1), mse
};

/// An instance serves one thread at a time; several instances serve any number.
class DeepModule {
 public:
  virtual ~DeepModule() = default;

  /// What x consists of, in its order: the trainable parameters.
  virtual const std::vector<DeepTensor>& parameters() const = 0;

  /// What the buffers consist of: floating-point ones, and integer scalars such as batch
  /// normalization's count of batches. Other buffers are constants of the model.
  virtual const std::vector<DeepTensor>& buffers() const = 0;

  /// The parameters that do not require gradients, with their values.
  virtual std::vector<std::pair<DeepTensor, std::vector<float>>> frozen() const = 0;

  /// Writes x0: an imported model's own values; for a built-in one PyTorch's usual distributions,
  /// drawn from `uniform` (which gives values in [0, 1)) in the order of parameters().
  virtual void initialize(std::span<float> x, const std::function<double()>& uniform) const = 0;
  virtual void initialize_buffers(std::span<float> buffers) const = 0;

  /// In training mode: the mean loss of the batch at x, and its gradient, which is written over
  /// `gradient`. Updates `buffers`. All randomness (dropout) follows from `seed`.
  virtual double train(std::span<const float> x, std::span<float> buffers, const DeepBatch& batch,
                       std::uint64_t seed, std::span<float> gradient) = 0;

  /// In evaluation mode: the sum of the losses of the batch's rows. Unless `gradient` is empty,
  /// adds `weight` times the gradient of that sum to it.
  virtual double loss(std::span<const float> x, std::span<const float> buffers,
                      const DeepBatch& batch, double weight, std::span<float> gradient) = 0;

  /// In evaluation mode: how many rows have their largest score at their class; for
  /// binary-cross-entropy how many scores are on the right side of 0.
  virtual std::uint64_t correct(std::span<const float> x, std::span<const float> buffers,
                                const DeepBatch& batch) = 0;

  /// Writes the model with these values as a TorchScript file, in evaluation mode.
  virtual void save(std::span<const float> x, std::span<const float> buffers,
                    const std::string& path) = 0;
};

/// The plugin's one symbol. Throws DeepModelError.
using MakeDeepModule = std::unique_ptr<DeepModule> (*)(const DeepSpec& spec);
constexpr const char* kDeepModuleSymbol = "hearsay_make_deep_module";

}  // namespace hearsay
