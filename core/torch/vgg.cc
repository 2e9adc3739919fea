// vgg16: configuration D of Simonyan, Zisserman, ICLR 2015, with batch normalization and, as usual
// for CIFAR-10, one linear layer behind the convolutions.
#include "core/torch/architectures.h"

namespace hearsay {

void sketch_vgg16(const DeepSpec& spec, Sketch& sketch) {
  require_images(spec);
  constexpr std::int64_t kPool = 0;
  std::int64_t channels = spec.input[0];
  int index = 0;  // places of a layer in `features`, ReLUs and pools counted
  for (const std::int64_t width : {64L, 64L, kPool, 128L, 128L, kPool, 256L, 256L, 256L, kPool,
                                   512L, 512L, 512L, kPool, 512L, 512L, 512L, kPool}) {
    if (width == kPool) {
      sketch.line("x = torch.max_pool2d(x, [2, 2])");
      index += 1;
      continue;
    }
    const Sketch::Conv conv{.in = channels, .out = width, .padding = 1};
    sketch.line("x = " + sketch.conv("features." + std::to_string(index), "x", conv));
    sketch.line("x = torch.relu(" +
                sketch.batch_norm("features." + std::to_string(index + 1), "x", width) + ")");
    index += 3;
    channels = width;
  }
  sketch.line("x = torch.flatten(torch.adaptive_avg_pool2d(x, [1, 1]), 1)");
  sketch.line("return " + sketch.linear("classifier", "x", channels, spec.outputs));
}

}  // namespace hearsay
