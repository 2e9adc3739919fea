// hearsay report: that the page is whole, shows the numbers of the files, and works in a browser.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "tests/tools/process.h"
#include "tests/tools/results.h"

namespace hearsay::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

const std::string kBase =
    "topology: {graph: ring, nodes: 4}\n"
    "objective: {model: softmax, data: {name: synthetic, rows: 120, features: 5, classes: 3}, "
    "batch: 8}\n"
    "algorithm: {name: choco-amsgrad, learning_rate: 0.05, gossip_step: 0.3, "
    "compressor: {name: top-k, ratio: 0.3}}\n"
    "run: {rounds: 60, evaluate_every: 5}\n";

Json data_of(const std::string& page) {
  const std::string open = R"(<script type="application/json" id="data">)";
  const std::size_t begin = page.find(open) + open.size();
  return Json::parse(page.substr(begin, page.find("</script>", begin) - begin));
}

class Report : public ::testing::Test {
 protected:
  /// A simulated run of that name; its folder.
  std::string simulated(const std::string& name, const Arguments& more = {}) const {
    const std::string config = dir_.write(name + ".yaml", "name: " + name + "\n" + kBase);
    Arguments arguments = {"run", config, "--simulate", "--out", dir_ / name};
    arguments.insert(arguments.end(), more.begin(), more.end());
    EXPECT_EQ(run(arguments).status, 0);
    return dir_ / name;
  }

  TempDir dir_;
};

TEST_F(Report, ShowsTheNumbersOfTheTables) {
  const std::string folder = simulated("one");
  const Ended ended = run({"report", folder});
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr(folder + "/report.html"));
  const Json run = data_of(read_file(folder + "/report.html")).at("runs").at(0);
  const Table table = read_table(folder + "/metrics.csv");
  for (std::size_t column = 0; column < table[0].size(); ++column) {
    const Json& values = run.at("metrics").at(table[0][column]);
    ASSERT_EQ(values.size(), table.size() - 1);
    for (std::size_t row = 1; row < table.size(); ++row) {
      const std::string& cell = table[row][column];
      if (cell.empty())
        EXPECT_TRUE(values[row - 1].is_null());
      else
        EXPECT_EQ(values[row - 1].get<double>(), std::stod(cell)) << table[0][column];
    }
  }
  const Table nodes = read_table(folder + "/nodes.csv");
  EXPECT_EQ(run.at("node_rows").at("round"), 60);
  for (std::size_t id = 0; id < 4; ++id)
    EXPECT_EQ(run.at("node_rows").at("squared_distance").at(id).get<double>(),
              std::stod(nodes[nodes.size() - 4 + id][5]));
  std::uint64_t bytes = 0;
  for (const Json& edge : run.at("edges")) bytes += edge.at(2).get<std::uint64_t>();
  EXPECT_EQ(bytes, run.at("metrics").at("wire_bytes").back().get<std::uint64_t>());
  EXPECT_EQ(run.at("yaml"), read_file(folder + "/config.yaml"));
  EXPECT_THAT(run.at("environment").at("compiler").get<std::string>(), Not(HasSubstr("unknown")));
}

TEST_F(Report, MeasuresContractionAndKnowsWhatTheSpectrumForecasts) {
  // Plain averaging of fixed vectors: its factor tends to the largest eigenvalue but the first,
  // which is 1/3 + 2/3 cos(2 pi / 8) on the 8-ring.
  const std::string config =
      dir_.write("mean.yaml",
                 "topology: {graph: ring, nodes: 8}\nobjective: {model: quadratic, dimension: 40}\n"
                 "algorithm: {name: gossip}\nrun: {rounds: 40, evaluate_every: 1}\n");
  ASSERT_EQ(run({"run", config, "--simulate", "--out", dir_ / "mean"}).status, 0);
  ASSERT_EQ(run({"report", dir_ / "mean"}).status, 0);
  const Json run = data_of(read_file(dir_ / "mean/report.html")).at("runs").at(0);
  const double forecast = run.at("forecast").at("contraction").get<double>();
  EXPECT_NEAR(forecast, (1.0 + 2.0 * std::cos(M_PI / 4.0)) / 3.0, 1e-9);
  const Json& measured = run.at("metrics").at("contraction");
  EXPECT_TRUE(measured.front().is_null());
  EXPECT_NEAR(measured.at(30).get<double>(), forecast, 1e-3);
}

