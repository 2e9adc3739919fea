// wide-resnet-16-4: Zagoruyko, Komodakis, "Wide Residual Networks", BMVC 2016, depth 16, widening
// 4: three groups of two pre-activated blocks.
#include "core/torch/architectures.h"

namespace hearsay {

void sketch_wide_resnet_16_4(const DeepSpec& spec, Sketch& sketch) {
  require_images(spec);
  constexpr std::int64_t kFirst = 16;
  constexpr std::int64_t kWiden = 4;
  const Sketch::Conv stem{.in = spec.input[0], .out = kFirst, .padding = 1, .bias = false};
  sketch.line("x = " + sketch.conv("conv1", "x", stem));
  std::int64_t in = kFirst;
  for (std::int64_t group = 1; group <= 3; ++group) {
    const std::int64_t out = (kFirst * kWiden) << static_cast<unsigned>(group - 1);
    for (int block = 0; block < 2; ++block) {
      const std::int64_t stride = group > 1 && block == 0 ? 2 : 1;
      const std::string path = "block" + std::to_string(group) + "." + std::to_string(block);
      const Sketch::Conv conv1{.in = in, .out = out, .stride = stride, .padding = 1, .bias = false};
      const Sketch::Conv conv2{.in = out, .out = out, .padding = 1, .bias = false};
      sketch.line("a = torch.relu(" + sketch.batch_norm(path + ".bn1", "x", in) + ")");
      sketch.line("y = " + sketch.conv(path + ".conv1", "a", conv1));
      sketch.line("y = torch.relu(" + sketch.batch_norm(path + ".bn2", "y", out) + ")");
      sketch.line("y = " + sketch.conv(path + ".conv2", "y", conv2));
      if (in != out) {
        const Sketch::Conv project{
            .in = in, .out = out, .kernel = 1, .stride = stride, .bias = false};
        sketch.line("x = " + sketch.conv(path + ".shortcut", "a", project));
      }
      sketch.line("x = y + x");
      in = out;
    }
  }
  sketch.line("x = torch.relu(" + sketch.batch_norm("bn", "x", in) + ")");
  sketch.line("x = torch.flatten(torch.adaptive_avg_pool2d(x, [1, 1]), 1)");
  sketch.line("return " + sketch.linear("fc", "x", in, spec.outputs));
}

}  // namespace hearsay
