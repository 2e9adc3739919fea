#include "nodes/config/spelling.h"

#include <algorithm>

namespace hearsay {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before;  // the row before the last
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = last;
    last = row;
  }
  return last[b.size()];
}

namespace {

std::string folded(std::string_view word) {
  std::string result(word);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '_') c = '-';
  }
  return result;
}

}  // namespace

std::string nearest_word(std::string_view wrong, const std::vector<std::string>& words) {
  constexpr std::size_t kLongest = 64;  // nothing of ours is as long; keeps the cost small
  if (wrong.size() > kLongest) return {};
  const std::string* best = nullptr;
  std::size_t best_distance = 0;
  for (const std::string& word : words) {
    const std::size_t distance = edit_distance(folded(wrong), folded(word));
    if (3 * distance > std::max(wrong.size(), word.size()) + 1) continue;
    if (best == nullptr || distance < best_distance) {
      best = &word;
      best_distance = distance;
    }
  }
  return best == nullptr ? std::string() : *best;
}

std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& words) {
  const std::string word = nearest_word(wrong, words);
  return word.empty() ? std::string() : ", did you mean \"" + word + "\"?";
}

}  // namespace hearsay
