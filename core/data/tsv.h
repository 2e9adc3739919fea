// Labelled texts, one a line: `label TAB text`.
#pragma once

#include <string>

#include "core/data/byte_stream.h"
#include "core/data/words.h"
#include "core/dataset.h"

namespace hearsay {

/// The settings that data sets of texts have in common, `vocabulary`, `length`, `cut`, `pad`, and
/// those that all have.
std::vector<Param> with_text_params(std::vector<Param> own);

/// Appends the texts of a file to `texts` and their labels to `labels`. Only LF ends a line, text
/// may be empty and hold further tabs, empty lines are skipped. Throws DataError that names the
/// line.
void read_tsv(ByteStream& stream, WordTexts& texts, std::vector<double>& labels);

/// A data set of one or two such files; `test_path` may be empty. A row is a sequence of `length`
/// word numbers: 0 padding, 1 a word that is not in the vocabulary, 2 and up the `vocabulary` most
/// frequent words of the training rows.
Dataset load_tsv(std::string name, const std::string& train_path, const std::string& test_path,
                 const Params& params);

}  // namespace hearsay
