#include "http/io_thread.hpp"

#include <boost/asio/post.hpp>

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace kinora::http {

namespace {

constexpr std::chrono::milliseconds sweep_interval{100};
constexpr std::chrono::milliseconds expiry_grain{1};

/// Requests that are read before their answers are written and the thread looks for what else has come, and
/// how long they may take.
constexpr std::size_t turns_in_a_row = 16;
constexpr std::chrono::milliseconds turns_time{1};

/// Connections that are looked at in a row for whether they make room: each look is a call of the system.
constexpr std::size_t looks_in_a_row = 512;

} // namespace

void run_until_stopped(boost::asio::io_context& context,
                       const std::function<void(std::string_view)>& on_error) {
  for (;;) {
    try {
      context.run();
      return;
    } catch (const std::exception& e) {
      on_error(e.what()); // an allocation failed: this event is lost, the others are not
    }
  }
}

io_thread::io_thread(listener_state& shared)
    : shared_{shared}, work_{context_.get_executor()}, expiry_timer_{context_}, sweep_timer_{context_} {}

void io_thread::start() {
  note_progress(std::chrono::steady_clock::now());
  thread_ = std::thread{[this] {
    id_ = std::this_thread::get_id();
    shared_.options.around_thread([this] { run_until_stopped(context_, shared_.options.on_error); });
  }};
}

void io_thread::adopt(int fd, std::string address) {
  boost::asio::post(context_, [this, fd, address = std::move(address)]() mutable {
    std::shared_ptr<asio_connection> x;
    try {
      x = std::make_shared<asio_connection>(*this, shared_, fd, address);
    } catch (const std::exception& e) { // the system has no room for it
      shared_.options.on_error(e.what());
      ::close(fd);
      shared_.leave(address);
      return;
    }
    busy_.push_back(*x);
    x->start();
    schedule_sweep();
  });
}

void io_thread::drain() {
  boost::asio::post(context_, [this] {
    const auto now = std::chrono::steady_clock::now();
    for (auto& x : idle_)
      x.drain(now);
    sweep();
  });
}

/// Has `work` done on the thread, unless it is still to do it; `is_asked` says so until then.
template <class Work>
void io_thread::ask_once(std::atomic<bool>& is_asked, Work work) {
  if (is_asked.exchange(true))
    return;
  try {
    boost::asio::post(context_, [&is_asked, work] {
      is_asked = false;
      work();
    });
  } catch (...) {
    is_asked = false;
    throw;
  }
}

steady_time io_thread::last_progress() {
  ask_once(called_, [this] { note_progress(std::chrono::steady_clock::now()); });
  return steady_time{steady_time::duration{progressed_.load()}};
}

void io_thread::stop() {
  if (!thread_.joinable())
    return;
  boost::asio::post(context_, [this] {
    for (auto* of : {&idle_, &busy_})
      while (!of->empty())
        of->front().close();
    context_.stop();
  });
  thread_.join();
  id_ = std::this_thread::get_id();
  lines_.clear();
  turns_.clear();
  context_.restart(); // what was posted meanwhile finds its connection gone
  context_.poll();
}

void io_thread::close_longest_idle(std::size_t count) {
  ask_once(is_making_room_, [this, count] {
    std::size_t closed = 0;
    auto i = idle_.begin();
    for (std::size_t seen = 0; i != idle_.end() && closed < count && seen < looks_in_a_row; ++seen)
      closed += (i++)->close_if_silent() ? 1 : 0;
  });
}

void io_thread::set_idle(asio_connection& x) {
  busy_.erase(busy_.iterator_to(x));
  idle_.push_back(x);
  publish_oldest_idle();
}

void io_thread::set_busy(asio_connection& x) {
  idle_.erase(idle_.iterator_to(x));
  busy_.push_back(x);
  publish_oldest_idle();
}

void io_thread::remove(asio_connection& x) {
  (x.is_idle() ? idle_ : busy_).erase(list::s_iterator_to(x));
  publish_oldest_idle();
}

void io_thread::publish_oldest_idle() {
  const auto since = idle_.empty() ? steady_time::max() : idle_.front().idle_since();
  oldest_idle_.store(since.time_since_epoch().count(), std::memory_order_relaxed);
}

void io_thread::await_turn(std::shared_ptr<asio_connection> x) {
  const auto flow = x->flow();
  auto& line = lines_[flow];
  const auto is_first = line.empty();
  line.push_back(std::move(x));
  if (is_first) {
    try {
      turns_.push_back(flow);
    } catch (...) {
      line.pop_back(); // a line has its turn coming, or is empty
      throw;
    }
  }
  give_turns_soon();
}

void io_thread::give_turns_soon() {
  if (giving_turns_ || turns_.empty())
    return;
  boost::asio::post(context_, [this] { give_turns(); });
  giving_turns_ = true; // it has not run yet
}

void io_thread::give_turns() {
  giving_turns_ = false;
  gathering_ = true;
  try {
    give_some_turns();
  } catch (...) { // an allocation failed; who has an answer gets it
    write_answers();
    throw;
  }
  write_answers();
  give_turns_soon();
}

void io_thread::give_some_turns() {
  auto at = std::chrono::steady_clock::now();
  const auto until = at + turns_time;
  for (std::size_t given = 0; given < turns_in_a_row && !turns_.empty() && at < until; ++given) {
    if (owed_by_handshakes_ > steady_time::duration::zero() && !put_handshakes_back()) {
      if (given > 0)
        return; // who gets an answer now may ask again before the next one
      owed_by_handshakes_ = {};
    }
    const auto flow = turns_.front();
    const auto line = lines_.find(flow);
    if (line->second.size() > 1)
      turns_.push_back(flow);
    turns_.pop_front();
    const auto x = std::move(line->second.front());
    line->second.pop_front();
    if (line->second.empty())
      lines_.erase(line);
    x->take_turn();
    const auto began = std::exchange(at, std::chrono::steady_clock::now());
    charge(flow, at - began);
  }
}

/// Returns false when it is the turn of a handshake all the same: nobody else waits.
bool io_thread::put_handshakes_back() {
  if (turns_.front() != asio_connection::handshakes)
    return true;
  turns_.push_back(asio_connection::handshakes);
  turns_.pop_front();
  return turns_.size() > 1;
}

void io_thread::charge(std::size_t flow, steady_time::duration took) {
  owed_by_handshakes_ = std::max(owed_by_handshakes_ + (flow == asio_connection::handshakes ? took : -took),
                                 steady_time::duration::zero());
}

void io_thread::write_answers() {
  gathering_ = false;
  for (const auto& x : std::exchange(answered_, {}))
    x->write_answer();
}

void io_thread::deliver(std::shared_ptr<asio_connection::ticket> x) {
  {
    const std::lock_guard lock{deliveries_mutex_};
    deliveries_.push_back(std::move(x));
    if (has_deliveries_.exchange(true))
      return; // somebody has woken the thread
  }
  try {
    boost::asio::post(context_, [this] { take_deliveries(); });
  } catch (const std::exception&) { // no memory: who reads next hands it over, or the next sweep
  }
}

void io_thread::take_deliveries() {
  if (!has_deliveries_.load(std::memory_order_relaxed))
    return;
  std::vector<std::shared_ptr<asio_connection::ticket>> all;
  {
    const std::lock_guard lock{deliveries_mutex_};
    all.swap(deliveries_);
    has_deliveries_ = false;
  }
  for (const auto& x : all)
    asio_connection::hand_over(x);
}

request_deadlines::iterator io_thread::expire_at(steady_time at, asio_connection& x) {
  const auto out = expiries_.emplace(at, &x);
  arm();
  return out;
}

/// Where there is no memory for it, the next sweep tries again.
void io_thread::arm() {
  if (expiries_.empty())
    return;
  const auto at = expiries_.begin()->first;
  if (armed_for_ <= at)
    return;
  armed_for_ = steady_time::max();
  try {
    expiry_timer_.expires_at(at + expiry_grain);
    expiry_timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error)
        expire();
    });
    armed_for_ = at;
  } catch (const std::exception&) {
  }
}

