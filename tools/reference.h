// What the command line itself says of its commands and options, in other forms: shell completion
// and a man page. All of it is read off the parser, so it cannot go stale.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace hearsay {

enum class Shell { bash, zsh, fish };

/// A script for that shell to source, or to put where it looks for completions.
std::string completion_script(const CLI::App& app, Shell shell);

/// The man page, in the man macros of troff.
std::string man_page(const CLI::App& app, const std::string& version);

}  // namespace hearsay
