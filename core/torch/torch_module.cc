#include "core/torch/torch_module.h"

#include <ATen/Parallel.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/passes/inliner.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <numeric>
#include <sstream>
#include <utility>

#include "core/torch/arithmetic.h"
#include "core/torch/errors.h"

namespace hearsay {

namespace {

DeepTensor describe(const std::string& name, const at::Tensor& tensor) {
  return {name, tensor.sizes().vec()};
}

std::string to_text(at::IntArrayRef sizes) {
  std::ostringstream out;
  out << sizes;
  return out.str();
}

/// Stacked recurrent layers drop between each other, which TorchScript does not count as random.
bool drops_between_layers(const torch::jit::Node& node) {
  const std::string name = node.kind().toQualString();
  if (name != "aten::lstm" && name != "aten::gru" && name != "aten::rnn_tanh" &&
      name != "aten::rnn_relu")
    return false;
  const auto probability = torch::jit::toIValue(node.namedInput("dropout"));
  return !probability || probability->toDouble() > 0.0;
}

bool draws_random_numbers(const torch::jit::Block& block) {
  for (const torch::jit::Node* node : block.nodes()) {
    if (node->isNondeterministic() || drops_between_layers(*node)) return true;
    for (const torch::jit::Block* inner : node->blocks())
      if (draws_random_numbers(*inner)) return true;
  }
  return false;
}

std::size_t volume(const DeepTensor& tensor) {
  return static_cast<std::size_t>(std::accumulate(tensor.shape.begin(), tensor.shape.end(),
                                                  std::int64_t{1}, std::multiplies<>()));
}

std::string last_part(const std::string& name) {
  return name.substr(name.rfind('.') + 1);  // npos + 1 is 0
}

/// The submodule that holds the tensor of that name.
torch::jit::Module owner_of(torch::jit::Module module, const std::string& name) {
  std::size_t begin = 0;
  for (std::size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', begin)) {
    module = module.attr(name.substr(begin, dot - begin)).toModule();
    begin = dot + 1;
  }
  return module;
}

/// A view of memory that TorchScript only reads where it is const.
at::Tensor view(const float* data, at::IntArrayRef sizes) {
  return torch::from_blob(const_cast<float*>(data), sizes, torch::kFloat);
}

/// TorchScript's dropout draws from the one generator of the process.
std::mutex& generator_mutex() {
  static std::mutex mutex;
  return mutex;
}

void seed_generator(std::uint64_t seed) {
  at::Generator generator = at::globalContext().defaultGenerator(at::kCPU);
  const std::lock_guard lock(generator.mutex());
  generator.set_current_seed(seed);
}

}  // namespace

TorchModule::TorchModule(DeepSpec spec, torch::jit::Module module,
                         std::map<std::string, Draw> draws)
    : spec_(std::move(spec)), module_(std::move(module)), draws_(std::move(draws)) {
  list_parameters();
  list_buffers();
  channels_last_ = !draws_.empty() && spec_.input.size() == 3 && buffers_.empty();
  read_code();
  try_forward();
}

std::string TorchModule::where() const {
  return spec_.path.empty() ? spec_.model : spec_.path;
}

void TorchModule::list_parameters() {
  std::map<const void*, std::size_t> known;  // tied parameters share their storage
  for (const auto& parameter : module_.named_parameters()) {
    const at::Tensor& value = parameter.value;
    if (value.scalar_type() != torch::kFloat)
      throw DeepModelError(where() + ": parameter " + parameter.name + " is " +
                           c10::toString(value.scalar_type()) + ", allowed is float32");
    if (!value.requires_grad()) continue;
    if (value.numel() == 0)
      throw DeepModelError(where() + ": parameter " + parameter.name + " is empty");
    const auto [place, is_new] = known.emplace(value.data_ptr(), parameters_.size());
    if (!is_new && !value.is_same_size(variables_[place->second].front()))
      throw DeepModelError(where() + ": parameter " + parameter.name + " shares its storage with " +
                           parameters_[place->second].name + ", but has another shape");
    if (is_new) {
      parameters_.push_back(describe(parameter.name, value));
      variables_.emplace_back();
    }
    variables_[place->second].push_back(value);
  }
  if (parameters_.empty())
    throw DeepModelError(where() + ": no parameter of it requires a gradient");
}

void TorchModule::list_buffers() {
  for (const auto& buffer : module_.named_buffers()) {
    const at::Tensor& value = buffer.value;
    const bool counter = value.scalar_type() == torch::kLong && value.numel() == 1;
    if (!counter && !value.is_floating_point()) continue;  // a constant
    if (!counter && value.scalar_type() != torch::kFloat)
      throw DeepModelError(where() + ": buffer " + buffer.name + " is " +
                           c10::toString(value.scalar_type()) + ", allowed is float32");
    buffers_.push_back(describe(buffer.name, value));
    buffers_.back().integer = counter;
    buffer_tensors_.push_back(value);
  }
}

/// Has `forward` a state of its own? That would be shared by the nodes of a simulator.
void TorchModule::find_assignments(const torch::jit::Block& block) {
  for (const torch::jit::Node* node : block.nodes()) {
    for (const torch::jit::Block* inner : node->blocks()) find_assignments(*inner);
    if (node->kind() != c10::prim::SetAttr) continue;
    const std::string name = node->s(c10::attr::name);
    if (std::none_of(buffers_.begin(), buffers_.end(),
                     [&name](const DeepTensor& buffer) { return last_part(buffer.name) == name; }))
      throw DeepModelError(where() + ": forward() changes self." + name +
                           ", allowed is a buffer (float32 or an integer scalar)");
    assigns_ = true;
  }
}

void TorchModule::read_code() {
  const auto method = module_.find_method("forward");
  if (!method) throw DeepModelError(where() + ": it has no forward()");
  const auto graph = method->graph()->copy();
  torch::jit::Inline(*graph);
  if (graph->inputs().size() != 2)
    throw DeepModelError(where() + ": forward() takes " +
                         std::to_string(graph->inputs().size() - 1) +
                         " inputs, allowed is one: the rows of a batch");
  random_ = draws_random_numbers(*graph->block());
  find_assignments(*graph->block());
  code_ = torch::jit::Code(graph, "forward");
}

/// What does not fit shows before the run, not in its first round.
void TorchModule::try_forward() {
  const ArithmeticGuard arithmetic;
  const torch::NoGradGuard no_gradients;
  at::set_num_threads(1);  // this process may fork later; a pool of threads would be lost then
  std::vector<std::int64_t> shape = {2};
  shape.insert(shape.end(), spec_.input.begin(), spec_.input.end());
  const auto input = torch::zeros(shape, spec_.vocabulary > 0 ? torch::kLong : torch::kFloat);
  const std::string given = module_.get_method("forward").graph()->inputs()[1]->debugNameBase() +
                            " = " + to_text(shape) +
                            (spec_.vocabulary > 0 ? " (word numbers)" : " (float32)");
  module_.eval();
  training_ = false;
  at::Tensor scores;
  try {
    scores = forward(input);
  } catch (const std::exception& error) {
    throw DeepModelError(where() + ": forward() fails for " + given + ": " + brief_message(error) +
                         "; its first parameter is " + parameters_.front().name + " " +
                         to_text(parameters_.front().shape));
  }
  const bool one_score = spec_.outputs == 1 && scores.dim() == 1;
  if (!one_score && (scores.dim() != 2 || scores.size(1) != spec_.outputs))
    throw DeepModelError(where() + ": forward() gives " + to_text(scores.sizes()) + " for " +
                         given + "; " + spec_.loss + " on this data needs [2, " +
                         std::to_string(spec_.outputs) + "]" +
                         (spec_.outputs == 1 ? " or [2]" : ""));
  if (scores.size(0) != 2 || scores.scalar_type() != torch::kFloat)
    throw DeepModelError(where() + ": forward() gives " + to_text(scores.sizes()) + " of " +
                         c10::toString(scores.scalar_type()) + " for " + given +
                         "; needed is a row of float32 for each row");
}

std::vector<std::pair<DeepTensor, std::vector<float>>> TorchModule::frozen() const {
  std::vector<std::pair<DeepTensor, std::vector<float>>> result;
  for (const auto& parameter : module_.named_parameters()) {
    if (parameter.value.requires_grad()) continue;
    const at::Tensor values = parameter.value.contiguous();
    const auto* data = values.data_ptr<float>();
    result.emplace_back(describe(parameter.name, values),
                        std::vector<float>(data, data + values.numel()));
  }
  return result;
}

void TorchModule::initialize(std::span<float> x, const std::function<double()>& uniform) const {
  if (!pristine_) throw std::logic_error("the module's own values are gone");
  float* to = x.data();
  for (std::size_t k = 0; k < parameters_.size(); ++k) {
    const std::size_t count = volume(parameters_[k]);
    const auto draw = draws_.find(parameters_[k].name);
    if (draw == draws_.end()) {
      const at::Tensor values = variables_[k].front().detach().contiguous();
      std::copy_n(values.data_ptr<float>(), count, to);
    } else {
      std::generate_n(to, count, [&] { return sample(draw->second, uniform); });
    }
    to += count;
  }
}

void TorchModule::initialize_buffers(std::span<float> buffers) const {
  if (!pristine_) throw std::logic_error("the module's own buffers are gone");
  write_buffers(buffers);
}

void TorchModule::bind(std::span<const float> x, std::span<float> gradient) {
  const torch::NoGradGuard no_gradients;
  const bool new_x = x.data() != bound_x_;
  const bool new_gradient = !gradient.empty() && gradient.data() != bound_gradient_;
  std::size_t at = 0;
  for (std::size_t k = 0; k < parameters_.size() && (new_x || new_gradient); ++k) {
    for (at::Tensor& variable : variables_[k]) {
      if (new_x) variable.set_data(view(x.data() + at, parameters_[k].shape));
      if (new_gradient) variable.mutable_grad() = view(gradient.data() + at, parameters_[k].shape);
    }
    at += volume(parameters_[k]);
  }
  pristine_ = false;
  bound_x_ = x.data();
  if (!gradient.empty()) bound_gradient_ = gradient.data();
}

void TorchModule::read_buffers(std::span<const float> buffers) {
  const torch::NoGradGuard no_gradients;
  const float* from = buffers.data();
  for (std::size_t k = 0; k < buffers_.size(); ++k) {
    if (assigns_) {
      buffer_tensors_[k] = at::empty(buffers_[k].shape, buffer_tensors_[k].options());
      owner_of(module_, buffers_[k].name).setattr(last_part(buffers_[k].name), buffer_tensors_[k]);
    }
    buffer_tensors_[k].copy_(view(from, buffers_[k].shape));
    from += volume(buffers_[k]);
  }
}

void TorchModule::write_buffers(std::span<float> buffers) const {
  const torch::NoGradGuard no_gradients;
  float* to = buffers.data();
  for (std::size_t k = 0; k < buffers_.size(); ++k) {
    const std::string& name = buffers_[k].name;
    const at::Tensor found =
        assigns_ ? owner_of(module_, name).attr(last_part(name)).toTensor() : buffer_tensors_[k];
    if (found.sizes() != at::IntArrayRef(buffers_[k].shape))
      throw DeepModelError(where() + ": forward() has changed buffer " + name + " from " +
                           to_text(buffers_[k].shape) + " to " + to_text(found.sizes()));
    view(to, buffers_[k].shape).copy_(found);
    to += volume(buffers_[k]);
  }
}

at::Tensor TorchModule::input_of(const DeepBatch& batch) const {
  std::vector<std::int64_t> shape = {static_cast<std::int64_t>(batch.rows)};
  shape.insert(shape.end(), spec_.input.begin(), spec_.input.end());
  if (spec_.vocabulary > 0)
    return torch::from_blob(const_cast<std::int64_t*>(batch.words.data()), shape, torch::kLong);
  const at::Tensor input = view(batch.values.data(), shape);
  return channels_last_ ? input.contiguous(at::MemoryFormat::ChannelsLast) : input;
}

at::Tensor TorchModule::forward(const at::Tensor& input) {
  torch::jit::Stack stack{module_._ivalue(), input};
  torch::jit::InterpreterState(code_).run(stack);
  if (stack.size() != 1 || !stack.front().isTensor())
    throw DeepModelError(where() + ": forward() gives no tensor");
  return stack.front().toTensor();
}

at::Tensor TorchModule::row_losses(const at::Tensor& scores, const DeepBatch& batch) const {
  const auto rows = static_cast<std::int64_t>(batch.rows);
  if (spec_.loss == "cross-entropy") {
    const auto labels =
        torch::from_blob(const_cast<std::int64_t*>(batch.classes.data()), {rows}, torch::kLong);
    return at::cross_entropy_loss(scores, labels, {}, at::Reduction::None);
  }
  const at::Tensor targets = view(batch.targets.data(), {rows});
  const at::Tensor flat = scores.reshape({rows});
  if (spec_.loss == "mse") return at::mse_loss(flat, targets, at::Reduction::None);
  return at::binary_cross_entropy_with_logits(flat, targets, {}, {}, at::Reduction::None);
}

void TorchModule::set_threads() const {
  // OpenMP keeps the number by thread, and a module serves whoever borrows it.
  if (at::get_num_threads() != spec_.threads) at::set_num_threads(spec_.threads);
}

double TorchModule::train(std::span<const float> x, std::span<float> buffers,
                          const DeepBatch& batch, std::uint64_t seed, std::span<float> gradient) {
  const ArithmeticGuard arithmetic;
  set_threads();
  bind(x, gradient);
  read_buffers(buffers);
  if (!training_) module_.train();
  training_ = true;
  std::fill(gradient.begin(), gradient.end(), 0.0F);
  try {
    at::Tensor scores;
    if (random_) {
      const std::lock_guard lock(generator_mutex());
      seed_generator(seed);
      scores = forward(input_of(batch));
    } else {
      scores = forward(input_of(batch));
    }
    const at::Tensor losses = row_losses(scores, batch);
    losses.backward(torch::full_like(losses, 1.0 / static_cast<double>(batch.rows)));
    write_buffers(buffers);
    return ordered_sum(losses) / static_cast<double>(batch.rows);
  } catch (const DeepModelError&) {
    throw;
  } catch (const std::exception& error) {
    throw DeepModelError(where() + ": " + brief_message(error));
  }
}

double TorchModule::loss(std::span<const float> x, std::span<const float> buffers,
                         const DeepBatch& batch, double weight, std::span<float> gradient) {
  const ArithmeticGuard arithmetic;
  set_threads();
  bind(x, gradient);
  read_buffers(buffers);
  if (training_) module_.eval();
  training_ = false;
  const at::AutoGradMode gradients(!gradient.empty());
  try {
    const at::Tensor losses = row_losses(forward(input_of(batch)), batch);
    if (!gradient.empty()) losses.backward(torch::full_like(losses, weight));
    return ordered_sum(losses);
  } catch (const DeepModelError&) {
    throw;
  } catch (const std::exception& error) {
    throw DeepModelError(where() + ": " + brief_message(error));
  }
}

std::uint64_t TorchModule::correct(std::span<const float> x, std::span<const float> buffers,
                                   const DeepBatch& batch) {
  const ArithmeticGuard arithmetic;
  const torch::NoGradGuard no_gradients;
  set_threads();
  bind(x, {});
  read_buffers(buffers);
  if (training_) module_.eval();
  training_ = false;
  const at::Tensor scores = forward(input_of(batch)).contiguous();
  const auto* row = scores.data_ptr<float>();
  std::uint64_t count = 0;
  for (std::size_t r = 0; r < batch.rows; ++r, row += spec_.outputs) {
    if (spec_.loss == "cross-entropy")
      count += std::max_element(row, row + spec_.outputs) - row == batch.classes[r] ? 1 : 0;
    else
      count += (*row > 0.0F) == (batch.targets[r] > 0.5F) ? 1 : 0;
  }
  return count;
}

void TorchModule::save(std::span<const float> x, std::span<const float> buffers,
                       const std::string& path) {
  const torch::NoGradGuard no_gradients;
  read_buffers(buffers);
  // Tensors of their own: a view would take the whole vector into the file with it.
  std::size_t at = 0;
  for (std::size_t k = 0; k < parameters_.size(); ++k) {
    const at::Tensor values = view(x.data() + at, parameters_[k].shape).clone();
    for (at::Tensor& variable : variables_[k]) {
      variable.set_data(values);
      variable.mutable_grad() = at::Tensor();
    }
    at += volume(parameters_[k]);
  }
  pristine_ = false;
  bound_x_ = nullptr;
  bound_gradient_ = nullptr;
  module_.eval();
  training_ = false;
  try {
    module_.save(path);
  } catch (const std::exception& error) {
    throw DeepModelError(path + ": cannot be written: " + brief_message(error));
  }
}

}  // namespace hearsay
