// resnet18: He, Zhang, Ren, Sun, "Deep Residual Learning for Image Recognition", CVPR 2016, in the
// form for small images: a 3x3 convolution in front and no max-pool, widths 64 to 512.
#include "core/torch/architectures.h"

namespace hearsay {

void sketch_resnet18(const DeepSpec& spec, Sketch& sketch) {
  require_images(spec);
  constexpr std::int64_t kFirst = 64;
  const Sketch::Conv stem{.in = spec.input[0], .out = kFirst, .padding = 1, .bias = false};
  sketch.line("x = " + sketch.conv("conv1", "x", stem));
  sketch.line("x = torch.relu(" + sketch.batch_norm("bn1", "x", kFirst) + ")");
  std::int64_t in = kFirst;
  for (std::int64_t group = 1; group <= 4; ++group) {
    const std::int64_t out = kFirst << static_cast<unsigned>(group - 1);
    for (int block = 0; block < 2; ++block) {
      const std::int64_t stride = group > 1 && block == 0 ? 2 : 1;
      const std::string path = "layer" + std::to_string(group) + "." + std::to_string(block);
      const Sketch::Conv conv1{.in = in, .out = out, .stride = stride, .padding = 1, .bias = false};
      const Sketch::Conv conv2{.in = out, .out = out, .padding = 1, .bias = false};
      sketch.line("y = " + sketch.conv(path + ".conv1", "x", conv1));
      sketch.line("y = torch.relu(" + sketch.batch_norm(path + ".bn1", "y", out) + ")");
      sketch.line("y = " + sketch.conv(path + ".conv2", "y", conv2));
      sketch.line("y = " + sketch.batch_norm(path + ".bn2", "y", out));
      if (stride != 1 || in != out) {
        const Sketch::Conv project{
            .in = in, .out = out, .kernel = 1, .stride = stride, .bias = false};
        sketch.line("x = " + sketch.conv(path + ".downsample.0", "x", project));
        sketch.line("x = " + sketch.batch_norm(path + ".downsample.1", "x", out));
      }
      sketch.line("x = torch.relu(y + x)");
      in = out;
    }
  }
  sketch.line("x = torch.flatten(torch.adaptive_avg_pool2d(x, [1, 1]), 1)");
  sketch.line("return " + sketch.linear("fc", "x", in, spec.outputs));
}

}  // namespace hearsay
