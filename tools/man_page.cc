#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string>

#include "tools/help.h"
#include "tools/reference.h"

namespace hearsay {

namespace {

/// Text for troff: backslashes, hyphens that are meant as such, and lines that begin with a dot.
std::string troff(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\')
      result += "\\e";
    else if (c == '-')
      result += "\\-";
    else if ((c == '.' || c == '\'') && (result.empty() || result.back() == '\n'))
      result += std::string("\\&") + c;
    else
      result += c;
  }
  return result;
}

std::string option_line(const CLI::Option& option) {
  std::string names;
  for (const std::string& name : option.get_snames())
    names += (names.empty() ? "\\fB\\-" : ", \\fB\\-") + troff(name) + "\\fR";
  for (const std::string& name : option.get_lnames())
    names += (names.empty() ? "\\fB\\-\\-" : ", \\fB\\-\\-") + troff(name) + "\\fR";
  if (option.get_positional()) names = "\\fI" + troff(option.get_name(true)) + "\\fR";
  std::string type = option.get_type_name();
  if (type.find('{') == std::string::npos) type = type.substr(0, type.find(':'));  // no range
  if (!option.get_positional() && option.get_items_expected_max() > 0 && !type.empty())
    names += " \\fI" + troff(type) + "\\fR";
  return names;
}

void add_examples(std::string& page, const std::string& path) {
  page += ".PP\n.nf\n";
  for (const Example& example : examples_of(path))
    page += fmt::format("  \\fB{}\\fR\n        {}\n", troff(example.line), troff(example.what));
  page += ".fi\n";
}

void add_command(std::string& page, const CLI::App& command, const std::string& path) {
  page += fmt::format(".SS hearsay {}\n{}.\n", troff(path), troff(command.get_description()));
  for (const CLI::Option* option : command.get_options()) {
    if (option->check_name("--help")) continue;
    page += fmt::format(".TP\n{}\n{}\n", option_line(*option), troff(option->get_description()));
  }
  if (const std::string footer = command.get_footer(); !footer.empty())
    page += fmt::format(".PP\n{}\n", troff(footer));
  page += ".PP\nExamples:\n";
  add_examples(page, path);
  for (const CLI::App* below :
       command.get_subcommands([](const CLI::App* /*command*/) { return true; }))
    add_command(page, *below, path + " " + below->get_name());
}

}  // namespace

std::string man_page(const CLI::App& app, const std::string& version) {
  std::string page = fmt::format(
      ".TH HEARSAY 1 \"\" \"hearsay {}\" \"User Commands\"\n"
      ".SH NAME\nhearsay \\- train one model on many machines by compressed gossip\n"
      ".SH SYNOPSIS\n\\fBhearsay\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n"
      ".SH DESCRIPTION\n{}\n"
      "A YAML file says who talks to whom, what is trained, and by which algorithm; each command "
      "takes "
      "such a file, or the folder of results that a run has left.\n"
      ".SH COMMANDS\n",
      version, troff(app.get_description()));
  for (const CLI::App* command :
       app.get_subcommands([](const CLI::App* /*command*/) { return true; }))
    add_command(page, *command, command->get_name());
  page += ".SH EXAMPLES\n";
  add_examples(page, "");
  page +=
      ".SH EXIT STATUS\n"
      ".TP\n0\nDone.\n.TP\n1\nThe run failed, or the runs differ.\n"
      ".TP\n2\nBad usage or config.\n.TP\n130\nStopped by Ctrl\\-C, with the results written.\n"
      ".SH ENVIRONMENT\n"
      ".TP\nHEARSAY_CACHE\nThe folder of downloaded and prepared data; none turns prepared copies "
      "off.\n"
      ".SH FILES\n"
      ".TP\nruns/NAME/\nThe results of a run: metrics.csv, metrics.jsonl, events.out.tfevents.*, "
      "nodes.csv, edges.csv, "
      "layers.csv, "
      "topology.json, config.yaml, summary.json, model.safetensors, logs/.\n";
  return page;
}

}  // namespace hearsay
