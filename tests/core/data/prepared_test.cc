// Prepared copies: shared by processes, made anew when they are not sound, never in the way.
#include "core/data/prepared.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <csignal>
#include <fstream>
#include <sstream>

#include "core/data/locate.h"
#include "tests/core/data/data_testing.h"

namespace hearsay {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::load;
using testing::message_of;
using testing::ScopedVariable;
using testing::settings;
using ::testing::SizeIs;
using testing::TempFolder;

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void write_file(const fs::path& path, const std::string& bytes) {
  fs::remove(path);  // the copies are read-only
  std::ofstream(path, std::ios::binary) << bytes;
}

class Prepared : public ::testing::Test {
 protected:
  Dataset made() {
    ++calls_;
    Dataset data;
    data.source = "source";
    data.shape = {1, 1, 3};
    data.train.count = 3;
    data.train.features = 3;
    data.train.keep_bytes({1, 2, 3, 4, 5, 6, 7, 8, 255}, values_);
    data.train.labels = {0.5, -1.0, 2.0};
    data.test.count = 1;
    data.test.features = 3;
    data.test.keep_bytes({9, 0, 9}, values_);
    data.test.labels = {2.0};
    data.classes = {-1.0, 0.5, 2.0};
    return data;
  }

  Dataset get(const std::string& settings = "") {
    return prepared({"test", {source_, ""}, settings}, values_, [this] { return made(); });
  }

  static void expect_same(const Dataset& a, const Dataset& b) {
    EXPECT_EQ(a.source, b.source);
    EXPECT_EQ(a.shape, b.shape);
    EXPECT_EQ(a.classes, b.classes);
    EXPECT_EQ(a.vocabulary, b.vocabulary);
    for (const auto part : {&Dataset::train, &Dataset::test}) {
      const Rows& x = a.*part;
      const Rows& y = b.*part;
      EXPECT_EQ(x.count, y.count);
      EXPECT_EQ(x.features, y.features);
      EXPECT_EQ(x.labels, y.labels);
      EXPECT_EQ(x.byte_values, y.byte_values);
      EXPECT_TRUE(std::equal(x.bytes.begin(), x.bytes.end(), y.bytes.begin(), y.bytes.end()));
      EXPECT_TRUE(std::equal(x.words.begin(), x.words.end(), y.words.begin(), y.words.end()));
    }
  }

  std::vector<fs::path> kept() const {
    std::vector<fs::path> files;
    if (fs::exists(cache_ + "/prepared"))
      for (const auto& entry : fs::directory_iterator(cache_ + "/prepared"))
        files.push_back(entry.path());
    return files;
  }

