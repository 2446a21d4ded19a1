#include "http/pending_answer.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace kinora::http {

/// The exchange that travels with the request; its end tells the connection that no answer will come.
class pending_answer::reply final : public exchange {
public:
  explicit reply(std::shared_ptr<pending_answer> target) : target_{std::move(target)} {}
  ~reply() override { target_->cancel(); }
  reply(const reply&) = delete;
  reply& operator=(const reply&) = delete;

  bool complete(response answer) override { return target_->complete(std::move(answer)); }

  void expire_at(steady_time deadline, compose fallback) override {
    target_->expire_at(deadline, std::move(fallback));
  }

private:
  std::shared_ptr<pending_answer> target_;
};

exchange_ptr pending_answer::make_exchange() {
  return std::make_shared<reply>(shared_from_this());
}

bool pending_answer::complete(response answer) {
  const std::lock_guard lock{mutex_};
  if (settled_)
    return false;
  settled_ = true;
  answer_ = std::move(answer);
  changed_.notify_one();
  return true;
}

void pending_answer::expire_at(steady_time deadline, exchange::compose fallback) {
  const std::lock_guard lock{mutex_};
  deadline_ = deadline;
  fallback_ = std::move(fallback);
}

void pending_answer::cancel() {
  const std::lock_guard lock{mutex_};
  settled_ = true;
  changed_.notify_one();
}

result<response> pending_answer::wait(steady_time cap) {
  std::unique_lock lock{mutex_};
  const auto is_settled = changed_.wait_until(lock, std::min(deadline_, cap), [this] { return settled_; });
  settled_ = true;
  // Taken out in any case, because it may hold the exchange, and with it this; it ends without the lock,
  // because the end of the exchange takes it.
  const auto fallback = std::exchange(fallback_, nullptr);
  lock.unlock();
  if (answer_)
    return std::move(*answer_);
  if (fallback)
    return fallback();
  if (is_settled)
    return failure{errc::unavailable, {}, "the part that would have answered has stopped"};
  return failure{errc::timeout, {}, "no answer within the time given"};
}

} // namespace kinora::http
