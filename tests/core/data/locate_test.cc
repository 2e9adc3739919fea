#include "core/data/locate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/core/data/data_testing.h"

namespace hearsay {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::load;
using testing::message_of;
using testing::settings;
using testing::TempFolder;

/// Gives the process a cache folder of its own.
class Locate : public ::testing::Test {
 protected:
  TempFolder folder_;
  testing::ScopedVariable own_{"HEARSAY_CACHE", ""};
  testing::ScopedVariable cache_{"XDG_CACHE_HOME", folder_.path() + "/cache"};
};

TEST_F(Locate, APathIsRelativeToTheConfigThenTheDataFolder) {
  const auto in_data = folder_.write("data/x.txt", "data");
  const DataPaths paths{folder_.path() + "/data", folder_.path() + "/configs"};
  EXPECT_EQ(find_by_path("x.txt", paths), in_data);
  const auto in_config = folder_.write("configs/x.txt", "config");
  EXPECT_EQ(find_by_path("x.txt", paths), in_config);
  EXPECT_EQ(find_by_path(in_data, paths), in_data);
  EXPECT_THAT(
      message_of<DataError>([&] { find_by_path("y.txt", paths); }),
      AllOf(HasSubstr("y.txt: no such file"), HasSubstr("configs/y.txt"), HasSubstr("data/y.txt")));
}

TEST_F(Locate, FindsUsualNamesAtAnyDepthPlainOrPacked) {
  folder_.write("data/deep/er/a9a", "+1 1:1\n-1 2:1\n");
  folder_.write_gzip("data/deep/er/a9a.t.gz", "+1 2:1\n");
  const Dataset data = load("a9a", {}, {folder_.path() + "/data", ""});
  EXPECT_EQ(data.train.count, 2U);
  EXPECT_EQ(data.test.count, 1U);
  EXPECT_EQ(data.name, "a9a");
}

TEST_F(Locate, LooksIntoTheCacheLast) {
  folder_.write("cache/hearsay/mushrooms", "1 1:1\n2 2:1\n2 3:1\n");
  EXPECT_EQ(load("mushrooms").train.count, 3U);
  folder_.write("data/mushrooms", "1 1:1\n2 2:1\n");
  EXPECT_EQ(load("mushrooms", {}, {folder_.path() + "/data", ""}).train.count, 2U);
}

TEST_F(Locate, TheCacheCanBeNamedAndTurnedOff) {
  EXPECT_EQ(user_cache(), folder_.path() + "/cache/hearsay");
  {
    const testing::ScopedVariable named("HEARSAY_CACHE", folder_.path() + "/own");
    EXPECT_EQ(user_cache(), folder_.path() + "/own");
    folder_.write("own/deep/mushrooms", "1 1:1\n2 2:1\n2 3:1\n");
    EXPECT_EQ(load("mushrooms").train.count, 3U);
  }
  const testing::ScopedVariable off("HEARSAY_CACHE", "none");
  EXPECT_EQ(user_cache(), "");
  EXPECT_THAT(message_of<DataError>([] { load("mushrooms"); }),
              HasSubstr("under no folder, for there is neither --data-dir nor a cache"));
}

TEST_F(Locate, AFolderNamedLikeTheDataSetWins) {
  const std::vector<UsualFile> wanted{{{"train-images-idx3-ubyte"}}, {{"train-labels-idx1-ubyte"}}};
  for (const char* folder : {"data/a-fashion", "data/deep/MNIST/raw"})
    for (const char* file : {"/train-images-idx3-ubyte", "/train-labels-idx1-ubyte"})
      folder_.write(std::string(folder) + file, "x");
  const DataPaths paths{folder_.path() + "/data", ""};
  const std::string found = folder_.path() + "/data/deep/MNIST/raw/train-";
  EXPECT_THAT(find_usual_files("mnist", wanted, paths),
              ElementsAre(found + "images-idx3-ubyte", found + "labels-idx1-ubyte"));
  EXPECT_THAT(find_usual_files("other", wanted, paths).front(), HasSubstr("data/a-fashion"));
}

TEST_F(Locate, AFolderThatHoldsAllFilesWins) {
  folder_.write("data/a/one", "");
  folder_.write("data/b/one", "");
  folder_.write("data/b/two", "");
  const DataPaths paths{folder_.path() + "/data", ""};
  EXPECT_THAT(find_usual_files("x", {{{"one"}}, {{"two"}, false}}, paths).front(),
              HasSubstr("data/b/one"));
  folder_.write("data/c/three", "");
  const auto apart = find_usual_files("x", {{{"one"}}, {{"three"}, false}, {{"no"}, false}}, paths);
  EXPECT_THAT(apart, ElementsAre(HasSubstr("data/a/one"), HasSubstr("data/c/three"), ""));
}

TEST_F(Locate, FollowsLinksAndSurvivesLoops) {
  folder_.write("elsewhere/a9a", "+1 1:1\n-1 2:1\n");
  std::filesystem::create_directories(folder_.path() + "/data");
  std::filesystem::create_directory_symlink("../elsewhere", folder_.path() + "/data/link");
  std::filesystem::create_directory_symlink("..", folder_.path() + "/elsewhere/loop");
  EXPECT_EQ(load("a9a", {}, {folder_.path() + "/data", ""}).train.count, 2U);
}

TEST_F(Locate, SaysWhatItLookedForAndWhere) {
  std::filesystem::create_directories(folder_.path() + "/data/a9a");  // a folder is no file
  EXPECT_THAT(message_of<DataError>([&] {
                load("a9a", {}, {folder_.path() + "/data", ""});
              }),
              AllOf(HasSubstr("a9a: looked for a file named a9a or a9a.txt"),
                    HasSubstr("/data and "), HasSubstr("/cache/hearsay"), HasSubstr("--data-dir")));
}

TEST_F(Locate, FindsMnistByBothSpellings) {
  const std::string images("\0\0\x08\x03\0\0\0\x01\0\0\0\x01\0\0\0\x01\xff", 17);
  const std::string labels("\0\0\x08\x01\0\0\0\x01\x05", 9);
  folder_.write("data/train-images.idx3-ubyte", images);
  folder_.write_gzip("data/train-labels-idx1-ubyte.gz", labels);
  const DataPaths paths{folder_.path() + "/data", ""};
  EXPECT_EQ(load("mnist", {}, paths).test.count, 0U);
  folder_.write("data/t10k-images-idx3-ubyte", images);
  folder_.write("data/t10k-labels-idx1-ubyte", labels);
  const Dataset data = load("mnist", {}, paths);
  EXPECT_THAT(testing::values_of(data.train), ElementsAre(1.0F));
  EXPECT_THAT(data.test.labels, ElementsAre(5.0));
}

}  // namespace
}  // namespace hearsay
