#include "core/schedule.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <functional>
#include <numbers>
#include <utility>

namespace hearsay {

namespace {

std::vector<Param> with_warmup(std::vector<Param> params) {
  params.push_back(integer("warmup", "rounds of linear warm-up").at_least(0).by_default(0));
  return params;
}

/// The kinds of `schedule`. They differ in a line of learning_rate(), so they are not parts with a
/// file each; the catalogue gives each its own keys.
const Catalogue& schedule_catalogue() {
  static const std::vector<PartInfo> kKinds = {
      {"constant", "the same rate in every round", with_warmup({}), "kind"},
      {"step", "multiplied by factor at each milestone",
       with_warmup({list_of("milestones", number("", "").above(0),
                            "when the rate is multiplied by factor, ascending")
                        .must(),
                    number("factor", "what each milestone multiplies by").above(0).by_default(0.1),
                    choice("unit", {"epochs", "rounds"}, "what the milestones count")
                        .by_default("epochs")}),
       "kind"},
      {"inverse-sqrt", "divided by the square root of the round", with_warmup({}), "kind"},
      {"cosine", "half a cosine, to zero after the last round", with_warmup({}), "kind"},
  };
  static const Catalogue kCatalogue(
      "schedule", {kKinds.data(), kKinds.data() + 1, kKinds.data() + 2, kKinds.data() + 3});
  return kCatalogue;
}

}  // namespace

std::vector<Param> Schedule::params() {
  Param schedule =
      part("schedule", &schedule_catalogue, "how the learning rate changes over the rounds")
          .by_default("constant");
  schedule.selectors = {"kind"};
  return {number("learning_rate", "the rate eta before the schedule").above(0).must(),
          std::move(schedule)};
}

Schedule::Schedule(const Params& algorithm, Round rounds, double rounds_per_epoch)
    : base_(algorithm.number("learning_rate")), kind_(Kind::constant), rounds_(rounds) {
  const Params& schedule = algorithm.map("schedule");
  warmup_ = static_cast<Round>(schedule.integer("warmup"));
  const std::string& kind = schedule.part();
  if (kind == "inverse-sqrt") kind_ = Kind::inverse_sqrt;
  if (kind == "cosine") kind_ = Kind::cosine;
  if (kind == "step") {
    kind_ = Kind::step;
    factor_ = schedule.number("factor");
    milestones_ = schedule.numbers("milestones");
    if (std::adjacent_find(milestones_.begin(), milestones_.end(), std::greater_equal<>()) !=
        milestones_.end())
      throw ParamError("schedule.milestones", "must be ascending");
    if (schedule.text("unit") == "epochs")
      for (double& milestone : milestones_) milestone *= rounds_per_epoch;
  }
}

double Schedule::learning_rate(Round t) const {
  assert(t >= 1);
  const auto round = static_cast<double>(t);
  double rate = base_;
  switch (kind_) {
    case Kind::constant:
      break;
    case Kind::step:
      for (const double milestone : milestones_)
        if (round > milestone) rate *= factor_;
      break;
    case Kind::inverse_sqrt:
      rate /= std::sqrt(round);
      break;
    case Kind::cosine:
      rate *=
          0.5 * (1.0 + std::cos(std::numbers::pi * (round - 1.0) / static_cast<double>(rounds_)));
      break;
  }
  if (t < warmup_) rate *= round / static_cast<double>(warmup_);
  return rate;
}

}  // namespace hearsay
