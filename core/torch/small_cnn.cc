// Two convolutions and two linear layers: mnist-cnn (LeNet's form: LeCun, Bottou, Bengio, Haffner
// 1998) and cifar-cnn, which pads so that its convolutions keep the size.
#include "core/torch/architectures.h"

namespace hearsay {

namespace {

/// conv 5x5, ReLU, max-pool 2; the side of the image afterwards.
std::int64_t shrink(std::int64_t side, std::int64_t padding) {
  return (side + 2 * padding - 4) / 2;
}

}  // namespace

void sketch_small_cnn(const DeepSpec& spec, Sketch& sketch) {
  require_images(spec);
  const std::int64_t padding = spec.model == "cifar-cnn" ? 2 : 0;
  const std::int64_t first = integer_option(spec, "channels", 0);
  const std::int64_t second = integer_option(spec, "channels", 1);
  const std::int64_t hidden = integer_option(spec, "hidden");
  const double dropout = option(spec, "dropout").front();
  const std::int64_t height = shrink(shrink(spec.input[1], padding), padding);
  const std::int64_t width = shrink(shrink(spec.input[2], padding), padding);
  if (height < 1 || width < 1)
    throw DeepModelError(spec.model + " needs larger images: nothing is left of " +
                         std::to_string(spec.input[1]) + " x " + std::to_string(spec.input[2]) +
                         " after its convolutions");
  const Sketch::Conv conv1{.in = spec.input[0], .out = first, .kernel = 5, .padding = padding};
  const Sketch::Conv conv2{.in = first, .out = second, .kernel = 5, .padding = padding};
  sketch.line("x = torch.max_pool2d(torch.relu(" + sketch.conv("conv1", "x", conv1) + "), [2, 2])");
  sketch.line("x = torch.max_pool2d(torch.relu(" + sketch.conv("conv2", "x", conv2) + "), [2, 2])");
  sketch.line("x = " + sketch.dropout("torch.flatten(x, 1)", dropout));
  sketch.line("x = torch.relu(" + sketch.linear("fc1", "x", second * height * width, hidden) + ")");
  sketch.line("x = " + sketch.dropout("x", dropout));
  sketch.line("return " + sketch.linear("fc2", "x", hidden, spec.outputs));
}

}  // namespace hearsay
