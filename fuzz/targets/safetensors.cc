// Model files: each tensor that a header admits can be read, and no other.
#include "nodes/safetensors.h"

#include <algorithm>

#include "core/layout.h"
#include "fuzz/input.h"
#include "fuzz/targets.h"

namespace hearsay::fuzz {

namespace {

void check_message(const std::string& message) {
  require(std::none_of(message.begin(), message.end(),
                       [](unsigned char c) { return c < 0x20 || c == 0x7f; }),
          "an error is one line of text");
}

void read_tensor(SafetensorsFile& file, const SafetensorsFile::Tensor& tensor,
                 std::size_t file_size) {
  require(tensor.begin <= file_size && tensor.size <= file_size - tensor.begin,
          "a tensor lies in the file");
  std::size_t count = 1;
  for (const std::int64_t extent : tensor.shape) count *= static_cast<std::size_t>(extent);
  require(count <= tensor.size, "a tensor has no more values than bytes");
  Vector values(count);
  try {
    file.read(tensor.name, tensor.shape, values);
  } catch (const ModelFileError& error) {
    check_message(error.what());
  }
}

}  // namespace

void fuzz_safetensors(ByteView input) {
  static const MemoryFile kFile;
  static const Layout kLayout = [] {
    Layout layout;
    layout.append("weight", {2, 3});
    layout.append("bias", {2});
    return layout;
  }();
  kFile.write(input);
  try {
    SafetensorsFile file(kFile.path());
    for (const SafetensorsFile::Tensor& tensor : file.tensors())
      read_tensor(file, tensor, input.size());
    Vector values(kLayout.dimension());
    file.read(kLayout, values);
  } catch (const ModelFileError& error) {
    check_message(error.what());
  }
}

}  // namespace hearsay::fuzz
