// Where training starts from, when not from the objective's own x0: a model file.
#pragma once

#include <string>
#include <vector>

#include "core/objective.h"
#include "nodes/safetensors.h"

namespace hearsay {

struct StartReport {
  std::string sha256;                 // of the file
  std::vector<std::string> warnings;  // what of the file was not used, and what it did not have
};

/// Reads x0 by the names of its layers, and the buffers if the file has any; else they stay as they
/// are. Frozen parameters are the objective's own. Throws ModelFileError that names the tensor
/// which is missing or of another shape.
StartReport read_start(const std::string& path, const Objective& objective, VectorView x0,
                       VectorView buffers);

}  // namespace hearsay
