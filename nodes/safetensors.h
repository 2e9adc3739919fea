// Model files in the safetensors format: named tensors, as in PyTorch's state_dict.
//
// A file is the length of its header (u64, little-endian), the header (JSON: dtype, shape and place
// of each tensor), and the values, row-major and little-endian.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/layout.h"
#include "core/types.h"

namespace hearsay {

/// A model file that cannot be read, or is not what it should be. The message, one line, names the
/// file and, where it applies, the tensor.
class ModelFileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A tensor to be written.
struct TensorView {
  std::string_view name;
  std::span<const std::int64_t> shape;  // the product of its entries is the number of values
  ConstVectorView values;
  bool integer = false;  // I64, rounded to nearest; else F32
};

/// The layers of `values`, for writing. The views are of both arguments.
std::vector<TensorView> tensors_of(const Layout& layout, ConstVectorView values);

/// Writes the tensors in the given order, with text metadata. Throws ResultsError and WriteError
/// (nodes/results_file.h); the file is then gone.
void write_safetensors(const std::filesystem::path& file, std::span<const TensorView> tensors,
                       const std::vector<std::pair<std::string, std::string>>& metadata);

/// A file open for reading. Its header is checked in whole, and no length in it is trusted.
class SafetensorsFile {
 public:
  struct Tensor {
    std::string name;
    std::string dtype;
    std::vector<std::int64_t> shape;
    std::uint64_t begin = 0;  // of its bytes, from the start of the file
    std::uint64_t size = 0;   // bytes
  };

  /// Reads the header. Throws ModelFileError.
  explicit SafetensorsFile(const std::filesystem::path& file);

  const std::string& name() const { return name_; }
  /// In the order of the header's keys, which is no particular one.
  const std::vector<Tensor>& tensors() const { return tensors_; }
  const Tensor* find(std::string_view name) const;  // null when there is none

  /// The values of the tensor `name` as floats; dtypes F32, F64, I32 and I64. Throws ModelFileError
  /// when the tensor is missing, has another shape or another dtype, or cannot be read.
  void read(std::string_view name, std::span<const std::int64_t> shape, VectorView values);

  /// The same for all layers of a flat vector.
  void read(const Layout& layout, VectorView values);

 private:
  std::string name_;
  std::ifstream in_;
  std::vector<Tensor> tensors_;
};

/// SHA-256 of a file's content, in hexadecimal. Throws ModelFileError.
std::string sha256_of_model(const std::filesystem::path& file);

}  // namespace hearsay
