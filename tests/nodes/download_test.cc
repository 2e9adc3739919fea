#include "nodes/download.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "nodes/sha256.h"
#include "tests/http_server.h"

namespace hearsay::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string gzipped(const std::string& text) {
  std::string out(compressBound(static_cast<uLong>(text.size())) + 64, '\0');
  z_stream state{};
  constexpr int kGzipOnly = 16;
  deflateInit2(&state, 9, Z_DEFLATED, kGzipOnly + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  state.avail_in = static_cast<uInt>(text.size());
  state.next_out = reinterpret_cast<Bytef*>(out.data());
  state.avail_out = static_cast<uInt>(out.size());
  deflate(&state, Z_FINISH);
  out.resize(state.total_out);
  deflateEnd(&state);
  return out;
}

class Download : public ::testing::Test {
 protected:
  Download() {
    for (std::size_t k = 0; k < 100'000; ++k) content_ += static_cast<char>('a' + k * k % 23);
    Sha256 sum;
    sum.add(content_);
    file_ = {{{"rows", "rows.txt"}}, "rows", content_.size(), sum.hex()};
    std::string pattern = (fs::temp_directory_path() / "hearsay-download-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    folder_ /= "cache/rows";
  }
  ~Download() override { fs::remove_all(folder_.parent_path().parent_path()); }

  void get(const std::string& base) {
    download(file_, base, folder_, [this](std::uint64_t bytes) { progress_.push_back(bytes); });
  }

  std::string error_of(const std::string& base) {
    try {
      get(base);
    } catch (const DownloadError& error) {
      return error.what();
    }
    return "no error";
  }

  void expect_kept() const {
    EXPECT_TRUE(is_kept(file_, folder_));
    std::ifstream in(folder_ / "rows", std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    EXPECT_TRUE(text.str() == content_);
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1)
        << "nothing else is left there";
  }

  void expect_nothing_kept() const {
    EXPECT_FALSE(is_kept(file_, folder_));
    EXPECT_TRUE(!fs::exists(folder_) || fs::is_empty(folder_));
  }

  std::string content_;
  PublicFile file_;
  fs::path folder_;
  std::vector<std::uint64_t> progress_;
  HttpServer server_;
};

TEST_F(Download, KeepsWhatHasTheRightSum) {
  server_.serve("/rows", content_);
  expect_nothing_kept();
  get(server_.url());
  expect_kept();
  ASSERT_FALSE(progress_.empty());
  EXPECT_TRUE(std::is_sorted(progress_.begin(), progress_.end()));
  EXPECT_EQ(progress_.back(), content_.size());
}

TEST_F(Download, UnpacksGzippedFiles) {
  file_.remote = "rows.gz";
  server_.serve("/rows.gz", gzipped(content_));
  get(server_.url());
  expect_kept();
}

TEST_F(Download, FollowsRedirects) {
  server_.redirect("/rows", "/elsewhere/rows");
  server_.serve("/elsewhere/rows", content_);
  get(server_.url());
  expect_kept();
}

TEST_F(Download, TakesABaseWithAndWithoutASlash) {
  server_.serve("/deep/down/rows", content_);
  EXPECT_EQ(url_of(file_, "http://host/deep/"), "http://host/deep/rows");
  EXPECT_EQ(url_of(file_, "http://host/deep"), "http://host/deep/rows");
  get(server_.url("/deep/down/"));
  expect_kept();
}

TEST_F(Download, ReplacesAFileThatIsDamaged) {
  server_.serve("/rows", content_);
  fs::create_directories(folder_);
  std::ofstream(folder_ / "rows") << "half a fi";
  EXPECT_FALSE(is_kept(file_, folder_));
  get(server_.url());
  expect_kept();
}

TEST_F(Download, NamesBothSumsOfAnotherFile) {
  std::string other = content_;
  other[17] ^= 1;
  server_.serve("/rows", other);
  Sha256 sum;
  sum.add(other);
  EXPECT_THAT(error_of(server_.url()),
              AllOf(StartsWith(server_.url("/rows: ")), HasSubstr("its sha256 is " + sum.hex()),
                    HasSubstr("expected is " + file_.sha256)));
  expect_nothing_kept();
}

TEST_F(Download, EndsAtTheFirstByteTooMany) {
  server_.serve("/rows", content_ + content_);
  EXPECT_THAT(error_of(server_.url()), HasSubstr("it has more than 100000 bytes"));
  expect_nothing_kept();
}

TEST_F(Download, SaysWhatTheServerAnswers) {
  EXPECT_EQ(error_of(server_.url("/nowhere")),
            server_.url("/nowhere/rows: the server answers 404 (not found)"));
  expect_nothing_kept();
}

TEST_F(Download, KeepsNothingOfAConnectionThatBreaksOff) {
  server_.break_off("/rows", content_.substr(0, 5000), content_.size());
  EXPECT_THAT(error_of(server_.url()), StartsWith(server_.url("/rows: ")));
  expect_nothing_kept();
}

TEST_F(Download, KeepsNothingOfAGzipFileThatIsCutShortOrDamaged) {
  file_.remote = "rows.gz";
  std::string packed = gzipped(content_);
  server_.serve("/short/rows.gz", packed.substr(0, packed.size() - 9));
  EXPECT_THAT(error_of(server_.url("/short")), HasSubstr("the gzip file ends before its time"));
  server_.serve("/long/rows.gz", packed + "more");
  EXPECT_THAT(error_of(server_.url("/long")), HasSubstr("there is more behind the end"));
  packed[packed.size() / 2] ^= 0x55;
  server_.serve("/bad/rows.gz", packed);
  EXPECT_THAT(error_of(server_.url("/bad")), StartsWith(server_.url("/bad/rows.gz: ")));
  expect_nothing_kept();
}

TEST_F(Download, SaysWhenThereIsNoConnection) {
  EXPECT_THAT(error_of("http://127.0.0.1:1"), HasSubstr("no connection: "));
  EXPECT_THAT(error_of("ftp://127.0.0.1/"), StartsWith("ftp://127.0.0.1/rows: "));
  expect_nothing_kept();
}

TEST_F(Download, SaysWhenTheFolderCannotBeWritten) {
  server_.serve("/rows", content_);
  fs::create_directories(folder_.parent_path());
  std::ofstream(folder_) << "a file";
  EXPECT_THAT(error_of(server_.url()), StartsWith(server_.url("/rows: ")));
}

}  // namespace
}  // namespace hearsay::testing
