#include "domain/circuit_breaker.hpp"

#include <algorithm>
#include <iterator>

namespace kinora {

void circuit_breaker::on_success(steady_time began, steady_time now, bool probe) {
  if (state_ == breaker_state::closed) {
    if (began >= last_failure_)
      failures_ = 0;
    return;
  }
  if (probe && return_permit(began, now) && ++successes_ >= options_.successes_to_close) {
    state_ = breaker_state::closed;
    failures_ = 0;
    permits_.clear();
  }
}

void circuit_breaker::on_failure(steady_time began, steady_time now, bool probe) {
  const bool closed = state_ == breaker_state::closed;
  const bool counts = closed ? began >= last_failure_ : probe && return_permit(began, now);
  if (!counts)
    return;
  ++failures_;
  last_failure_ = now;
  if (!closed || failures_ >= options_.failure_threshold)
    open(now);
}

bool circuit_breaker::acquire_probe(steady_time now) {
  if (state_ == breaker_state::closed)
    return true;
  if (state_ == breaker_state::open) {
    if (now < retry_at_)
      return false;
    half_open(now);
  }
  drop_expired_permits(now);
  if (permits_.size() >= options_.probes_max)
    return false;
  permits_.push_back(now);
  return true;
}

void circuit_breaker::dependency_restarted(steady_time now) {
  if (state_ == breaker_state::open)
    half_open(now);
}

void circuit_breaker::restore(breaker_state state, std::uint32_t consecutive_failures, steady_time retry_at,
                              steady_time now) {
  reset();
  state_ = state;
  failures_ = consecutive_failures;
  retry_at_ = retry_at;
  half_open_since_ = now;
}

void circuit_breaker::reset() {
  *this = circuit_breaker{options_};
}

breaker_state circuit_breaker::state(steady_time now) const {
  if (state_ == breaker_state::open && now >= retry_at_)
    return breaker_state::half_open;
  return state_;
}

void circuit_breaker::open(steady_time now) {
  state_ = breaker_state::open;
  retry_at_ = now + options_.recovery_timeout;
}

void circuit_breaker::half_open(steady_time now) {
  state_ = breaker_state::half_open;
  half_open_since_ = now;
  successes_ = 0;
}

void circuit_breaker::drop_expired_permits(steady_time now) {
  while (!permits_.empty() && now - permits_.front() >= options_.permit_ttl)
    permits_.pop_front();
}

bool circuit_breaker::return_permit(steady_time began, steady_time now) {
  drop_expired_permits(now);
  // The probe's own permit is the last one given before it began, or as good as its own.
  const auto after = std::ranges::upper_bound(permits_, began);
  if (after == permits_.begin())
    return false;
  const auto given = *std::prev(after);
  permits_.erase(std::prev(after));
  return state_ == breaker_state::half_open && given >= half_open_since_;
}

} // namespace kinora
