#include "core/data/tsv.h"

#include <fmt/format.h>

#include <utility>

#include "core/data/finish.h"
#include "core/data/line_reader.h"
#include "core/data/locate.h"
#include "core/data/prepared.h"

namespace hearsay {

std::vector<Param> with_text_params(std::vector<Param> own) {
  own.push_back(integer("vocabulary",
                        "so many words, the most frequent of the training rows, have a number of "
                        "their own; all others share one")
                    .at_least(1)
                    .at_most(65'534)
                    .by_default(1000));
  own.push_back(integer("length", "words a row").at_least(1).at_most(1'000'000).by_default(300));
  own.push_back(choice("cut", {"first", "last"}, "which words of a longer text are left out")
                    .by_default("first"));
  own.push_back(
      choice("pad", {"front", "back"}, "where a shorter text is filled up").by_default("front"));
  return with_holdout(std::move(own));
}

void read_tsv(ByteStream& stream, WordTexts& texts, std::vector<double>& labels) {
  LineReader lines(stream);
  std::string_view line;
  while (lines.next(line)) {
    if (line.empty()) continue;
    const std::size_t tab = line.find('\t');
    if (tab == std::string_view::npos)
      lines.fail(fmt::format("'{}' has no tab, a line is: label TAB text", excerpt(line)));
    double label = 0.0;
    if (!parse_number(line.substr(0, tab), label))
      lines.fail(fmt::format("label '{}' is not a finite number", excerpt(line.substr(0, tab))));
    labels.push_back(label);
    texts.add(line.substr(tab + 1));
  }
}

namespace {

struct TextRange {
  std::size_t begin;
  std::size_t end;
};

Rows rows_of(const WordTexts& texts, TextRange range, const Vocabulary& vocabulary,
             const SequenceShape& shape, std::vector<double> labels) {
  Rows rows;
  rows.count = range.end - range.begin;
  rows.features = shape.length;
  rows.labels = std::move(labels);
  std::vector<std::uint16_t> words;
  words.reserve(rows.count * rows.features);
  for (std::size_t t = range.begin; t < range.end; ++t)
    append_sequence(texts.ids(t), vocabulary, shape, words);
  rows.keep_words(std::move(words));
  return rows;
}

Dataset read_texts(const std::string& train_path, const std::string& test_path,
                   const Params& params) {
  Dataset data;
  data.source = train_path;
  WordTexts texts;
  std::vector<double> train_labels;
  std::vector<double> test_labels;
  read_tsv(*open_file(train_path), texts, train_labels);
  const std::size_t train_count = texts.count();
  if (!test_path.empty()) {
    read_tsv(*open_file(test_path), texts, test_labels);
    data.source += " and " + test_path;
  }

  // Rows that finish() will hold out do not count.
  const std::size_t step = test_labels.empty() ? holdout_step(params) : 0;
  std::vector<bool> counts(texts.count(), false);
  for (std::size_t t = 0; t < train_count; ++t) counts[t] = step == 0 || (t + 1) % step != 0;
  const Vocabulary vocabulary =
      most_frequent(texts, counts, static_cast<std::size_t>(params.integer("vocabulary")));

  const SequenceShape shape{static_cast<std::size_t>(params.integer("length")),
                            params.text("cut") == "first", params.text("pad") == "front"};
  data.train = rows_of(texts, {0, train_count}, vocabulary, shape, std::move(train_labels));
  if (!test_path.empty())
    data.test =
        rows_of(texts, {train_count, texts.count()}, vocabulary, shape, std::move(test_labels));
  data.vocabulary = kFirstWord + vocabulary.words;
  data.shape = {params.integer("length")};
  finish(data, params);
  return data;
}

}  // namespace

Dataset load_tsv(std::string name, const std::string& train_path, const std::string& test_path,
                 const Params& params) {
  const PreparedKey key{
      "tsv",
      {train_path, test_path},
      fmt::format("vocabulary {}, length {}, cut {}, pad {}, holdout {}",
                  params.integer("vocabulary"), params.integer("length"), params.text("cut"),
                  params.text("pad"), params.number("holdout"))};
  Dataset data = prepared(key, nullptr, [&] { return read_texts(train_path, test_path, params); });
  data.name = std::move(name);
  return data;
}

namespace {

Dataset make(const Params& params, const DataPaths& paths, std::uint64_t /*seed*/) {
  const std::string test = params.has("test") ? find_by_path(params.text("test"), paths) : "";
  return load_tsv(params.text("train"), find_by_path(params.text("train"), paths), test, params);
}

}  // namespace

Part<DatasetMaker> part_tsv() {
  return {"tsv",
          "text files, a line each: label TAB text; rows are word numbers",
          with_text_params({text("train", "file of the training rows").must(),
                            text("test", "file of the test rows")}),
          {make},
          "format"};
}

}  // namespace hearsay
