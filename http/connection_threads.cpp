#include "http/connection_threads.hpp"

#include <chrono>
#include <system_error>
#include <utility>

namespace kinora::http {

namespace {

constexpr std::chrono::milliseconds room_interval{20};

} // namespace

connection_threads::connection_threads(std::size_t threads_max, std::function<void()> make_room)
    : threads_max_{threads_max}, make_room_{std::move(make_room)} {}

connection_threads::~connection_threads() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  offered_.notify_all();
  for (auto& x : threads_)
    x.join();
}

void connection_threads::run(std::function<void()> job) {
  std::unique_lock lock{mutex_};
  job_ = std::move(job);
  if (idle_ == 0 && threads_.size() < threads_max_)
    add_thread();
  offered_.notify_one();
  while (job_) {
    if (idle_ == 0) {
      lock.unlock();
      make_room_();
      lock.lock();
    }
    taken_.wait_for(lock, room_interval, [this] { return !job_; });
  }
}

void connection_threads::add_thread() {
  try {
    threads_.emplace_back([this] { work(); });
    ++idle_;
  } catch (const std::system_error&) {
    if (threads_.empty())
      throw;
    // The system's limit comes before ours: the job waits for a thread that is there.
  }
}

void connection_threads::work() {
  std::unique_lock lock{mutex_};
  for (;;) {
    offered_.wait(lock, [this] { return job_ || stopping_; });
    --idle_;
    if (!job_)
      return;
    const auto job = std::exchange(job_, nullptr);
    taken_.notify_one();
    lock.unlock();
    job();
    lock.lock();
    ++idle_;
  }
}

} // namespace kinora::http
