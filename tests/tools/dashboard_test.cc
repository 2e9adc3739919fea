// hearsay run --dashboard: a page of the run while it goes on, that nobody can hold it up with.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/tools/process.h"
#include "tests/tools/results.h"
#include "tests/tools/running.h"

namespace hearsay::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

constexpr int kBadUsage = 2;
constexpr int kInterrupted = 130;

/// What stands behind "dashboard  ".
std::string url_of(Process& process) {
  EXPECT_TRUE(process.wait_for(Stream::err, "dashboard  http://")) << process.err();
  EXPECT_TRUE(process.wait_for(Stream::err, "/\n"));
  const std::string mark = "dashboard  ";
  const std::size_t begin = process.err().find(mark) + mark.size();
  return process.err().substr(begin, process.err().find('\n', begin) - begin);
}

int port_of(const std::string& url) {
  return std::stoi(url.substr(url.rfind(':') + 1));
}

std::optional<Json> news(httplib::Client& client, std::size_t after) {
  const auto answer = client.Get("/news?after=" + std::to_string(after));
  if (!answer || answer->status != 200) return std::nullopt;
  return Json::parse(answer->body);
}

/// A connection that says nothing, or what it is told to.
class Connection {
 public:
  Connection(int port, const std::string& says) : file_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(file_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(send(file_, says.data(), says.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(says.size()));
  }
  ~Connection() { close(file_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

 private:
  int file_;
};

class Dashboards : public ::testing::TestWithParam<bool> {
 protected:
  static Arguments with_dashboard() {
    Arguments arguments = {"--dashboard"};
    if (GetParam()) arguments.emplace_back("--simulate");
    return arguments;
  }
};

INSTANTIATE_TEST_SUITE_P(Both, Dashboards, ::testing::Bool(), [](const auto& tested) {
  return std::string(tested.param ? "Simulated" : "Processes");
});

TEST_P(Dashboards, ShowTheRowsOfTheTableAsTheyCome) {
  EndlessRun run(with_dashboard());
  const std::string url = url_of(run.process());
  httplib::Client client("127.0.0.1", port_of(url));
  const auto page = client.Get("/");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->status, 200);
  EXPECT_THAT(page->body, HasSubstr("\"live\":true"));
  EXPECT_THAT(page->get_header_value("Content-Security-Policy"), HasSubstr("default-src 'none'"));
  ASSERT_TRUE(eventually([&] { return news(client, 0)->at("metrics").at("round").size() >= 4; }));
  // Of a later look only what is new.
  const Json all = *news(client, 0);
  const Json rest = *news(client, 3);
  EXPECT_EQ(rest.at("metrics").at("round").at(0), all.at("metrics").at("round").at(3));
  const Table table = read_table(run.out() + "/metrics.csv");
  for (const std::size_t row : {1U, 3U})
    EXPECT_EQ(all.at("metrics").at("train_loss").at(row).get<double>(),
              std::stod(table[row + 1][3]));
  EXPECT_EQ(all.at("node_rows").at("node").size(), 4U);
  run.process().signal(SIGINT);
  EXPECT_EQ(run.process().wait(), kInterrupted);
}

TEST_P(Dashboards, AreNotHeldUpBySlowOrAbsentBrowsersNorHoldUpTheRun) {
  EndlessRun run(with_dashboard());
  const int port = port_of(url_of(run.process()));
  std::vector<std::unique_ptr<Connection>> idle;
  for (int k = 0; k < 6; ++k)
    idle.push_back(std::make_unique<Connection>(port, k % 2 == 0 ? "" : "GET / HTTP/1.1\r\nHo"));
  const std::size_t rows = read_table(run.out() + "/metrics.csv").size();
  EXPECT_TRUE(
      eventually([&] { return read_table(run.out() + "/metrics.csv").size() >= rows + 5; }));
  httplib::Client client("127.0.0.1", port);
  client.set_read_timeout(kPatience);
  EXPECT_TRUE(news(client, 0)) << "the idle ones are turned out after a while";
  run.process().signal(SIGINT);
  EXPECT_EQ(run.process().wait(), kInterrupted);
}

TEST_P(Dashboards, AnswerForTheirOwnAddressAlone) {
  EndlessRun run(with_dashboard());
  httplib::Client client("127.0.0.1", port_of(url_of(run.process())));
  EXPECT_EQ(client.Get("/", {{"Host", "hearsay.example:80"}})->status, 403);
  EXPECT_EQ(client.Get("/metrics.csv")->status, 404);
  EXPECT_EQ(client.Get("/../config.yaml")->status, 404);
  EXPECT_EQ(client.Post("/news", "x", "text/plain")->status, 405);
  EXPECT_EQ(client.Get("/news?after=nonsense")->status, 200);
  EXPECT_EQ(client.Get("/news?after=99999999999999999999")->status, 200);
}

TEST(Dashboard, WorksInABrowser) {
  if (std::string(HEARSAY_PAGE_PYTHON).empty()) GTEST_SKIP() << "no Python with Selenium";
  EndlessRun run({"--dashboard"});
  Process::Options options;
  options.program = HEARSAY_PAGE_PYTHON;
  Process browser({"-B", HEARSAY_PAGE_TEST, url_of(run.process())}, options);
  if (!browser.wait_for(Stream::out, "it grows")) {
    if (browser.wait() == 77) GTEST_SKIP() << browser.out();
    FAIL() << browser.err();
  }
  run.process().signal(SIGINT);
  EXPECT_EQ(browser.wait(), 0) << browser.err();
  EXPECT_EQ(run.process().wait(), kInterrupted);
}

TEST(Dashboard, OnAPortThatIsTakenIsRefusedAndLeavesNobodyBehind) {
  EndlessRun first({"--dashboard"});
  const std::string port = std::to_string(port_of(url_of(first.process())));
  EndlessRun second({"--dashboard", port});
  EXPECT_EQ(second.process().wait(), kBadUsage);
  EXPECT_THAT(second.process().err(), HasSubstr("--dashboard: cannot listen on 127.0.0.1:" + port));
  EXPECT_TRUE(second.process().children().empty());
}

TEST(Dashboard, HasAnAddressThatMakesSense) {
  for (const char* address : {"x", "70000", "-1", ":80x", "1:2:3x"}) {
    EndlessRun run({"--dashboard", address});
    EXPECT_EQ(run.process().wait(), kBadUsage) << address;
    EXPECT_THAT(run.process().err(), HasSubstr("--dashboard: found " + std::string(address)));
  }
}

TEST(Dashboard, ForOthersThanThisHostSaysWhatThatMeans) {
  EndlessRun run({"--dashboard", "0.0.0.0:0", "--simulate"});
  EXPECT_TRUE(run.process().wait_for(Stream::err, "dashboard  http://0.0.0.0:"));
  EXPECT_THAT(run.process().err(),
              HasSubstr("warning: --dashboard: whoever reaches 0.0.0.0 can see this run"));
}

}  // namespace
}  // namespace hearsay::testing
