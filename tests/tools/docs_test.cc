// The documents: every command in them works as written, the links lead somewhere, the code that
// they show is the code that is built, and the reference is what the command prints.
//
// A block `sh` or `console` is run unless a comment right above it says why it cannot be:
//   <!-- not run: needs two hosts -->
//   <!-- needs PyTorch -->             run where there is a Python with PyTorch, and the plugin
//   <!-- exit status: 1 -->            run, and its last command ends with that status
// Above blocks of other languages:
//   <!-- save as: net.yaml -->         what the reader is to put into that file
//   <!-- file: docs/examples/x.cc -->  the text of that file
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nodes/algorithm_catalogue.h"
#include "tests/tools/document.h"
#include "tests/tools/process.h"

namespace hearsay::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;

const fs::path kRoot = HEARSAY_ROOT;

std::vector<std::string> document_names() {
  std::vector<std::string> names = {"README.md"};
  for (const auto& entry : fs::directory_iterator(kRoot / "docs"))
    if (entry.path().extension() == ".md")
      names.push_back("docs/" + entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

bool is_shell(const CodeBlock& block) {
  return block.language == "sh" || block.language == "console";
}

bool has_pytorch() {
  return std::string_view(HEARSAY_TORCH_PYTHON) != "" &&
         fs::exists(fs::path(HEARSAY_COMMAND).parent_path() / "libhearsay_torch.so");
}

bool is_run(const CodeBlock& block) {
  if (!is_shell(block) || block.note_key == "not run") return false;
  return block.note_key != "needs PyTorch" || has_pytorch();
}

class Docs : public ::testing::TestWithParam<std::string> {
 protected:
  Document document_ = read_document(kRoot, GetParam());

  std::string at(std::size_t line) const { return fmt::format("{}:{}", GetParam(), line); }

  /// One script of all commands, which stops at the first that does not end as it should.
  std::string script() const {
    std::string result =
        "set -eo pipefail\n"
        "trap 'status=$?; ((status == 0)) || echo \"$at: exit status $status\" >&2' EXIT\n";
    for (const CodeBlock& block : document_.blocks) {
      if (block.note_key == "save as")
        result += fmt::format("cat > {} <<'END OF BLOCK'\n{}END OF BLOCK\n", block.note_value,
                              block.text());
      if (!is_run(block)) continue;
      const std::vector<Command> commands = commands_of(block);
      EXPECT_FALSE(commands.empty()) << at(block.line) << ": no command in a block of commands";
      for (std::size_t k = 0; k < commands.size(); ++k) {
        result += fmt::format("at={}\n", at(commands[k].line));
        if (block.note_key == "exit status" && k + 1 == commands.size())
          result += fmt::format("set +e\n{}status=$?\nset -e\n((status == {}))\n", commands[k].text,
                                block.note_value);
        else
          result += commands[k].text;
      }
    }
    return result;
  }

  /// What a checkout has that is built, as far as the documents use it.
  void make_checkout() const {
    for (const char* folder : {"configs", "tools", "docs/examples"}) {
      fs::create_directories(dir_.path() / folder);
      fs::copy(kRoot / folder, dir_.path() / folder, fs::copy_options::recursive);
    }
    fs::create_directories(dir_.path() / "build");
    // The examples are a part of the program behind the how-to that adds them.
    fs::create_symlink(GetParam() == "docs/howto.md" ? HEARSAY_EXAMPLES_COMMAND : HEARSAY_COMMAND,
                       dir_.path() / "build/hearsay");
  }

  /// The commands' own folders, and the Python that has PyTorch as python3.
  std::map<std::string, std::string> environment() const {
    std::map<std::string, std::string> result = {{"HOME", dir_ / "home"},
                                                 {"HEARSAY_CACHE", dir_ / "cache"}};
    if (has_pytorch()) {
      fs::create_directories(dir_.path() / "bin");
      fs::create_symlink(HEARSAY_TORCH_PYTHON, dir_.path() / "bin/python3");
      result["PATH"] = (dir_ / "bin") + ":" + std::getenv("PATH");  // NOLINT: no other thread
    }
    return result;
  }

  TempDir dir_;
};

TEST_P(Docs, EveryCommandWorksAsWritten) {
  const std::string commands = script();
  make_checkout();
  const std::string file = dir_.write("commands.sh", commands);
  Process bash(
      {file},
      {.environment = environment(), .directory = dir_.path().string(), .program = "/bin/bash"});
  std::optional<int> status;
  for (int k = 0; k < 4 && !status; ++k) status = bash.wait();  // the tutorial is many runs
  const std::size_t tail = bash.err().size() > 2000 ? bash.err().size() - 2000 : 0;
  EXPECT_EQ(status, 0) << bash.err().substr(tail);
}

TEST_P(Docs, BlocksOfCommandsSayHowTheyAreRun) {
  for (const CodeBlock& block : document_.blocks) {
    const std::string& key = block.note_key;
    if (key == "not run") {
      EXPECT_TRUE(is_shell(block)) << at(block.line) << ": no block of commands";
      EXPECT_GE(block.note_value.size(), 10U) << at(block.line) << ": say why it is not run";
    } else if (is_shell(block)) {
      EXPECT_TRUE(key.empty() || key == "needs PyTorch" || key == "exit status")
          << at(block.line) << ": unknown note \"" << key << "\"";
    } else {
      for (const std::string& line : block.lines)
        for (const char* prompt : {"$ ", "hearsay ", "build/hearsay ", "tools/run "})
          EXPECT_FALSE(line.starts_with(prompt))
              << at(block.line) << ": a command in a block that is not `sh` or `console`";
    }
  }
}

TEST_P(Docs, LinksLeadSomewhere) {
  for (const Link& link : document_.links) {
    const fs::path target =
        link.file.empty() ? document_.path : document_.path.parent_path() / link.file;
    ASSERT_TRUE(fs::exists(target)) << at(link.line) << ": " << link.file;
    if (link.anchor.empty()) continue;
    const std::string name = fs::relative(target, kRoot).lexically_normal().string();
    EXPECT_THAT(read_document(kRoot, name).anchors(), Contains(link.anchor))
        << at(link.line) << ": " << link.file;
  }
}

TEST_P(Docs, ShownFilesAreTheFiles) {
  for (const CodeBlock& block : document_.blocks)
    if (block.note_key == "file") {
      EXPECT_EQ(block.text(), read_file(kRoot / block.note_value)) << at(block.line);
    }
}

std::string test_name(const ::testing::TestParamInfo<std::string>& document) {
  std::string name = fs::path(document.param).stem().string();
  std::erase(name, '-');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Docs, Docs, ::testing::ValuesIn(document_names()), test_name);

TEST(Reference, OfTheDocsIsWhatTheCommandPrints) {
  const Ended ended = run({"reference"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(ended.out, read_file(kRoot / "docs/reference.md"))
      << "build/hearsay reference > docs/reference.md brings it up to date";
}

TEST(Algorithms, HaveAHeadingEach) {
  const Document document = read_document(kRoot, "docs/algorithms.md");
  for (const std::string& name : algorithm_catalogue().names())
    EXPECT_THAT(document.headings, Contains(name));
}

/// So that the how-to has something to show.
TEST(DocsExamples, AreShown) {
  std::vector<std::string> shown;
  for (const CodeBlock& block : read_document(kRoot, "docs/howto.md").blocks)
    if (block.note_key == "file") shown.push_back(block.note_value);
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / "docs/examples"))
    if (entry.is_regular_file()) {
      EXPECT_THAT(shown, Contains(fs::relative(entry.path(), kRoot).string()));
    }
}

}  // namespace
}  // namespace hearsay::testing
