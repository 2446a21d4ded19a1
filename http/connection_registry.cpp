#include "http/connection_registry.hpp"

#include "http/pending_answer.hpp"

#include <sys/socket.h>

#include <utility>

namespace kinora::http {

void connection_registry::add(live_connection& x) {
  const std::lock_guard lock{mutex_};
  connections_.insert(&x);
  open_ = connections_.size();
}

void connection_registry::remove(live_connection& x) {
  const std::lock_guard lock{mutex_};
  connections_.erase(&x);
  leaving_ -= x.is_leaving ? 1 : 0;
  open_ = connections_.size();
  if (connections_.empty())
    emptied_.notify_all();
}

bool connection_registry::set_idle(live_connection& x) {
  const std::lock_guard lock{mutex_};
  x.is_idle = !draining_;
  x.idle_since = std::chrono::steady_clock::now();
  return x.is_idle;
}

void connection_registry::set_busy(live_connection& x) {
  const std::lock_guard lock{mutex_};
  x.is_idle = false;
  leaving_ -= std::exchange(x.is_leaving, false) ? 1 : 0; // its request came just in time
}

void connection_registry::set_waiting(live_connection& x, std::shared_ptr<pending_answer> answer) {
  const std::lock_guard lock{mutex_};
  x.waiting_for = std::move(answer);
  if (aborted_ && x.waiting_for)
    x.waiting_for->cancel();
}

void connection_registry::close_longest_idle() {
  const std::lock_guard lock{mutex_};
  if (leaving_ > 0)
    return;
  live_connection* oldest = nullptr;
  for (auto* x : connections_)
    if (x->is_idle && (oldest == nullptr || x->idle_since < oldest->idle_since))
      oldest = x;
  if (oldest == nullptr)
    return;
  oldest->is_idle = false;
  oldest->is_leaving = true;
  ++leaving_;
  ::shutdown(oldest->fd, SHUT_RD);
}

void connection_registry::drain() {
  const std::lock_guard lock{mutex_};
  draining_ = true;
  for (auto* x : connections_)
    if (x->is_idle)
      ::shutdown(x->fd, SHUT_RD);
}

void connection_registry::abort() {
  const std::lock_guard lock{mutex_};
  draining_ = true;
  aborted_ = true;
  for (auto* x : connections_) {
    ::shutdown(x->fd, SHUT_RDWR);
    if (x->waiting_for)
      x->waiting_for->cancel();
  }
}

bool connection_registry::wait_until_empty(steady_time deadline) {
  std::unique_lock lock{mutex_};
  return emptied_.wait_until(lock, deadline, [this] { return connections_.empty(); });
}

} // namespace kinora::http
