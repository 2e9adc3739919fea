#include "tools/table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace hearsay {

namespace {

using Row = std::vector<std::string>;

/// Columns that a terminal needs: one a character, whatever its bytes.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::string padded(const std::string& text, std::size_t width, bool to_the_left) {
  const std::string space(width - width_of(text), ' ');
  return to_the_left ? text + space : space + text;
}

std::string as_text(const Table& table) {
  std::vector<std::size_t> widths;
  for (std::size_t k = 0; k < table.header.size(); ++k) {
    std::size_t width = width_of(table.header[k]);
    for (const Row& row : table.rows) width = std::max(width, width_of(row[k]));
    widths.push_back(width);
  }
  std::string result;
  const auto line = [&](const Row& row) {
    std::string text;
    for (std::size_t k = 0; k < row.size(); ++k)
      text += (k == 0 ? "" : "  ") + padded(row[k], widths[k], k == 0);
    text.erase(text.find_last_not_of(' ') + 1);
    result += text + "\n";
  };
  line(table.header);
  for (const Row& row : table.rows) line(row);
  return result;
}

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

std::string as_csv(const Table& table) {
  std::string result;
  const auto line = [&](const Row& row) {
    Row cells;
    for (const std::string& cell : row) cells.push_back(csv_cell(cell));
    result += fmt::format("{}\n", fmt::join(cells, ","));
  };
  line(table.header);
  for (const Row& row : table.rows) line(row);
  return result;
}

std::string escaped(const std::string& text, const std::string& special, const std::string& with) {
  std::string result;
  for (const char c : text)
    result += special.find(c) == std::string::npos ? std::string(1, c) : with + c;
  return result;
}

std::string as_markdown(const Table& table) {
  std::string result;
  const auto line = [&](const Row& row) {
    Row cells;
    for (const std::string& cell : row) cells.push_back(escaped(cell, "|", "\\"));
    result += fmt::format("| {} |\n", fmt::join(cells, " | "));
  };
  line(table.header);
  result += "| --- |";
  for (std::size_t k = 1; k < table.header.size(); ++k) result += " ---: |";
  result += "\n";
  for (const Row& row : table.rows) line(row);
  return result;
}

std::string latex_cell(const std::string& text) {
  std::string result = escaped(text, "&%$#_{}", "\\");
  for (const auto& [what, with] : {std::pair{"±", "$\\pm$"},
                                   {"≤", "$\\le$"},
                                   {"≥", "$\\ge$"},
                                   {"–", "--"},
                                   {"×", "$\\times$"}})
    for (std::size_t at = result.find(what); at != std::string::npos;
         at = result.find(what, at + 1))
      result.replace(at, std::string(what).size(), with);
  return result;
}

std::string as_latex(const Table& table) {
  std::string result = fmt::format("\\begin{{tabular}}{{l{}}}\n\\toprule\n",
                                   std::string(table.header.size() - 1, 'r'));
  const auto line = [&](const Row& row) {
    Row cells;
    for (const std::string& cell : row) cells.push_back(latex_cell(cell));
    result += fmt::format("{} \\\\\n", fmt::join(cells, " & "));
  };
  line(table.header);
  result += "\\midrule\n";
  for (const Row& row : table.rows) line(row);
  return result + "\\bottomrule\n\\end{tabular}\n";
}

}  // namespace

std::string render(const Table& table, TableFormat format) {
  switch (format) {
    case TableFormat::text:
      return as_text(table);
    case TableFormat::csv:
      return as_csv(table);
    case TableFormat::markdown:
      return as_markdown(table);
    case TableFormat::latex:
      return as_latex(table);
  }
  return {};
}

}  // namespace hearsay