void io_thread::expire() {
  armed_for_ = steady_time::max();
  const auto now = std::chrono::steady_clock::now();
  while (!expiries_.empty() && expiries_.begin()->first <= now)
    expiries_.begin()->second->expire();
  arm();
}

void io_thread::schedule_sweep() {
  if (sweeping_)
    return;
  sweep_timer_.expires_after(sweep_interval);
  sweep_timer_.async_wait([this](const boost::system::error_code& error) {
    sweeping_ = false;
    if (error)
      return;
    if (!idle_.empty() || !busy_.empty())
      schedule_sweep(); // first: a sweep that runs out of memory is not the last one
    take_deliveries();  // there was no memory to have it done at once, or nothing is to be done
    arm();
    give_turns_soon();
    sweep();
  });
  sweeping_ = true;
}

/// Looks at the connections only when one of them may be due: most lie in no cache.
void io_thread::sweep() {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_deadline_)
    return;
  std::vector<std::shared_ptr<asio_connection>> due;
  auto next = steady_time::max();
  for (auto* of : {&idle_, &busy_})
    for (auto& x : *of) {
      next = std::min(next, x.deadline());
      if (x.deadline() <= now)
        due.push_back(x.shared_from_this());
    }
  next_deadline_ = next;
  for (auto& x : due)
    x->give_up_waiting();
}

} // namespace kinora::http
