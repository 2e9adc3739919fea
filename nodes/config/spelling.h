// "Did you mean": the nearest right spelling of a word.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hearsay {

/// Edit distance with insertion, deletion, replacement and the swap of two neighbours at cost 1
/// (optimal string alignment). O(|a| |b|) time.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The word nearest to `wrong`, capitals and _ against - counting nothing; "" when none is within a
/// third of its letters. Ties go to the first.
std::string nearest_word(std::string_view wrong, const std::vector<std::string>& words);

/// ", did you mean "top-k"?" for a message, or "" when there is no near word.
std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& words);

}  // namespace hearsay
