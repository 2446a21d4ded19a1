#pragma once

#include "domain/time.hpp"

#include <chrono>
#include <cstddef>
#include <vector>

namespace kinora {

struct concurrency_limit_options {
  std::size_t min = 2;  ///< At least 1: what the dependency works on at a time by itself.
  std::size_t max = 32; ///< At least `min`.
  /// What a call may take longer than an idle dependency needs before that counts as a queue.
  std::chrono::nanoseconds slack{1'000'000};
};

/// One call of the dependency that has come back, or that was given up.
struct finished_call {
  steady_time began;
  steady_time ended;
  std::size_t in_flight; ///< How many were, with this one.
  bool is_lost = false;  ///< It was given up.
};

/// How many calls of a dependency may be in flight, from how long they take. What more are let in only wait
/// in front of it, so that all of them take longer. Envoy's gradient controller ("Adaptive Concurrency" in
/// its documentation), window by window:
///
///   limit ← limit · min(2, max(½, (idle + slack) / typical)) + √limit
///
/// where `typical` is the median of the window and `idle` what a call takes when no more than `min` are in
/// flight. Where one call of four is lost, half of the limit is left, and it does not grow for two windows.
/// `idle` is found without asking where no more than `min` come. Where more do, and the last answer is a
/// minute old or calls take more than twice as long as they should for three windows, no more than `min` are
/// let in for one window. A limit that nobody uses falls to twice what is used. Not thread-safe.
class concurrency_limit {
public:
  explicit concurrency_limit(concurrency_limit_options x);

  std::size_t limit() const noexcept { return static_cast<std::size_t>(limit_); }

  /// Calls come in the order in which they ended. Those that bring no news of the dependency (it was not
  /// reached) are not added.
  void add(const finished_call& x);

private:
  void close_window(steady_time now);
  void learn_idle(std::chrono::nanoseconds typical, steady_time now);
  void adapt(std::chrono::nanoseconds typical);
  std::chrono::nanoseconds take_median();

  const concurrency_limit_options options_;
  double limit_; ///< From `min` to `max`.
  std::chrono::nanoseconds idle_ = std::chrono::nanoseconds::max();
  steady_time idle_known_until_ = steady_time::max(); ///< A new one is due then.
  bool is_measuring_ = false;                         ///< No more than `min` are let in.
  steady_time measuring_since_;
  unsigned strained_ = 0; ///< Windows in a row with calls that take more than twice as long as they should.

  unsigned held_for_ = 0; ///< Windows in which it does not grow.

  // The window.
  steady_time opened_;
  std::vector<std::chrono::nanoseconds> took_;
  std::size_t peak_ = 0; ///< In flight.
  std::size_t calls_ = 0;
  std::size_t lost_ = 0; ///< Of them.
};

} // namespace kinora
