// The built-in deep models.
#pragma once

#include <string>

#include "core/deep/module.h"
#include "core/torch/sketch.h"

namespace hearsay {

/// Adds the layers of one architecture to a sketch. Throws DeepModelError for an input that it
/// cannot take.
using Architecture = void (*)(const DeepSpec& spec, Sketch& sketch);

/// Null when there is none of that name.
Architecture find_architecture(const std::string& name);

/// Numbers of an architecture's option.
const std::vector<double>& option(const DeepSpec& spec, const std::string& name);
std::int64_t integer_option(const DeepSpec& spec, const std::string& name, std::size_t index = 0);

/// Throws DeepModelError unless the rows are images (channels, height, width).
void require_images(const DeepSpec& spec);

}  // namespace hearsay
