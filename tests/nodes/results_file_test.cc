#include "nodes/results_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "nodes/safetensors.h"
#include "tests/core/vectors.h"

namespace hearsay {
namespace {

namespace fs = std::filesystem;
using hearsay::testing::message_of;
using ::testing::AllOf;
using ::testing::HasSubstr;

/// A folder where no file of this process may be longer than 100 bytes.
class ResultsFile : public ::testing::Test {
 protected:
  ResultsFile() : before_(std::signal(SIGXFSZ, SIG_IGN)) {
    std::string name = (fs::temp_directory_path() / "hearsay-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder = name;
    getrlimit(RLIMIT_FSIZE, &limit_);
    limit_to(100);
  }
  ~ResultsFile() override {
    limit_to(limit_.rlim_cur);
    std::signal(SIGXFSZ, before_);
    fs::remove_all(folder);
  }

  void limit_to(rlim_t bytes) const {
    const rlimit limit{.rlim_cur = bytes, .rlim_max = limit_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }

  std::string content(const std::string& name) const {
    std::ifstream in(folder / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  fs::path folder;

 private:
  void (*before_)(int);
  rlimit limit_{};
};

TEST_F(ResultsFile, IsThereInWholeOrNotAtAll) {
  write_file(folder / "small", "abc\n");
  EXPECT_EQ(content("small"), "abc\n");
  const fs::path large = folder / "large";
  EXPECT_EQ(message_of<WriteError>([&] { write_file(large, std::string(101, 'x')); }),
            "cannot write " + large.string() + ": File too large");
  EXPECT_FALSE(fs::exists(large));
}

TEST_F(ResultsFile, OfRowsEndsWithAWholeRow) {
  RowFile rows(folder / "rows.csv", "a,b\n");
  const std::string row(30, '7');
  rows.append(row + "\n");
  rows.append(row + "\n");
  for (int again = 0; again < 2; ++again)
    EXPECT_THAT(message_of<WriteError>([&] { rows.append(row + "\n" + row + "\n"); }),
                AllOf(HasSubstr("rows.csv"), HasSubstr("File too large")));
  EXPECT_EQ(content("rows.csv"), "a,b\n" + row + "\n" + row + "\n");
  rows.append("1,2\n");  // there is room for that
  EXPECT_EQ(content("rows.csv"), "a,b\n" + row + "\n" + row + "\n1,2\n");
}

TEST_F(ResultsFile, OfAModelIsGoneWhenItDoesNotFit) {
  const Vector values(100, 1.0F);
  for (const bool integer : {false, true}) {
    const std::vector<std::int64_t> shape = {100};
    EXPECT_THAT(message_of<WriteError>([&] {
                  write_safetensors(folder / "model", {{{"x", shape, values, integer}}}, {});
                }),
                HasSubstr("File too large"));
    EXPECT_FALSE(fs::exists(folder / "model"));
  }
}

TEST_F(ResultsFile, OnAFullDeviceSaysSoAndLeavesTheDevice) {
  EXPECT_EQ(message_of<WriteError>([] { write_file("/dev/full", "x"); }),
            "cannot write /dev/full: No space left on device");
  EXPECT_TRUE(fs::exists("/dev/full"));
}

TEST_F(ResultsFile, WhereNoneCanBeIsTheUsersMistake) {
  for (const char* path : {"no/such/folder/x", "/dev/null/x", "/"}) {
    const std::string message = message_of<ResultsError>([&] { write_file(path, "x"); });
    EXPECT_THAT(message, HasSubstr(std::string("cannot write ") + path + ": "));
    EXPECT_THROW(
        {
          try {
            write_file(path, "x");
          } catch (const WriteError&) {
            ADD_FAILURE() << message;
          }
        },
        ResultsError);
  }
}

}  // namespace
}  // namespace hearsay
