#include "core/objectives/deep.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/deep/plugin.h"
#include "core/objectives/rows.h"

namespace hearsay {

namespace {

constexpr std::size_t kChunk = 256;  // rows of a pass in evaluation mode

bool classifies(const DeepSpec& spec) {
  return spec.loss == "cross-entropy";
}

/// Completes a spec by what the data says of its labels.
DeepSpec fitted(DeepSpec spec, const Dataset& data) {
  const auto features = static_cast<std::int64_t>(data.train.features);
  std::int64_t size = 1;
  for (const std::int64_t length : spec.input) size *= length;
  if (!spec.input.empty() && size != features)
    throw ParamError("input", fmt::format("a row of {} has {} values, not {} = {}", data.name,
                                          features, fmt::join(spec.input, " x "), size));
  spec.vocabulary = static_cast<std::int64_t>(data.vocabulary);
  spec.outputs = 1;
  if (classifies(spec))
    spec.outputs = static_cast<std::int64_t>(require_classes(data, spec.model).size());
  if (spec.loss == "binary-cross-entropy" && data.classes.size() != 2)
    throw ParamError("data", fmt::format("binary-cross-entropy needs two classes; {} has {}",
                                         data.name, data.classes.size()));
  return spec;
}

/// Makes the module; a row has the shape asked for, else the data's own, else, where the model does
/// not take that, it is a plain vector.
std::unique_ptr<DeepModule> make_module(DeepSpec& spec, const Dataset& data) {
  const MakeDeepModule make = load_deep_plugin(spec.threads);
  if (!spec.input.empty()) return make(spec);
  const std::vector<std::int64_t> plain = {static_cast<std::int64_t>(data.train.features)};
  spec.input = data.shape.empty() ? plain : data.shape;
  try {
    return make(spec);
  } catch (const DeepModelError&) {
    if (spec.input == plain || spec.path.empty()) throw;
    DeepSpec flat = spec;
    flat.input = plain;
    std::unique_ptr<DeepModule> module;
    try {
      module = make(flat);
    } catch (const DeepModelError&) {
    }
    if (module == nullptr) throw;  // the first error says more
    spec = std::move(flat);
    return module;
  }
}

Layout layout_of(const std::vector<DeepTensor>& tensors) {
  Layout layout;
  for (const DeepTensor& tensor : tensors) layout.append(tensor.name, tensor.shape, tensor.integer);
  return layout;
}

}  // namespace

/// A module and the arrays that its batches are put into.
struct DeepObjective::Instance {
  std::unique_ptr<DeepModule> module;
  Vector values;
  std::vector<std::int64_t> words;
  std::vector<std::int64_t> classes;
  Vector targets;

  DeepBatch batch() const {
    return {.rows = std::max(classes.size(), targets.size()),
            .values = values,
            .words = words,
            .classes = classes,
            .targets = targets};
  }
};

/// Borrows an instance for one call.
class DeepObjective::Lease {
 public:
  Lease(const DeepObjective& owner, std::unique_ptr<Instance> instance)
      : owner_(owner), instance_(std::move(instance)) {}
  ~Lease() {
    const std::lock_guard lock(owner_.mutex_);
    owner_.idle_.push_back(std::move(instance_));
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  Instance& operator*() const { return *instance_; }
  Instance* operator->() const { return instance_.get(); }

 private:
  const DeepObjective& owner_;
  std::unique_ptr<Instance> instance_;
};

DeepObjective::DeepObjective(std::shared_ptr<const Dataset> data, DeepSpec spec,
                             Augmentation augmentation)
    : data_(std::move(data)), spec_(fitted(std::move(spec), *data_)), augmentation_(augmentation) {
  class_of_ = class_numbers(data_->train.labels, data_->classes);
  test_class_of_ = class_numbers(data_->test.labels, data_->classes);
  auto instance = std::make_unique<Instance>();
  instance->module = make_module(spec_, *data_);
  layout_ = layout_of(instance->module->parameters());
  buffer_layout_ = layout_of(instance->module->buffers());
  initial_buffers_.resize(buffer_layout_.dimension());
  instance->module->initialize_buffers(initial_buffers_);
  idle_.push_back(std::move(instance));
}

DeepObjective::~DeepObjective() = default;

DeepObjective::Lease DeepObjective::lease() const {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto instance = std::move(idle_.back());
      idle_.pop_back();
      return {*this, std::move(instance)};
    }
  }
  auto instance = std::make_unique<Instance>();
  instance->module = load_deep_plugin(spec_.threads)(spec_);
  return {*this, std::move(instance)};
}

