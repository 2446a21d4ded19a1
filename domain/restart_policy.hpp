#pragma once

#include "domain/time.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <random>

namespace kinora {

struct restart_options {
  std::size_t intensity = 5; ///< Restarts within any `period`.
  std::chrono::milliseconds period{30'000};
  std::chrono::milliseconds delay_min{50};         ///< Before the second restart; doubles from there.
  std::chrono::milliseconds delay_max{10'000};     ///< Where the doubling ends, before jitter.
  std::chrono::milliseconds probe_interval{2'000}; ///< Between attempts in quarantine.
};

/// Decides when a crashed child is started again: at most `intensity` restarts within any `period`, as in
/// Erlang/OTP, the first at once and each further one after twice the delay, ±20 % at random so that children
/// that fell together do not rise together. Past the intensity the child is in quarantine, until it has gone
/// a whole period without a crash; then everything is forgiven. One policy per child. Pure: its owner brings
/// the clock and the seed.
class restart_policy {
public:
  struct decision {
    bool quarantined;                ///< Only probes start it from now on; its work goes to the fallback.
    std::chrono::milliseconds delay; ///< When to start it, counted from the crash.
    bool operator==(const decision&) const = default;
  };

  restart_policy(restart_options options, std::uint64_t seed) : options_{options}, random_{seed} {}

  /// Records a crash, a failed start included, and says when to try again. `now` never goes back.
  [[nodiscard]] decision on_crash(steady_time now) {
    // A probe that fails must find the crash before it, or it would be forgiven.
    const auto window = std::max(options_.period, 2 * options_.probe_interval);
    while (!crashes_.empty() && now - crashes_.front() > window)
      crashes_.pop_front();
    if (crashes_.empty()) {
      quarantined_ = false;
      next_delay_ = std::chrono::milliseconds{0};
    }
    if (crashes_.size() >= options_.intensity)
      quarantined_ = true;
    crashes_.push_back(now);
    if (crashes_.size() > options_.intensity)
      crashes_.pop_front();
    return {quarantined_, quarantined_ ? options_.probe_interval : back_off()};
  }

private:
  std::chrono::milliseconds back_off() {
    const auto delay = next_delay_;
    next_delay_ = std::clamp(delay * 2, options_.delay_min, options_.delay_max);
    const auto jitter = std::uniform_real_distribution{0.8, 1.2}(random_);
    return std::chrono::round<std::chrono::milliseconds>(delay * jitter);
  }

  restart_options options_;
  std::minstd_rand random_;         ///< Small: there is one per child.
  std::deque<steady_time> crashes_; ///< The last ones within the period, at most `intensity`.
  std::chrono::milliseconds next_delay_{0};
  bool quarantined_ = false;
};

} // namespace kinora