TEST_F(Report, IsOneFileThatAsksNobodyForAnything) {
  ASSERT_EQ(run({"report", simulated("alone"), "--out", dir_ / "page.html"}).status, 0);
  const std::string page = read_file(dir_ / "page.html");
  EXPECT_FALSE(std::filesystem::exists(dir_ / "alone/report.html"));
  for (const char* request : {R"(<script[^>]* src=)", R"(<link[^>]* href="?(?!"?data:))", R"(<img)",
                              R"(@import)", R"(url\((?!["']?data:))", R"(sourceMappingURL)"})
    EXPECT_FALSE(std::regex_search(page, std::regex(request))) << request;
  EXPECT_THAT(page, AllOf(HasSubstr("<!DOCTYPE html>"), HasSubstr("(MIT)"),
                          Not(HasSubstr("{{page")), Not(HasSubstr("{{data"))));
}

TEST_F(Report, TakesNamesForText) {
  const std::string folder = simulated("plain", {"--set", "name='</script><b>&\"'"});
  ASSERT_EQ(run({"report", folder}).status, 0);
  const std::string page = read_file(folder + "/report.html");
  EXPECT_THAT(page, Not(HasSubstr("</script><b>")));
  EXPECT_EQ(data_of(page).at("title"), "</script><b>&\"");
}

TEST_F(Report, TakesNoPictureWithScriptsFromAFolder) {
  const std::string folder = simulated("foreign");
  std::string topology = read_file(folder + "/topology.json");
  const std::string ring = "\"ring\"";
  topology.replace(topology.find(ring), ring.size(), R"("<img src=x onerror=alert(1)>")");
  std::ofstream(folder + "/topology.json") << topology;
  ASSERT_EQ(run({"report", folder}).status, 0);
  const Json data = data_of(read_file(folder + "/report.html"));
  EXPECT_THAT(data.at("graphs").at(0).get<std::string>(),
              AllOf(HasSubstr("graph: 4 nodes"), Not(HasSubstr("<img"))));
}

TEST_F(Report, GivesRunsOfOneNameNamesOfTheirOwn) {
  const std::string first = simulated("same");
  const std::string config = dir_ / "same.yaml";
  ASSERT_EQ(run({"run", config, "--simulate", "--set", "seed=2", "--out", dir_ / "second"}).status,
            0);
  ASSERT_EQ(
      run({"report", first, dir_ / "second", dir_ / "second", "--out", dir_ / "p.html"}).status, 0);
  std::set<std::string> names;
  const Json data = data_of(read_file(dir_ / "p.html"));
  for (const Json& one : data.at("runs")) names.insert(one.at("name").get<std::string>());
  EXPECT_EQ(names, (std::set<std::string>{"same, seed 1", "same, seed 2", "same, seed 2 (2)"}));
}

TEST_F(Report, OfARunThatWasKilledHasWhatThereIs) {
  const std::string folder = simulated("killed");
  for (const char* file : {"summary.json", "edges.csv", "phases.csv"})
    std::filesystem::remove(folder + "/" + file);
  std::ofstream(folder + "/metrics.csv", std::ios::app) << "65,1.5";  // a row that was cut short
  ASSERT_EQ(run({"report", folder}).status, 0);
  const Json run = data_of(read_file(folder + "/report.html")).at("runs").at(0);
  EXPECT_EQ(run.at("state"), "not finished");
  EXPECT_EQ(run.at("metrics").at("round").back(), 60);
}

TEST_F(Report, OfTwentyLongRunsStaysSmallAndKeepsTheExtremes) {
  constexpr int kRuns = 20;
  constexpr int kRows = 10'000;
  const std::string folder = simulated("long");
  const std::string header = read_file(folder + "/metrics.csv");
  std::string rows = header.substr(0, header.find('\n') + 1);
  for (int k = 0; k < kRows; ++k) {
    const double loss = k == 7'777 ? 1e-9 : 1.0 / (1.0 + std::fmod(k * 0.7391, 1.0));
    rows += fmt::format("{},{},{:.6f},{},{},{},{},{},{},,{},{},{},,\n", k, k / 3.0, k * 0.01, loss,
                        loss / 3.0, loss / 7.0, loss / 11.0, k * 1000, k * 150, loss / 13.0,
                        loss / 17.0, k % 100);
  }
  Arguments arguments = {"report"};
  for (int k = 0; k < kRuns; ++k) {
    const std::string copy = dir_ / ("copy" + std::to_string(k));
    std::filesystem::copy(folder, copy, std::filesystem::copy_options::recursive);
    std::ofstream(copy + "/metrics.csv") << rows;
    arguments.push_back(copy);
  }
  arguments.insert(arguments.end(), {"--out", dir_ / "long.html"});
  ASSERT_EQ(run(arguments).status, 0);
  EXPECT_LT(std::filesystem::file_size(dir_ / "long.html"), 5'000'000U);
  const Json data = data_of(read_file(dir_ / "long.html"));
  EXPECT_THAT(data.at("note").get<std::string>(), HasSubstr("20 of 20 runs have more evaluations"));
  const Json& metrics = data.at("runs").at(3).at("metrics");
  EXPECT_EQ(metrics.at("round").front(), 0);
  EXPECT_EQ(metrics.at("round").back(), kRows - 1);
  const auto& loss = metrics.at("train_loss");
  EXPECT_EQ(std::count(loss.begin(), loss.end(), 1e-9), 1);
  EXPECT_EQ(data.at("graphs").size(), 1U);  // the same picture once
}

TEST_F(Report, FiguresAndTheirTablesHaveTheSamePlots) {
  const std::string folder = simulated("figures");
  const Ended ended = run({"report", folder, "--svg", dir_ / "svg", "--csv", dir_ / "csv"});
  ASSERT_EQ(ended.status, 0) << ended.err;
  std::set<std::string> svg;
  std::set<std::string> csv;
  for (const auto& entry : std::filesystem::directory_iterator(dir_ / "svg"))
    svg.insert(entry.path().stem());
  for (const auto& entry : std::filesystem::directory_iterator(dir_ / "csv"))
    csv.insert(entry.path().stem());
  EXPECT_EQ(svg, csv);
  EXPECT_TRUE(svg.count("train_loss-bits"));
  EXPECT_THAT(
      read_file(dir_ / "svg/train_loss-bits.svg"),
      AllOf(HasSubstr("<svg"), HasSubstr("</svg>"), HasSubstr("(bit)"), HasSubstr("figures")));
  const Table table = read_table(dir_ / "csv/grad_norm-rounds.csv");
  const Table metrics = read_table(folder + "/metrics.csv");
  ASSERT_EQ(table.size(), metrics.size());
  for (std::size_t row = 1; row < table.size(); ++row) {
    EXPECT_EQ(table[row][1], metrics[row][0]);
    EXPECT_EQ(std::stod(table[row][2]), std::stod(metrics[row][4]));
  }
}

TEST_F(Report, OfNoRunSaysSo) {
  const Ended ended = run({"report", dir_.path().string()});
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.err, HasSubstr("holds no run: there is no metrics.csv"));
}

TEST_F(Report, WorksInABrowser) {
  if (std::string(HEARSAY_PAGE_PYTHON).empty()) GTEST_SKIP() << "no Python with Selenium";
  const std::string first = simulated("first");
  const std::string second = simulated("second", {"--set", "algorithm.gossip_step=0.1"});
  ASSERT_EQ(run({"report", first, second, "--out", dir_ / "page.html"}).status, 0);
  Process::Options options;
  options.program = HEARSAY_PAGE_PYTHON;
  const Ended ended = run({"-B", HEARSAY_PAGE_TEST, dir_ / "page.html", "2"}, options);
  if (ended.status == 77) GTEST_SKIP() << ended.out;
  EXPECT_EQ(ended.status, 0) << ended.err;
}

}  // namespace
}  // namespace hearsay::testing
