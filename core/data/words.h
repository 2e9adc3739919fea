// Texts as sequences of word numbers.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hearsay {

/// Cuts the next word off the front of `text` and writes it to `word`; false when there is none.
///
/// A word is a run of letters, digits and apostrophes, with the apostrophes at its ends dropped and
/// A-Z made small. Beyond ASCII every character of the UTF-8 text is a letter, as every stray byte,
/// except controls, blanks, punctuation and signs of the blocks Latin-1 and General Punctuation and
/// the ideographic blank; U+2019 is an apostrophe. The line break of HTML, <br />, is a blank.
bool next_word(std::string_view& text, std::string& word);

/// How a text becomes one row.
struct SequenceShape {
  std::size_t length = 0;
  bool cut_first = true;  // of a longer text the last words are kept, else the first
  bool pad_front = true;  // a shorter one stands at the end of the row, else at its front
};

/// Texts that were cut into words, each word an id in the order of its first appearance.
class WordTexts {
 public:
  WordTexts() = default;
  WordTexts(const WordTexts&) = delete;
  WordTexts& operator=(const WordTexts&) = delete;

  /// Appends a text.
  void add(std::string_view text);

  std::size_t count() const { return begin_.size() - 1; }
  std::span<const std::uint32_t> ids(std::size_t text) const;
  const std::string& word(std::uint32_t id) const { return *words_[id]; }
  std::size_t distinct() const { return words_.size(); }

 private:
  std::unordered_map<std::string, std::uint32_t> id_of_;
  std::vector<const std::string*> words_;  // the keys of id_of_
  std::vector<std::uint32_t> ids_;         // of all texts
  std::vector<std::size_t> begin_ = {0};
  std::string scratch_;
};

constexpr std::uint16_t kPadding = 0;
constexpr std::uint16_t kUnknownWord = 1;
constexpr std::uint16_t kFirstWord = 2;

/// The number of each id: the `most` words that are the most frequent in the texts for which
/// `counts` is true have kFirstWord and up, by falling frequency and at the same one in the order
/// of their bytes; all others have kUnknownWord. At most 65,534.
struct Vocabulary {
  std::vector<std::uint16_t> number_of;  // by id
  std::size_t words = 0;                 // that have a number of their own
};
Vocabulary most_frequent(const WordTexts& texts, const std::vector<bool>& counts, std::size_t most);

/// Appends one row of shape.length word numbers.
void append_sequence(std::span<const std::uint32_t> ids, const Vocabulary& vocabulary,
                     const SequenceShape& shape, std::vector<std::uint16_t>& out);

}  // namespace hearsay
