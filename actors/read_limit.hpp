#pragma once

#include "domain/concurrency_limit.hpp"

#include <atomic>
#include <mutex>

namespace kinora {

/// How many feeds may read signals from the store at a time; the reads teach it. Thread-safe.
class read_limit {
public:
  explicit read_limit(concurrency_limit_options x) : adaptive_{x}, now_{adaptive_.limit()} {}

  std::size_t now() const noexcept { return now_.load(std::memory_order_relaxed); }

  void add(const finished_call& x) {
    const std::lock_guard lock{mutex_};
    adaptive_.add(x);
    now_.store(adaptive_.limit(), std::memory_order_relaxed);
  }

private:
  std::mutex mutex_;
  concurrency_limit adaptive_; ///< Guarded.
  std::atomic<std::size_t> now_;
};

} // namespace kinora
