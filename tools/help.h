// How --help looks: lines that fit 80 columns, and examples below.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): not our name
class App;
class FormatterBase;
class Option;
}  // namespace CLI

namespace hearsay {

/// A line for a shell, which can be run as it is, and what it does. Relative paths are those of a
/// folder that holds configs/ and the results of the examples of `run`.
struct Example {
  std::string line;
  std::string what;
};

/// Of the command that a path names, such as "data get"; those of the empty path are of hearsay
/// itself.
const std::vector<Example>& examples_of(const std::string& path);

/// "data get", from the names of the command and those above it.
std::string path_of(const CLI::App& command);

/// The words that an option allows; none where it allows others.
std::vector<std::string> words_of(const CLI::Option& option);

/// For the app, before it gets its commands, which inherit it.
std::shared_ptr<CLI::FormatterBase> help_formatter();

}  // namespace hearsay
