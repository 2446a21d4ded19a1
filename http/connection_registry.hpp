// The open connections of one listener: who is idle, who is being served, and how to end them.
#pragma once

#include "domain/time.hpp"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <unordered_set>

namespace kinora::http {

class pending_answer;

/// What the registry knows of a connection. Its thread owns it; the members are the registry's.
struct live_connection {
  int fd = -1;
  bool is_idle = false;
  bool is_leaving = false; ///< Told to make room, and not gone yet.
  steady_time idle_since;
  std::shared_ptr<pending_answer> waiting_for;
};

/// Counts connections and wakes them from outside by shutting their sockets down. Any thread.
class connection_registry {
public:
  void add(live_connection& x);
  void remove(live_connection& x);

  /// The connection waits for its client's next request. Returns false when it must close instead.
  bool set_idle(live_connection& x);
  void set_busy(live_connection& x);

  /// The connection waits for this answer; null when it no longer does.
  void set_waiting(live_connection& x, std::shared_ptr<pending_answer> answer);

  /// Ends the connection that has been idle for longest, if any is and none that was told to go is still
  /// there.
  void close_longest_idle();

  /// Ends every idle connection now and the others after their answer.
  void drain();

  /// Ends every connection now; waits for answers end as if nobody were left to give them.
  void abort();

  /// Waits until no connection is left, at most until `deadline`. Returns whether none is.
  bool wait_until_empty(steady_time deadline);

  bool is_draining() const { return draining_; }
  std::size_t open() const { return open_; }
  /// Requests between their head and their answer.
  std::atomic<std::size_t>& in_flight() { return in_flight_; }
  std::size_t in_flight() const { return in_flight_; }

private:
  std::mutex mutex_;
  std::condition_variable emptied_;
  std::unordered_set<live_connection*> connections_;
  std::size_t leaving_ = 0;
  bool aborted_ = false;
  std::atomic<bool> draining_{false};
  std::atomic<std::size_t> open_{0};
  std::atomic<std::size_t> in_flight_{0};
};

} // namespace kinora::http
