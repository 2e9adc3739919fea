#include "tools/sweep_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "nodes/config/json.h"
#include "nodes/experiment.h"
#include "nodes/results.h"

namespace hearsay {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::optional<double> number_of(const Json& value) {
  return value.is_number() ? std::optional<double>(value.get<double>()) : std::nullopt;
}

/// The record of a run that has ended in order, from its summary.json.
RunRecord record_of(const Json& summary) {
  const Json& last = summary.at("last");
  RunRecord record;
  record.status = summary.at("interrupted").get<bool>() ? RunStatus::interrupted : RunStatus::done;
  record.last = {.round = last.at("round").get<Round>(),
                 .epoch = number_of(last.at("epoch")),
                 .seconds = last.at("seconds").get<double>(),
                 .train_loss = number_of(last.at("train_loss")),
                 .grad_norm = number_of(last.at("grad_norm")),
                 .consensus_error = number_of(last.at("consensus_error")),
                 .test_accuracy = number_of(last.at("test_accuracy")),
                 .ideal_bits = last.at("ideal_bits").get<std::uint64_t>(),
                 .wire_bytes = last.at("wire_bytes").get<std::uint64_t>()};
  record.wall_seconds = summary.at("wall_seconds").get<double>();
  return record;
}

/// The first key in which a finished run's config and the one it would be run with now differ. What
/// the run itself settles (a word that became a number) and `transport` are no difference.
std::string first_difference(const Json& then, const Json& now) {
  for (const Json& change : Json::diff(now, then)) {
    std::string key = change.at("path").get<std::string>().substr(1);
    std::replace(key.begin(), key.end(), '/', '.');
    const bool settled = change.contains("value") && change["value"].is_number() &&
                         now.at(Json::json_pointer(change.at("path"))).is_string();
    if (!settled && key.rfind("transport", 0) != 0) return key;
  }
  return "default, or other content of a model file";
}

/// What is in the folder of a run: nothing usable makes it one that is still to be run.
RunRecord found_in(const fs::path& folder, const Config& config) {
  const std::string digest = fmt::format("{:016x}", digest_as_given(config));
  std::ifstream file(folder / "summary.json");
  const Json summary = Json::parse(file, nullptr, false);
  try {
    if (summary.is_discarded() || summary.at("interrupted").get<bool>()) return {};
    if (summary.at("config_digest") != digest)
      throw ResultsError(fmt::format(
          "{} was run with another config (another {}): give another --out, or remove it",
          folder.string(), first_difference(summary.at("config"), to_json(config.root()))));
    return record_of(summary);
  } catch (const Json::exception&) {  // cut short, or of another version
    return {};
  }
}

/// Numbers as numbers, anything else as it is written in YAML.
Json value_of(const std::string& text) {
  double number = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return text;
  const Json parsed = Json::parse(text, nullptr, false);
  return parsed.is_number() ? parsed : Json(number);
}

Json object_of(const std::vector<SweepSetting>& settings) {
  Json result = Json::object();
  for (const SweepSetting& setting : settings) result[setting.key] = value_of(setting.value);
  return result;
}

}  // namespace

const char* to_string(RunStatus status) {
  switch (status) {
    case RunStatus::planned:
      return "planned";
    case RunStatus::done:
      return "done";
    case RunStatus::failed:
      return "failed";
    case RunStatus::interrupted:
      return "interrupted";
  }
  return "";
}

SweepRecord::SweepRecord(const Sweep& sweep, fs::path folder)
    : sweep_(sweep), folder_(std::move(folder)) {
  if (fs::exists(folder_ / "metrics.csv"))
    throw ResultsError(
        fmt::format("{} holds the results of a single run: give another --out", folder_.string()));
  for (const SweepRun& run : sweep_.runs)
    records_.push_back(found_in(folder_ / run.name, run.config));
}

fs::path SweepRecord::folder_of(std::size_t run) const {
  return folder_ / sweep_.runs[run].name;
}

std::vector<std::size_t> SweepRecord::not_done() const {
  std::vector<std::size_t> result;
  for (std::size_t run = 0; run < records_.size(); ++run)
    if (records_[run].status != RunStatus::done) result.push_back(run);
  return result;
}

std::size_t SweepRecord::count(RunStatus status) const {
  return static_cast<std::size_t>(
      std::count_if(records_.begin(), records_.end(),
                    [status](const RunRecord& record) { return record.status == status; }));
}

void SweepRecord::clear(std::size_t run) const {
  if (!fs::exists(folder_of(run) / "config.yaml")) return;  // nothing of ours
  std::error_code error;
  fs::remove_all(folder_of(run), error);
  if (error)
    throw ResultsError(
        fmt::format("cannot remove {}: {}", folder_of(run).string(), error.message()));
}

void SweepRecord::set(std::size_t run, RunRecord record) {
  records_[run] = std::move(record);
  write();
}

void SweepRecord::write() const {
  Json json;
  json["name"] = sweep_.name;
  json["version"] = HEARSAY_VERSION;
  if (sweep_.paper) json["paper"] = to_json(*sweep_.paper);
  json["runs"] = Json::array();
  for (std::size_t k = 0; k < records_.size(); ++k) {
    const SweepRun& run = sweep_.runs[k];
    Json entry;
    entry["name"] = run.name;
    entry["case"] = run.case_name;
    entry["overrides"] = object_of(run.overrides);
    entry["grid"] = object_of(run.grid);
    entry["status"] = to_string(records_[k].status);
    if (records_[k].status == RunStatus::failed) entry["reason"] = records_[k].reason;
    json["runs"].push_back(std::move(entry));
  }
  const fs::path file = folder_ / "sweep.json";
  const fs::path temporary = folder_ / "sweep.json.new";
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) throw_cannot("make the folder", folder_, error.value());
  write_file(temporary, json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  fs::rename(temporary, file, error);
  if (error) throw_cannot("write", file, error.value());
}

}  // namespace hearsay
