// The LIBSVM text format: one row a line, `label index:value index:value ...`, indices from 1,
// ascending (Chang and Lin, LIBSVM, 2011). Rows stay sparse.
#pragma once

#include "core/data/byte_stream.h"
#include "core/dataset.h"

namespace hearsay {

/// Reads all rows; `features` is the largest index. A row may be a label alone, a label may carry a
/// plus sign, blanks may follow the last entry, and '#' starts a comment. Throws DataError that
/// names the line. O(entries) time; the file is read as a stream.
Rows read_libsvm(ByteStream& stream, double scale);

/// A data set of one or two such files; `test_path` may be empty. The width comes from the training
/// file: entries of test rows beyond it are dropped, and `source` says how many.
Dataset load_libsvm(std::string name, const std::string& train_path, const std::string& test_path,
                    const Params& params);

}  // namespace hearsay
