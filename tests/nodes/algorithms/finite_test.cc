// NaN and infinite values never leave a node and never stay in one, whatever the algorithm: a node
// whose gradient is poisoned stops before anybody hears of it, one that is sent poison refuses it,
// and what is finite but overflows ends the round and not the model.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <cstring>

#include "core/objectives/quadratic.h"
#include "core/vector_ops.h"
#include "nodes/simulator.h"
#include "tests/core/vectors.h"
#include "tests/nodes/cluster.h"
#include "tests/nodes/experiments.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::size_t kDimension = 23;
constexpr NodeId kPart = 1;  // whose gradient is poisoned

constexpr std::size_t kAll = kDimension;

/// What the gradient of part kPart is spoiled with; nothing while `on` is false.
struct Poison {
  bool on = false;
  std::size_t coordinate = 0;  // or kAll
  float value = 0.0F;
};
Poison poison;

/// Quadratics in two tensors, one gradient of which can be spoiled.
class Spoiled final : public Objective {
 public:
  explicit Spoiled(std::size_t parts) : inner_({.dimension = kDimension, .noise = 0.1}, parts, 1) {
    layout_.append("weight", {4, 5});
    layout_.append("bias", {3});
  }
  const Layout& layout() const override { return layout_; }
  double evaluate(ConstVectorView x, const Sample& sample, VectorView gradient,
                  Workspace& work) const override {
    const double loss = inner_.evaluate(x, sample, gradient, work);
    if (!poison.on || sample.part != kPart || gradient.empty()) return loss;
    if (poison.coordinate == kAll)
      std::ranges::fill(gradient, poison.value);
    else
      gradient[poison.coordinate] = poison.value;
    return loss;
  }
  std::optional<std::uint64_t> correct(ConstVectorView, ConstVectorView,
                                       std::span<const std::uint32_t>, Workspace&) const override {
    return std::nullopt;
  }
  std::size_t test_rows() const override { return 0; }

 private:
  QuadraticObjective inner_;
  Layout layout_;
};

std::unique_ptr<Objective> make_spoiled(const Params& /*params*/, const ObjectiveContext& context) {
  return std::make_unique<Spoiled>(context.parts);
}

Experiment spoiled(const std::string& topology, const std::string& algorithm,
                   std::uint64_t seed = 1) {
  DatasetCache cache;
  return {Config::parse(fmt::format("seed: {}\n"
                                    "topology: {}\n"
                                    "objective: {{model: quadratic, dimension: {}}}\n"
                                    "algorithm: {}\n"
                                    "run: {{rounds: 9, evaluate_every: 9}}\n",
                                    seed, topology, kDimension, algorithm),
                        "test.yaml"),
          DataPaths{}, cache, make_spoiled};
}

class Finite : public ::testing::TestWithParam<Pairing> {
 protected:
  ~Finite() override { poison = {}; }

  NodeId culprit() const { return experiment.network().holder_of(kPart); }

  const Experiment experiment =
      spoiled(GetParam().on_server() ? "{graph: star, workers: 3}"
                                     : "{graph: ring, nodes: 4, mixing: lazy-metropolis}",
              algorithm_settings(GetParam(), 0.02));
};

INSTANTIATE_TEST_SUITE_P(Registry, Finite, ::testing::ValuesIn(all_pairings()),
                         [](const auto& pairing) { return pairing.param.test_name(); });

TEST_P(Finite, ANodeStopsBeforeItSendsWhatIsNot) {
  if (!experiment.trains()) GTEST_SKIP() << "takes no gradients";
  for (const float value : {NAN, INFINITY, -INFINITY}) {
    for (const std::size_t coordinate : {0U, 7U, 21U}) {
      poison = {.on = false, .coordinate = coordinate, .value = value};
      Cluster cluster(experiment);
      cluster.run_to(2);
      poison.on = true;
      const std::string message = message_of<NotFinite>([&] { cluster.run_to(3); });
      EXPECT_THAT(message, AllOf(HasSubstr("the run has diverged: "),
                                 HasSubstr(coordinate == 21 ? "at entry 1 of tensor \"bias\""
                                                            : fmt::format("at entry {} of tensor "
                                                                          "\"weight\"",
                                                                          coordinate))));
      EXPECT_EQ(cluster.engine(culprit()).round(), 3U);
      for (NodeId id = 0; id < cluster.size(); ++id) {
        if (id != culprit()) {
          EXPECT_TRUE(all_finite(cluster.model(id))) << "node " << id;
        }
      }
    }
  }
}

/// Starts to poison when a round is over.
struct Poisoner : Recorder {
  void on_progress(const Progress& now) override { poison.on = now.round >= 4; }
};

