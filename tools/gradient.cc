// `hearsay gradient`: one gradient of one node, for a look from outside.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "core/data/gather.h"
#include "core/vector_ops.h"
#include "nodes/config/json.h"
#include "nodes/safetensors.h"
#include "nodes/start.h"
#include "tools/commands.h"
#include "tools/load.h"

namespace hearsay {

namespace {

NodeId choose_node(const Experiment& experiment, std::optional<std::size_t> wanted) {
  const Network& network = experiment.network();
  if (!wanted) {
    NodeId first = 0;
    while (network.is_server(first)) ++first;
    return first;
  }
  if (*wanted >= network.nodes())
    throw ConfigError(
        fmt::format("--node: found {}, allowed is 0 to {}", *wanted, network.nodes() - 1));
  const auto node = static_cast<NodeId>(*wanted);
  if (network.is_server(node))
    throw ConfigError(fmt::format("--node: {} is the server, which has no gradient", node));
  return node;
}

/// The tensors of a file, which views of them are written from.
class Contents {
 public:
  void add(std::string name, std::vector<std::int64_t> shape, ConstVectorView values,
           bool integer = false) {
    tensors_.push_back(
        {{std::move(name), std::move(shape), Vector(values.begin(), values.end())}, integer});
  }

  /// Every layer, its name behind `prefix`.
  void add(const std::string& prefix, const Layout& layout, ConstVectorView values) {
    for (const Layer& layer : layout.layers())
      add(prefix + (layer.name.empty() ? "x" : layer.name), layer.shape,
          values.subspan(layer.offset, layer.size), layer.integer);
  }

  void write(const std::string& file,
             const std::vector<std::pair<std::string, std::string>>& metadata) const {
    std::vector<TensorView> views;
    for (const auto& [tensor, integer] : tensors_)
      views.push_back({tensor.name, tensor.shape, tensor.values, integer});
    write_safetensors(file, views, metadata);
  }

 private:
  std::vector<std::pair<NamedTensor, bool>> tensors_;
};

/// The gradient of one node in one round, or over all its rows.
class Probe {
 public:
  Probe(const Experiment& experiment, const GradientOptions& options)
      : experiment_(experiment),
        options_(options),
        node_(experiment.make_node(choose_node(experiment, options.node))),
        x_(experiment.dimension()),
        gradient_(x_.size()) {
    const ConstVectorView x0 = node_.engine->algorithm().model();
    std::copy(x0.begin(), x0.end(), x_.begin());
    const ConstVectorView buffers = node_.problem->buffers();
    buffers_.assign(buffers.begin(), buffers.end());
    if (!options.from.empty())
      for (const std::string& warning :
           read_start(options.from, experiment.objective(), x_, buffers_).warnings)
        fmt::print(stderr, "warning: {}\n", warning);
    rows_ = options.exact ? node_.problem->rows() : node_.problem->batch(options.round);
  }

  void evaluate() {
    buffers_after_ = buffers_;
    const auto start = std::chrono::steady_clock::now();
    with_sample([this](const Sample& sample) {
      loss_ = experiment_.objective().evaluate(x_, sample, gradient_, work_);
    });
    const std::chrono::duration<double, std::milli> spent =
        std::chrono::steady_clock::now() - start;
    milliseconds_.push_back(spent.count());
  }

  void print() {
    fmt::print("gradient  {}\n", title());
    fmt::print("loss      {:.9g}\n", loss_);
    fmt::print("norm      {:.9g}\n", std::sqrt(squared_norm(gradient_)));
    std::sort(milliseconds_.begin(), milliseconds_.end());
    if (milliseconds_.size() == 1)
      fmt::print("time      {:.3g} ms\n", milliseconds_.front());
    else
      fmt::print("time      {:.3g} ms at least, {:.3g} ms in the median of {}\n",
                 milliseconds_.front(), milliseconds_[milliseconds_.size() / 2],
                 milliseconds_.size());
  }

  void write(const std::string& file) {
    Contents contents;
    contents.add("x/", experiment_.layout(), x_);
    contents.add("gradient/", experiment_.layout(), gradient_);
    contents.add("buffers/", experiment_.objective().buffer_layout(), buffers_);
    contents.add("buffers_after/", experiment_.objective().buffer_layout(), buffers_after_);
    for (const NamedTensor& tensor : experiment_.objective().frozen())
      contents.add("frozen/" + tensor.name, tensor.shape, tensor.values);
    if (const Dataset* data = experiment_.data()) {
      add_inputs(*data, contents);
      add_labels(*data, contents);
    }
    contents.write(file, {{"format", "pt"},
                          {"experiment", experiment_.name()},
                          {"model", experiment_.config().section("objective").part()},
                          {"objective", to_json(experiment_.config().section("objective")).dump()},
                          {"node", std::to_string(node_.id)},
                          {"gradient", options_.exact ? "exact" : "stochastic"},
                          {"round", std::to_string(options_.round)},
                          {"loss", fmt::format("{:.17g}", loss_)},
                          {"hearsay", HEARSAY_VERSION}});
  }

 private:
  /// Calls `use` with the sample; each time with the same random numbers.
  template <class Use>
  void with_sample(Use use) {
    Stream noise = node_.problem->noise(options_.round);
    use(node_.problem->sample(rows_, buffers_after_, options_.exact ? nullptr : &noise));
  }

  std::string title() const {
    const std::string rows =
        experiment_.data() == nullptr ? "no data" : fmt::format("{} rows", rows_.size());
    if (options_.exact) return fmt::format("exact, node {}: {}", node_.id, rows);
    return fmt::format("stochastic, node {}, round {}: {}", node_.id, options_.round, rows);
  }

  void add_inputs(const Dataset& data, Contents& contents) {
    std::optional<NamedTensor> seen;
    with_sample([&](const Sample& sample) { seen = experiment_.objective().inputs(sample); });
    if (seen) {
      contents.add("batch/inputs", seen->shape, seen->values, data.vocabulary > 0);
      return;
    }
    Vector values(rows_.size() * data.train.features);
    gather(data.train, rows_, values);
    contents.add(
        "batch/inputs",
        {static_cast<std::int64_t>(rows_.size()), static_cast<std::int64_t>(data.train.features)},
        values, false);
  }

  /// Class numbers, or the labels themselves where they are no classes.
  void add_labels(const Dataset& data, Contents& contents) {
    const std::vector<double>& classes = data.classes;
    Vector values;
    for (const std::uint32_t r : rows_) {
      const double label = data.train.labels[r];
      const auto place = std::lower_bound(classes.begin(), classes.end(), label) - classes.begin();
      values.push_back(static_cast<float>(classes.empty() ? label : static_cast<double>(place)));
    }
    contents.add("batch/labels", {static_cast<std::int64_t>(rows_.size())}, values,
                 !classes.empty());
  }

  const Experiment& experiment_;
  const GradientOptions& options_;
  Node node_;
  Vector x_;
  Vector gradient_;
  Vector buffers_;
  Vector buffers_after_;
  std::span<const std::uint32_t> rows_;
  Workspace work_;
  double loss_ = 0.0;
  std::vector<double> milliseconds_;
};

}  // namespace

int gradient_command(const GradientOptions& options) {
  const Experiment experiment = load_experiment(options.config);
  Probe probe(experiment, options);
  for (std::size_t i = 0; i < options.repeat; ++i) probe.evaluate();
  probe.print();
  if (!options.out.empty()) {
    probe.write(options.out);
    fmt::print("written   {}\n", options.out);
  }
  return 0;
}

}  // namespace hearsay
