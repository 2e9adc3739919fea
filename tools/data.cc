// `hearsay data list` and `hearsay data get`.
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <numeric>

#include "core/data/locate.h"
#include "core/dataset.h"
#include "nodes/config.h"
#include "nodes/config/spelling.h"
#include "nodes/download.h"
#include "tools/commands.h"
#include "tools/console.h"

namespace hearsay {

namespace {

std::uint64_t bytes_of(const PublicData& data) {
  return std::accumulate(
      data.files.begin(), data.files.end(), std::uint64_t{0},
      [](std::uint64_t sum, const PublicFile& file) { return sum + file.bytes; });
}

/// Where its files are, or what to do about it.
std::string place_of(const std::string& name, const PublicData& data, const DataPaths& paths) {
  std::vector<std::string> files;
  try {
    files = find_usual_files(name, usual_files(data), paths);
  } catch (const DataError&) {
    files.clear();
  }
  if (std::all_of(files.begin(), files.end(), [](const auto& file) { return file.empty(); }))
    return fmt::format("not here; {}", data.base.empty() ? "by hand: " + data.by_hand
                                                         : "to fetch it: hearsay data get " + name);
  std::vector<std::string> there;
  std::vector<std::string> missing;
  for (std::size_t k = 0; k < files.size(); ++k) {
    if (files[k].empty())
      missing.push_back(data.files[k].usual.names.front());
    else
      there.push_back(files[k]);
  }
  return fmt::format("{}{}", fmt::join(there, ", "),
                     missing.empty() ? "" : fmt::format(" (without {})", fmt::join(missing, ", ")));
}

/// The data set of that name. Throws ConfigError for one that cannot be fetched.
const PublicData& known(const std::string& name) {
  std::vector<std::string> names;
  for (const PartInfo* part : dataset_catalogue().parts()) {
    const auto origin = datasets().at(part->name).make.origin;
    if (origin == nullptr) continue;
    const PublicData& data = origin();
    if (data.base.empty() && part->name == name)
      throw ConfigError(
          fmt::format("data get: {} comes in another form; by hand: {}", name, advice(data)));
    if (data.base.empty()) continue;
    if (part->name == name) return data;
    names.push_back(part->name);
  }
  const std::string hint = did_you_mean(name, names);
  throw ConfigError(fmt::format("data get: found {}, allowed is one of {}{}", name,
                                fmt::join(names, ", "), hint));
}

/// A line on a terminal that follows the bytes; silent elsewhere.
class ProgressLine {
 public:
  explicit ProgressLine(const PublicFile& file) : file_(file), live_(isatty(STDERR_FILENO) != 0) {}
  ~ProgressLine() {
    if (live_ && percent_ >= 0) fmt::print(stderr, "\r\x1b[K");
  }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(std::uint64_t bytes) {
    const int percent = static_cast<int>(100 * bytes / file_.bytes);
    if (!live_ || percent == percent_) return;
    percent_ = percent;
    fmt::print(stderr, "\r{}: {} % of {}\x1b[K", file_.usual.names.front(), percent,
               in_bytes(static_cast<double>(file_.bytes)));
    std::fflush(stderr);
  }

 private:
  const PublicFile& file_;
  bool live_;
  int percent_ = -1;
};

void get(const std::string& name, const PublicData& data, const std::string& base,
         const std::filesystem::path& folder) {
  for (const PublicFile& file : data.files) {
    const std::string kept = (folder / file.usual.names.front()).string();
    if (is_kept(file, folder)) {
      fmt::print(stderr, "{}: {} is there already\n", name, kept);
      continue;
    }
    fmt::print(stderr, "{}: {} from {}\n", name, in_bytes(static_cast<double>(file.bytes)),
               url_of(file, base));
    ProgressLine line(file);
    download(file, base, folder, [&line](std::uint64_t bytes) { line.show(bytes); });
  }
}

}  // namespace

int data_list_command(const std::string& data_dir) {
  const DataPaths paths{.data_dir = data_dir, .config_dir = {}};
  for (const PartInfo* part : dataset_catalogue().parts()) {
    const auto origin = datasets().at(part->name).make.origin;
    if (origin == nullptr) continue;
    const PublicData& data = origin();
    fmt::print("{}: {}\n", part->name, part->summary);
    fmt::print("    files    {}\n", place_of(part->name, data, paths));
    if (const std::uint64_t bytes = bytes_of(data); bytes > 0)
      fmt::print("    size     {} unpacked\n", in_bytes(static_cast<double>(bytes)));
    fmt::print("    licence  {}\n    home     {}\n", data.licence, data.page);
  }
  fmt::print("\ndigits is built in. Files of your own: hearsay list data\n");
  return 0;
}

int data_get_command(const DataGetOptions& options) {
  const std::string cache = user_cache();
  if (cache.empty())
    throw ConfigError(
        "data get: no folder to keep it in, for HEARSAY_CACHE is none or unset, and neither "
        "XDG_CACHE_HOME nor HOME is set");
  for (const std::string& name : options.names) known(name);
  for (const std::string& name : options.names) {
    const PublicData& data = known(name);
    const std::filesystem::path folder = std::filesystem::path(cache) / name;
    get(name, data, options.mirror.empty() ? data.base : options.mirror, folder);
    fmt::print("{}\n", folder.string());
  }
  return 0;
}

}  // namespace hearsay
