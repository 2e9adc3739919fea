#include "nodes/event_file.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
// RapidCheck's GoogleTest header needs GoogleTest before it.
#include <rapidcheck/gtest.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <sstream>

#include "tests/support/events.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::StartsWith;
namespace fs = std::filesystem;

const char* const kHeader = "round,epoch,seconds,loss,bits\n";

struct Folder {
  Folder() {
    std::string name = (fs::temp_directory_path() / "hearsay-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path = name;
  }
  ~Folder() { fs::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::vector<Event> events(std::size_t file = 0) const {
    std::ostringstream bytes;
    bytes << std::ifstream(event_files(path).at(file), std::ios::binary).rdbuf();
    return events_of(bytes.str());
  }

  fs::path path;
};

TEST(EventFile, BeginsWithItsVersion) {
  const Folder folder;
  EXPECT_FALSE(EventFile::exists_in(folder.path));
  const EventFile file(folder.path, kHeader);
  EXPECT_TRUE(EventFile::exists_in(folder.path));
  const auto events = folder.events();
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].file_version, "brain.Event:2");
  EXPECT_THAT(events[0].scalars, IsEmpty());
}

TEST(EventFile, HasTheCellsOfARowUnderTheNamesOfTheirColumns) {
  const Folder folder;
  EventFile file(folder.path, kHeader);
  file.append("0,,0.000000,0.1,0\n");
  file.append("300,1.5,2.500000,,16777217\n");
  const auto events = folder.events();
  ASSERT_THAT(events, SizeIs(3));
  EXPECT_EQ(events[1].step, 0);
  EXPECT_THAT(events[1].scalars, ElementsAre(Pair("loss", 0.1F), Pair("bits", 0.0F)));
  EXPECT_EQ(events[2].step, 300);
  EXPECT_THAT(events[2].scalars, ElementsAre(Pair("bits", 16777216.0F))) << "to float32";
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_LE(events[1].wall_time, events[2].wall_time);
  EXPECT_NEAR(events[2].wall_time, now, 3600.0);
}

TEST(EventFile, KeepsWhatIsNoNumberOrTooLargeForOne) {
  const Folder folder;
  EventFile file(folder.path, kHeader);
  file.append("1,,0,nan,-inf\n");
  file.append("2,,0,1e300,-1e300\n");
  const auto events = folder.events();
  EXPECT_TRUE(std::isnan(events.at(1).scalars.at(0).second));
  const float infinite = std::numeric_limits<float>::infinity();
  EXPECT_THAT(events[1].scalars.at(1), Pair("bits", -infinite));
  EXPECT_THAT(events.at(2).scalars, ElementsAre(Pair("loss", infinite), Pair("bits", -infinite)));
}

TEST(EventFile, MarksWhereTheRunGoesOn) {
  const Folder folder;
  EventFile file(folder.path, kHeader);
  for (const char* row : {"0,,0,1,0\n", "10,,0,2,0\n", "20,,0,3,0\n"}) file.append(row);
  file.restart_after(10);
  EXPECT_THAT(shown_scalars(folder.path).at("loss"), ElementsAre(Pair(0, 1.0F), Pair(10, 2.0F)));
  file.append("20,,0,4,0\n");
  EXPECT_THAT(shown_scalars(folder.path).at("loss"),
              ElementsAre(Pair(0, 1.0F), Pair(10, 2.0F), Pair(20, 4.0F)));
}

TEST(EventFile, IsReadBehindTheEarlierOnesOfItsFolder) {
  const Folder folder;
  for (const char* loss : {"1", "2", "3"}) {  // all within a second
    EventFile file(folder.path, kHeader);
    file.append(std::string("7,,0,") + loss + ",0\n");
  }
  ASSERT_THAT(event_files(folder.path), SizeIs(3));
  for (std::size_t k = 0; k < 3; ++k)
    EXPECT_EQ(folder.events(k).at(1).scalars.at(0).second, static_cast<float>(k + 1));
  EXPECT_THAT(event_files(folder.path)[0].filename().string(), StartsWith("events.out.tfevents.1"));
}

RC_GTEST_PROP(EventFileProperty, RowsReadBackEqual, ()) {
  const Folder folder;
  EventFile file(folder.path, kHeader);
  const auto rounds = *rc::gen::container<std::vector<std::int64_t>>(
      rc::gen::inRange<std::int64_t>(0, std::numeric_limits<std::int64_t>::max()));
  Vector values;
  for (const std::int64_t round : rounds) {
    values.push_back(static_cast<float>(*rc::gen::arbitrary<double>()));
    file.append(fmt::format("{},0,0,{},\n", round, values.back()));
  }
  const auto events = folder.events();
  RC_ASSERT(events.size() == rounds.size() + 1);
  for (std::size_t k = 0; k < rounds.size(); ++k) {
    RC_ASSERT(events[k + 1].step == rounds[k]);
    RC_ASSERT(events[k + 1].scalars.size() == 1U);
    RC_ASSERT(events[k + 1].scalars[0].second == values[k]);
  }
}

}  // namespace
}  // namespace hearsay
