#include "core/objective.h"

// A new objective: a file pair in this folder, and its name in this list.
#define HEARSAY_OBJECTIVES(PART) \
  PART(logistic)                 \
  PART(softmax)                  \
  PART(mlp)                      \
  PART(least_squares)            \
  PART(quadratic)                \
  PART(torchscript)              \
  PART(mnist_cnn)                \
  PART(cifar_cnn)                \
  PART(imdb_lstm)                \
  PART(resnet18)                 \
  PART(vgg16)                    \
  PART(wide_resnet_16_4)

namespace hearsay {

#define HEARSAY_DECLARE(name) Part<MakeObjective> part_##name();
HEARSAY_OBJECTIVES(HEARSAY_DECLARE)
#undef HEARSAY_DECLARE

const Registry<MakeObjective>& objectives() {
#define HEARSAY_ROW(name) part_##name(),
  static const Registry<MakeObjective> kRegistry("objective", {HEARSAY_OBJECTIVES(HEARSAY_ROW)});
#undef HEARSAY_ROW
  return kRegistry;
}

const Catalogue& objective_catalogue() {
  return objectives().catalogue();
}

}  // namespace hearsay
