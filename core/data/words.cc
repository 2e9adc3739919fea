#include "core/data/words.h"

#include <algorithm>
#include <numeric>

namespace hearsay {

namespace {

/// A character of a text.
struct Character {
  std::uint32_t code;
  std::size_t size;  // bytes
};

unsigned char byte_at(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

/// The first character. A byte that starts no character is one itself, above all code points.
Character first_of(std::string_view text) {
  constexpr std::uint32_t kStray = 0x110000;
  const unsigned lead = byte_at(text, 0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4) return {kStray, 1};
  std::uint32_t code = lead & (0x7fU >> size);
  for (std::size_t k = 1; k < size; ++k) {
    const unsigned next = byte_at(text, k);
    if ((next & 0xc0U) != 0x80U) return {kStray, 1};
    code = code << 6U | (next & 0x3fU);
  }
  return {code, size};
}

constexpr std::uint32_t kRightQuote = 0x2019;  // also the typographic apostrophe

bool is_apostrophe(std::uint32_t code) {
  return code == '\'' || code == kRightQuote;
}

bool is_letter(std::uint32_t code) {
  if (code < 0x80)
    return (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') ||
           (code >= '0' && code <= '9');
  if (code < 0xc0) return code == 0xaa || code == 0xb5 || code == 0xba;  // ª µ º
  const bool sign = code == 0xd7 || code == 0xf7;                        // times, divided by
  const bool blank = code == 0x1680 || code == 0x3000 || code == 0xfeff;
  return !sign && !blank && (code < 0x2000 || code > 0x206f);
}

/// The bytes of a line break of HTML at the front of the text, or 0.
std::size_t line_break(std::string_view text) {
  if (text.size() < 4 || text[0] != '<' || (text[1] | 0x20) != 'b' || (text[2] | 0x20) != 'r')
    return 0;
  std::size_t at = 3;
  while (at < text.size() && text[at] == ' ') ++at;
  if (at < text.size() && text[at] == '/') ++at;
  return at < text.size() && text[at] == '>' ? at + 1 : 0;
}

}  // namespace

bool next_word(std::string_view& text, std::string& word) {
  word.clear();
  std::size_t kept = 0;  // up to the last letter; apostrophes behind it may be the end of a quote
  while (!text.empty()) {
    const Character next = first_of(text);
    if (is_letter(next.code)) {
      word.append(text.substr(0, next.size));
      if (next.code >= 'A' && next.code <= 'Z') word.back() = static_cast<char>(next.code | 0x20U);
      kept = word.size();
    } else if (is_apostrophe(next.code)) {
      if (kept > 0) word += '\'';
    } else if (kept > 0) {
      break;
    } else if (const std::size_t size = line_break(text)) {
      text.remove_prefix(size);
      continue;
    }
    text.remove_prefix(next.size);
  }
  word.resize(kept);
  return kept > 0;
}

void WordTexts::add(std::string_view text) {
  while (next_word(text, scratch_)) {
    const auto [entry, fresh] =
        id_of_.try_emplace(scratch_, static_cast<std::uint32_t>(words_.size()));
    if (fresh) words_.push_back(&entry->first);
    ids_.push_back(entry->second);
  }
  begin_.push_back(ids_.size());
}

std::span<const std::uint32_t> WordTexts::ids(std::size_t text) const {
  return std::span(ids_).subspan(begin_[text], begin_[text + 1] - begin_[text]);
}

Vocabulary most_frequent(const WordTexts& texts, const std::vector<bool>& counts,
                         std::size_t most) {
  std::vector<std::uint64_t> uses(texts.distinct(), 0);
  for (std::size_t t = 0; t < texts.count(); ++t)
    if (counts[t])
      for (const std::uint32_t id : texts.ids(t)) ++uses[id];

  std::vector<std::uint32_t> order(texts.distinct());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return uses[a] != uses[b] ? uses[a] > uses[b] : texts.word(a) < texts.word(b);
  });

  Vocabulary result;
  result.number_of.assign(order.size(), kUnknownWord);
  for (const std::uint32_t id : order) {
    if (result.words == most || uses[id] == 0) break;
    result.number_of[id] = static_cast<std::uint16_t>(kFirstWord + result.words++);
  }
  return result;
}

void append_sequence(std::span<const std::uint32_t> ids, const Vocabulary& vocabulary,
                     const SequenceShape& shape, std::vector<std::uint16_t>& out) {
  if (ids.size() > shape.length)
    ids = shape.cut_first ? ids.last(shape.length) : ids.first(shape.length);
  const std::size_t padding = shape.length - ids.size();
  if (shape.pad_front) out.insert(out.end(), padding, kPadding);
  for (const std::uint32_t id : ids) out.push_back(vocabulary.number_of[id]);
  if (!shape.pad_front) out.insert(out.end(), padding, kPadding);
}

}  // namespace hearsay
