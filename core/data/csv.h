// Comma-separated values: one row a line, a number a feature, and one column for the label.
#pragma once

#include <string>
#include <vector>

#include "core/data/byte_stream.h"
#include "core/dataset.h"

namespace hearsay {

/// The rows of one file; the labels are still text, since only all files together tell whether they
/// are numbers or names of classes.
struct CsvTable {
  std::string file;
  Rows rows;  // without labels
  std::vector<std::string> labels;
  std::vector<std::uint64_t> lines;  // the line of each row
};

/// `label` is first, last, or the name of a column in the header. The first line is a header when a
/// feature in it is no number, when the second line has another number of fields, or when its label
/// is no number and the second line's is. Fields may stand in double quotes; empty lines are
/// skipped. Throws DataError that names the line.
CsvTable read_csv(ByteStream& stream, const std::string& label, double scale);

/// Turns the labels of `train`, and of `test` unless null, into numbers. When all training labels
/// are numbers, they are the labels; else the distinct training labels in the order of their bytes
/// are 0, 1, 2, ..., followed by those that only the test set has.
void number_labels(CsvTable& train, CsvTable* test);

/// A data set of CSV text, such as an embedded one.
Dataset load_csv(std::string name, ByteStream& train, ByteStream* test, const std::string& label,
                 const Params& params);

}  // namespace hearsay