void DeepObjective::initialize(VectorView x0, Stream& stream) const {
  lease()->module->initialize(x0, [&stream] { return stream.uniform(); });
}

void DeepObjective::initialize_buffers(VectorView buffers) const {
  std::copy(initial_buffers_.begin(), initial_buffers_.end(), buffers.begin());
}

std::vector<NamedTensor> DeepObjective::frozen() const {
  std::vector<NamedTensor> result;
  for (const auto& [tensor, values] : lease()->module->frozen())
    result.push_back({tensor.name, tensor.shape, Vector(values.begin(), values.end())});
  return result;
}

void DeepObjective::fill(Instance& instance, const Rows& rows, std::span<const std::uint32_t> which,
                         std::span<const std::uint32_t> class_of, Stream* noise) const {
  const std::size_t size = which.size() * rows.features;
  if (spec_.vocabulary > 0) {
    instance.words.resize(size);
    gather_words(rows, which, instance.words);
  } else {
    instance.values.resize(size);
    if (noise != nullptr && augmentation_.any())
      gather_augmented(rows, spec_.input, which, augmentation_, *noise, instance.values);
    else
      gather(rows, which, instance.values);
  }
  instance.classes.clear();
  instance.targets.clear();
  for (const std::uint32_t r : which) {
    if (classifies(spec_))
      instance.classes.push_back(class_of[r]);
    else if (spec_.loss == "mse")
      instance.targets.push_back(static_cast<float>(rows.labels[r]));
    else
      instance.targets.push_back(static_cast<float>(class_of[r]));
  }
}

double DeepObjective::evaluate(ConstVectorView x, const Sample& sample, VectorView gradient,
                               Workspace& /*work*/) const {
  const Lease instance = lease();
  if (sample.noise != nullptr && !gradient.empty()) {
    fill(*instance, data_->train, sample.rows, class_of_, sample.noise);
    return instance->module->train(x, sample.buffers, instance->batch(), (*sample.noise)(),
                                   gradient);
  }
  std::fill(gradient.begin(), gradient.end(), 0.0F);
  const auto count = static_cast<double>(sample.rows.size());
  double total = 0.0;
  for (std::size_t begin = 0; begin < sample.rows.size(); begin += kChunk) {
    const auto chunk = sample.rows.subspan(begin, std::min(kChunk, sample.rows.size() - begin));
    fill(*instance, data_->train, chunk, class_of_, nullptr);
    total += instance->module->loss(x, sample.buffers, instance->batch(), 1.0 / count, gradient);
  }
  return total / count;
}

std::optional<std::uint64_t> DeepObjective::correct(ConstVectorView x, ConstVectorView buffers,
                                                    std::span<const std::uint32_t> test_rows,
                                                    Workspace& /*work*/) const {
  if (spec_.loss == "mse") return std::nullopt;
  const Lease instance = lease();
  std::vector<std::uint32_t> known;  // a class that no training row has cannot be met
  for (const std::uint32_t r : test_rows)
    if (test_class_of_[r] != kNoClass) known.push_back(r);
  std::uint64_t count = 0;
  for (std::size_t begin = 0; begin < known.size(); begin += kChunk) {
    const auto chunk = std::span(known).subspan(begin, std::min(kChunk, known.size() - begin));
    fill(*instance, data_->test, chunk, test_class_of_, nullptr);
    count += instance->module->correct(x, buffers, instance->batch());
  }
  return count;
}

std::size_t DeepObjective::test_rows() const {
  return spec_.loss == "mse" ? 0 : data_->test.count;
}

std::optional<NamedTensor> DeepObjective::inputs(const Sample& sample) const {
  NamedTensor result;
  result.shape = spec_.input;
  result.shape.insert(result.shape.begin(), static_cast<std::int64_t>(sample.rows.size()));
  const Lease instance = lease();
  fill(*instance, data_->train, sample.rows, class_of_, sample.noise);
  if (spec_.vocabulary > 0)
    result.values.assign(instance->words.begin(), instance->words.end());
  else
    result.values = instance->values;
  return result;
}

void DeepObjective::save(ConstVectorView x, ConstVectorView buffers,
                         const std::string& folder) const {
  lease()->module->save(x, buffers, (std::filesystem::path(folder) / "model.pt").string());
}

}  // namespace hearsay
