// Results on a disk that is full or read-only: an error that says so and status 1, in the simulator
// and with processes; what is there then is whole.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nodes/safetensors.h"
#include "tests/support/events.h"
#include "tests/tools/process.h"
#include "tests/tools/results.h"

namespace hearsay::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

const char* const kConfig =
    "name: full\n"
    "topology: {graph: ring, nodes: 3}\n"
    "objective: {model: mlp, hidden: [64], data: digits, batch: 16}\n"
    "algorithm: {name: choco-amsgrad, learning_rate: 0.01, gossip_step: 0.3, "
    "compressor: {name: top-k, ratio: 0.05}}\n"
    "run: {rounds: 12, evaluate_every: 1, tensorboard: true}\n";

/// Runs a script with bash; its $1, $2, ... are the arguments. Messages are those of the C locale.
Ended run_script(const std::string& script, const Arguments& arguments) {
  Arguments all = {"-c", script, "bash"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return run(all, {.environment = {{"LC_ALL", "C"}}, .program = "/bin/bash"});
}

/// Every file of a results' folder is whole: tables of whole rows, JSON that parses, a model that
/// opens.
void expect_whole_files(const fs::path& folder) {
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const fs::path& file = entry.path();
    SCOPED_TRACE(file);
    const std::string text = read_file(file);
    if (file.extension() == ".csv") {
      const Table table = read_table(file);
      for (const auto& row : table) EXPECT_EQ(row.size(), table.front().size());
      EXPECT_TRUE(text.empty() || text.back() == '\n');
    } else if (file.extension() == ".hearsay") {
      EXPECT_NO_THROW(events_of(text));
    } else if (file.extension() == ".json") {
      EXPECT_TRUE(nlohmann::json::accept(text));
    } else if (file.extension() == ".safetensors") {
      EXPECT_NO_THROW(const SafetensorsFile model(file));
    } else if (file.extension() == ".yaml") {
      EXPECT_THAT(text, HasSubstr("run:"));
      EXPECT_EQ(text.back(), '\n');
    }
  }
}

class FullDisk : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    config_ = dir_.write("full.yaml", kConfig);
    command_ = {HEARSAY_COMMAND, "run", config_};
    if (GetParam()) command_.emplace_back("--simulate");
  }

  Arguments with(Arguments first) const {
    first.insert(first.end(), command_.begin(), command_.end());
    return first;
  }

  TempDir dir_;
  std::string config_;
  Arguments command_;
};

TEST_P(FullDisk, NoFileMayBeLongerThanALimit) {
  // From too little for the first file on, until all of them fit. The thread sanitizer itself needs
  // to write something.
#ifdef __SANITIZE_THREAD__
  constexpr int kLeast = 1;
#else
  constexpr int kLeast = 0;
#endif
  int failed = 0;
  bool done = false;
  for (int kilobytes = kLeast; !done; kilobytes = kilobytes == 0 ? 1 : 2 * kilobytes) {
    ASSERT_LT(kilobytes, 100'000);
    const std::string out = dir_ / std::to_string(kilobytes);
    const Ended ended = run_script(R"(ulimit -f "$1"; shift; exec "${@:2}" --out "$1")",
                                   with({std::to_string(kilobytes), out}));
    SCOPED_TRACE(ended.err);
    expect_whole_files(out);
    done = ended.status == 0;
    if (done) {
      EXPECT_TRUE(fs::exists(out + "/summary.json"));
      continue;
    }
    ++failed;
    EXPECT_EQ(ended.status, 1);
    EXPECT_THAT(ended.err,
                AnyOf(HasSubstr("File too large"), HasSubstr("could not write its log")));
    EXPECT_FALSE(fs::exists(out + "/summary.json"));
  }
  EXPECT_GE(failed, 3 - kLeast);
}

/// Is this process allowed a file system of its own?
bool may_mount() {
  return run({"-rm", "sh", "-c", "mount -t tmpfs none /mnt"}, {.program = "/usr/bin/unshare"})
             .status == 0;
}

/// Runs the command in a file system of `size` at $folder/disk, and copies what is left to
/// $folder/kept. `before` is done when it is mounted.
Ended run_on_disk(const TempDir& dir, const std::string& size, const std::string& before,
                  const Arguments& command) {
  const std::string script = R"(
    disk=$1/disk kept=$1/kept
    mkdir -p "$disk"; rm -rf "$kept"
    mount -t tmpfs -o size=$2 full "$disk" || exit 99
    )" + before + R"(
    "${@:3}" --out "$disk/run"
    status=$?
    cp -r "$disk" "$kept"
    exit $status)";
  Arguments all = {"-rm", "bash", "-c", script, "bash", dir.path().string(), size};
  all.insert(all.end(), command.begin(), command.end());
  return run(all, {.environment = {{"LC_ALL", "C"}}, .program = "/usr/bin/unshare"});
}

