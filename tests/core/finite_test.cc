#include "core/finite.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cfloat>

#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;

Layout layout_of_three() {
  Layout layout;
  layout.append("weight", {2, 3});
  layout.append("nothing", {0});
  layout.append("bias", {2});
  return layout;
}

TEST(RequireFinite, NamesTheTensorAndTheEntryOfTheFirstBadValue) {
  const Layout layout = layout_of_three();
  const auto message = [&](const Vector& x) {
    return message_of<NotFinite>([&] { require_finite(x, layout, "what is to be sent"); });
  };
  EXPECT_THAT(message({0, 0, 0, 0, -NAN, 0, INFINITY, 0}),
              AllOf(HasSubstr("diverged: what is to be sent is "), HasSubstr("nan at entry 4"),
                    HasSubstr("of tensor \"weight\"")));
  EXPECT_THAT(message({0, 0, 0, 0, 0, 0, 0, -INFINITY}),
              HasSubstr("is -inf at entry 1 of tensor \"bias\""));
  EXPECT_THAT(message({0, 0, 0, 0, 0, 0, INFINITY, 0}),
              HasSubstr("is inf at entry 0 of tensor \"bias\""));
}

TEST(RequireFinite, TakesEveryFiniteValue) {
  Layout layout;
  layout.append("x", {6});
  EXPECT_NO_THROW(
      require_finite(Vector{FLT_MAX, -FLT_MAX, FLT_MIN, -FLT_TRUE_MIN, 0.0F, -0.0F}, layout, "x"));
  EXPECT_NO_THROW(require_finite({}, Layout(), "nothing"));
}

TEST(Layout, FindsTheLayerOfACoordinate) {
  const Layout layout = layout_of_three();
  const std::vector<std::string> names = {"weight", "weight", "weight", "weight",
                                          "weight", "weight", "bias",   "bias"};
  for (std::size_t j = 0; j < names.size(); ++j) EXPECT_EQ(layout.layer_of(j).name, names[j]);
}

}  // namespace
}  // namespace hearsay
