// The threads that serve connections, one each: a bounded stand-in for httplib's pool.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace kinora::http {

/// Runs each job on a thread of its own: an idle one or, up to `threads_max`, a new one. Nothing queues up:
/// when all are busy `run` waits for one.
class connection_threads {
public:
  /// `make_room` is called while `run` waits, at once and then every few milliseconds: it should
  /// make a job end early.
  connection_threads(std::size_t threads_max, std::function<void()> make_room);

  /// Joins; every job must be about to end.
  ~connection_threads();

  connection_threads(const connection_threads&) = delete;
  connection_threads& operator=(const connection_threads&) = delete;

  /// Returns when a thread has taken the job. One caller at a time. Throws `std::system_error` when the
  /// system grants not even one thread.
  void run(std::function<void()> job);

private:
  void work();
  void add_thread();

  const std::size_t threads_max_;
  const std::function<void()> make_room_;
  std::mutex mutex_;
  std::condition_variable offered_;
  std::condition_variable taken_;
  std::function<void()> job_; ///< Offered and not taken yet.
  std::size_t idle_ = 0;      ///< Threads without a job, from their creation on.
  bool stopping_ = false;
  std::vector<std::thread> threads_; ///< Touched by the caller of `run` only.
};

} // namespace kinora::http