TEST_P(FullDisk, ThatHasRoomForSomeFilesOnly) {
  if (!may_mount()) GTEST_SKIP() << "no mounts in a namespace of one's own are allowed here";
  int failed = 0;
  bool done = false;
  for (int kilobytes = 4; !done; kilobytes += 4) {  // a page more each time
    ASSERT_LT(kilobytes, 400);
    const Ended ended = run_on_disk(dir_, std::to_string(kilobytes) + "k", "", command_);
    SCOPED_TRACE(ended.err);
    expect_whole_files(dir_.path() / "kept");
    done = ended.status == 0;
    if (done) continue;
    ++failed;
    EXPECT_EQ(ended.status, 1);
    EXPECT_THAT(ended.err,
                AnyOf(HasSubstr("No space left on device"), HasSubstr("could not write its log")));
    EXPECT_FALSE(fs::exists(dir_.path() / "kept/run/summary.json"));
  }
  EXPECT_GE(failed, 5);
  EXPECT_TRUE(fs::exists(dir_.path() / "kept/run/summary.json"));
}

TEST_P(FullDisk, ThatIsReadOnly) {
  if (!may_mount()) GTEST_SKIP() << "no mounts in a namespace of one's own are allowed here";
  for (const std::string before : {"", "mkdir -p \"$disk/run/logs\";"}) {
    const Ended ended =
        run_on_disk(dir_, "64k", before + "mount -o remount,ro full \"$disk\"", command_);
    EXPECT_EQ(ended.status, 1);
    EXPECT_THAT(ended.err, HasSubstr("Read-only file system"));
    EXPECT_THAT(ended.err, HasSubstr((dir_.path() / "disk/run").string()));
  }
}

INSTANTIATE_TEST_SUITE_P(Runs, FullDisk, ::testing::Bool(), [](const auto& simulated) {
  return simulated.param ? "Simulated" : "Processes";
});

TEST(FullOutput, OfASweepEndsItAndIsNoResult) {
  const TempDir dir;
  const std::string config =
      dir.write("sweep.yaml", std::string(kConfig) + "sweep: {grid: {seed: [1, 2, 3, 4]}}\n");
  const Ended ended = run_script(
      R"(ulimit -f 2; exec "$@")",
      {HEARSAY_COMMAND, "run", config, "--simulate", "--jobs", "1", "--out", dir / "out"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("File too large"));
  EXPECT_FALSE(fs::exists(dir / "out/seed=2"));
}

TEST(FullOutput, OnStandardOutputIsAnError) {
  const TempDir dir;
  const std::string config = dir.write("full.yaml", kConfig);
  for (const Arguments& command : std::vector<Arguments>{
           {"check", config}, {"list"}, {"run", config, "--simulate", "--out", dir / "out"}}) {
    Arguments all = {HEARSAY_COMMAND};
    all.insert(all.end(), command.begin(), command.end());
    const Ended ended = run_script(R"(exec "$@" >/dev/full)", all);
    EXPECT_EQ(ended.status, 1) << command.front();
    EXPECT_THAT(ended.err, HasSubstr("No space left on device")) << command.front();
  }
}

TEST(FullOutput, OnStandardErrorIsNoCrash) {
  const TempDir dir;
  const Ended refused =
      run_script(R"(exec "$@" 2>/dev/full)", {HEARSAY_COMMAND, "run", dir / "none.yaml"});
  EXPECT_EQ(refused.status, 2);
}

}  // namespace
}  // namespace hearsay::testing
