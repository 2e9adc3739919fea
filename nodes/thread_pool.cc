#include "nodes/thread_pool.h"

namespace hearsay {

namespace {

/// Looks at what is waited for: 50 to 100 microseconds on the CPUs of today, as long as it takes to
/// put a thread to sleep and to wake it.
constexpr int kSpins = 2000;

void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

ThreadPool::ThreadPool(std::size_t threads)
    : spins_(threads <= std::thread::hardware_concurrency() ? kSpins : 0), shares_(threads) {
  for (std::size_t worker = 1; worker < threads; ++worker)
    workers_.emplace_back([this, worker] { work(worker); });
}

ThreadPool::~ThreadPool() {
  stopping_ = true;
  tell(started_);
}

/// Returns when `ready` holds, which another thread makes true before it calls tell().
template <class Ready>
void ThreadPool::wait(std::condition_variable& changed, const Ready& ready) {
  for (int spin = 0; spin < spins_; ++spin) {
    if (ready()) return;
    relax();
  }
  std::unique_lock lock(mutex_);
  changed.wait(lock, ready);
}

/// Whoever looked in vain before the lock was free sleeps by now, and hears it.
void ThreadPool::tell(std::condition_variable& changed) {
  { const std::lock_guard lock(mutex_); }
  changed.notify_all();
}

void ThreadPool::for_each(std::size_t count,
                          const std::function<void(std::size_t, std::size_t)>& body) {
  for (std::size_t worker = 0; worker < threads(); ++worker) {
    shares_[worker].next = count * worker / threads();
    shares_[worker].end = count * (worker + 1) / threads();
  }
  body_ = &body;
  error_ = nullptr;
  if (!workers_.empty()) {
    running_ = workers_.size();
    ++generation_;
    tell(started_);
  }
  run(0);
  if (!workers_.empty()) wait(finished_, [this] { return running_ == 0; });
  if (error_) std::rethrow_exception(error_);
}

void ThreadPool::work(std::size_t worker) {
  std::uint64_t seen = 0;
  for (;;) {
    wait(started_, [&] { return stopping_ || generation_ != seen; });
    if (stopping_) return;
    ++seen;
    run(worker);
    if (--running_ == 0) tell(finished_);
  }
}

void ThreadPool::run(std::size_t worker) {
  for (std::size_t k = 0; k < threads(); ++k) run_share(shares_[(worker + k) % threads()], worker);
}

void ThreadPool::run_share(Share& share, std::size_t worker) {
  try {
    for (;;) {
      const std::size_t index = share.next.fetch_add(1, std::memory_order_relaxed);
      if (index >= share.end) return;
      (*body_)(index, worker);
    }
  } catch (...) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::current_exception();
  }
}

}  // namespace hearsay
