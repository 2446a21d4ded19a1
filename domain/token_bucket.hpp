// How often one may ask: so many times a second, and some times at once.
#pragma once

#include "domain/time.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>

namespace kinora {

inline constexpr double rate_per_sec_min = 0.001;
inline constexpr double rate_per_sec_max = 1'000'000.0;
inline constexpr std::uint32_t rate_burst_max = 1'000'000;

/// How a bucket fills, and how much it holds.
struct rate_limit {
  std::chrono::nanoseconds interval{std::chrono::seconds{1}}; ///< In which one token comes; at least 1.
  std::uint32_t burst = 1;                                    ///< Tokens of a full bucket; at least 1.

  /// In which an empty bucket is full.
  constexpr std::chrono::nanoseconds fill_time() const noexcept { return interval * burst; }
};

/// `per_sec`: `rate_per_sec_min` to `rate_per_sec_max`; the interval is rounded to nanoseconds. `burst`: at
/// most `rate_burst_max`; 0 is what comes in two seconds, at least 1.
inline rate_limit make_rate_limit(double per_sec, std::uint32_t burst) {
  const auto two_seconds = static_cast<std::uint32_t>(std::ceil(2.0 * per_sec));
  return {std::chrono::nanoseconds{std::llround(1e9 / per_sec)},
          burst != 0 ? burst : std::max(1u, two_seconds)};
}

/// What a bucket says to a request.
struct rate_verdict {
  bool is_admitted = false;
  std::uint32_t left = 0;              ///< How many more it would admit now.
  std::chrono::nanoseconds next_in{0}; ///< Until it would admit one more than that; more than 0.
};

/// A token bucket, of which only the time is kept at which it is full again: each interval until then is a
/// token that is missing (the generic cell rate algorithm, ITU-T I.371). A bucket whose time has passed is
/// one that was never used.
class token_bucket {
public:
  /// The later, the fewer tokens are in it.
  constexpr steady_time full_at() const noexcept { return full_at_; }

  /// Takes a token, if there is one. A refused request changes nothing. When `now` is earlier than it was
  /// before, nothing has come in meanwhile, and what has come in since is not seen.
  constexpr rate_verdict take(const rate_limit& by, steady_time now) noexcept {
    const auto missing = std::max(full_at_, now) - now;
    const auto is_admitted = missing <= by.fill_time() - by.interval;
    if (is_admitted)
      full_at_ = now + missing + by.interval;
    const auto there = by.fill_time() - missing - (is_admitted ? by.interval : by.interval.zero());
    const auto left = std::max(there / by.interval, std::chrono::nanoseconds::rep{0});
    return {is_admitted, static_cast<std::uint32_t>(left), (left + 1) * by.interval - there};
  }

private:
  steady_time full_at_ = steady_time::min();
};

} // namespace kinora
