#include "nodes/results.h"

#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "nodes/config/json.h"
#include "nodes/environment.h"
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

constexpr const char* kHealthColumns =
    "residual_ratio,markov_error,never_sent,oldest_age,staleness,most_stale";

std::string cells(const Health& health) {
  return fmt::format("{},{},{},{},{},{}", cell(health.residual_ratio), cell(health.markov_error),
                     cell(health.never_sent), cell(health.oldest_age), cell(health.staleness),
                     cell(health.most_stale));
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
          {"oldest_age", json_of(row.health.oldest_age)},
          {"staleness", json_of(row.health.staleness)},
          {"most_stale", json_of(row.health.most_stale)}};
}

std::string nodes_header() {
  return fmt::format("round,node,epoch,seconds,loss,squared_distance,ideal_bits,wire_bytes,{}\n",
                     kHealthColumns);
}

constexpr const char* kPhasesHeader = "round,node,compute,compress,decode,mix,wait\n";

std::string phases_line(Round t, NodeId id, const NodeOffer& offer) {
  const PhaseTimes& phases = offer.phases;
  return fmt::format("{},{},{:.6f},{:.6f},{:.6f},{:.6f},{}\n", t, id,
                     phases.seconds(Phase::compute), phases.seconds(Phase::compress),
                     phases.seconds(Phase::decode), phases.seconds(Phase::mix),
                     offer.wait_seconds ? fmt::format("{:.6f}", *offer.wait_seconds) : "");
}

constexpr std::string_view kJsonStart = "{\"round\":";

