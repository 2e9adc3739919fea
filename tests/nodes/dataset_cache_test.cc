#include "nodes/dataset_cache.h"

#include <gtest/gtest.h>

namespace hearsay {
namespace {

Params settings(const std::string& name, const Params& given = {}) {
  return complete(datasets().at(name), given);
}

TEST(DatasetCache, MakesADataSetOnce) {
  DatasetCache cache;
  const auto one = cache.get(settings("digits"), {}, 1);
  EXPECT_EQ(one, cache.get(settings("digits"), {}, 2)) << "digits know no seed";
  Params scaled;
  scaled.set("scale", 0.5);
  EXPECT_NE(one, cache.get(settings("digits", scaled), {}, 1));
}

TEST(DatasetCache, TellsSeedsApartWhereTheyMatter) {
  DatasetCache cache;
  const auto one = cache.get(settings("synthetic"), {}, 1);
  EXPECT_EQ(one, cache.get(settings("synthetic"), {}, 1));
  EXPECT_NE(one, cache.get(settings("synthetic"), {}, 2));
}

}  // namespace
}  // namespace hearsay
