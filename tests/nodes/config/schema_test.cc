// What must hold for the description of every part there is, those of plugins to come included.
#include "nodes/config/schema.h"

#include <gtest/gtest.h>

#include <set>

#include "core/compressor.h"
#include "core/optimizer.h"
#include "nodes/config/reader.h"

namespace hearsay {
namespace {

/// Calls f for every list of keys that stand together in one map, catalogues included.
template <class F>
void for_each_keys(const Param& param, std::set<const Catalogue*>& seen, const F& f) {
  if (param.type == Param::Type::part && seen.insert(&param.catalogue()).second) {
    for (const PartInfo* info : param.catalogue().parts()) {
      std::vector<Param> keys = info->params;
      f(info->name, keys);
      for (const Param& key : keys) for_each_keys(key, seen, f);
    }
  }
  if (!param.fields.empty() && param.type != Param::Type::list && param.type != Param::Type::table)
    f(param.name, param.fields);
  for (const Param& field : param.fields) for_each_keys(field, seen, f);
}

template <class F>
void for_each_keys(const F& f) {
  std::set<const Catalogue*> seen;
  for_each_keys(config_schema(), seen, f);
  for_each_keys(part("optimizer", optimizer_catalogue, ""), seen, f);
  for_each_keys(part("compressor", compressor_catalogue, ""), seen, f);
}

TEST(Schema, EveryDefaultIsAllowedByItsOwnDescription) {
  int defaults = 0;
  for_each_keys([&](const std::string& owner, const std::vector<Param>& keys) {
    for (const Param& key : keys) {
      if (!key.fallback) continue;
      ++defaults;
      EXPECT_NO_THROW(resolve(section("", {key}, ""), "{}", {owner, {}}))
          << owner << " " << key.name;
    }
  });
  EXPECT_GT(defaults, 10);
}

TEST(Schema, KeysAreLowerCaseDistinctAndExplained) {
  for_each_keys([](const std::string& owner, const std::vector<Param>& keys) {
    std::set<std::string> names;
    for (const Param& key : keys) {
      EXPECT_TRUE(names.insert(key.name).second) << owner << " " << key.name;
      EXPECT_FALSE(key.help.empty()) << owner << " " << key.name;
      EXPECT_EQ(key.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"),
                std::string::npos)
          << owner << " " << key.name;
    }
  });
}

TEST(Schema, NoKeyIsCalledLikeASelectorOrStandsInTwoRoles) {
  for (const Param& field : config_schema().fields) {
    if (field.type != Param::Type::part) continue;
    for (const PartInfo* info : field.catalogue().parts())
      for (const Param& key : info->params)
        for (const std::string& selector : field.selectors)
          EXPECT_NE(key.name, selector) << info->name;
  }
}

}  // namespace
}  // namespace hearsay