/// Leaves the rows of evaluations that the run would make up to round t, and returns the last one's
/// round. A row that was cut short goes, and so does that of a stop between two evaluations. Of a
/// table, which begins with its header, or of JSON lines.
std::optional<Round> drop_rows_after(const std::filesystem::path& file, Round t,
                                     const Experiment& experiment) {
  std::ifstream in(file, std::ios::binary);
  std::string kept;
  std::string line;
  const auto first = in.peek();
  if (first == std::ifstream::traits_type::eof()) return std::nullopt;
  const bool json = first == '{';
  if (!json) {
    std::getline(in, line);
    kept += line + "\n";
  }
  std::optional<Round> last;
  while (std::getline(in, line) && !in.eof()) {
    Round round = 0;
    const std::size_t begin = json && line.starts_with(kJsonStart) ? kJsonStart.size() : 0;
    const auto [end, error] =
        std::from_chars(line.data() + begin, line.data() + line.size(), round);
    if (error != std::errc() || *end != ',') break;
    if (round > t || !experiment.evaluates_after(round)) continue;
    kept += line + "\n";
    last = round;
  }
  in.close();
  std::filesystem::path beside = file;
  beside += ".tmp";
  write_file(beside, kept);
  std::filesystem::rename(beside, file);
  return last;
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

std::filesystem::path folder_of(const std::string& name) {
  // A name is free text; a folder name is not.
  std::string safe;
  for (const char c : name)
    safe += std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' ? c : '-';
  if (safe.empty()) safe = "run";
  if (safe.front() == '.') safe.front() = '-';  // "..", and folders that hide
  return std::filesystem::path("runs") / safe;
}

std::filesystem::path free_folder(const std::string& name) {
  const std::filesystem::path base = folder_of(name);
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

ResultsWriter::ResultsWriter(const Experiment& experiment, std::filesystem::path folder,
                             bool resume)
    : experiment_(experiment), folder_(std::move(folder)), layer_report_(experiment.layout()) {
  if (resume)
    require_resumable();
  else
    require_free();
  std::error_code error;
  std::filesystem::create_directories(folder_ / "logs", error);
  if (error) throw_cannot("make the folder", folder_, error.value());
  write_beginning();
  if (resume) return;
  metrics_.emplace(folder_ / "metrics.csv", metrics_header());
  json_lines_.emplace(folder_ / "metrics.jsonl", "");
  if (wants_events()) events_.emplace(folder_, metrics_header());
  nodes_.emplace(folder_ / "nodes.csv", nodes_header());
  phases_.emplace(folder_ / "phases.csv", kPhasesHeader);
}

void ResultsWriter::require_free() const {
  for (const auto& [file, what] :
       {std::pair{"metrics.csv", "another run"}, {"sweep.json", "a sweep"}})
    if (std::filesystem::exists(folder_ / file))
      throw ResultsError(fmt::format("{} holds the results of {}: give another --out, or remove it",
                                     folder_.string(), what));
}

void ResultsWriter::require_resumable() const {
  for (const auto& [file, header] :
       {std::pair{"metrics.csv", metrics_header()}, {"nodes.csv", nodes_header()}}) {
    std::ifstream in(folder_ / file, std::ios::binary);
    std::string line;
    if (!std::getline(in, line))
      throw ResultsError(
          fmt::format("--resume {}: there is no {} of a run", folder_.string(), file));
    if (line + "\n" != header)
      throw ResultsError(fmt::format("--resume {}: {} has other columns, it is of another version",
                                     folder_.string(), file));
  }
}

void ResultsWriter::write_beginning() const {
  const Network& network = experiment_.network();
  write_file(folder_ / "config.yaml", relocatable_yaml(experiment_.config()));
  write_file(folder_ / "topology.json",
             topology_json(network.graph, network.mixing, network.spectrum,
                           experiment_.graph_kind(), network.server));
}

bool ResultsWriter::wants_events() const {
  return experiment_.config().section("run").flag("tensorboard");
}

/// Behind metrics.csv, which holds the rows up to this round already.
void ResultsWriter::restore_events(Round round) {
  const bool had_some = events_ || EventFile::exists_in(folder_);
  if (!events_) events_.emplace(folder_, metrics_header());
  if (had_some) {
    events_->restart_after(round);
    return;
  }
  // Asked for only now: all that has been measured before goes in.
  std::ifstream metrics(folder_ / "metrics.csv", std::ios::binary);
  std::string line;
  std::getline(metrics, line);  // the header
  while (std::getline(metrics, line)) events_->append(line);
}

std::optional<Round> ResultsWriter::on_restore(const Restored& from) {
  std::optional<Round> evaluated;
  for (const auto& [name, rows] :
       {std::pair<const char*, std::optional<RowFile>*>{"metrics.csv", &metrics_},
        {"metrics.jsonl", &json_lines_},
        {"nodes.csv", &nodes_},
        {"phases.csv", &phases_},
        {"layers.csv", &layers_}}) {
    rows->reset();
    if (!std::filesystem::exists(folder_ / name)) {
      if (rows == &json_lines_) rows->emplace(folder_ / name, "");
      if (rows == &phases_) rows->emplace(folder_ / name, kPhasesHeader);
    }
    if (!std::filesystem::exists(folder_ / name)) continue;
    const auto last = drop_rows_after(folder_ / name, from.round, experiment_);
    if (rows == &metrics_) evaluated = last;
    rows->emplace(folder_ / name);
  }
  if (wants_events()) restore_events(from.round);
  // The report of layers tells what was sent since the evaluation before.
  if (evaluated && !from.layers.empty()) layer_report_.add(*evaluated, from.layers);
  return evaluated;
}

void ResultsWriter::on_evaluation(const EvaluationReport& report) {
  last_ = report.row;
  metrics_->append(metrics_line(report.row));
  json_lines_->append(json_of(report.row).dump() + "\n");
  if (events_) events_->append(metrics_line(report.row));
  std::string rows;
  std::string phases;
  for (NodeId id = 0; id < report.offers.size(); ++id) {
    if (!report.has(id)) continue;
    const NodeOffer& offer = report.offers[id];
    const auto& result = report.results[id];
    const bool losses = result && experiment_.trains();
    rows += fmt::format("{},{},{},{:.6f},{},{},{},{},{}\n", report.row.round, id,
                        result ? fmt::format("{}", offer.epochs) : "", offer.seconds,
                        losses ? fmt::format("{}", result->loss) : "",
                        result ? fmt::format("{}", result->squared_distance) : "", offer.ideal_bits,
                        offer.wire_bytes, cells(offer.health));
    phases += phases_line(report.row.round, id, offer);
  }
  nodes_->append(rows);
  phases_->append(phases);
  write_layers(report);
}

void ResultsWriter::write_layers(const EvaluationReport& report) {
  std::vector<LayerCounts> counts;
  counts.reserve(report.offers.size());
  for (const NodeOffer& offer : report.offers) counts.push_back(offer.layers);
  const std::vector<LayerRow> rows = layer_report_.add(report.row.round, counts);
  if (rows.empty()) return;
  if (!layers_) layers_.emplace(folder_ / "layers.csv", layers_header());
  std::string lines;
  for (const LayerRow& row : rows) lines += layers_line(row);
  layers_->append(lines);
}

void ResultsWriter::write_model(const RunEnd& end) const {
  const Objective& objective = experiment_.objective();
  const std::vector<NamedTensor> frozen = objective.frozen();
  std::vector<TensorView> tensors = tensors_of(objective.layout(), end.model);
  for (const NamedTensor& tensor : frozen)
    tensors.push_back({tensor.name, tensor.shape, tensor.values});
  for (const TensorView& tensor : tensors_of(objective.buffer_layout(), end.buffers))
    tensors.push_back(tensor);
  write_safetensors(folder_ / "model.safetensors", tensors,
                    {{"format", "pt"},
                     {"experiment", experiment_.name()},
                     {"round", std::to_string(end.round)},
                     {"hearsay", HEARSAY_VERSION}});
  try {
    objective.save(end.model, end.buffers, folder_.string());
  } catch (...) {
    remove_output(folder_ / "model.pt");
    throw;
  }
}

void ResultsWriter::on_end(const RunEnd& end) {
  std::string edges = "from,to,frames,ideal_bits,wire_bytes\n";
  for (NodeId from = 0; from < end.traffic.size(); ++from)
    for (const LinkTraffic& link : end.traffic[from])
      edges += fmt::format("{},{},{},{},{}\n", from, link.to, link.frames, link.ideal_bits,
                           link.wire_bytes);
  write_file(folder_ / "edges.csv", edges);

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
  summary["resent_frames"] = end.resent_frames;
  summary["reconnections"] = end.reconnections;
  summary["recoveries"] = end.recoveries;
  if (end.link_faults) {
    const LinkCounts& counts = *end.link_faults;
    summary["seconds_are"] = end.virtual_time ? "virtual" : "measured";
    summary["retransmitted_frames"] = counts.resent_frames;
    summary["retransmitted_bytes"] = counts.resent_bytes;
    summary["duplicate_frames"] = counts.duplicate_frames;
    summary["duplicate_bytes"] = counts.duplicate_bytes;
  }
  if (!warnings_.empty()) summary["warnings"] = warnings_;
  summary["last"] = json_of(last_);
  summary["environment"] = environment();
  summary["config"] = to_json(experiment_.config().root());
  write_file(folder_ / "summary.json", summary.dump(2) + "\n");
}

}  // namespace hearsay
