// The names of a sweep's runs, which are the names of their folders.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "nodes/config/tree.h"

namespace hearsay {

/// The shortest ends of dotted keys that tell them apart: learning_rate of algorithm.learning_rate.
std::vector<std::string> short_keys(const std::vector<std::string>& keys);

/// `text` with letters, digits and . _ - + kept, and anything else between them as one dash.
std::string folder_word(const std::string& text);

/// A value as a folder_word: top-k-ratio-0.01 of {name: top-k, ratio: 0.01}.
std::string folder_word(const ConfigTree& value);

/// Makes names distinct, and not too long for a file system: one that is taken or too long gets a
/// digest of `settings`, all that tells the run from the others.
class DistinctNames {
 public:
  std::string add(std::string name, const std::string& settings);

 private:
  std::set<std::string> taken_ = {"sweep.json"};
};

}  // namespace hearsay
