// A table for the terminal, a spreadsheet or a paper.
#pragma once

#include <string>
#include <vector>

namespace hearsay {

enum class TableFormat { text, csv, markdown, latex };

/// The first column is a name, the others are numbers or what stands for them.
struct Table {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;  // as many cells each
};

/// With an end of line behind each row. latex: a tabular with the rules of booktabs, as is; what
/// TeX would take for its own is escaped.
std::string render(const Table& table, TableFormat format);

}  // namespace hearsay
