#include "nodes/safetensors.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <system_error>

#include "core/bytes.h"
#include "nodes/config/quote.h"
#include "nodes/results_file.h"
#include "nodes/sha256.h"

namespace hearsay {

namespace {

constexpr std::uint64_t kLargestHeader = std::uint64_t{100} << 20U;  // bytes, as PyTorch's reader
constexpr std::size_t kChunk = std::size_t{1} << 16U;                // bytes

struct Dtype {
  std::string_view name;
  std::uint64_t size;  // bytes a value
  float (*read)(const char*);
};

template <class T>
float as_float(const char* raw) {
  T value;
  std::memcpy(&value, raw, sizeof value);
  return static_cast<float>(value);
}

/// What can be read. Others may stand in a file, unread.
constexpr std::array<Dtype, 4> kReadable = {{{"F32", 4, as_float<float>},
                                             {"F64", 8, as_float<double>},
                                             {"I32", 4, as_float<std::int32_t>},
                                             {"I64", 8, as_float<std::int64_t>}}};

constexpr std::array<std::pair<std::string_view, std::uint64_t>, 9> kOthers = {{{"BOOL", 1},
                                                                                {"U8", 1},
                                                                                {"I8", 1},
                                                                                {"I16", 2},
                                                                                {"U16", 2},
                                                                                {"F16", 2},
                                                                                {"BF16", 2},
                                                                                {"U32", 4},
                                                                                {"U64", 8}}};

const Dtype* readable(std::string_view name) {
  const auto* at = std::find_if(kReadable.begin(), kReadable.end(),
                                [name](const Dtype& dtype) { return dtype.name == name; });
  return at == kReadable.end() ? nullptr : at;
}

std::optional<std::uint64_t> size_of_dtype(std::string_view name) {
  if (const Dtype* dtype = readable(name)) return dtype->size;
  for (const auto& [other, size] : kOthers)
    if (other == name) return size;
  return std::nullopt;
}

/// Bytes of a tensor; nothing when its shape is no shape, or too large for a file.
std::optional<std::uint64_t> size_of(const std::vector<std::int64_t>& shape, std::uint64_t item) {
  std::uint64_t size = item;
  for (const std::int64_t extent : shape) {
    if (extent < 0) return std::nullopt;
    const auto factor = static_cast<std::uint64_t>(extent);
    if (factor != 0 && size > std::numeric_limits<std::uint64_t>::max() / factor)
      return std::nullopt;
    size *= factor;
  }
  return size;
}

std::string text_of(std::span<const std::int64_t> shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

std::string text_of(const SafetensorsFile::Tensor& tensor) {
  return fmt::format("{} {}", tensor.dtype, text_of(std::span(tensor.shape)));
}

/// The nearest integer; 0 for what has none, as the count of a run that has diverged.
std::int64_t nearest(float value) {
  constexpr float kLimit = 9.2e18F;
  return std::abs(value) < kLimit ? std::llrint(value) : 0;
}

std::string_view text_of(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void write_values(OutputFile& out, const TensorView& tensor) {
  if (!tensor.integer) return out.write(text_of(std::as_bytes(tensor.values)));
  Bytes bytes;
  ByteWriter writer(bytes);
  for (const float value : tensor.values) writer.u64(static_cast<std::uint64_t>(nearest(value)));
  out.write(text_of(bytes));
}

}  // namespace

std::vector<TensorView> tensors_of(const Layout& layout, ConstVectorView values) {
  std::vector<TensorView> tensors;
  for (const Layer& layer : layout.layers())
    tensors.push_back(
        {layer.name, layer.shape, values.subspan(layer.offset, layer.size), layer.integer});
  return tensors;
}

void write_safetensors(const std::filesystem::path& file, std::span<const TensorView> tensors,
                       const std::vector<std::pair<std::string, std::string>>& metadata) {
  auto header = nlohmann::ordered_json::object();
  for (const auto& entry : metadata) header["__metadata__"][entry.first] = entry.second;
  std::uint64_t begin = 0;
  for (const TensorView& tensor : tensors) {
    const std::uint64_t end = begin + tensor.values.size() * (tensor.integer ? 8 : 4);
    header[std::string(tensor.name)] = {
        {"dtype", tensor.integer ? "I64" : "F32"},
        {"shape", std::vector<std::int64_t>(tensor.shape.begin(), tensor.shape.end())},
        {"data_offsets", {begin, end}}};
    begin = end;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // so that the data starts aligned

  Bytes head;
  ByteWriter(head).text(text);
  OutputFile out(file);
  try {
    out.write(text_of(head));
    for (const TensorView& tensor : tensors) write_values(out, tensor);
    out.close();
  } catch (...) {
    remove_output(file);
    throw;
  }
}

SafetensorsFile::SafetensorsFile(const std::filesystem::path& file)
    : name_(file.string()), in_(file, std::ios::binary) {
  const auto fail = [this](const std::string& what) {
    return ModelFileError(fmt::format("{}: {}", name_, what));
  };
  std::error_code error;
  const std::uint64_t file_size = std::filesystem::file_size(file, error);
  if (!in_ || error) throw fail("cannot be read");

  std::array<std::byte, 8> raw{};
  if (file_size < raw.size() || !in_.read(reinterpret_cast<char*>(raw.data()), raw.size()))
    throw fail(fmt::format("no safetensors file: has {} bytes", file_size));
  const std::uint64_t length = ByteReader(raw).u64();
  if (length > file_size - raw.size() || length > kLargestHeader)
    throw fail(
        fmt::format("no safetensors file, or cut short: its header would have {} bytes, of "
                    "{} bytes in all",
                    length, file_size));
  std::string text(static_cast<std::size_t>(length), '\0');
  if (!in_.read(text.data(), std::ssize(text))) throw fail("cannot be read");
  const auto header = nlohmann::json::parse(text, nullptr, false);
  if (!header.is_object()) throw fail("no safetensors file: its header is no JSON object");

  const std::uint64_t data = raw.size() + length;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    const auto wrong = [&fail, &tensor_name = name](const std::string& what) {
      return fail(fmt::format("tensor {}: {}", one_line(tensor_name), what));
    };
    Tensor tensor{.name = name, .dtype = {}, .shape = {}};
    std::vector<std::uint64_t> offsets;
    try {
      entry.at("dtype").get_to(tensor.dtype);
      for (const auto& extent : entry.at("shape").get_ref<const nlohmann::json::array_t&>())
        tensor.shape.push_back(extent.is_number_unsigned() ? extent.get<std::int64_t>() : -1);
      for (const auto& offset : entry.at("data_offsets").get_ref<const nlohmann::json::array_t&>())
        offsets.push_back(offset.is_number_unsigned() ? offset.get<std::uint64_t>()
                                                      : std::numeric_limits<std::uint64_t>::max());
    } catch (const nlohmann::json::exception&) {
      throw wrong("its entry in the header has no dtype, shape and data_offsets");
    }
    const auto item = size_of_dtype(tensor.dtype);
    if (!item) throw wrong(fmt::format("unknown dtype {}", one_line(tensor.dtype)));
    const auto size = size_of(tensor.shape, *item);
    if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > file_size - data)
      throw wrong(fmt::format("its data_offsets [{}] do not lie in the {} bytes of data",
                              fmt::join(offsets, ", "), file_size - data));
    if (size != offsets[1] - offsets[0])
      throw wrong(fmt::format("{} does not fill the {} bytes of its data_offsets", text_of(tensor),
                              offsets[1] - offsets[0]));
    tensor.begin = data + offsets[0];
    tensor.size = *size;
    tensors_.push_back(std::move(tensor));
  }
}

const SafetensorsFile::Tensor* SafetensorsFile::find(std::string_view name) const {
  const auto at = std::find_if(tensors_.begin(), tensors_.end(),
                               [name](const Tensor& tensor) { return tensor.name == name; });
  return at == tensors_.end() ? nullptr : &*at;
}

void SafetensorsFile::read(std::string_view name, std::span<const std::int64_t> shape,
                           VectorView values) {
  const Tensor* tensor = find(name);
  if (tensor == nullptr)
    throw ModelFileError(
        fmt::format("{}: tensor {} {} is missing", name_, one_line(name), text_of(shape)));
  const Dtype* dtype = readable(tensor->dtype);
  if (dtype == nullptr ||
      !std::equal(shape.begin(), shape.end(), tensor->shape.begin(), tensor->shape.end()))
    throw ModelFileError(fmt::format("{}: tensor {}: found {}, needed is F32 {}", name_,
                                     one_line(name), text_of(*tensor), text_of(shape)));
  in_.clear();
  in_.seekg(static_cast<std::streamoff>(tensor->begin));
  std::vector<char> chunk(kChunk);
  const std::size_t values_a_chunk = kChunk / dtype->size;
  for (std::size_t begin = 0; begin < values.size(); begin += values_a_chunk) {
    const std::size_t count = std::min(values_a_chunk, values.size() - begin);
    if (!in_.read(chunk.data(), static_cast<std::streamsize>(count * dtype->size)))
      throw ModelFileError(fmt::format("{}: tensor {} cannot be read", name_, one_line(name)));
    for (std::size_t k = 0; k < count; ++k)
      values[begin + k] = dtype->read(chunk.data() + k * dtype->size);
  }
}

void SafetensorsFile::read(const Layout& layout, VectorView values) {
  for (const Layer& layer : layout.layers())
    read(layer.name, layer.shape, values.subspan(layer.offset, layer.size));
}

std::string sha256_of_model(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::vector<char> chunk(kChunk);
  Sha256 sum;
  while (in.read(chunk.data(), std::ssize(chunk)) || in.gcount() > 0)
    sum.add(std::span<const char>(chunk).first(static_cast<std::size_t>(in.gcount())));
  if (!in.eof()) throw ModelFileError(fmt::format("{}: cannot be read", file.string()));
  return sum.hex();
}

}  // namespace hearsay
