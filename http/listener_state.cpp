#include "http/listener_state.hpp"

namespace kinora::http {

bool listener_state::enter(const std::string& address) {
  const std::lock_guard lock{mutex_};
  if (!address.empty()) {
    auto& count = by_address_[address];
    if (count >= options.connections_per_address_max)
      return false;
    ++count;
  }
  ++open_;
  return true;
}

void listener_state::leave(const std::string& address) {
  const std::lock_guard lock{mutex_};
  if (auto found = by_address_.find(address); found != by_address_.end() && --found->second == 0)
    by_address_.erase(found);
  if (--open_ == 0)
    emptied_.notify_all();
}

bool listener_state::wait_until_empty(steady_time deadline) {
  std::unique_lock lock{mutex_};
  return emptied_.wait_until(lock, deadline, [this] { return open_ == 0; });
}

} // namespace kinora::http
