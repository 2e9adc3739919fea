// What the targets of data readers share: reading through the registry, and what a data set is.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "core/dataset.h"
#include "fuzz/input.h"

namespace hearsay::fuzz {

/// The settings of a format with its defaults filled in.
Params data_settings(const std::string& format, std::initializer_list<Entry> given);

/// Reads files of `bytes` in all with these settings: a sound data set or a DataError. `rows_cost`
/// is how many values a row has that no byte of a file stands for, such as padding.
void read_data(const Params& params, std::size_t bytes, std::size_t rows_cost = 0);

}  // namespace hearsay::fuzz
