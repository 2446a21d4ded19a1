#include "http/feed_queue.hpp"

#include <algorithm>
#include <iterator>
#include <new>
#include <utility>

namespace kinora::http {

std::size_t feed_queue::share_of(std::size_t bound) const {
  return std::max<std::size_t>(1, bound / std::max<std::size_t>(1, lines_.size()));
}

bool feed_queue::may_begin(const line& x, kind of) const {
  const auto bound = std::min(all(of).at_work_max(), in_flight_max_);
  const auto at_work = all(of).at_work;
  if (of == kind::reading && !may_begin(x, kind::ranking)) // it could not go on
    return false;
  if (at_work < bound)
    return true;
  // Reads beyond their bound would each wait for the store until it is too late for all of them.
  return of == kind::ranking && at_work < 2 * bound && x.of(of).at_work < share_of(bound);
}

feed_queue::entry feed_queue::enter(const std::shared_ptr<feed>& x, const std::string& tenant, bool may_wait,
                                    kind of) {
  std::shared_ptr<feed> gives_way;
  {
    const std::lock_guard lock{mutex_};
    x->tenant_ = tenant;
    x->kind_ = of;
    auto& mine = lines_[tenant];
    if (mine.of(of).waiting.empty() && may_begin(mine, of)) {
      ++in_flight_;
      start_work(mine, *x);
      return entry::at_work;
    }
    if (!may_wait) {
      forget_empty(tenant);
      return entry::no_room;
    }
    std::list<std::shared_ptr<feed>> place;
    std::list<std::string> turn;
    try { // before anybody gives way
      place.push_back(x);
      turn.push_back(tenant);
    } catch (...) {
      forget_empty(tenant);
      throw;
    }
    if (in_flight_ >= in_flight_max_) {
      if (mine.in_flight() < share_of(in_flight_max_))
        gives_way = take_from_longest(mine);
      if (!gives_way) {
        forget_empty(tenant);
        return entry::no_room;
      }
    }
    wait(mine, place, turn);
  }
  try {
    if (gives_way)
      gives_way->give_way();
  } catch (const std::bad_alloc&) { // it is answered at its deadline, and who took its place waits
  }
  return entry::waiting;
}

feed_queue::feeds feed_queue::leave(feed& x) {
  std::shared_ptr<feed> last; // its end is outside of the lock
  const std::lock_guard lock{mutex_};
  if (x.state_ == feed::state::outside)
    return {};
  auto& mine = lines_.at(x.tenant_);
  if (x.state_ == feed::state::waiting) {
    last = remove_waiting(mine, x);
  } else {
    end_work(mine, x);
    --in_flight_;
  }
  x.state_ = feed::state::outside;
  forget_empty(x.tenant_);
  return take_all_that_may();
}

feed_queue::feeds feed_queue::stop_reading(feed& x) {
  const std::lock_guard lock{mutex_};
  if (x.state_ != feed::state::at_work || x.kind_ != kind::reading)
    return {};
  auto& mine = lines_.at(x.tenant_);
  end_work(mine, x);
  x.kind_ = kind::ranking;
  start_work(mine, x);
  return take_all_that_may();
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
    } catch (const std::bad_alloc&) { // it is answered at its deadline, and the others begin
    } catch (...) {
      running = nullptr; // so are those that follow
      throw;
    }
  }
  running = nullptr;
}

std::size_t feed_queue::in_flight() const {
  const std::lock_guard lock{mutex_};
  return in_flight_;
}

void feed_queue::start_work(line& at, feed& x) {
  x.state_ = feed::state::at_work;
  ++at.of(x.kind_).at_work;
  ++all(x.kind_).at_work;
}

void feed_queue::end_work(line& at, feed& x) {
  --at.of(x.kind_).at_work;
  --all(x.kind_).at_work;
}

feed_queue::feeds feed_queue::take_all_that_may() {
  feeds out;
  for (auto of : {kind::reading, kind::ranking}) // shares may have grown
    while (auto found = take_next(of))
      out.push_back(std::move(found));
  return out;
}

/// `place` holds the feed, and `turn` its tenant: nothing fails half way, when others would find it.
void feed_queue::wait(line& at, std::list<std::shared_ptr<feed>>& place,
                      std::list<std::string>& turn) noexcept {
  auto& x = *place.front();
  auto& mine = at.of(x.kind_);
  if (mine.waiting.empty()) {
    mine.turn = turn.begin();
    auto& turns = all(x.kind_).turns;
    turns.splice(turns.end(), turn);
  }
  x.place_ = place.begin();
  mine.waiting.splice(mine.waiting.end(), place);
  x.state_ = feed::state::waiting;
  ++in_flight_;
}

std::shared_ptr<feed_queue::feed> feed_queue::remove_waiting(line& from, feed& x) {
  auto& mine = from.of(x.kind_);
  auto out = std::move(*x.place_);
  mine.waiting.erase(x.place_);
  --in_flight_;
  if (mine.waiting.empty())
    all(x.kind_).turns.erase(mine.turn);
  return out;
}

/// The newest of those who wait longest in line: it has lost the least time. Nothing when nobody else waits.
std::shared_ptr<feed_queue::feed> feed_queue::take_from_longest(const line& unless) {
  line* of = nullptr;
  line_of_kind* longest = nullptr;
  for (auto& [tenant, x] : lines_)
    for (auto& each : x.kinds)
      if (&x != &unless && !each.waiting.empty() &&
          (longest == nullptr || each.waiting.size() > longest->waiting.size())) {
        of = &x;
        longest = &each;
      }
  if (longest == nullptr)
    return nullptr;
  auto out = remove_waiting(*of, *longest->waiting.back());
  out->state_ = feed::state::outside;
  forget_empty(out->tenant_);
  return out;
}

/// Of the tenants whose turn it is the first that may; nothing when none may.
std::shared_ptr<feed_queue::feed> feed_queue::take_next(kind of) {
  const auto most = std::min(all(of).at_work_max(), in_flight_max_) * (of == kind::reading ? 1 : 2);
  if (all(of).at_work >= most)
    return nullptr; // no tenant may
  auto& turns = all(of).turns;
  for (auto turn = turns.begin(); turn != turns.end(); ++turn) {
    auto& mine = lines_.at(*turn);
    if (!may_begin(mine, of))
      continue;
    turns.splice(turns.end(), turns, turn);
    auto out = remove_waiting(mine, *mine.of(of).waiting.front());
    ++in_flight_;
    start_work(mine, *out);
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
