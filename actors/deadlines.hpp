#pragma once

#include "actors/messages.hpp"

#include <set>
#include <utility>

namespace kinora {

/// The requests of one actor whose deadlines share a timer. CAF has a timer of its own for each request,
/// which wakes the clock's thread twice a feed and stays until its time has come, answered or not; this one
/// runs about as often as a deadline takes, whatever the load. The actor calls `expire` on its tick, and
/// `close` when an answer is there.
class deadlines {
public:
  /// Names a request until it is closed.
  using entry = std::pair<steady_time, port::request_id>;

  explicit deadlines(caf::scheduled_actor* self) : self_{self} {}

  /// Lets the request fail with a timeout at `deadline`, unless it is closed before.
  entry open(port::request_id request, steady_time deadline) {
    if (deadline < next_tick_)
      wake_at(deadline);
    return *open_.emplace(deadline, request).first;
  }

  void close(const entry& x) { open_.erase(x); }

  /// Fails what is due, and asks for the next tick.
  void expire() {
    auto now = self_->clock().now();
    next_tick_ = steady_time::max();
    while (!open_.empty() && open_.begin()->first <= now) {
      port::fail_request(self_, open_.begin()->second);
      open_.erase(open_.begin());
    }
    if (!open_.empty())
      wake_at(open_.begin()->first);
  }

private:
  void wake_at(steady_time when) {
    next_tick_ = when;
    port::tell_later(self_, when - self_->clock().now(), tick_atom_v);
  }

  caf::scheduled_actor* self_;
  std::set<entry> open_; ///< Soonest first.
  steady_time next_tick_ = steady_time::max();
};

} // namespace kinora
