// Where the thread of a connection meets whoever answers its request.
#pragma once

#include "domain/result.hpp"
#include "domain/time.hpp"
#include "http/message.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

namespace kinora::http {

/// One request's answer to be. The connection keeps it, hands `make_exchange()` to the route and waits; the
/// first of these settles it, for good: an answer, the deadline given by `expire_at`, the cap given to
/// `wait`, the end of the last copy of the exchange, or `cancel`.
class pending_answer : public std::enable_shared_from_this<pending_answer> {
public:
  /// Makes what the route answers through. Called once.
  exchange_ptr make_exchange();

  /// Blocks until settled, at most until `cap`. Returns the answer or, without one, what the fallback
  /// composes, on this thread; without a fallback `timeout`, or `unavailable` when nobody is left who could
  /// answer. Passes on what the fallback throws. Called once, after the handler has returned.
  result<response> wait(steady_time cap);

  /// Ends the wait as if nobody were left. Any thread.
  void cancel();

private:
  class reply;

  bool complete(response answer);
  void expire_at(steady_time deadline, exchange::compose fallback);

  std::mutex mutex_;
  std::condition_variable changed_;
  bool settled_ = false; ///< Later answers are dropped.
  std::optional<response> answer_;
  steady_time deadline_ = steady_time::max();
  exchange::compose fallback_;
};

} // namespace kinora::http