  TempFolder folder_;
  std::string cache_ = folder_.path() + "/cache";
  ScopedVariable variable_{"HEARSAY_CACHE", cache_};
  std::string source_ = folder_.write("source", "content");
  std::shared_ptr<const ByteValues> values_ = ByteValues::scaled(1.0);
  int calls_ = 0;
};

TEST_F(Prepared, IsMadeOnceAndIsTheSameAfterwards) {
  const Dataset expected = made();
  expect_same(get(), expected);
  EXPECT_EQ(calls_, 2);
  expect_same(get(), expected);
  EXPECT_EQ(calls_, 2);
  EXPECT_THAT(kept(), SizeIs(1));
}

TEST_F(Prepared, WordsAreKeptToo) {
  const auto get_words = [&] {
    return prepared({"words", {source_}, ""}, nullptr, [&] {
      ++calls_;
      Dataset data;
      data.vocabulary = 65536;
      data.train.count = 2;
      data.train.features = 2;
      data.train.keep_words({0, 1, 2, 65535});
      data.train.labels = {0, 1};
      data.classes = {0, 1};
      return data;
    });
  };
  const Dataset first = get_words();
  const Dataset second = get_words();
  EXPECT_EQ(calls_, 1);
  EXPECT_EQ(second.train.words[3], 65535);
  EXPECT_EQ(second.test.count, 0U);
  expect_same(first, second);
}

TEST_F(Prepared, WhatNoReaderGivesIsNotTaken) {
  const std::vector<std::pair<const char*, void (*)(Dataset&)>> faults = {
      {"no rows", [](Dataset& data) { data.train = Rows{.features = 2}; }},
      {"a label that is no number", [](Dataset& data) { data.train.labels[1] = std::nan(""); }},
      {"an infinite label", [](Dataset& data) { data.test.labels[0] = -INFINITY; }},
      {"a word beyond the vocabulary", [](Dataset& data) { data.vocabulary = 9; }},
      {"another shape", [](Dataset& data) { data.shape = {3}; }},
      {"a shape whose product is too large",
       [](Dataset& data) {
         data.shape = {2, 1L << 62, 4};
       }},
      {"a negative shape",
       [](Dataset& data) {
         data.shape = {-1, -2};
       }},
      {"test rows of another width", [](Dataset& data) {
         data.test.features = 1;
         data.test.keep_words({1});
       }}};
  for (const auto& [what, spoil] : faults) {
    const auto get_spoilt = [&, settings = std::string(what), spoilt = spoil] {
      return prepared({"words", {source_}, settings}, nullptr, [&] {
        ++calls_;
        Dataset data;
        data.vocabulary = 10;
        data.shape = {2};
        data.train.count = 2;
        data.train.features = 2;
        data.train.keep_words({1, 2, 3, 4});
        data.train.labels = {0, 1};
        data.test.count = 1;
        data.test.features = 2;
        data.test.keep_words({5, 9});
        data.test.labels = {1};
        spoilt(data);
        return data;
      });
    };
    calls_ = 0;
    get_spoilt();
    get_spoilt();
    EXPECT_EQ(calls_, 2) << what;
  }
}

TEST_F(Prepared, IsMadeAnewWhenSettingsOrSourcesChange) {
  get();
  get("other");
  EXPECT_EQ(calls_, 2);
  fs::last_write_time(source_, fs::last_write_time(source_) + std::chrono::nanoseconds(1000));
  get();
  EXPECT_EQ(calls_, 3);
  write_file(source_, "longer content");
  get();
  EXPECT_EQ(calls_, 4);
  get("other");
  EXPECT_EQ(calls_, 5);
}

TEST_F(Prepared, ADamagedCopyIsMadeAnew) {
  const Dataset expected = get();
  const fs::path path = kept().at(0);
  const std::string sound = read_file(path);
  ASSERT_GT(sound.size(), 200U);
  const auto damaged = [&](const std::string& bytes, const std::string& what) {
    write_file(path, bytes);
    const int before = calls_;
    expect_same(get(), expected);
    EXPECT_EQ(calls_, before + 1) << what;
    EXPECT_EQ(read_file(path), sound) << what;
  };
  // The header's padding is the one thing that no sum covers, and nothing reads it.
  std::size_t unread = 0;
  for (std::size_t k = 0; k < sound.size(); ++k) {
    std::string bytes = sound;
    bytes[k] = static_cast<char>(bytes[k] ^ 0x10);
    write_file(path, bytes);
    const int before = calls_;
    expect_same(get(), expected);
    if (calls_ == before) ++unread;
  }
  EXPECT_LT(unread, 64U);
  damaged("", "empty");
  damaged(sound.substr(0, 10), "torn in its first bytes");
  damaged(sound.substr(0, 100), "torn in the header");
  damaged(sound.substr(0, sound.size() - 1), "torn at the end");
  damaged(sound + "x", "too long");
  damaged(std::string(sound.size(), '\0'), "zeros, as after a crash");
  damaged("something else altogether, and long enough to hold a preamble", "foreign");
}

TEST_F(Prepared, ACopyOfAnotherKeyIsNotTaken) {
  get();
  const fs::path first = kept().at(0);
  get("other");
  for (const fs::path& path : kept())
    if (path != first) write_file(path, read_file(first));
  get("other");
  EXPECT_EQ(calls_, 3);
}

TEST_F(Prepared, ItsMemoryOutlivesTheFile) {
  Dataset data = get();
  fs::remove_all(cache_);
  const Rows copy = data.train;
  data = {};
  EXPECT_EQ(copy.bytes[8], 255);
}

TEST_F(Prepared, WithoutAFolderTheRowsAreInMemory) {
  for (const std::string& cache : {std::string("none"), source_ + "/below-a-file"}) {
    const ScopedVariable variable("HEARSAY_CACHE", cache);
    const int before = calls_;
    const Dataset data = get();
    EXPECT_EQ(data.train.bytes[8], 255);
    get();
    EXPECT_EQ(calls_, before + 2) << cache;
  }
  EXPECT_THAT(kept(), IsEmpty());
}

TEST_F(Prepared, AFolderInThePlaceOfTheFileDoesNoHarm) {
  get();
  const fs::path path = kept().at(0);
  fs::remove(path);
  fs::create_directories(path / "full");
  EXPECT_EQ(get().train.bytes[8], 255);
  EXPECT_EQ(calls_, 2);
  EXPECT_THAT(kept(), SizeIs(1));  // no draft is left
}

TEST_F(Prepared, DraftsOfDeadProcessesGoAway) {
  get();
  write_file(cache_ + "/prepared/test-0123.part-Ab12xY", "half");
  EXPECT_THAT(kept(), SizeIs(2));
  get("other");
  EXPECT_THAT(kept(), SizeIs(2));
}

TEST_F(Prepared, ErrorsOfTheDataPass) {
  const auto fail = [&] {
    prepared({"test", {source_}, ""}, values_, []() -> Dataset { throw DataError("source: bad"); });
  };
  EXPECT_EQ(message_of<DataError>(fail), "source: bad");
  EXPECT_THAT(kept(), IsEmpty());
}

/// Where the rows of a data set are: the device, inode and path of the mapping.
std::string mapping_of(const void* place) {
  std::ifstream maps("/proc/self/maps");
  const auto wanted = reinterpret_cast<std::uintptr_t>(place);
  std::string line;
  while (std::getline(maps, line)) {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    std::string rights;
    std::string rest;
    char dash = 0;
    std::istringstream in(line);
    in >> std::hex >> begin >> dash >> end >> rights;
    std::getline(in, rest);
    if (wanted >= begin && wanted < end) return rights + rest;
  }
  return "nowhere";
}

/// Processes that all call `body` at the same time; what each of them returned.
template <class Body>
std::vector<std::string> in_processes(std::size_t count, Body body) {
  std::array<int, 2> gate{};
  EXPECT_EQ(pipe(gate.data()), 0);
  std::vector<std::pair<pid_t, int>> children;
  for (std::size_t k = 0; k < count; ++k) {
    std::array<int, 2> answer{};
    EXPECT_EQ(pipe(answer.data()), 0);
    const pid_t child = fork();
    if (child == 0) {
      close(gate[1]);
      char nothing = 0;
      const ssize_t opened = read(gate[0], &nothing, 1);  // until the parent closes its end
      const std::string text = opened == 0 ? body() : "no start";
      const ssize_t written = write(answer[1], text.data(), text.size());
      _exit(written == static_cast<ssize_t>(text.size()) ? 0 : 1);
    }
    close(answer[1]);
    children.emplace_back(child, answer[0]);
  }
  close(gate[0]);
  close(gate[1]);
  std::vector<std::string> answers;
  for (const auto& [child, from] : children) {
    std::array<char, 1024> text{};
    const ssize_t size = read(from, text.data(), text.size());
    close(from);
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    answers.emplace_back(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  }
  return answers;
}

TEST_F(Prepared, ProcessesThatKnowNothingOfEachOtherMapTheSameFile) {
  // All start at once, on an empty cache: one makes the copy and the others wait for it.
  const auto answers = in_processes(6, [&] {
    const Dataset data = get();
    const bool right = data.train.bytes[8] == 255 && data.test.labels == std::vector<double>{2.0};
    return std::to_string(calls_) + (right ? " right " : " wrong ") +
           mapping_of(data.train.bytes.data());
  });
  int makers = 0;
  for (const std::string& answer : answers) {
    makers += answer.front() == '1' ? 1 : 0;
    EXPECT_THAT(answer, HasSubstr(" right r--s "));  // read-only, shared
    EXPECT_THAT(answer, HasSubstr("/prepared/test-"));
    EXPECT_EQ(answer.substr(1), answers.front().substr(1));  // the same inode
  }
  EXPECT_EQ(makers, 1);
  EXPECT_THAT(kept(), SizeIs(1));
}

TEST_F(Prepared, AMakerThatDiesLetsTheNextOneWork) {
  const pid_t child = fork();
  if (child == 0) {
    prepared({"test", {source_, ""}, ""}, values_, []() -> Dataset {
      std::raise(SIGKILL);
      return {};
    });
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(get().train.bytes[8], 255);
  EXPECT_THAT(kept(), SizeIs(1));
}

TEST_F(Prepared, DataSetsThatDifferInWhatBytesStandForShareACopy) {
  const std::string images("\0\0\x08\x03\0\0\0\x01\0\0\0\x01\0\0\0\x02\xff\x80", 18);
  const std::string labels("\0\0\x08\x01\0\0\0\x01\x05", 9);
  folder_.write("data/train-images-idx3-ubyte", images);
  folder_.write("data/train-labels-idx1-ubyte", labels);
  const DataPaths paths{folder_.path() + "/data", ""};
  const Dataset plain = load("mnist", {}, paths);
  const Dataset normalized = load("mnist", settings({{"normalize", true}}), paths);
  EXPECT_THAT(kept(), SizeIs(1));
  EXPECT_THAT(mapping_of(plain.train.bytes.data()), HasSubstr("/prepared/idx-"));
  EXPECT_EQ(mapping_of(plain.train.bytes.data()), mapping_of(normalized.train.bytes.data()));
  EXPECT_EQ(testing::values_of(plain.train)[0], 1.0F);
  EXPECT_EQ(testing::values_of(normalized.train)[0], static_cast<float>((1.0 - 0.1307) / 0.3081));
  EXPECT_EQ(plain.name, "mnist");
}

}  // namespace
}  // namespace hearsay
