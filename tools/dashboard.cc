#include "tools/dashboard.h"

#include <fmt/format.h>
#include <httplib.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "nodes/config.h"
#include "tools/finished_run.h"
#include "tools/run_page.h"
#include "tools/units.h"

namespace hearsay {

namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

constexpr std::size_t kThreads = 4;  // each serves a connection, and sleeps while nobody asks
constexpr int kTimeoutSeconds = 2;   // of a browser that reads or writes slowly
constexpr auto kLately = std::chrono::seconds(5);
constexpr auto kFarewell = std::chrono::seconds(3);

/// A table that grows, read on from where the last look ended.
class GrowingTable {
 public:
  explicit GrowingTable(std::filesystem::path file) : file_(std::move(file)) {}

  /// True when it has been begun anew, with fewer rows than before.
  bool read_on(CsvTable& table) {
    std::ifstream in(file_, std::ios::binary | std::ios::ate);
    const auto size = static_cast<std::streamoff>(in.tellg());
    const bool anew = size < offset_;
    if (anew || table.columns.empty()) {
      table = {};
      offset_ = 0;
    }
    if (size <= offset_) return anew;
    in.seekg(offset_);
    std::string text(static_cast<std::size_t>(size - offset_), '\0');
    in.read(text.data(), size - offset_);
    const std::size_t whole = text.rfind('\n');
    if (whole == std::string::npos) return anew;
    text.resize(whole + 1);
    offset_ += static_cast<std::streamoff>(text.size());
    append_csv(text, table);
    return anew;
  }

 private:
  std::filesystem::path file_;
  std::streamoff offset_ = 0;
};

}  // namespace

DashboardAddress DashboardAddress::parse(const std::string& text) {
  DashboardAddress address;
  std::string port = text;
  if (const std::size_t colon = text.rfind(':'); colon != std::string::npos) {
    address.host = text.substr(0, colon);
    port = text.substr(colon + 1);
    if (address.host.starts_with('[') && address.host.ends_with(']'))
      address.host = address.host.substr(1, address.host.size() - 2);
  }
  constexpr int kLastPort = 65535;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  const bool is_number = error == std::errc() && end == port.data() + port.size();
  if ((!port.empty() && !is_number) || address.port < 0 || address.port > kLastPort ||
      address.host.empty())
    throw ConfigError(fmt::format(
        "--dashboard: found {}, allowed are PORT and HOST:PORT, with a port from 0 (any) to {}",
        text, kLastPort));
  return address;
}

