#include "core/torch/architectures.h"

#include <stdexcept>

// A new built-in model: a file in this folder with a function `void sketch_NAME(spec, sketch)`, its
// name in this list, and a line in core/objectives/deep_models.cc, which tells its settings.
#define HEARSAY_ARCHITECTURES(ROW) \
  ROW("mnist-cnn", small_cnn)      \
  ROW("cifar-cnn", small_cnn)      \
  ROW("imdb-lstm", lstm)           \
  ROW("resnet18", resnet18)        \
  ROW("vgg16", vgg16)              \
  ROW("wide-resnet-16-4", wide_resnet_16_4)

namespace hearsay {

#define HEARSAY_DECLARE(name, function) \
  void sketch_##function(const DeepSpec& spec, Sketch& sketch);
HEARSAY_ARCHITECTURES(HEARSAY_DECLARE)
#undef HEARSAY_DECLARE

Architecture find_architecture(const std::string& name) {
#define HEARSAY_ROW(known, function) \
  if (name == (known)) return sketch_##function;
  HEARSAY_ARCHITECTURES(HEARSAY_ROW)
#undef HEARSAY_ROW
  return nullptr;
}

const std::vector<double>& option(const DeepSpec& spec, const std::string& name) {
  for (const auto& [key, numbers] : spec.options)
    if (key == name) return numbers;
  throw std::logic_error(spec.model + " is made without its option " + name);
}

std::int64_t integer_option(const DeepSpec& spec, const std::string& name, std::size_t index) {
  return static_cast<std::int64_t>(option(spec, name).at(index));
}

void require_images(const DeepSpec& spec) {
  if (spec.vocabulary == 0 && spec.input.size() == 3) return;
  throw DeepModelError(spec.model + " needs images: rows of channels x height x width");
}

}  // namespace hearsay
