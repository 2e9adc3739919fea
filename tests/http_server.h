// A web server on this host for the tests of downloads: a free port, and what each path answers.
#pragma once

#include <httplib.h>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace hearsay::testing {

class HttpServer {
 public:
  HttpServer() : port_(server_.bind_to_any_port("127.0.0.1")) {
    server_.Get(".*", [this](const httplib::Request& request, httplib::Response& response) {
      ++requests_;
      const std::lock_guard lock(mutex_);
      const auto answer = answers_.find(request.path);
      if (answer == answers_.end())
        response.status = 404;
      else
        answer->second(response);
    });
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();  // else stop() would do nothing
  }
  ~HttpServer() {
    server_.stop();
    thread_.join();
  }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::string url(const std::string& path = "") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  int requests() const { return requests_; }

  void serve(const std::string& path, const std::string& content) {
    answer(path, [content](httplib::Response& response) {
      response.set_content(content, "application/octet-stream");
    });
  }

  void redirect(const std::string& path, const std::string& to) {
    answer(path, [to](httplib::Response& response) { response.set_redirect(to); });
  }

  /// Promises `length` bytes, sends `content`, and closes the connection.
  void break_off(const std::string& path, const std::string& content, std::size_t length) {
    answer(path, [content, length](httplib::Response& response) {
      response.set_content_provider(
          length, "application/octet-stream",
          [content](std::size_t offset, std::size_t /*left*/, httplib::DataSink& sink) {
            return offset == 0 && sink.write(content.data(), content.size());
          });
    });
  }

 private:
  using Answer = std::function<void(httplib::Response&)>;

  void answer(const std::string& path, Answer with) {
    const std::lock_guard lock(mutex_);
    answers_[path] = std::move(with);
  }

  httplib::Server server_;
  std::mutex mutex_;
  std::map<std::string, Answer> answers_;
  std::atomic<int> requests_{0};
  int port_;
  std::thread thread_;
};

}  // namespace hearsay::testing
