// `hearsay data`: what it says, where it keeps things, and its exit statuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/http_server.h"
#include "tests/tools/process.h"

namespace hearsay::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int kFailed = 1;
constexpr int kBadUsage = 2;

class DataCommand : public ::testing::Test {
 protected:
  Ended data(const Arguments& more) const {
    Arguments arguments = {"data"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments, {.environment = {{"XDG_CACHE_HOME", cache_.path().string()},
                                           {"HEARSAY_CACHE", ""},
                                           {"no_proxy", "127.0.0.1"}},
                           .directory = {},
                           .terminal = false});
  }

  TempDir cache_;
  TempDir dir_;
  HttpServer server_;
};

TEST_F(DataCommand, ListSaysWhatIsHereAndHowToGetTheRest) {
  const Ended none = data({"list"});
  ASSERT_EQ(none.status, 0) << none.err;
  for (const char* name : {"a9a", "mushrooms", "mnist"})
    EXPECT_THAT(none.out, AllOf(HasSubstr(std::string(name) + ": "),
                                HasSubstr("not here; to fetch it: hearsay data get " +
                                          std::string(name) + "\n")));
  EXPECT_THAT(none.out, AllOf(HasSubstr("licence  CC BY"), HasSubstr("home     http")));

  const std::string file = dir_.write("mushrooms.txt", "1 1:1\n");
  EXPECT_THAT(data({"list", "--data-dir", dir_.path().string()}).out,
              HasSubstr("files    " + file + "\n"));
  const std::string train = dir_.write("a9a", "-1 1:1\n");
  EXPECT_THAT(data({"list", "--data-dir", dir_.path().string()}).out,
              HasSubstr("files    " + train + " (without a9a.t)\n"));
}

TEST_F(DataCommand, ListTellsHowToGetByHandWhatComesInAnotherForm) {
  EXPECT_THAT(data({"list"}).out, AllOf(HasSubstr("not here; by hand: unpack cifar-10-binary"),
                                        HasSubstr("not here; by hand: unpack aclImdb_v1.tar.gz")));
  const std::string batch = dir_.write("data_batch_3.bin", "");
  EXPECT_THAT(data({"list", "--data-dir", dir_.path().string()}).out,
              HasSubstr("files    " + batch + " (without data_batch_1.bin, "));
  const Ended ended = data({"get", "imdb"});
  EXPECT_EQ(ended.status, kBadUsage);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("imdb comes in another form; by hand: unpack"),
                               HasSubstr("(https://ai.stanford.edu/")));
}

TEST_F(DataCommand, GetRefusesWhatItDoesNotKnow) {
  const Ended ended = data({"get", "mushroom"});
  EXPECT_EQ(ended.status, kBadUsage);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("found mushroom, allowed is one of a9a, mushrooms, mnist"),
                               HasSubstr("did you mean \"mushrooms\"?")));
  EXPECT_EQ(data({"get"}).status, kBadUsage);
  EXPECT_EQ(data({}).status, kBadUsage);
}

TEST_F(DataCommand, GetOfAWrongFileIsAFailureThatKeepsNothing) {
  server_.serve("/mirror/mushrooms", "1 1:1\n");
  const Ended ended = data({"get", "mushrooms", "--mirror", server_.url("/mirror/")});
  EXPECT_EQ(ended.status, kFailed);
  EXPECT_THAT(ended.err,
              AllOf(HasSubstr("mushrooms: 880 kB from " + server_.url("/mirror/mushrooms")),
                    HasSubstr("its sha256 is "), HasSubstr("expected is f39a4eb628dc61a7")));
  EXPECT_THAT(ended.out, IsEmpty());
  EXPECT_TRUE(std::filesystem::is_empty(cache_.path() / "hearsay/mushrooms"));
  EXPECT_THAT(data({"get", "a9a", "--mirror", server_.url()}).err,
              HasSubstr("the server answers 404 (not found)"));
}

/// Only where the real data is: nothing else has its sums.
TEST_F(DataCommand, GetKeepsADataSetWhereRunsFindItAndFetchesItOnce) {
  const char* data_dir = std::getenv("HEARSAY_DATA_DIR");
  if (data_dir == nullptr)
    GTEST_SKIP() << "HEARSAY_DATA_DIR names no folder with the real mushrooms";
  const auto real = std::filesystem::path(data_dir) / "libsvm/mushrooms.gz";
  if (!std::filesystem::exists(real)) GTEST_SKIP() << "no " << real;
  server_.serve("/mushrooms", read_file(real));
  const Arguments get = {"get", "mushrooms", "--mirror", server_.url()};
  const Ended first = data(get);
  ASSERT_EQ(first.status, 0) << first.err;
  EXPECT_EQ(first.out, (cache_.path() / "hearsay/mushrooms").string() + "\n");
  EXPECT_EQ(server_.requests(), 1);
  const Ended second = data(get);
  EXPECT_EQ(second.status, 0);
  EXPECT_THAT(second.err, HasSubstr("hearsay/mushrooms/mushrooms is there already"));
  EXPECT_EQ(server_.requests(), 1);
  EXPECT_THAT(data({"list"}).out,
              HasSubstr("files    " + (cache_ / "hearsay/mushrooms/mushrooms") + "\n"));
}

}  // namespace
}  // namespace hearsay::testing
