// One feed between its exchange and the actors.
#pragma once

#include "actors/boards.hpp"
#include "actors/jobs.hpp"
#include "domain/feed.hpp"
#include "http/api.hpp"
#include "http/feed_ladder.hpp"
#include "http/feed_queue.hpp"
#include "http/feed_response.hpp"
#include "http/message.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace kinora::http {

/// Turns whatever comes first into the response: the actors' answer, the deadline, or the lack of room for
/// it.
class feed_flight final : public feed_queue::feed, public std::enable_shared_from_this<feed_flight> {
public:
  /// `x` outlives this; `req` is the request that `parsed` was read from.
  feed_flight(api& x, feed_request parsed, const request& req, exchange_ptr out);
  ~feed_flight() override;
  feed_flight(const feed_flight&) = delete;
  feed_flight& operator=(const feed_flight&) = delete;

  /// Called once, within the route's handler.
  void start();

private:
  feed_queue::entry enter(bool may_wait);
  void begin() override;
  void give_way() override;

  void expire_later();
  response expire();
  void answer(const feed_answer& x);
  void answer_overload();
  feed_format format() const;
  feed_answer fallback(degraded_reason reason) const;
  void complete(response out, const feed_answer& x);
  response respond(const feed_answer& x) const;
  std::size_t flow_of_tenant() const;
  void record_answer(const feed_answer& x);
  std::chrono::nanoseconds age() const;
  feed_ladder ladder() const { return {api_.options.feed_budget, age()}; }
  feed_queue::feeds leave();

  api& api_;
  feed_request request_;
  tenant_board_ptr board_; ///< When it came; nullptr for a tenant that nobody knew.
  std::string if_none_match_;
  steady_time received_at_;
  exchange_ptr out_;
  std::optional<payload<ranking_signals>> signals_; ///< Where nobody needs to read them.
  std::atomic<bool> counted_{false};
  std::atomic<bool> expired_{false}; ///< The deadline has answered; what still comes is not looked at.

  std::mutex mutex_; ///< Guards what follows: who works on it, once somebody does.
  record_ptr worker_;
  std::weak_ptr<const feed_job> job_;
};

} // namespace kinora::http
