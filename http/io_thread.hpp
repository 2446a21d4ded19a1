// One thread of the event-driven listener: its connections, and when what they wait for ends. Internal to
// that listener.
#pragma once

#include "domain/time.hpp"
#include "http/asio_connection.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <unordered_map>
#include <vector>

namespace kinora::http {

/// Runs `context` until it is stopped, also past exceptions, of which `on_error` is told.
void run_until_stopped(boost::asio::io_context& context,
                       const std::function<void(std::string_view)>& on_error);

/// Serves the connections it is given. A connection is touched by its thread only, and none may block it.
/// Methods are for this thread, unless they say otherwise.
class io_thread : public std::enable_shared_from_this<io_thread> {
public:
  /// `shared` outlives the thread, though not this object.
  explicit io_thread(listener_state& shared);

  /// Any thread.
  void start();

  /// Serves one more connection. Any thread.
  void adopt(int fd, std::string address);

  /// Ends connections that stay idle, and the others after their answer. Any thread.
  void drain();

  /// Ends every connection at once and joins. Any other thread; the second call does nothing.
  void stop();

  /// Ends up to `count` connections, the longest idle first, unless it is still to do so. Any thread.
  void close_longest_idle(std::size_t count);

  /// It has answered somebody. This thread.
  void note_progress(steady_time at) { progressed_ = at.time_since_epoch().count(); }

  /// When it last answered anybody, or a call of this; calls it again. A thread that hangs does not answer.
  /// Any thread.
  steady_time last_progress();

  /// Since when its longest idle connection is; the end of time when none is. Any thread.
  steady_time oldest_idle() const { return steady_time{steady_time::duration{oldest_idle_.load()}}; }

  boost::asio::io_context& context() { return context_; }

  /// Whether the caller runs on this thread.
  bool is_here() const { return std::this_thread::get_id() == id_.load(std::memory_order_relaxed); }

  /// Room for one read; what is in it is gone with the next.
  std::span<char> scratch() { return scratch_; }

  void set_idle(asio_connection& x);
  void set_busy(asio_connection& x);
  void remove(asio_connection& x);

  /// A connection waits until then from now on.
  void note_deadline(steady_time at) { next_deadline_ = std::min(next_deadline_, at); }

  /// Has a connection whose input has come read it when it is its turn. Connections of one flow wait behind
  /// each other, and flows take turns, so that one that is flooded keeps no other waiting; between two turns
  /// the thread looks for what else has come. A connection waits at most once at a time. Handshakes, which
  /// cost more than most requests, get at most half of the time while others wait.
  void await_turn(std::shared_ptr<asio_connection> x);

  /// Whether answers are to be written together, by `write_together`: while connections have their turns one
  /// after the other. Each send wakes a client, which would take the core for one answer.
  bool is_gathering() const { return gathering_; }
  void write_together(std::shared_ptr<asio_connection> x) { answered_.push_back(std::move(x)); }

  /// Has an answer handed over soon, before what waits to be read. Any thread.
  void deliver(std::shared_ptr<asio_connection::ticket> x);

  /// Hands over the answers that have come meanwhile.
  void take_deliveries();

  /// Calls `x.expire()` at `at` or a millisecond later, unless it is called off before.
  request_deadlines::iterator expire_at(steady_time at, asio_connection& x);
  void call_off(request_deadlines::iterator x) { expiries_.erase(x); }

private:
  using list = boost::intrusive::list<asio_connection, boost::intrusive::constant_time_size<false>>;

  template <class Work>
  void ask_once(std::atomic<bool>& is_asked, Work work);
  void give_turns_soon();
  void give_turns();
  void give_some_turns();
  bool put_handshakes_back();
  void charge(std::size_t flow, steady_time::duration took);
  void write_answers();
  void arm();
  void expire();
  void schedule_sweep();
  void sweep();
  void publish_oldest_idle();

  listener_state& shared_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::steady_timer expiry_timer_;
  boost::asio::steady_timer sweep_timer_;
  bool sweeping_ = false;
  steady_time next_deadline_ = steady_time::max(); ///< No connection's is earlier; most have moved on since.
  steady_time armed_for_ = steady_time::max();
  request_deadlines expiries_; ///< At most one for each connection.
  std::unordered_map<std::size_t, std::deque<std::shared_ptr<asio_connection>>>
      lines_;                                   ///< By flow; not empty.
  std::deque<std::size_t> turns_;               ///< Flows that have a line, the next one first.
  steady_time::duration owed_by_handshakes_{0}; ///< Time that others get before the next one.
  bool giving_turns_ = false;
  bool gathering_ = false;
  std::vector<std::shared_ptr<asio_connection>> answered_; ///< Their answers are to be written.
  std::mutex deliveries_mutex_;
  std::vector<std::shared_ptr<asio_connection::ticket>> deliveries_; ///< Guarded.
  std::atomic<bool> has_deliveries_{false};
  list idle_; ///< The longest idle first.
  list busy_;
  std::atomic<steady_time::rep> progressed_{0};
  std::atomic<bool> called_{false};
  std::atomic<bool> is_making_room_{false};
  std::atomic<steady_time::rep> oldest_idle_{steady_time::max().time_since_epoch().count()};
  std::atomic<std::thread::id> id_;
  std::thread thread_;
  std::array<char, 64 * 1024> scratch_;
};

} // namespace kinora::http
