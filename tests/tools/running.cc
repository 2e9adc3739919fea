#include "tests/tools/running.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/tools/results.h"

namespace hearsay::testing {

using ::testing::HasSubstr;

EndlessRun::EndlessRun(const Arguments& more, const std::string& topology,
                       const Process::Options& base)
    : process_(arguments(more, topology), options(base)) {}

Arguments EndlessRun::arguments(const Arguments& more, const std::string& topology) const {
  const std::string config = dir_.write(
      "endless.yaml", "topology: {" + topology +
                          "}\n"
                          "objective: {model: quadratic, dimension: 50, noise: 0.1}\n"
                          "algorithm: {name: choco-sgd, learning_rate: 0.01, gossip_step: 0.3, "
                          "compressor: {name: top-k, ratio: 0.1}}\n"
                          "run: {rounds: 1000000000, evaluate_every: 50}\n");
  Arguments result = {"run", config, "--out", dir_ / "out"};
  result.insert(result.end(), more.begin(), more.end());
  return result;
}

Process::Options EndlessRun::options(Process::Options base) const {
  base.environment["TMPDIR"] = sockets_.path().string();
  return base;
}

const std::vector<ProcessId>& EndlessRun::started() {
  EXPECT_TRUE(process_.wait_for(Stream::err, "round 100/")) << process_.err();
  nodes_ = process_.children();
  return nodes_;
}

bool EndlessRun::all_nodes_gone() const {
  return eventually([this] {
    return std::none_of(nodes_.begin(), nodes_.end(),
                        [](const ProcessId& p) { return p.running(); });
  });
}

std::string EndlessRun::log(int node) const {
  return read_file(out() + "/logs/node-00" + std::to_string(node) + ".log");
}

bool EndlessRun::grows_by(std::ptrdiff_t rows) const {
  const auto written = [this] {
    const std::string metrics = read_file(out() + "/metrics.csv");
    return std::count(metrics.begin(), metrics.end(), '\n');
  };
  const auto before = written();
  return eventually([&] { return written() >= before + rows; });
}

std::vector<std::string> EndlessRun::sockets() const {
  std::vector<std::string> result;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(sockets_.path()))
    result.push_back(entry.path().string());
  return result;
}

std::optional<ProcessId> process_of(const Process& launcher, int node) {
  for (const ProcessId& child : launcher.children()) {
    std::ifstream in("/proc/" + std::to_string(child.pid) + "/comm");
    std::string name;
    if (std::getline(in, name) && name == "hearsay-" + std::to_string(node) && child.running())
      return child;
  }
  return std::nullopt;
}

void expect_orderly_end(const std::string& out) {
  const Table metrics = read_table(out + "/metrics.csv");
  ASSERT_GE(metrics.size(), 3U);
  const std::string round = metrics.back().at(0);
  EXPECT_NE(round, metrics.at(metrics.size() - 2).at(0)) << "the last round was evaluated twice";

  // Every node ended after the same round: the one of the last row, of the traffic, and of the
  // summary.
  const Table nodes = read_table(out + "/nodes.csv");
  for (std::size_t row = nodes.size() - 4; row < nodes.size(); ++row)
    EXPECT_EQ(nodes.at(row).at(0), round);
  const Table edges = read_table(out + "/edges.csv");
  EXPECT_GT(edges.size(), 4U);
  for (std::size_t row = 1; row < edges.size(); ++row) EXPECT_EQ(edges[row].at(2), round);
  const std::string summary = read_file(out + "/summary.json");
  EXPECT_THAT(summary, HasSubstr("\"rounds\": " + round + ","));
  EXPECT_THAT(summary, HasSubstr("\"interrupted\": true"));
  EXPECT_THAT(read_file(out + "/model.safetensors"), HasSubstr("\"round\":\"" + round + "\""));
}

}  // namespace hearsay::testing
