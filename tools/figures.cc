#include "tools/figures.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "nodes/results_file.h"
#include "tools/plots.h"

namespace hearsay {

namespace {

namespace fs = std::filesystem;

struct Line {
  std::string name;
  std::vector<std::pair<double, double>> points;
};

/// The points of a plot, by run; those without a value are left out.
std::vector<Line> lines_of(const std::vector<NamedRun>& runs, const XAxis& x, const YAxis& y) {
  std::vector<Line> lines;
  for (const NamedRun& named : runs) {
    const auto xs = column_of(*named.run, x.column);
    const auto ys = column_of(*named.run, y.column);
    Line line{named.name, {}};
    for (std::size_t k = 0; k < std::min(xs.size(), ys.size()); ++k)
      if (xs[k] && ys[k]) line.points.emplace_back(*xs[k], *ys[k]);
    if (!line.points.empty()) lines.push_back(std::move(line));
  }
  return lines;
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw_cannot("make the folder", folder, error.value());
}

/// Calls `write(lines, x, y, stem)` for each plot that has something in it.
std::size_t for_each_plot(const std::vector<NamedRun>& runs,
                          const std::function<void(const std::vector<Line>&, const XAxis&,
                                                   const YAxis&, const std::string&)>& write) {
  std::size_t count = 0;
  for (const YAxis& y : y_axes()) {
    for (const XAxis& x : x_axes()) {
      const std::vector<Line> lines = lines_of(runs, x, y);
      if (lines.empty()) continue;
      write(lines, x, y, fmt::format("{}-{}", y.column, x.name));
      ++count;
    }
  }
  return count;
}

// --- gnuplot ---

// As on the page: Okabe and Ito's colours, and a pattern.
constexpr std::array kColours = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                 "#e69f00", "#56b4e9", "#222222"};
constexpr std::size_t kPatterns = 5;

/// A text within single quotes, where gnuplot takes all but the quote as it is.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'') result += '\'';
    result += c == '\n' ? ' ' : c;
  }
  return result + "'";
}

bool all_positive(const std::vector<Line>& lines) {
  return std::all_of(lines.begin(), lines.end(), [](const Line& line) {
    return std::all_of(line.points.begin(), line.points.end(),
                       [](const auto& point) { return point.second > 0.0; });
  });
}

std::string script(const std::vector<Line>& lines, const XAxis& x, const YAxis& y,
                   const fs::path& file) {
  const double scale = y.in_percent ? 100.0 : 1.0;
  const std::size_t legend_rows = (lines.size() + 1) / 2;
  const double height = 430.0 + 18.0 * static_cast<double>(legend_rows);
  std::string text = fmt::format(
      "reset\nset encoding utf8\n"
      "set terminal svg size 640,{:.0f} dynamic noenhanced font 'DejaVu Sans,13'\n"
      "set output {}\nset xlabel {}\nset ylabel {}\nset grid lc rgb '#d8dde3'\n"
      "set border lc rgb '#5b6673'\nset key below left maxcols 2 samplen 3\n{}{}",
      height, quoted(file.string()), quoted(x.label), quoted(y.label),
      x.unit.empty() ? "" : "set format x '%.0s %c'\n",
      !y.linear && all_positive(lines) ? "set logscale y\n" : "");
  for (std::size_t k = 0; k < lines.size(); ++k) {
    text += fmt::format("$line{} << END\n", k);
    for (const auto& [px, py] : lines[k].points) text += fmt::format("{} {}\n", px, scale * py);
    text += "END\n";
  }
  text += "plot ";
  for (std::size_t k = 0; k < lines.size(); ++k)
    text += fmt::format("{}$line{} using 1:2 with lines lw 2 lc rgb '{}' dt {} title {}",
                        k == 0 ? "" : ", \\\n     ", k, kColours[k % kColours.size()],
                        1 + (k / kColours.size() + k) % kPatterns, quoted(lines[k].name));
  return text + "\nunset output\n";
}

/// A file that is gone with the object.
class ScratchFile {
 public:
  ScratchFile() {
    std::string name = (fs::temp_directory_path() / "hearsay-XXXXXX").string();
    const int file = mkstemp(name.data());
    if (file < 0) throw std::system_error(errno, std::generic_category(), "cannot make a file");
    close(file);
    path_ = name;
  }
  ~ScratchFile() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

void run_gnuplot(const std::string& text) {
  const ScratchFile file;
  write_file(file.path(), text);
  const pid_t pid = fork();
  if (pid < 0) throw std::system_error(errno, std::generic_category(), "cannot start gnuplot");
  constexpr int kNotThere = 127;
  if (pid == 0) {
    execlp("gnuplot", "gnuplot", file.path().c_str(), nullptr);
    _exit(kNotThere);
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == kNotThere)
    throw std::runtime_error("--svg needs gnuplot: install the package gnuplot-nox");
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw std::runtime_error("gnuplot failed; what it says is above");
}

std::string cell(const std::string& name) {
  if (name.find_first_of(",\"\n") == std::string::npos) return name;
  std::string result = "\"";
  for (const char c : name) result += c == '"' ? std::string("\"\"") : std::string(1, c);
  return result + "\"";
}

}  // namespace

std::size_t write_figures(const std::vector<NamedRun>& runs, const fs::path& folder) {
  make_folder(folder);
  std::string text;
  const std::size_t count = for_each_plot(runs, [&](const std::vector<Line>& lines, const XAxis& x,
                                                    const YAxis& y, const std::string& stem) {
    text += script(lines, x, y, folder / (stem + ".svg"));
  });
  if (count > 0) run_gnuplot(text);
  return count;
}

std::size_t write_figure_tables(const std::vector<NamedRun>& runs, const fs::path& folder) {
  make_folder(folder);
  return for_each_plot(runs, [&](const std::vector<Line>& lines, const XAxis& x, const YAxis& y,
                                 const std::string& stem) {
    std::string text = fmt::format("run,{},{}\n", x.column, y.column);
    for (const Line& line : lines)
      for (const auto& [px, py] : line.points)
        text += fmt::format("{},{},{}\n", cell(line.name), px, py);
    write_file(folder / (stem + ".csv"), text);
  });
}

}  // namespace hearsay
