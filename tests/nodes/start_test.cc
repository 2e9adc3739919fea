// Runs that start from a model file (objective.start).
#include "nodes/start.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <limits>

#include "tests/core/vectors.h"
#include "tests/nodes/cluster.h"
#include "tests/nodes/experiments.h"
#include "tests/nodes/running_mean.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
namespace fs = std::filesystem;

class Start : public ::testing::Test {
 protected:
  Start() {
    std::string name = (fs::temp_directory_path() / "hearsay-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder = name;
    file = folder / "start.safetensors";
    buffer_layout.append("running_mean", {4});
    buffer_layout.append("num_batches_tracked", {}, true);
  }
  ~Start() override { fs::remove_all(folder); }

  /// The config stands in the folder, and names the file relative to it.
  Experiment experiment() const {
    DatasetCache cache;
    return {Config::parse("topology: {graph: ring, nodes: 3}\n"
                          "objective: {model: quadratic, dimension: 4, start: start.safetensors}\n"
                          "algorithm: {name: dpsgd, learning_rate: 0.1}\n"
                          "run: {rounds: 5}\n",
                          (folder / "test.yaml").string()),
            DataPaths{}, cache, make_running_mean};
  }
  std::string complaint() const {
    return message_of<ConfigError>([this] { experiment(); });
  }
  void write(const std::vector<TensorView>& tensors) const { write_safetensors(file, tensors, {}); }
  std::vector<TensorView> model() const { return tensors_of(layout, x); }
  std::vector<TensorView> with(std::vector<TensorView> more) const {
    std::vector<TensorView> all = model();
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  fs::path folder;
  fs::path file;
  const Layout layout = Layout::flat(4);
  Layout buffer_layout;
  const Vector x = gaussian_vector(4, 1);
  const Vector buffers = {1.0F, 2.0F, 3.0F, 4.0F, 70.0F};
};

TEST_F(Start, GivesAllNodesTheModelAndTheBuffers) {
  write(with(tensors_of(buffer_layout, buffers)));
  const Experiment started = experiment();
  EXPECT_THAT(started.warnings(), IsEmpty());
  EXPECT_THAT(started.notes(), Contains(HasSubstr(sha256_of_model(file))));
  Cluster cluster(started);
  for (NodeId id = 0; id < 3; ++id) {
    EXPECT_EQ(bits_of(cluster.model(id)), bits_of(x));
    EXPECT_EQ(bits_of(cluster.node(id).problem->buffers()), bits_of(buffers));
  }
}

TEST_F(Start, WithoutBuffersLeavesThemAndSaysSo) {
  write(model());
  const Experiment started = experiment();
  EXPECT_THAT(started.warnings(), ElementsAre(HasSubstr("has no buffers")));
  Cluster cluster(started);
  EXPECT_EQ(bits_of(cluster.model(0)), bits_of(x));
  EXPECT_EQ(cluster.node(0).problem->buffers().front(), 0.25F);
}

TEST_F(Start, WithSomeOfTheBuffersIsRefused) {
  Layout mean;
  mean.append("running_mean", {4});
  write(with(tensors_of(mean, ConstVectorView(buffers).first(4))));
  EXPECT_THAT(complaint(), HasSubstr("tensor num_batches_tracked [] is missing"));
}

TEST_F(Start, OfAnotherModelIsRefusedByTheTensorAndThePlaceInTheConfig) {
  write(tensors_of(Layout::flat(5), Vector(5)));
  EXPECT_THAT(complaint(), AllOf(StartsWith((folder / "test.yaml").string() + ":2:"),
                                 HasSubstr("objective.start"),
                                 HasSubstr("tensor x: found F32 [5], needed is "
                                           "F32 [4]")));
  write(tensors_of(buffer_layout, buffers));
  EXPECT_THAT(complaint(), HasSubstr("tensor x [4] is missing"));
  Vector infinite = x;
  infinite[2] = std::numeric_limits<float>::infinity();
  write(tensors_of(layout, infinite));
  EXPECT_THAT(complaint(), HasSubstr("tensor x: found inf"));
  fs::remove(file);
  EXPECT_THAT(complaint(), AllOf(HasSubstr("start.safetensors"), HasSubstr("cannot be read")));
}

TEST_F(Start, NamesWhatItDoesNotUse) {
  const std::vector<std::int64_t> one = {1};
  const std::vector<std::int64_t> two = {2};
  const Vector others = {2.0F, 4.0F};
  std::vector<TensorView> more = tensors_of(buffer_layout, buffers);
  more.push_back({"scale", two, others});
  for (const char* name : {"a", "b", "c", "d", "e", "f", "g"})
    more.push_back({name, one, ConstVectorView(others).first(1)});
  write(with(more));
  EXPECT_THAT(experiment().warnings(),
              ElementsAre(AllOf(HasSubstr("frozen parameters stay"), HasSubstr(": scale")),
                          HasSubstr("ignored: a, b, c, d, e and 2 more")));
}

TEST_F(Start, IsPartOfTheDigest) {
  const auto digest = [this](const Vector& values) {
    write(tensors_of(layout, values));
    return experiment().digest();
  };
  Vector other = x;
  other[3] += 1.0F;
  const std::uint64_t mine = digest(x);
  EXPECT_EQ(digest(x), mine);
  EXPECT_NE(digest(other), mine);
}

}  // namespace
}  // namespace hearsay
