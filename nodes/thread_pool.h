// A fixed set of threads for loops over nodes. Every worker has a share of the indices, the same in
// each loop, so that a loop's memory stays where it was; who is done with it helps the others,
// whose CPU may be slower or busy with something else. Results do not depend on who takes what, nor
// on the number of threads, since iterations share nothing but a worker's Workspace.
//
// Rounds of small models take less time than to wake a thread that sleeps. Where every thread has a
// CPU, who waits for the others therefore looks for them for a while (kSpins) before it sleeps.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
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
  /// Of its own cache line: others look at it only when they have nothing else to do.
  struct alignas(64) Share {
    std::atomic<std::size_t> next = 0;
    std::size_t end = 0;
  };

  void work(std::size_t worker);
  void run(std::size_t worker);
  void run_share(Share& share, std::size_t worker);
  template <class Ready>
  void wait(std::condition_variable& changed, const Ready& ready);
  void tell(std::condition_variable& changed);

  int spins_;
  std::mutex mutex_;  // for those who sleep, and for error_
  std::condition_variable started_;
  std::condition_variable finished_;
  std::atomic<std::uint64_t> generation_ = 0;  // of the loop that runs
  std::atomic<std::size_t> running_ = 0;       // workers that have not finished it
  std::atomic<bool> stopping_ = false;
  std::vector<Share> shares_;
  const std::function<void(std::size_t, std::size_t)>* body_ = nullptr;
  std::exception_ptr error_;
  std::vector<std::jthread> workers_;  // last: gone before what they use
};

}  // namespace hearsay
