#include "tools/help.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>

namespace hearsay {

namespace {

constexpr std::size_t kWidth = 80;

/// Broken between words; line ends that are there stay.
std::string wrapped(const std::string& text, std::size_t width) {
  std::string result;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!result.empty()) result += '\n';
    std::size_t column = 0;
    std::istringstream words(line);
    for (std::string word; words >> word;) {
      if (column > 0 && column + 1 + word.size() > width) {
        result += '\n';
        column = 0;
      }
      if (column > 0) {
        result += ' ';
        ++column;
      }
      result += word;
      column += word.size();
    }
  }
  return result;
}

class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_description(const CLI::App* app) const override {
    return wrapped(app->get_description(), kWidth) + "\n";
  }

  /// Without the words, which would not fit.
  std::string make_option_opts(const CLI::Option* option) const override {
    std::string text = CLI::Formatter::make_option_opts(option);
    const std::size_t open = text.find(":{");
    if (open != std::string::npos) text.erase(open, text.find('}', open) + 1 - open);
    return text;
  }

  /// With those that it does not say itself.
  std::string make_option_desc(const CLI::Option* option) const override {
    std::string text = option->get_description();
    const auto words = words_of(*option);
    if (std::any_of(words.begin(), words.end(), [&text](const std::string& word) {
          return text.find(word) == std::string::npos;
        }))
      text += fmt::format("; one of {}", fmt::join(words, ", "));
    return wrapped(text, kWidth - get_column_width());
  }

  std::string make_subcommand(const CLI::App* command) const override {
    std::ostringstream out;
    CLI::detail::format_help(out, command->get_name(),
                             wrapped(command->get_description(), kWidth - get_column_width()),
                             get_column_width());
    return out.str();
  }

  std::string make_footer(const CLI::App* app) const override {
    std::string text;
    if (const std::string prose = app->get_footer(); !prose.empty())
      text += wrapped(prose, kWidth) + "\n\n";
    text += "Examples:\n";
    for (const Example& example : examples_of(path_of(*app)))
      text += fmt::format("  {}\n        {}\n", example.line, example.what);
    return text;
  }
};

}  // namespace

std::string path_of(const CLI::App& command) {
  if (command.get_parent() == nullptr) return "";
  const std::string above = path_of(*command.get_parent());
  return above + (above.empty() ? "" : " ") + command.get_name();
}

// From a type such as FORMAT:{text,csv}.
std::vector<std::string> words_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const std::size_t open = type.find('{');
  const std::size_t close = type.find('}');
  if (open == std::string::npos || close == std::string::npos) return {};
  return CLI::detail::split(type.substr(open + 1, close - open - 1), ',');
}

std::shared_ptr<CLI::FormatterBase> help_formatter() {
  return std::make_shared<HelpFormatter>();
}

}  // namespace hearsay
