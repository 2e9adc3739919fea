#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "tools/help.h"
#include "tools/reference.h"

namespace hearsay {

namespace {

std::vector<const CLI::App*> subcommands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* /*command*/) { return true; });
}

std::vector<std::string> names_of(const std::vector<const CLI::App*>& commands) {
  std::vector<std::string> names;
  names.reserve(commands.size());
  for (const CLI::App* command : commands) names.push_back(command->get_name());
  return names;
}

bool takes_value(const CLI::Option& option) {
  return option.get_items_expected_max() > 0;
}

/// Every command with the path that leads to it, " data get"; the root's is empty.
void walk(const CLI::App& app, const std::string& path,
          const std::function<void(const CLI::App&, const std::string&)>& visit) {
  visit(app, path);
  for (const CLI::App* command : subcommands_of(app))
    walk(*command, path + " " + command->get_name(), visit);
}

std::string bash(const CLI::App& app) {
  std::string paths;
  std::string cases;
  walk(app, "", [&](const CLI::App& command, const std::string& path) {
    if (!path.empty()) paths += fmt::format("      \"{0}\") path=\"{0}\" ;;\n", path);
    std::vector<std::string> options;
    std::string values;
    for (const CLI::Option* option : command.get_options()) {
      for (const std::string& name : option->get_lnames()) {
        options.push_back("--" + name);
        if (const auto words = words_of(*option); !words.empty())
          values += fmt::format("        --{}) words=\"{}\" ;;\n", name, fmt::join(words, " "));
      }
    }
    cases += fmt::format(
        "    \"{}\")\n"
        "      case \"$previous\" in\n{}"
        "        *) if [[ $current == -* ]]; then words=\"{}\"; else words=\"{}\"; fi ;;\n"
        "      esac ;;\n",
        path, values, fmt::join(options, " "), fmt::join(names_of(subcommands_of(command)), " "));
  });
  return fmt::format(
      "_hearsay() {{\n"
      "  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}}\n"
      "  local path=\"\" words=\"\" word\n"
      "  for word in \"${{COMP_WORDS[@]:1:COMP_CWORD-1}}\"; do\n"
      "    case \"$path $word\" in\n{}"
      "    esac\n"
      "  done\n"
      "  case \"$path\" in\n{}"
      "  esac\n"
      "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
      "}}\n"
      "complete -o default -F _hearsay hearsay\n",
      paths, cases);
}

/// Between single quotes.
std::string in_quotes(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? "\\'" : std::string(1, c);
  return result + "'";
}

std::string fish(const CLI::App& app) {
  std::string script = "complete -c hearsay -f\n";
  const auto top = names_of(subcommands_of(app));
  walk(app, "", [&](const CLI::App& command, const std::string& path) {
    const bool root = path.empty();
    std::string here = fmt::format("not __fish_seen_subcommand_from {}", fmt::join(top, " "));
    if (!root) {
      here.clear();
      for (const std::string& word : CLI::detail::split(path.substr(1), ' '))
        here += fmt::format("{}__fish_seen_subcommand_from {}", here.empty() ? "" : "; and ", word);
    }
    for (const CLI::App* below : subcommands_of(command))
      script += fmt::format("complete -c hearsay -n {} -a {} -d {}\n", in_quotes(here),
                            below->get_name(), in_quotes(below->get_description()));
    for (const CLI::Option* option : command.get_options()) {
      for (const std::string& name : option->get_lnames()) {
        const auto words = words_of(*option);
        script += fmt::format("complete -c hearsay -n {} -l {}", in_quotes(here), name);
        if (takes_value(*option)) script += words.empty() ? " -r -F" : " -x";
        if (!words.empty())
          script += fmt::format(" -a {}", in_quotes(fmt::format("{}", fmt::join(words, " "))));
        script += fmt::format(" -d {}\n", in_quotes(option->get_description()));
      }
      if (option->get_positional() && !root)  // a file, or a folder
        script += fmt::format("complete -c hearsay -n {} -F\n", in_quotes(here));
    }
  });
  return script;
}

}  // namespace

std::string completion_script(const CLI::App& app, Shell shell) {
  switch (shell) {
    case Shell::bash:
      return bash(app);
    case Shell::zsh:  // which understands those of bash
      return "autoload -U +X bashcompinit && bashcompinit\n" + bash(app);
    case Shell::fish:
      return fish(app);
  }
  return {};
}

}  // namespace hearsay
