// The deep models by name: what they take, and what the plugin is asked for.
#include <fmt/format.h>

#include <utility>

#include "core/objectives/deep.h"
#include "core/objectives/rows.h"

namespace hearsay {

namespace {

/// The settings that every deep model takes, behind its own.
std::vector<Param> with_threads(std::vector<Param> own) {
  own.push_back(integer("threads",
                        "threads of LibTorch within a gradient; another number gives "
                        "other last bits")
                    .at_least(1)
                    .at_most(1024)
                    .by_default(1));
  return own;
}

/// The same for models that may be of images.
std::vector<Param> of_images(std::vector<Param> own) {
  own = with_threads(std::move(own));
  own.push_back(
      section("augment",
              {integer("crop", "pad training images by so many pixels, then cut at a random place")
                   .at_least(0)
                   .at_most(64)
                   .by_default(0),
               boolean("flip", "mirror half of the training images").by_default(false)},
              "random changes of training images"));
  return own;
}

Param positive(const char* name, int fallback, const char* help) {
  return integer(name, help).at_least(1).at_most(1 << 20).by_default(fallback);
}

/// Options of an architecture as the plugin gets them: all settings that are numbers, or lists.
std::vector<std::pair<std::string, std::vector<double>>> options_of(const Params& params) {
  std::vector<std::pair<std::string, std::vector<double>>> options;
  for (const Entry& entry : params.entries()) {
    if (std::holds_alternative<std::int64_t>(entry.value.data) ||
        std::holds_alternative<double>(entry.value.data))
      options.emplace_back(entry.key, std::vector<double>{params.number(entry.key)});
    else if (entry.key == "channels")
      options.emplace_back(entry.key, params.numbers(entry.key));
  }
  return options;
}

std::unique_ptr<Objective> make_deep(const Params& params, const ObjectiveContext& context) {
  const auto data = require_data(context, params.part());
  DeepSpec spec;
  spec.model = params.part();
  spec.threads = static_cast<int>(params.integer("threads"));
  if (params.has("path")) spec.path = params.text("path");
  if (params.has("input")) spec.input = params.integers("input");
  if (params.has("loss")) spec.loss = params.text("loss");
  spec.options = options_of(params);
  Augmentation augmentation;
  if (params.has("augment")) {
    const Params& augment = params.map("augment");
    augmentation = {.crop = augment.integer("crop"), .flip = augment.flag("flip")};
    if (augmentation.any() && data->shape.size() != 3)
      throw ParamError("augment",
                       fmt::format("{} has no images (channels x height x width)", data->name));
  }
  if (params.has("channels") && params.list("channels").size() != 2)
    throw ParamError("channels", fmt::format("two numbers are needed, one a convolution; found {}",
                                             params.list("channels").size()));
  try {
    return std::make_unique<DeepObjective>(data, std::move(spec), augmentation);
  } catch (const DeepModelError& error) {
    throw ParamError(params.has("path") ? "path" : "model", error.what());
  }
}

std::vector<Param> cnn_params(int first, int second, int hidden) {
  return of_images(
      {list_of("channels", positive("channel", 1, "channels"), "channels of the two convolutions")
           .by_default(std::vector<Value>{first, second}),
       positive("hidden", hidden, "width of the first linear layer"),
       number("dropout", "probability of dropping an input of a linear layer")
           .at_least(0)
           .below(1)
           .by_default(0.0)});
}

}  // namespace

Part<MakeObjective> part_torchscript() {
  return {"torchscript", "any PyTorch model, as tools/export_model.py exports it",
          of_images({text("path", "the TorchScript file").must(),
                     list_of("input", positive("length", 1, "a length"),
                             "shape of a row, such as [1, 28, 28]; that of the data, or one "
                             "long row, when not given"),
                     choice("loss", {"cross-entropy", "binary-cross-entropy", "mse"},
                            "of the model's output and a row's label")
                         .by_default("cross-entropy")}),
          make_deep};
}

Part<MakeObjective> part_mnist_cnn() {
  return {"mnist-cnn", "two 5x5 convolutions and two linear layers, for images such as mnist",
          cnn_params(20, 50, 500), make_deep};
}

Part<MakeObjective> part_cifar_cnn() {
  return {"cifar-cnn",
          "two padded 5x5 convolutions and two linear layers, for images such as cifar10",
          cnn_params(32, 64, 512), make_deep};
}

Part<MakeObjective> part_imdb_lstm() {
  return {"imdb-lstm", "embedding, LSTM and two linear layers, for texts such as imdb",
          with_threads({positive("embedding", 32, "dimensions of a word"),
                        positive("cells", 64, "cells of the LSTM"),
                        positive("hidden", 64, "width of the first linear layer")}),
          make_deep};
}

Part<MakeObjective> part_resnet18() {
  return {"resnet18", "ResNet-18 for small images such as cifar10 (He et al. 2016)", of_images({}),
          make_deep};
}

Part<MakeObjective> part_vgg16() {
  return {"vgg16",
          "VGG-16 with batch normalization, for images such as cifar10 (Simonyan, Zisserman 2015)",
          of_images({}), make_deep};
}

Part<MakeObjective> part_wide_resnet_16_4() {
  return {"wide-resnet-16-4",
          "WideResNet-16-4 for images such as cifar10 (Zagoruyko, Komodakis 2016)", of_images({}),
          make_deep};
}

}  // namespace hearsay
