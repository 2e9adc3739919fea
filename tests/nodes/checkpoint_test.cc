// Checkpoints on disk: what is written comes back, and nothing else is taken for it.
#include "nodes/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <numeric>

#include "tests/core/state.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
namespace fs = std::filesystem;

/// A part with state of each kind, an empty vector among it.
struct Part {
  Vector x = Vector(5);
  Vector none;
  std::uint64_t count = 0;
  std::vector<std::uint32_t> ages = {0, 0, 0};

  void visit_state(StateVisitor& visitor) {
    visitor.vector("x", x);
    visitor.vector("none", none);
    visitor.integer("count", count);
    visitor.counters("ages", ages);
  }
  static Part filled() {
    Part part;
    std::iota(part.x.begin(), part.x.end(), 1.5F);
    part.count = 0x0102030405060708U;
    part.ages = {7, 8, 9};
    return part;
  }
};

VisitState of(Part& part) {
  return [&part](StateVisitor& visitor) { part.visit_state(visitor); };
}

class CheckpointTest : public ::testing::Test {
 protected:
  CheckpointTest() {
    std::string pattern = (fs::temp_directory_path() / "hearsay-test-XXXXXX").string();
    folder = mkdtemp(pattern.data());
  }
  ~CheckpointTest() override {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }

  CheckpointFolder checkpoints(std::size_t keep = 3, Round lag = 0, NodeId node = 2,
                               std::uint64_t digest = 77) const {
    return {folder, {.node = node, .digest = digest}, keep, lag};
  }

  std::vector<Round> sound(const CheckpointFolder& in) {
    refused.clear();
    return in.sound([this](const std::string& why) { refused.push_back(why); });
  }

  static void write_bytes(const fs::path& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
  }
  static std::string bytes_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  fs::path folder;
  Part part = Part::filled();
  std::vector<std::string> refused;
};

TEST_F(CheckpointTest, BringsBackWhatWasWritten) {
  CheckpointFolder files = checkpoints();
  const std::uint64_t size = files.write(4, of(part));
  EXPECT_EQ(size, fs::file_size(files.file_of(4)));
  EXPECT_EQ(files.file_of(4), folder / "node-002/round-000000004.ckpt");
  Part fresh;
  files.read(4, of(fresh));
  EXPECT_EQ(fresh.x, part.x);
  EXPECT_EQ(fresh.count, part.count);
  EXPECT_EQ(fresh.ages, part.ages);
}

TEST_F(CheckpointTest, LargeVectorsComeBackToo) {
  Part large;
  large.x.resize(700'001);
  std::iota(large.x.begin(), large.x.end(), -3.0F);
  CheckpointFolder files = checkpoints();
  files.write(1, of(large));
  Part fresh;
  fresh.x.resize(large.x.size());
  files.read(1, of(fresh));
  EXPECT_EQ(fresh.x, large.x);
}

TEST_F(CheckpointTest, KeepsTheNewest) {
  CheckpointFolder files = checkpoints(2);
  for (Round t = 1; t <= 5; ++t) files.write(t, of(part));
  EXPECT_THAT(sound(files), ElementsAre(5, 4));
  EXPECT_THAT(refused, IsEmpty());
}

TEST_F(CheckpointTest, KeepsWhatANodeThatIsBehindMayNeed) {
  // Nobody is more than 10 rounds behind, so somebody's newest may be that of round 12 when this
  // node writes that of round 24.
  CheckpointFolder files = checkpoints(1, 10);
  for (Round t = 4; t <= 24; t += 4) files.write(t, of(part));
  EXPECT_THAT(sound(files), ElementsAre(24, 20, 16, 12));
}

TEST_F(CheckpointTest, ATornFileIsRefusedAtEveryLengthAndTheOneBeforeStands) {
  CheckpointFolder files = checkpoints();
  files.write(1, of(part));
  files.write(2, of(part));
  const std::string whole = bytes_of(files.file_of(2));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write_bytes(files.file_of(2), whole.substr(0, size));
    EXPECT_THAT(sound(files), ElementsAre(1)) << size;
    ASSERT_THAT(refused, SizeIs(1));
    EXPECT_THAT(refused.front(), AllOf(HasSubstr("node-002/round-000000002.ckpt: "),
                                       HasSubstr(size < 8 ? "is no checkpoint" : "is ")));
  }
}

TEST_F(CheckpointTest, EveryFlippedByteIsNoticed) {
  CheckpointFolder files = checkpoints();
  files.write(1, of(part));
  const std::string whole = bytes_of(files.file_of(1));
  for (std::size_t at = 0; at + 4 < whole.size(); ++at) {  // the last four bytes are not used
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x20);
    write_bytes(files.file_of(1), changed);
    EXPECT_THAT(sound(files), IsEmpty()) << at;
  }
}

TEST_F(CheckpointTest, OfAnotherExperimentOrNodeIsRefusedByName) {
  checkpoints(3, 0, 2, 78).write(5, of(part));
  EXPECT_THAT(sound(checkpoints()), IsEmpty());
  EXPECT_THAT(refused, ElementsAre(HasSubstr("is of another experiment (digest 000000000000004e, "
                                             "this one has 000000000000004d)")));
  checkpoints(3, 0, 1).write(6, of(part));
  fs::rename(folder / "node-001/round-000000006.ckpt", folder / "node-002/round-000000006.ckpt");
  EXPECT_THAT(sound(checkpoints()), IsEmpty());
  EXPECT_THAT(refused.front(), HasSubstr("is of node 1, wanted is node 2"));
}

TEST_F(CheckpointTest, OfAnotherRoundThanItsNameIsRefused) {
  CheckpointFolder files = checkpoints();
  files.write(5, of(part));
  fs::rename(files.file_of(5), files.file_of(7));
  EXPECT_THAT(sound(files), IsEmpty());
  EXPECT_THAT(refused.front(), HasSubstr("is of another round than its name says"));
}

TEST_F(CheckpointTest, WhatDoesNotFitThePartIsRefused) {
  CheckpointFolder files = checkpoints();
  files.write(1, of(part));
  Part longer;
  longer.x.resize(6);
  try {
    files.read(1, of(longer));
    FAIL() << "took a vector of another size";
  } catch (const CheckpointError& error) {
    EXPECT_THAT(error.what(), HasSubstr("what it holds for x does not fit"));
  }
}

TEST_F(CheckpointTest, WhatACrashLeftBesideIsNoCheckpoint) {
  CheckpointFolder files = checkpoints();
  files.write(1, of(part));
  write_bytes(fs::path(files.file_of(2)) += ".tmp", "half of it");
  EXPECT_THAT(sound(files), ElementsAre(1));
  EXPECT_THAT(refused, IsEmpty());
}

TEST_F(CheckpointTest, AFolderThatCannotBeMadeIsNamedAndNothingIsLost) {
  write_bytes(folder / "node-002", "a file where the folder should be");
  try {
    checkpoints().write(1, of(part));
    FAIL() << "wrote into a file";
  } catch (const CheckpointError& error) {
    EXPECT_THAT(error.what(), HasSubstr("node-002"));
  }
}

TEST_F(CheckpointTest, LaterOnesAreForgotten) {
  CheckpointFolder files = checkpoints(9);
  for (Round t = 1; t <= 4; ++t) files.write(t, of(part));
  files.forget_after(2);
  EXPECT_THAT(sound(files), ElementsAre(2, 1));
}

}  // namespace
}  // namespace hearsay
