// Shell completion and the man page: what the shells and man make of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/tools/process.h"

namespace hearsay::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// What bash offers for a line, one a line, sorted.
std::string completed(const std::string& line) {
  TempDir dir;
  const std::string script = dir.write("completion.sh", run({"completion", "bash"}).out);
  const std::string program =
      "source " + script + "\nread -ra COMP_WORDS <<< \"" + line + "\"\n[[ '" + line +
      "' == *' ' ]] && COMP_WORDS+=('')\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_hearsay\n"
      "printf '%s\\n' \"${COMPREPLY[@]}\" | sort\n";
  const Ended ended = run({"-c", program}, {.program = "/bin/bash"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.err, IsEmpty());
  return ended.out;
}

TEST(Completion, OfBashKnowsCommandsOptionsAndTheirWords) {
  EXPECT_THAT(completed("hearsay "), AllOf(HasSubstr("run\n"), HasSubstr("compare\n"),
                                           HasSubstr("completion\n"), Not(HasSubstr("--"))));
  EXPECT_EQ(completed("hearsay comp"), "compare\ncompletion\n");
  EXPECT_EQ(completed("hearsay run x.yaml --si"), "--simulate\n");
  EXPECT_EQ(completed("hearsay compare runs/a --format "), "csv\nlatex\nmarkdown\ntext\n");
  EXPECT_EQ(completed("hearsay data "), "get\nlist\n");
  EXPECT_EQ(completed("hearsay data get --mi"), "--mirror\n");
  EXPECT_EQ(completed("hearsay --ver"), "--version\n");
}

TEST(Completion, OfTheOtherShellsNamesEveryCommand) {
  const std::string fish = run({"completion", "fish"}).out;
  EXPECT_THAT(fish, AllOf(HasSubstr(" -a run -d "), HasSubstr(" -l simulate "),
                          HasSubstr("-l format -x -a 'text csv markdown latex'")));
  EXPECT_THAT(run({"completion", "zsh"}).out,
              AllOf(HasSubstr("bashcompinit"), HasSubstr("complete -o default -F _hearsay")));
  EXPECT_EQ(run({"completion", "tcsh"}).status, 2);
}

TEST(ManPage, NamesEveryCommandAndOption) {
  const std::string page = run({"man"}).out;
  for (const char* command : {"run", "peer", "check", "topology", "compare", "diff", "gradient",
                              "list", "certify", "data get", "keys generate"})
    EXPECT_THAT(page, HasSubstr(std::string("\n.SS hearsay ") + command + "\n"));
  EXPECT_THAT(page, HasSubstr("\n.TP\n\\fB\\-\\-simulate\\fR\n"));
  EXPECT_THAT(page, HasSubstr(".SH EXIT STATUS\n"));
}

TEST(ManPage, IsCleanTroff) {
  if (!std::filesystem::exists("/usr/bin/groff")) GTEST_SKIP() << "there is no groff";
  TempDir dir;
  const std::string file = dir.write("hearsay.1", run({"man"}).out);
  const Ended ended = run({"-man", "-Tutf8", "-ww", file}, {.program = "/usr/bin/groff"});
  EXPECT_EQ(ended.status, 0);
  EXPECT_THAT(ended.err, IsEmpty());
  EXPECT_THAT(ended.out, HasSubstr("Stopped by Ctrl-C"));
}

}  // namespace
}  // namespace hearsay::testing