bool DashboardAddress::is_loopback() const {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

class Dashboard::Server {
 public:
  Server(DashboardAddress address, std::filesystem::path folder, Round rounds)
      : address_(std::move(address)),
        folder_(std::move(folder)),
        rounds_(rounds),
        session_(std::random_device()()),
        metrics_(folder_ / "metrics.csv") {}

  ~Server() {
    if (!thread_.joinable()) return;
    {
      std::unique_lock lock(mutex_);
      if (Clock::now() - asked_ < kLately)
        told_.wait_for(lock, kFarewell, [this] { return has_told_the_end_; });
    }
    server_.stop();
    thread_.join();
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void start() {
    server_.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    server_.set_read_timeout(kTimeoutSeconds);
    server_.set_write_timeout(kTimeoutSeconds);
    server_.set_payload_max_length(1024);
    server_.set_keep_alive_max_count(1);  // a thread serves a connection until it is closed
    // Not SO_REUSEPORT, the library's choice: two runs would share a port.
    server_.set_socket_options([](socket_t socket) {
      const int on = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    });
    server_.set_pre_routing_handler(
        [this](const auto& request, auto& response) { return admit(request, response); });
    server_.Get("/", [this](const auto& /*request*/, auto& response) {
      response.set_content(page(), "text/html; charset=utf-8");
    });
    server_.Get("/news", [this](const auto& request, auto& response) {
      response.set_content(news(request.get_param_value("after")), "application/json");
    });
    const bool any = address_.port == 0;
    const int port =
        any ? server_.bind_to_any_port(address_.host)
            : (server_.bind_to_port(address_.host, address_.port) ? address_.port : -1);
    if (port <= 0)
      throw ConfigError(
          fmt::format("--dashboard: cannot listen on {}:{}: it is taken, or no "
                      "address of this host",
                      address_.host, address_.port));
    address_.port = port;
    thread_ = std::thread([this] { server_.listen_after_bind(); });
  }

  std::string url() const {
    const bool v6 = address_.host.find(':') != std::string::npos;
    return fmt::format("http://{}{}{}:{}/", v6 ? "[" : "", address_.host, v6 ? "]" : "",
                       address_.port);
  }

  void on_progress(const Progress& progress) {
    round_.store(progress.round, std::memory_order_relaxed);
    bytes_.store(progress.wire_bytes, std::memory_order_relaxed);
  }

  void on_warning(const std::string& text) {
    const std::lock_guard lock(mutex_);
    warnings_.push_back(text);
  }

  void end(std::string state) {
    const std::lock_guard lock(mutex_);
    state_ = std::move(state);
    over_ = true;
  }

 private:
  using Handled = httplib::Server::HandlerResponse;

  Handled admit(const httplib::Request& request, httplib::Response& response) const {
    response.set_header("Cache-Control", "no-store");
    response.set_header("X-Content-Type-Options", "nosniff");
    response.set_header("Content-Security-Policy",
                        "default-src 'none'; script-src 'unsafe-inline'; style-src "
                        "'unsafe-inline'; connect-src 'self'; img-src data:; base-uri 'none'; "
                        "form-action 'none'; frame-ancestors 'none'");
    if (request.method != "GET" && request.method != "HEAD") {
      response.status = 405;
      return Handled::Handled;
    }
    if (address_.is_loopback() && !names_loopback(request.get_header_value("Host"))) {
      response.status = 403;
      return Handled::Handled;
    }
    return Handled::Unhandled;
  }

  bool names_loopback(const std::string& host) const {
    const std::string port = fmt::format(":{}", address_.port);
    if (!host.ends_with(port)) return false;
    std::string name = host.substr(0, host.size() - port.size());
    if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
    return DashboardAddress{name, address_.port}.is_loopback();
  }

  /// The run as it is now, under the lock.
  FinishedRun& look() {
    if (!run_) {
      run_ = read_run(folder_);
      run_->metrics = {};
    }
    if (metrics_.read_on(run_->metrics)) ++session_;  // the page begins anew
    return *run_;
  }

  std::string page() {
    const std::lock_guard lock(mutex_);
    const FinishedRun& run = look();
    Json json = page_json({run}, {run.name});
    json["live"] = true;
    json["session"] = session_;
    json["runs"][0]["state"] = state_;
    json["runs"][0]["warnings"] = warnings_;
    return render_page(json);
  }

  std::string news(const std::string& after) {
    const std::lock_guard lock(mutex_);
    const FinishedRun& run = look();
    std::size_t first = 0;
    std::from_chars(after.data(), after.data() + after.size(), first);
    Json json;
    json["session"] = session_;
    json["state"] = state_;
    json["over"] = over_;
    json["warnings"] = warnings_;
    json["progress"] = progress();
    json["metrics"] = metrics_json(run, std::min(first, run.evaluations()));
    if (first < run.evaluations() || over_) json.update(nodes_json(folder_));
    if (over_) {
      has_told_the_end_ = true;
      told_.notify_all();
    }
    asked_ = Clock::now();  // answers take a while on a busy machine
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  std::string progress() const {
    if (over_) return fmt::format("The run has ended: {}.", state_);
    return fmt::format("Running: round {} of {}, {} sent.", round_.load(std::memory_order_relaxed),
                       rounds_,
                       in_bytes(static_cast<double>(bytes_.load(std::memory_order_relaxed))));
  }

  DashboardAddress address_;
  std::filesystem::path folder_;
  Round rounds_;
  httplib::Server server_;
  std::thread thread_;
  std::atomic<Round> round_{0};
  std::atomic<std::uint64_t> bytes_{0};

  std::mutex mutex_;  // for all that follows
  std::condition_variable told_;
  std::optional<FinishedRun> run_;
  std::uint64_t session_;
  GrowingTable metrics_;
  std::vector<std::string> warnings_;
  std::string state_ = "running";
  bool over_ = false;
  bool has_told_the_end_ = false;
  Clock::time_point asked_{};
};

Dashboard::Dashboard(DashboardAddress address, std::filesystem::path folder, Round rounds)
    : server_(std::make_unique<Server>(std::move(address), std::move(folder), rounds)) {}
Dashboard::~Dashboard() = default;
void Dashboard::start() {
  server_->start();
}
std::string Dashboard::url() const {
  return server_->url();
}
void Dashboard::on_progress(const Progress& progress) {
  server_->on_progress(progress);
}
void Dashboard::on_warning(const std::string& text) {
  server_->on_warning(text);
}
void Dashboard::on_end(const RunEnd& end) {
  server_->end(end.interrupted ? "stopped early" : "finished");
}
void Dashboard::on_failure(const std::string& why) {
  server_->end("failed: " + why);
}

}  // namespace hearsay
