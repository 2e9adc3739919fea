// The one symbol of the plugin: makes a model, built-in or from a file.
#include <torch/script.h>

#include <filesystem>

#include "core/torch/architectures.h"
#include "core/torch/errors.h"
#include "core/torch/torch_module.h"

namespace hearsay {

namespace {

std::unique_ptr<DeepModule> import(const DeepSpec& spec) {
  if (!std::filesystem::is_regular_file(spec.path))
    throw DeepModelError(spec.path + ": there is no such file");
  torch::jit::Module module;
  try {
    module = torch::jit::load(spec.path, torch::kCPU);
  } catch (const std::exception& error) {
    throw DeepModelError(spec.path + ": this is no TorchScript file that can be read: " +
                         brief_message(error) + " (tools/export_model.py writes them)");
  }
  return std::make_unique<TorchModule>(spec, std::move(module), std::map<std::string, Draw>());
}

}  // namespace

}  // namespace hearsay

extern "C" __attribute__((visibility("default"))) std::unique_ptr<hearsay::DeepModule>
hearsay_make_deep_module(const hearsay::DeepSpec& spec) {
  if (spec.model == "torchscript") return hearsay::import(spec);
  const hearsay::Architecture architecture = hearsay::find_architecture(spec.model);
  if (architecture == nullptr)
    throw hearsay::DeepModelError("the plugin has no model named " + spec.model);
  hearsay::Sketch sketch;
  architecture(spec, sketch);
  return std::make_unique<hearsay::TorchModule>(spec, sketch.module(), sketch.draws());
}
