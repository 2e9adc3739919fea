#include "nodes/start.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace hearsay {

namespace {

constexpr std::size_t kNamed = 5;  // names in one warning

std::string some_of(const std::vector<std::string>& names) {
  const std::size_t shown = std::min(names.size(), kNamed);
  const std::string list = fmt::format(
      "{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  return shown == names.size() ? list : fmt::format("{} and {} more", list, names.size() - shown);
}

void require_finite(const SafetensorsFile& file, const Layout& layout, ConstVectorView values) {
  for (const Layer& layer : layout.layers())
    for (const float value : values.subspan(layer.offset, layer.size))
      if (!std::isfinite(value))
        throw ModelFileError(fmt::format("{}: tensor {}: found {}, allowed are finite values",
                                         file.name(), layer.name, value));
}

}  // namespace

StartReport read_start(const std::string& path, const Objective& objective, VectorView x0,
                       VectorView buffers) {
  SafetensorsFile file(path);
  StartReport report;
  report.sha256 = sha256_of_model(path);
  file.read(objective.layout(), x0);
  require_finite(file, objective.layout(), x0);

  const auto& buffer_layers = objective.buffer_layout().layers();
  const bool has_buffers =
      std::any_of(buffer_layers.begin(), buffer_layers.end(),
                  [&file](const Layer& layer) { return file.find(layer.name) != nullptr; });
  if (has_buffers) {
    file.read(objective.buffer_layout(), buffers);
    require_finite(file, objective.buffer_layout(), buffers);
  } else if (!buffer_layers.empty()) {
    report.warnings.push_back(
        fmt::format("objective.start: {} has no buffers; they start as the model's own", path));
  }

  std::set<std::string> known;
  for (const Layer& layer : objective.layout().layers()) known.insert(layer.name);
  for (const Layer& layer : buffer_layers) known.insert(layer.name);
  std::vector<std::string> differing;
  for (const NamedTensor& tensor : objective.frozen()) {
    known.insert(tensor.name);
    if (file.find(tensor.name) == nullptr) continue;
    Vector values(tensor.values.size());
    file.read(tensor.name, tensor.shape, values);
    if (values != tensor.values) differing.push_back(tensor.name);
  }
  if (!differing.empty())
    report.warnings.push_back(
        fmt::format("objective.start: frozen parameters stay as the model has them, {} has others: "
                    "{}",
                    path, some_of(differing)));
  std::vector<std::string> unused;
  for (const auto& tensor : file.tensors())
    if (!known.contains(tensor.name)) unused.push_back(tensor.name);
  if (!unused.empty())
    report.warnings.push_back(
        fmt::format("objective.start: {} has tensors that the model has not, which are ignored: {}",
                    path, some_of(unused)));
  return report;
}

}  // namespace hearsay
