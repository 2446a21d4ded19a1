#include "http/feed_queue.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace kinora::http {

std::size_t feed_queue::share_of(std::size_t bound) const {
  return std::max<std::size_t>(1, bound / std::max<std::size_t>(1, lines_.size()));
}

bool feed_queue::may_begin(const line& x) const {
  return at_work_ < at_work_max_ || (at_work_ < 2 * at_work_max_ && x.at_work < share_of(at_work_max_));
}

feed_queue::entry feed_queue::enter(const std::shared_ptr<feed>& x, const std::string& tenant,
                                    bool may_wait) {
  std::shared_ptr<feed> gives_way;
  {
    const std::lock_guard lock{mutex_};
    auto& mine = lines_[tenant];
    x->tenant_ = tenant;
    if (mine.waiting.empty() && may_begin(mine)) {
      x->state_ = feed::state::at_work;
      ++mine.at_work;
      ++at_work_;
      return entry::at_work;
    }
    if (!may_wait) {
      forget_empty(tenant);
      return entry::no_room;
    }
    if (waiting_ + at_work_ >= in_flight_max_) {
      if (mine.in_flight() < share_of(in_flight_max_))
        gives_way = take_from_longest(mine);
      if (!gives_way) {
        forget_empty(tenant);
        return entry::no_room;
      }
    }
    wait(mine, x);
  }
  if (gives_way)
    gives_way->give_way();
  return entry::waiting;
}

feed_queue::feeds feed_queue::leave(feed& x) {
  feeds next;
  std::shared_ptr<feed> last; // its end is outside of the lock
  const std::lock_guard lock{mutex_};
  if (x.state_ == feed::state::outside)
    return next;
  auto& mine = lines_.at(x.tenant_);
  if (x.state_ == feed::state::waiting) {
    last = remove_waiting(mine, x);
  } else {
    --mine.at_work;
    --at_work_;
  }
  x.state_ = feed::state::outside;
  forget_empty(x.tenant_);
  while (auto found = take_next())
    next.push_back(std::move(found));
  return next;
}

void feed_queue::begin(feeds turns) {
  thread_local feeds* running = nullptr;
  if (running != nullptr) { // one of them has ended already: a loop, not a recursion
    std::move(turns.begin(), turns.end(), std::back_inserter(*running));
    return;
  }
  running = &turns;
  for (std::size_t i = 0; i < turns.size(); ++i) {
    const auto x = std::move(turns[i]);
    try {
      x->begin();
    } catch (...) {
      running = nullptr; // those that follow are answered at their deadlines
      throw;
    }
  }
  running = nullptr;
}

std::size_t feed_queue::in_flight() const {
  const std::lock_guard lock{mutex_};
  return waiting_ + at_work_;
}

void feed_queue::wait(line& at, const std::shared_ptr<feed>& x) {
  if (at.waiting.empty())
    at.turn = turns_.insert(turns_.end(), x->tenant_);
  x->place_ = at.waiting.insert(at.waiting.end(), x);
  x->state_ = feed::state::waiting;
  ++waiting_;
}

std::shared_ptr<feed_queue::feed> feed_queue::remove_waiting(line& from, feed& x) {
  auto out = std::move(*x.place_);
  from.waiting.erase(x.place_);
  --waiting_;
  if (from.waiting.empty())
    turns_.erase(from.turn);
  return out;
}

/// The newest of those who wait longest in line: it has lost the least time. Nothing when nobody else waits.
std::shared_ptr<feed_queue::feed> feed_queue::take_from_longest(const line& unless) {
  line* longest = nullptr;
  for (auto& [tenant, x] : lines_)
    if (&x != &unless && !x.waiting.empty() &&
        (longest == nullptr || x.waiting.size() > longest->waiting.size()))
      longest = &x;
  if (longest == nullptr)
    return nullptr;
  auto out = remove_waiting(*longest, *longest->waiting.back());
  out->state_ = feed::state::outside;
  forget_empty(out->tenant_);
  return out;
}

/// Of the tenants whose turn it is the first that may; nothing when none may.
std::shared_ptr<feed_queue::feed> feed_queue::take_next() {
  for (auto turn = turns_.begin(); turn != turns_.end(); ++turn) {
    auto& mine = lines_.at(*turn);
    if (!may_begin(mine))
      continue;
    turns_.splice(turns_.end(), turns_, turn);
    auto out = remove_waiting(mine, *mine.waiting.front());
    out->state_ = feed::state::at_work;
    ++mine.at_work;
    ++at_work_;
    return out;
  }
  return nullptr;
}

void feed_queue::forget_empty(const std::string& tenant) {
  const auto found = lines_.find(tenant);
  if (found != lines_.end() && found->second.in_flight() == 0)
    lines_.erase(found);
}

} // namespace kinora::http
