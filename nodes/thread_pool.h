// A fixed set of threads for loops over nodes. Index k always goes to the same worker, so a loop's
// memory stays where it was; results never depend on the number of threads, since iterations share
// nothing but a worker's Workspace.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace hearsay {

class ThreadPool {
 public:
  /// `threads` >= 1, the calling thread included.
  explicit ThreadPool(std::size_t threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  std::size_t threads() const { return workers_.size() + 1; }

  /// body(index, worker) for 0 <= index < count, worker < threads(); returns when all are done. The
  /// first exception of a body is thrown here.
  void for_each(std::size_t count, const std::function<void(std::size_t, std::size_t)>& body);

 private:
  void work(std::size_t worker);
  void run_share(std::size_t worker);

  std::vector<std::jthread> workers_;
  std::mutex mutex_;
  std::condition_variable started_;
  std::condition_variable finished_;
  std::uint64_t generation_ = 0;
  std::size_t running_ = 0;
  bool stopping_ = false;
  std::size_t count_ = 0;
  const std::function<void(std::size_t, std::size_t)>* body_ = nullptr;
  std::exception_ptr error_;
};

}  // namespace hearsay
