// Gives each test program a cache of its own, so that no test sees or fills the user's.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace hearsay::testing {
namespace {

class OwnCache : public ::testing::Environment {
 public:
  void SetUp() override {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "hearsay-cache-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    setenv("HEARSAY_CACHE", pattern.c_str(), 1);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

 private:
  std::filesystem::path folder_;
};

const auto* const kOwnCache = ::testing::AddGlobalTestEnvironment(new OwnCache);  // NOLINT

}  // namespace
}  // namespace hearsay::testing
