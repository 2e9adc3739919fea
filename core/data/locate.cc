#include "core/data/locate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <tuple>

namespace hearsay {

namespace fs = std::filesystem;

std::string find_by_path(const std::string& path, const DataPaths& paths) {
  const fs::path wanted(path);
  std::vector<std::string> tried;
  const auto there = [&](const fs::path& candidate) {
    std::error_code ignored;
    const std::string text = candidate.lexically_normal().string();
    if (std::find(tried.begin(), tried.end(), text) == tried.end()) tried.push_back(text);
    return fs::exists(candidate, ignored) && !fs::is_directory(candidate, ignored);
  };
  if (wanted.is_absolute()) {
    if (there(wanted)) return path;
  } else {
    for (const std::string& folder : {paths.config_dir, std::string(), paths.data_dir})
      if (there(fs::path(folder) / wanted)) return tried.back();
  }
  throw DataError(fmt::format("{}: no such file; looked for {}", path, fmt::join(tried, ", ")));
}

std::string user_cache() {
  const char* own = std::getenv("HEARSAY_CACHE");
  if (own != nullptr && *own != '\0') return std::string_view(own) == "none" ? "" : own;
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache != '\0') return (fs::path(cache) / "hearsay").string();
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') return {};
  return (fs::path(home) / ".cache" / "hearsay").string();
}

namespace {

std::string lower(std::string text) {
  for (char& letter : text)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return text;
}

/// All folders under a root, links to folders included, each once.
class Folders {
 public:
  Folders(const fs::path& root, std::string_view data_set)
      : data_set_(lower(std::string(data_set))) {
    visit(root, 0, lower(root.filename().string()) == data_set_);
    std::sort(found_.begin(), found_.end());
  }

  /// Best first.
  std::vector<fs::path> list() const {
    std::vector<fs::path> result;
    for (const auto& [unnamed, depth, path] : found_) result.emplace_back(path);
    return result;
  }

 private:
  void visit(const fs::path& folder, int depth, bool named) {
    std::error_code error;
    const fs::path real = fs::canonical(folder, error);
    if (error || !fs::is_directory(real, error) || !seen_.insert(real.string()).second) return;
    found_.emplace_back(!named, depth, folder.string());
    std::vector<fs::path> below;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
      std::error_code ignored;
      if (entry->is_directory(ignored)) below.push_back(entry->path());
    }
    std::sort(below.begin(), below.end());  // which of two links to a folder counts is fixed
    for (const fs::path& path : below)
      visit(path, depth + 1, named || lower(path.filename().string()) == data_set_);
  }

  std::string data_set_;
  std::set<std::string> seen_;
  std::vector<std::tuple<bool, int, std::string>> found_;
};

std::string find_in(const fs::path& folder, const UsualFile& file) {
  for (const std::string& name : file.names) {
    for (const char* ending : {"", ".gz"}) {
      const fs::path candidate = folder / (name + ending);
      std::error_code ignored;
      if (fs::is_regular_file(candidate, ignored)) return candidate.string();
    }
  }
  return {};
}

}  // namespace

std::vector<std::string> find_usual_files(std::string_view name,
                                          const std::vector<UsualFile>& files,
                                          const DataPaths& paths, std::string_view by_hand) {
  std::vector<std::string> roots;
  for (const std::string& root : {paths.data_dir, user_cache()})
    if (!root.empty()) roots.push_back(root);

  std::vector<fs::path> folders;
  for (const std::string& root : roots) {
    const auto below = Folders(root, name).list();
    folders.insert(folders.end(), below.begin(), below.end());
  }

  std::vector<std::string> first(files.size());
  for (const fs::path& folder : folders) {
    std::vector<std::string> here;
    for (std::size_t i = 0; i < files.size(); ++i) {
      here.push_back(find_in(folder, files[i]));
      if (first[i].empty()) first[i] = here.back();
    }
    if (std::none_of(here.begin(), here.end(), [](const auto& path) { return path.empty(); }))
      return here;
  }

  for (std::size_t i = 0; i < files.size(); ++i) {
    if (!first[i].empty() || !files[i].required) continue;
    throw DataError(fmt::format(
        "{}: looked for a file named {} (plain or .gz) under {}; put it there, name the folder "
        "that holds it with --data-dir, or {}",
        name, fmt::join(files[i].names, " or "),
        roots.empty() ? "no folder, for there is neither --data-dir nor a cache"
                      : fmt::format("{}", fmt::join(roots, " and ")),
        by_hand.empty() ? fmt::format("fetch it: hearsay data get {}", name)
                        : fmt::format("get it by hand: {}", by_hand)));
  }
  return first;
}

}  // namespace hearsay
