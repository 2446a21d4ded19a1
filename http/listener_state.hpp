// What the connections and threads of one event-driven listener share.
#pragma once

#include "domain/time.hpp"
#include "http/listener.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <unordered_map>

namespace kinora::http {

/// Any thread.
class listener_state {
public:
  /// `x` is the router that answers; it outlives this.
  listener_state(listener_options opts, const router& x) : options{std::move(opts)}, routes{x} {}

  /// Counts a connection of an address until `leave`. Returns false, and counts nothing, when the address has
  /// as many as one may have; who is not told apart by address has an empty one.
  bool enter(const std::string& address);
  void leave(const std::string& address);

  std::size_t open() const { return open_; }

  /// Waits until no connection is left, at most until `deadline`. Returns whether none is.
  bool wait_until_empty(steady_time deadline);

  const listener_options options;
  const router& routes;
  std::atomic<std::size_t> in_flight{0}; ///< Requests between their head and their answer.
  std::atomic<bool> draining{false};

private:
  std::mutex mutex_;
  std::condition_variable emptied_;
  std::atomic<std::size_t> open_{0};
  std::unordered_map<std::string, std::size_t> by_address_; ///< Empty unless addresses are limited.
};

} // namespace kinora::http
