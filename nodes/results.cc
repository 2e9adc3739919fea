#include "nodes/results.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <utility>

#include "nodes/config/json.h"
#include "nodes/safetensors.h"
#include "topology/report.h"

namespace hearsay {

namespace {

std::string cell(const std::optional<double>& value) {
  return value ? fmt::format("{}", *value) : std::string();
}

std::string cell(const std::optional<std::uint64_t>& value) {
  return value ? std::to_string(*value) : std::string();
}

constexpr const char* kHealthColumns = "residual_ratio,markov_error,never_sent,oldest_age";

std::string cells(const Health& health) {
  return fmt::format("{},{},{},{}", cell(health.residual_ratio), cell(health.markov_error),
                     cell(health.never_sent), cell(health.oldest_age));
}

void write_file(std::ofstream out, const std::filesystem::path& path, std::string_view content) {
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  out.close();
  if (!out) throw ResultsError(fmt::format("cannot write {}", path.string()));
}

template <class Number>
nlohmann::ordered_json json_of(const std::optional<Number>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

/// A row by the names of its columns.
nlohmann::ordered_json json_of(const MetricsRow& row) {
  return {{"round", row.round},
          {"epoch", json_of(row.epoch)},
          {"seconds", row.seconds},
          {"train_loss", json_of(row.train_loss)},
          {"grad_norm", json_of(row.grad_norm)},
          {"consensus_error", json_of(row.consensus_error)},
          {"test_accuracy", json_of(row.test_accuracy)},
          {"ideal_bits", row.ideal_bits},
          {"wire_bytes", row.wire_bytes},
          {"residual_ratio", json_of(row.health.residual_ratio)},
          {"markov_error", json_of(row.health.markov_error)},
          {"never_sent", json_of(row.health.never_sent)},
          {"oldest_age", json_of(row.health.oldest_age)}};
}

/// The config as it is written beside the results: with its relative paths made absolute, so that
/// it can be run from there.
std::string relocatable_yaml(Config config) {
  const auto relocate_text = [&config](const std::string& key, const std::string& text) {
    const std::string moved = path_from(config, text);
    if (moved != text) config.set(key, moved);
  };
  const auto relocate = [&relocate_text](const std::string& key, const Params& part) {
    for (const Entry& entry : part.entries()) {
      const auto* text = std::get_if<std::string>(&entry.value.data);
      if (text != nullptr && *text != part.part()) relocate_text(key + "." + entry.key, *text);
    }
  };
  const Params root = config.root();
  const Params& objective = root.map("objective");
  for (const char* key : {"path", "start"})
    if (objective.has(key)) relocate_text(std::string("objective.") + key, objective.text(key));
  const Params& transport = root.map("transport");
  if (transport.has("keys")) relocate_text("transport.keys", transport.text("keys"));
  relocate("topology", root.map("topology"));
  if (root.map("objective").has("data"))
    relocate("objective.data", root.map("objective").map("data"));
  return config.yaml();
}

}  // namespace

std::filesystem::path free_folder(const std::string& name) {
  // A name is free text; a folder name is not.
  std::string safe;
  for (const char c : name)
    safe += std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' ? c : '-';
  if (safe.empty()) safe = "run";
  if (safe.front() == '.') safe.front() = '-';  // "..", and folders that hide
  const std::filesystem::path base = std::filesystem::path("runs") / safe;
  std::filesystem::path folder = base;
  for (int k = 2; std::filesystem::exists(folder); ++k)
    folder = fmt::format("{}-{}", base.string(), k);
  return folder;
}

std::string metrics_header() {
  return fmt::format(
      "round,epoch,seconds,train_loss,grad_norm,consensus_error,test_accuracy,ideal_bits,"
      "wire_bytes,{}\n",
      kHealthColumns);
}

std::string metrics_line(const MetricsRow& row) {
  return fmt::format("{},{},{:.6f},{},{},{},{},{},{},{}\n", row.round, cell(row.epoch), row.seconds,
                     cell(row.train_loss), cell(row.grad_norm), cell(row.consensus_error),
                     cell(row.test_accuracy), row.ideal_bits, row.wire_bytes, cells(row.health));
}

ResultsWriter::ResultsWriter(const Experiment& experiment, std::filesystem::path folder)
    : experiment_(experiment), folder_(std::move(folder)), layer_report_(experiment.layout()) {
  for (const auto& [file, what] :
       {std::pair{"metrics.csv", "another run"}, {"sweep.json", "a sweep"}})
    if (std::filesystem::exists(folder_ / file))
      throw ResultsError(fmt::format("{} holds the results of {}: give another --out, or remove it",
                                     folder_.string(), what));
  std::error_code error;
  std::filesystem::create_directories(folder_ / "logs", error);
  if (error)
    throw ResultsError(
        fmt::format("cannot make the folder {}: {}", folder_.string(), error.message()));

  const Network& network = experiment_.network();
  write_file(open("config.yaml"), folder_ / "config.yaml", relocatable_yaml(experiment_.config()));
  write_file(open("topology.json"), folder_ / "topology.json",
             topology_json(network.graph, network.mixing, network.spectrum,
                           experiment_.graph_kind(), network.server));
  metrics_ = open("metrics.csv");
  metrics_ << metrics_header() << std::flush;
  nodes_ = open("nodes.csv");
  nodes_ << fmt::format("round,node,epoch,seconds,loss,squared_distance,ideal_bits,wire_bytes,{}\n",
                        kHealthColumns)
         << std::flush;
}

std::ofstream ResultsWriter::open(const std::string& name) const {
  errno = 0;
  std::ofstream out(folder_ / name, std::ios::binary);
  if (!out)
    throw ResultsError(
        fmt::format("cannot write {}: {}", (folder_ / name).string(), std::strerror(errno)));
  return out;
}

void ResultsWriter::on_evaluation(const EvaluationReport& report) {
  last_ = report.row;
  metrics_ << metrics_line(report.row) << std::flush;
  for (NodeId id = 0; id < report.offers.size(); ++id) {
    const NodeOffer& offer = report.offers[id];
    const auto& result = report.results[id];
    const bool losses = result && experiment_.trains();
    nodes_ << fmt::format("{},{},{},{:.6f},{},{},{},{},{}\n", report.row.round, id,
                          result ? fmt::format("{}", offer.epochs) : "", offer.seconds,
                          losses ? fmt::format("{}", result->loss) : "",
                          result ? fmt::format("{}", result->squared_distance) : "",
                          offer.ideal_bits, offer.wire_bytes, cells(offer.health));
  }
  nodes_ << std::flush;
  write_layers(report);
  if (!metrics_ || !nodes_ || !layers_)
    throw ResultsError(fmt::format("cannot write to {}: is the disk full?", folder_.string()));
}

void ResultsWriter::write_layers(const EvaluationReport& report) {
  std::vector<LayerCounts> counts;
  counts.reserve(report.offers.size());
  for (const NodeOffer& offer : report.offers) counts.push_back(offer.layers);
  const std::vector<LayerRow> rows = layer_report_.add(report.row.round, counts);
  if (rows.empty()) return;
  if (!layers_.is_open()) {
    layers_ = open("layers.csv");
    layers_ << layers_header();
  }
  for (const LayerRow& row : rows) layers_ << layers_line(row);
  layers_ << std::flush;
}

void ResultsWriter::write_model(const RunEnd& end) const {
  const Objective& objective = experiment_.objective();
  const std::vector<NamedTensor> frozen = objective.frozen();
  std::vector<TensorView> tensors = tensors_of(objective.layout(), end.model);
  for (const NamedTensor& tensor : frozen)
    tensors.push_back({tensor.name, tensor.shape, tensor.values});
  for (const TensorView& tensor : tensors_of(objective.buffer_layout(), end.buffers))
    tensors.push_back(tensor);
  try {
    write_safetensors(folder_ / "model.safetensors", tensors,
                      {{"format", "pt"},
                       {"experiment", experiment_.name()},
                       {"round", std::to_string(end.round)},
                       {"hearsay", HEARSAY_VERSION}});
  } catch (const ModelFileError& error) {
    throw ResultsError(error.what());
  }
  objective.save(end.model, end.buffers, folder_.string());
}

void ResultsWriter::on_end(const RunEnd& end) {
  std::string edges = "from,to,frames,ideal_bits,wire_bytes\n";
  for (NodeId from = 0; from < end.traffic.size(); ++from)
    for (const LinkTraffic& link : end.traffic[from])
      edges += fmt::format("{},{},{},{},{}\n", from, link.to, link.frames, link.ideal_bits,
                           link.wire_bytes);
  write_file(open("edges.csv"), folder_ / "edges.csv", edges);

  write_model(end);

  if (auto starved = layer_report_.starved()) warnings_.push_back(std::move(*starved));

  nlohmann::ordered_json summary;
  summary["name"] = experiment_.name();
  summary["version"] = HEARSAY_VERSION;
  summary["algorithm"] = experiment_.algorithm_name();
  summary["nodes"] = experiment_.network().nodes();
  summary["dimension"] = experiment_.dimension();
  summary["test_rows"] = experiment_.test_rows().size();
  summary["digest"] = fmt::format("{:016x}", experiment_.digest());
  summary["config_digest"] = fmt::format("{:016x}", experiment_.config_digest());
  summary["rounds"] = end.round;
  summary["interrupted"] = end.interrupted;
  summary["wall_seconds"] = end.wall_seconds;
  summary["diagnostic_bytes"] = end.diagnostic_bytes;
  nlohmann::ordered_json refused = nlohmann::ordered_json::object();
  for (std::size_t k = 0; k < end.refused.size(); ++k)
    if (end.refused[k] > 0) refused[to_string(static_cast<Refusal>(k))] = end.refused[k];
  summary["refused"] = refused;
  if (!warnings_.empty()) summary["warnings"] = warnings_;
  summary["last"] = json_of(last_);
  summary["config"] = to_json(experiment_.config().root());
  write_file(open("summary.json"), folder_ / "summary.json", summary.dump(2) + "\n");
}

}  // namespace hearsay
