// A small config that is right, for tests to change.
#pragma once

#include <string>
#include <vector>

namespace hearsay {

inline std::vector<std::string> good_lines() {
  return {"topology: {graph: ring, nodes: 8}", "objective: {model: logistic, data: digits}",
          "algorithm: {name: choco-amsgrad, learning_rate: 0.01, compressor: {name: top-k, k: 5}}",
          "run: {rounds: 10}"};
}

inline std::string good_config() {
  std::string text;
  for (const std::string& line : good_lines()) text += line + "\n";
  return text;
}

}  // namespace hearsay
