#include "nodes/config/listing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "nodes/algorithm_catalogue.h"
#include "nodes/config.h"

namespace hearsay {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const char* const kKinds[] = {"algorithms", "compressors", "aggregators", "schedules",
                              "graphs",     "mixings",     "objectives",  "data",
                              "partitions", "optimizers"};

TEST(Listing, NamesEveryKindAndEveryAlgorithm) {
  const std::string text = list_all();
  for (const char* kind : kKinds) EXPECT_THAT(text, HasSubstr(std::string(kind) + ":\n"));
  for (const PartInfo* part : algorithm_catalogue().parts())
    EXPECT_THAT(text, HasSubstr("\n  " + part->name + " "));
}

TEST(Listing, OfAKindShowsKeysWithWhatIsAllowedAndTheDefault) {
  const std::string text = list_kind("algorithms");
  for (const PartInfo* part : algorithm_catalogue().parts())
    for (const Param& param : part->params) EXPECT_THAT(text, HasSubstr("    " + param.name + " "));
  EXPECT_THAT(text, HasSubstr("a number above 0; required"));
}

TEST(Listing, ShowsTheKeysThatStandBesideAPart) {
  EXPECT_THAT(list_kind("graph"), AllOf(HasSubstr("beside every graph:"), HasSubstr("nodes "),
                                        HasSubstr("default metropolis")));
  EXPECT_THAT(list_kind("objective"), HasSubstr("default full"));
}

TEST(Listing, TakesSingularAndPlural) {
  EXPECT_EQ(list_kind("compressor"), list_kind("compressors"));
  EXPECT_EQ(list_kind("dataset"), list_kind("data"));
}

TEST(Listing, FitsIntoAHundredColumns) {
  std::string text = list_all();
  for (const char* kind : kKinds) text += list_kind(kind);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
}

TEST(Listing, HasNoSpacesAtLineEnds) {
  for (const char* kind : kKinds) EXPECT_THAT(list_kind(kind), testing::Not(HasSubstr(" \n")));
}

TEST(Listing, OfAnUnknownKindSuggestsTheNearest) {
  try {
    list_kind("compresors");
    FAIL();
  } catch (const ConfigError& e) {
    EXPECT_THAT(e.what(), AllOf(HasSubstr("\"compresors\""), HasSubstr("did you mean"),
                                HasSubstr("\"compressors\"?"), HasSubstr("partitions")));
  }
}

}  // namespace
}  // namespace hearsay