TEST_P(Finite, TheSimulatorNamesNodeRoundAndTensor) {
  if (!experiment.trains()) GTEST_SKIP() << "takes no gradients";
  poison = {.on = false, .coordinate = 20, .value = NAN};
  Poisoner observer;
  const std::atomic<bool> stop = false;
  EXPECT_THAT(message_of<RunFailed>([&] { simulate(experiment, 2, stop, observer); }),
              AllOf(StartsWith(fmt::format("node {} failed in round 5: ", culprit())),
                    HasSubstr("is nan at entry 0 of tensor \"bias\"")));
}

/// How a run goes on after frame 3 of node 1 to its first receiver was tampered with.
enum class Outcome { refused, stopped, went_on };

template <class Spoil>
Outcome outcome_of(const Experiment& experiment, const std::vector<SavedState>& before,
                   Spoil spoil) {
  Cluster cluster(experiment);
  cluster.restore(before);
  bool done = false;
  cluster.tamper = [&](Envelope& envelope) {
    if (done || envelope.header.from != 1) return;
    auto payload = std::make_shared<Bytes>(envelope.payload->begin(), envelope.payload->end());
    spoil(*payload);
    envelope.payload = std::move(payload);
    done = true;
  };
  try {
    cluster.run_to(4);
  } catch (const NotFinite&) {
    return Outcome::stopped;
  } catch (const std::logic_error& error) {
    EXPECT_THAT(error.what(), HasSubstr(to_string(Refusal::bad_payload)));
    return Outcome::refused;
  }
  for (NodeId id = 0; id < cluster.size(); ++id)
    EXPECT_TRUE(all_finite(cluster.model(id))) << "node " << id;
  return Outcome::went_on;
}

TEST_P(Finite, ANodeRefusesWhatIsNot) {
  Cluster cluster(experiment);
  cluster.run_to(2);
  const auto before = cluster.states();
  std::size_t size = 0;
  outcome_of(experiment, before, [&](const Bytes& payload) { size = payload.size(); });
  std::size_t refused = 0;
  for (const float value : {NAN, INFINITY, -INFINITY}) {
    // Words of the payload that are no floats may have a meaning; then the model stays finite.
    for (std::size_t at = 0; at + 4 <= size; at += 12) {
      const Outcome outcome = outcome_of(experiment, before, [&](Bytes& payload) {
        std::memcpy(payload.data() + at, &value, sizeof value);
      });
      EXPECT_NE(outcome, Outcome::stopped) << at << " of " << size;
      if (outcome == Outcome::refused) ++refused;
    }
  }
  if (size >= 4) {
    EXPECT_GT(refused, 0U);  // all but the bits of signsgd
  }
}

TEST_P(Finite, HugeValuesThatAreFiniteMayEndTheRunButStayInNoModel) {
  Cluster cluster(experiment);
  cluster.run_to(2);
  const auto before = cluster.states();
  for (const float value : {FLT_MAX, -FLT_MAX, 1e20F}) {
    for (std::size_t first = 0; first < 12; first += 4) {
      outcome_of(experiment, before, [&](Bytes& payload) {
        for (std::size_t at = first; at + 4 <= payload.size(); at += 12)
          std::memcpy(payload.data() + at, &value, sizeof value);
      });
    }
  }
}

TEST(FiniteSgp, RefusesPushSumWeightsThatAreNotPositive) {
  const Experiment experiment = spoiled("{graph: ring, nodes: 3}", "{name: sgp, learning_rate: 1}");
  const Node node = experiment.make_node(0);
  const auto check = [&](float weight) {
    Bytes payload(4 * (kDimension + 1), std::byte{0});
    std::memcpy(payload.data() + 4 * kDimension, &weight, sizeof weight);
    return node.engine->algorithm().check(1, 0, payload).value_or("");
  };
  EXPECT_EQ(check(0.25F), "");
  for (const float weight : {0.0F, -0.0F, -1.0F})
    EXPECT_THAT(check(weight), HasSubstr("weights are positive"));
  EXPECT_THAT(check(NAN), HasSubstr("not finite"));
}

/// A row of the largest floats is finite, and its projection may be above them.
TEST(FinitePowerGossip, NamesTheTensorWhoseProjectionOverflows) {
  std::size_t projections = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Experiment experiment =
        spoiled("{graph: ring, nodes: 4}", "{name: powergossip, learning_rate: 1}", seed);
    Cluster cluster(experiment);
    cluster.watch = [](const Envelope& envelope) {
      for (std::size_t at = 0; at < envelope.payload->size(); at += 4) {
        float value = 0.0F;
        std::memcpy(&value, envelope.payload->data() + at, sizeof value);
        ASSERT_TRUE(std::isfinite(value));
      }
    };
    cluster.run_to(1);
    poison = {.on = true, .coordinate = kAll, .value = -FLT_MAX};
    const std::string message = message_of<NotFinite>([&] { cluster.run_to(3); });
    poison = {};
    EXPECT_THAT(message, HasSubstr("the run has diverged: "));
    if (message.find("in a projection of tensor \"weight\" value ") != std::string::npos)
      ++projections;
  }
  EXPECT_GT(projections, 0U);
}

}  // namespace
}  // namespace hearsay
