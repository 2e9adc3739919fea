// A model in the making: parameters and buffers by their PyTorch names, and the lines of a
// TorchScript `forward(self, x)` over them.
//
// All built-in models are TorchScript modules, so there is one way to run, train and save a model,
// and what is written loads in PyTorch.
#pragma once

#include <torch/script.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace hearsay {

/// What a parameter is drawn from before round 1.
struct Draw {
  enum class Kind { constant, uniform, normal };
  Kind kind = Kind::constant;
  double scale = 0.0;  // the constant, the bound of +-bound, or the standard deviation
};

class Sketch {
 public:
  using Shape = std::vector<std::int64_t>;

  /// A two-dimensional convolution's settings.
  struct Conv {
    std::int64_t in = 0;
    std::int64_t out = 0;
    std::int64_t kernel = 3;
    std::int64_t stride = 1;
    std::int64_t padding = 0;
    bool bias = true;
  };

  Sketch();

  /// Declares a tensor and returns how the code refers to it.
  std::string parameter(const std::string& path, const Shape& shape, Draw draw);
  std::string buffer(const std::string& path, const Shape& shape, float value);
  std::string counter(const std::string& path);

  /// A line of `forward`, whose argument is x.
  void line(const std::string& code);

  // Expressions of layers named `path`, with PyTorch's initial distributions: U(-b, b) with
  // b = 1/sqrt(fan in) for weights and biases (torch.nn.Conv2d, Linear, LSTM), N(0, 1) for an
  // embedding. `x` is an expression.
  std::string conv(const std::string& path, const std::string& x, const Conv& conv);
  std::string linear(const std::string& path, const std::string& x, std::int64_t in,
                     std::int64_t out);
  std::string batch_norm(const std::string& path, const std::string& x, std::int64_t channels);
  std::string dropout(const std::string& x, double probability) const;

  /// The finished module.
  torch::jit::Module module();

  /// By parameter name.
  const std::map<std::string, Draw>& draws() const { return draws_; }

 private:
  /// The module that holds the last part of a path, and that part.
  std::pair<torch::jit::Module, std::string> place(const std::string& path);

  torch::jit::Module root_;
  std::map<std::string, torch::jit::Module> modules_;  // by path; "" is the root
  std::map<std::string, Draw> draws_;
  std::string counting_;  // lines that count batches in training
  std::string body_;
};

}  // namespace hearsay
