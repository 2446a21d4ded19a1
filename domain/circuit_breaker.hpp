#pragma once

#include "domain/time.hpp"

#include <cstdint>
#include <deque>
#include <string_view>

namespace kinora {

enum class breaker_state : std::uint8_t {
  closed,    ///< Every call may go.
  open,      ///< No call may go before `retry_at`.
  half_open, ///< Calls with a permit may go.
};

constexpr std::string_view to_string_view(breaker_state x) noexcept {
  switch (x) {
  case breaker_state::closed: return "closed";
  case breaker_state::open: return "open";
  case breaker_state::half_open: return "half_open";
  }
  return "unknown";
}

struct breaker_options {
  std::uint32_t failure_threshold = 5;                ///< Consecutive failures that open it, at least 1.
  std::chrono::milliseconds recovery_timeout{30'000}; ///< How long it stays open.
  std::uint32_t probes_max = 3;                       ///< Permits out at the same time, at least 1.
  std::uint32_t successes_to_close = 3;               ///< Successful probes that close it, at least 1.
  std::chrono::milliseconds permit_ttl{1'000}; ///< A permit whose outcome has not come by then is free again.
};

/// Decides whether a dependency may be called, from the outcomes of earlier calls. A state machine without a
/// clock: `now` never goes back from call to call, `began` is when the call in question was started.
///
/// - Failures of calls in flight together count once: one counts only if its call began at or after the
///   instant at which the last counted one ended.
/// - A success resets the count under the same condition: a call that began before the last counted failure
///   says nothing about the time after it.
/// - While it is not closed, only outcomes of probes count, and only of those admitted since it last turned
///   half-open. A permit holds its place until its outcome comes or it expires, even if the breaker opens
///   again meanwhile; the outcome of an expired one is ignored. Closing frees all: a probe that is still out
///   then is an ordinary call.
class circuit_breaker {
public:
  explicit circuit_breaker(breaker_options options) : options_{options} {}

  /// Records a success. `probe`: the call was made because `acquire_probe` returned true. Its `began` is the
  /// instant given there, or later.
  void on_success(steady_time began, steady_time now, bool probe);

  /// Records an error or a timeout of the dependency.
  void on_failure(steady_time began, steady_time now, bool probe);

  /// Asks for leave to make one call.
  /// Open: false until its recovery time has passed, then it turns half-open.
  /// Half-open: takes a permit; false when `probes_max` are out.
  /// Closed: true, no permit is needed.
  [[nodiscard]] bool acquire_probe(steady_time now);

  /// The dependency was started anew: an open breaker turns half-open without waiting.
  void dependency_restarted(steady_time now);

  /// Takes on what an earlier one published, after `now`. Permits that were out count no more.
  void restore(breaker_state state, std::uint32_t consecutive_failures, steady_time retry_at,
               steady_time now);

  /// Closes it and forgets all that happened.
  void reset();

  /// The state as a caller meets it: open past its recovery time reads as half-open.
  breaker_state state(steady_time now) const;

  /// Counted failures since the last counted success; goes on counting while it is not closed.
  std::uint32_t consecutive_failures() const { return failures_; }

  /// When the recovery time of the last opening is over; of use while it is open.
  steady_time retry_at() const { return retry_at_; }

  /// Closed without a failure, as when it was made: its owner may forget it.
  bool pristine() const { return state_ == breaker_state::closed && failures_ == 0; }

private:
  void open(steady_time now);
  void half_open(steady_time now);
  void drop_expired_permits(steady_time now);

  /// Takes back the permit of a probe; returns whether its outcome counts.
  bool return_permit(steady_time began, steady_time now);

  breaker_options options_;
  breaker_state state_ = breaker_state::closed;
  std::uint32_t failures_ = 0;
  steady_time last_failure_ = steady_time::min(); ///< When the last counted failure ended.
  steady_time retry_at_;
  steady_time half_open_since_;
  std::uint32_t successes_ = 0;     ///< Of probes, since it turned half-open.
  std::deque<steady_time> permits_; ///< When each permit that is out was given, oldest first.
};

} // namespace kinora
