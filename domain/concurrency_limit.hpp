#pragma once

#include "domain/time.hpp"

#include <chrono>
#include <cstddef>

namespace kinora {

struct concurrency_limit_options {
  std::size_t min = 2;  ///< At least 1: what the dependency works on at a time by itself.
  std::size_t max = 32; ///< At least `min`.
  /// What calls may wait, on average, before that counts as a queue.
  std::chrono::nanoseconds slack{1'000'000};
};

/// One call of the dependency that has come back, or that was given up.
struct finished_call {
  steady_time ended;
  std::chrono::nanoseconds took;   ///< From asking to the end.
  std::chrono::nanoseconds waited; ///< Of that, until the dependency took it up.
  std::size_t in_flight;           ///< How many were, with this one.
  bool is_lost = false;            ///< It was given up.
};

/// How many calls of a dependency may be in flight, from how long they take. What more are let in only wait
/// in front of it, so that all of them take longer. A gradient controller (Envoy's "Adaptive Concurrency",
/// Netflix's Gradient2), window by window:
///
///   limit ← limit · min(2, max(½, (alone + slack) / took)) + √limit
///
/// where `took` is the mean of the window's calls and `alone` what is left of it without waiting. Those two
/// have to guess what a call takes alone from the least that calls have taken; here the dependency tells when
/// it takes each one up, so that calls of different kinds, and a dependency that is slower from now on, are
/// no queue. Where one call of six is lost for having waited, half of the limit is left, and it does not
/// grow for three windows. A limit that nobody uses falls to twice what is used. Not thread-safe.
class concurrency_limit {
public:
  explicit concurrency_limit(concurrency_limit_options x);

  std::size_t limit() const noexcept { return static_cast<std::size_t>(limit_); }

  /// Calls come in the order in which they ended. Those that bring no news of the dependency (it was not
  /// reached) are not added.
  void add(const finished_call& x);

private:
  /// Of calls that ended one after the other.
  struct window {
    steady_time opened;
    std::size_t calls = 0;
    std::size_t lost = 0; ///< For having waited.
    std::size_t peak = 0; ///< In flight.
    std::chrono::nanoseconds took{0};
    std::chrono::nanoseconds waited{0};
  };

  void adapt(const window& to);

  const concurrency_limit_options options_;
  double limit_;          ///< From `min` to `max`.
  unsigned held_for_ = 0; ///< Windows in which it does not grow.
  window open_;
};

} // namespace kinora
