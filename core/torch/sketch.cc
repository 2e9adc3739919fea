#include "core/torch/sketch.h"

#include <cctype>
#include <cmath>
#include <memory>

namespace hearsay {

namespace {

/// "layer1.0.conv1" as TorchScript reads it: getattr(self.layer1, "0").conv1
std::string reference(const std::string& path) {
  std::string code = "self";
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('.', begin), path.size());
    const std::string name = path.substr(begin, end - begin);
    if (std::isdigit(static_cast<unsigned char>(name.front())) != 0)
      code = "getattr(" + code + ", \"" + name + "\")";
    else
      code += "." + name;
    begin = end + 1;
  }
  return code;
}

std::string pair_of(std::int64_t value) {
  const std::string text = std::to_string(value);
  return "[" + text + ", " + text + "]";
}

double fan_bound(std::int64_t fan_in) {
  return 1.0 / std::sqrt(static_cast<double>(fan_in));
}

}  // namespace

Sketch::Sketch() : root_("__torch__.Model") {
  root_.register_attribute("training", c10::BoolType::get(), true);
  modules_.emplace("", root_);
}

std::pair<torch::jit::Module, std::string> Sketch::place(const std::string& path) {
  const std::size_t dot = path.rfind('.');
  const std::string holder = dot == std::string::npos ? "" : path.substr(0, dot);
  const std::string name = dot == std::string::npos ? path : path.substr(dot + 1);
  auto found = modules_.find(holder);
  if (found == modules_.end()) {
    const auto [parent, own_name] = place(holder);
    // A type of its own, since each holds attributes of its own.
    const torch::jit::Module made("__torch__.Part" + std::to_string(modules_.size()),
                                  root_._ivalue()->compilation_unit());
    torch::jit::Module(parent).register_module(own_name, made);
    found = modules_.emplace(holder, made).first;
  }
  return {found->second, name};
}

std::string Sketch::parameter(const std::string& path, const Shape& shape, Draw draw) {
  auto [holder, name] = place(path);
  holder.register_parameter(name, torch::empty(shape).requires_grad_(true), false);
  draws_[path] = draw;
  return reference(path);
}

std::string Sketch::buffer(const std::string& path, const Shape& shape, float value) {
  auto [holder, name] = place(path);
  holder.register_buffer(name, torch::full(shape, value));
  return reference(path);
}

std::string Sketch::counter(const std::string& path) {
  auto [holder, name] = place(path);
  holder.register_buffer(name, torch::zeros({}, torch::kLong));
  return reference(path);
}

void Sketch::line(const std::string& code) {
  body_ += "    " + code + "\n";
}

std::string Sketch::conv(const std::string& path, const std::string& x, const Conv& conv) {
  const Draw draw{Draw::Kind::uniform, fan_bound(conv.in * conv.kernel * conv.kernel)};
  const std::string weight =
      parameter(path + ".weight", {conv.out, conv.in, conv.kernel, conv.kernel}, draw);
  const std::string bias = conv.bias ? parameter(path + ".bias", {conv.out}, draw) : "None";
  return "torch.conv2d(" + x + ", " + weight + ", " + bias + ", " + pair_of(conv.stride) + ", " +
         pair_of(conv.padding) + ")";
}

std::string Sketch::linear(const std::string& path, const std::string& x, std::int64_t in,
                           std::int64_t out) {
  const Draw draw{Draw::Kind::uniform, fan_bound(in)};
  const std::string weight = parameter(path + ".weight", {out, in}, draw);
  const std::string bias = parameter(path + ".bias", {out}, draw);
  return "torch.linear(" + x + ", " + weight + ", " + bias + ")";
}

std::string Sketch::batch_norm(const std::string& path, const std::string& x,
                               std::int64_t channels) {
  const std::string weight = parameter(path + ".weight", {channels}, {Draw::Kind::constant, 1.0});
  const std::string bias = parameter(path + ".bias", {channels}, {Draw::Kind::constant, 0.0});
  const std::string mean = buffer(path + ".running_mean", {channels}, 0.0F);
  const std::string variance = buffer(path + ".running_var", {channels}, 1.0F);
  counting_ += "        " + counter(path + ".num_batches_tracked") + ".add_(1)\n";
  return "torch.batch_norm(" + x + ", " + weight + ", " + bias + ", " + mean + ", " + variance +
         ", self.training, 0.1, 1e-05, True)";
}

std::string Sketch::dropout(const std::string& x, double probability) const {
  if (probability == 0.0) return x;
  return "torch.dropout(" + x + ", " + std::to_string(probability) + ", self.training)";
}

torch::jit::Module Sketch::module() {
  std::string code = "def forward(self, x: Tensor) -> Tensor:\n";
  if (!counting_.empty()) code += "    if self.training:\n" + counting_;
  root_.define(code + body_);
  return root_;
}

}  // namespace hearsay
