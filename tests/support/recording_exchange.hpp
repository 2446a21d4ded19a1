// An exchange for tests of routes and handlers: keeps the answer.
#pragma once

#include "http/message.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

namespace kinora::test {

/// Records the first answer; any thread may give it.
class recording_exchange final : public http::exchange {
public:
  bool complete(http::response answer) override {
    compose unused; // its end may end others
    const std::lock_guard lock{mutex_};
    if (answer_)
      return false;
    unused.swap(fallback_);
    answer_ = std::move(answer);
    answered_.notify_all();
    return true;
  }

  void expire_at(steady_time at, compose compose_fallback) override {
    const std::lock_guard lock{mutex_};
    deadline_ = at;
    fallback_ = std::move(compose_fallback);
  }

  /// Plays the transport whose deadline has passed.
  void expire() {
    auto compose_fallback = [this] {
      const std::lock_guard lock{mutex_};
      return fallback_;
    }();
    if (compose_fallback)
      complete(compose_fallback());
  }

  bool is_answered() const {
    const std::lock_guard lock{mutex_};
    return answer_.has_value();
  }

  std::optional<steady_time> deadline() const {
    const std::lock_guard lock{mutex_};
    return deadline_;
  }

  /// The answer; throws `std::bad_optional_access` when there is none yet.
  http::response answer() const {
    const std::lock_guard lock{mutex_};
    return answer_.value();
  }

  /// Waits for the answer, at most `patience`. Returns whether it came.
  bool wait(std::chrono::milliseconds patience) const {
    std::unique_lock lock{mutex_};
    return answered_.wait_for(lock, patience, [this] { return answer_.has_value(); });
  }

private:
  mutable std::mutex mutex_;
  mutable std::condition_variable answered_;
  std::optional<http::response> answer_;
  std::optional<steady_time> deadline_;
  compose fallback_;
};

} // namespace kinora::test
