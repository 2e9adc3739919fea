// The examples of --help: every command has some, they work as they stand, and man has them too.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "tests/tools/process.h"

namespace hearsay::testing {
namespace {

using ::testing::ContainerEq;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

/// The lines of a part of a help text, from behind its title up to an empty line.
std::vector<std::string> part_of(const std::string& help, const std::string& title) {
  std::vector<std::string> lines;
  std::istringstream in(help);
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (inside && line.empty()) break;
    if (inside) lines.push_back(line);
    if (line == title) inside = true;
  }
  return lines;
}

std::string help_of(const std::vector<std::string>& path) {
  Arguments arguments = path;
  arguments.emplace_back("--help");
  const Ended ended = run(arguments);
  EXPECT_EQ(ended.status, 0);
  return ended.out;
}

/// Every command that help names, below `path` and itself.
std::vector<std::vector<std::string>> commands_below(const std::vector<std::string>& path) {
  std::vector<std::vector<std::string>> result = {path};
  for (const std::string& line : part_of(help_of(path), "Subcommands:")) {
    if (line[2] == ' ') continue;  // a description goes on
    std::vector<std::string> below = path;
    below.push_back(line.substr(2, line.find(' ', 2) - 2));
    for (auto& command : commands_below(below)) result.push_back(std::move(command));
  }
  return result;
}

/// Examples stand at two columns, what they do at eight.
std::vector<std::string> examples_of(const std::vector<std::string>& path) {
  std::vector<std::string> examples;
  for (const std::string& line : part_of(help_of(path), "Examples:"))
    if (line[2] != ' ') examples.push_back(line.substr(2));
  return examples;
}

std::vector<std::string> all_examples() {
  std::vector<std::string> examples;
  for (const auto& path : commands_below({}))
    for (std::string& example : examples_of(path)) examples.push_back(std::move(example));
  return examples;
}

/// Not to be run by a test: what needs the network, a port, or other hosts.
bool is_for_reading(const std::string& example) {
  return example.find("hearsay peer") != std::string::npos ||
         example.find("hearsay data get") != std::string::npos;
}

TEST(Help, OfEveryCommandEndsWithExamplesOfIt) {
  const auto commands = commands_below({});
  EXPECT_THAT(commands, Contains(std::vector<std::string>{"run"}));
  EXPECT_THAT(commands, Contains(ContainerEq(std::vector<std::string>{"data", "get"})));
  for (const auto& path : commands) {
    std::string command = "hearsay";
    for (const std::string& word : path) command += " " + word;
    const auto examples = examples_of(path);
    EXPECT_THAT(examples, Not(SizeIs(0))) << command;
    for (const std::string& example : examples) EXPECT_THAT(example, HasSubstr(command));
  }
}

TEST(Help, FitsATerminal) {
  for (const auto& path : commands_below({})) {
    std::istringstream in(help_of(path));
    for (std::string line; std::getline(in, line);) EXPECT_LE(line.size(), 100U) << line;
  }
}

class Examples : public ::testing::Test {
 protected:
  Examples() {
    std::filesystem::create_directory_symlink(HEARSAY_CONFIGS, dir_ / "configs");
    std::filesystem::create_directories(dir_ / ".config/fish/completions");
  }

  Ended in_shell(const std::string& line) const {
    const std::string here = std::filesystem::path(HEARSAY_COMMAND).parent_path();
    return run({"-c", line}, {.environment = {{"PATH", here + ":" + std::getenv("PATH")},
                                              {"HOME", dir_.path()},
                                              {"HEARSAY_CACHE", dir_ / "cache"}},
                              .directory = dir_.path(),
                              .terminal = false,
                              .program = "/bin/bash"});
  }

  TempDir dir_;
};

TEST_F(Examples, WorkOneAfterTheOther) {
  // The results that the others look at.
  for (const std::string& example : examples_of({"run"}))
    EXPECT_EQ(in_shell(example).status, 0) << example;
  for (const std::string& example : all_examples()) {
    if (is_for_reading(example) || example.find("hearsay run configs") == 0) continue;
    // What other programs make of the output is theirs.
    const Ended ended = in_shell(example.substr(0, example.find(" | ")));
    const bool differs = example.find("hearsay diff") == 0 && ended.status == 1;
    EXPECT_TRUE(ended.status == 0 || differs) << example << "\n" << ended.err;
  }
  EXPECT_TRUE(std::filesystem::exists(dir_ / "gradient.safetensors"));
  EXPECT_THAT(read_file(dir_ / ".config/fish/completions/hearsay.fish"), HasSubstr("complete -c"));
}

TEST_F(Examples, ThatAreNotRunAreRead) {
  std::size_t read = 0;
  for (const std::string& example : all_examples()) {
    if (!is_for_reading(example)) continue;
    // All else must be right for this to be the only mistake.
    const Ended ended = in_shell(example.substr(example.find("hearsay ")) + " --no-such-option");
    EXPECT_EQ(ended.status, 2) << example;
    EXPECT_THAT(ended.err, HasSubstr("argument was not expected: --no-such-option")) << example;
    ++read;
  }
  EXPECT_GE(read, 4U);
}

TEST_F(Examples, AreThoseOfTheManPage) {
  std::string page = run({"man"}).out;
  for (std::size_t at = 0; (at = page.find("\\-", at)) != std::string::npos;)
    page.erase(at, 1);  // hyphens
  for (const std::string& example : all_examples())
    EXPECT_THAT(page, HasSubstr("\n  \\fB" + example + "\\fR\n"));
}

}  // namespace
}  // namespace hearsay::testing
