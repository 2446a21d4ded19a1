#include "domain/concurrency_limit.hpp"

#include <algorithm>
#include <cmath>

namespace kinora {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t calls_min = 20;
constexpr std::size_t calls_kept = 1'000;
constexpr auto window_min = 50ms;
constexpr auto window_max = 250ms; ///< However few calls there were.
constexpr auto idle_ttl = 60s;
constexpr unsigned strained_max = 3;
constexpr std::size_t lost_share = 4; ///< One of so many.
constexpr unsigned held_windows = 3;  ///< With the one that loses.
constexpr double gradient_min = 0.5;
constexpr double gradient_max = 2.0;

} // namespace

concurrency_limit::concurrency_limit(concurrency_limit_options x)
    : options_{x}, limit_{static_cast<double>(x.min)} {}

void concurrency_limit::add(const finished_call& x) {
  if (is_measuring_ && x.began < measuring_since_)
    return; // more than `min` were in flight with it
  if (calls_++ == 0)
    opened_ = x.ended;
  lost_ += x.is_lost ? 1 : 0;
  if (took_.size() < calls_kept)
    took_.push_back(x.ended - x.began);
  peak_ = std::max(peak_, x.in_flight);
  const auto open_for = x.ended - opened_;
  if (open_for >= window_max || (open_for >= window_min && calls_ >= calls_min))
    close_window(x.ended);
}

void concurrency_limit::close_window(steady_time now) {
  const auto typical = take_median();
  learn_idle(typical, now);
  adapt(typical);
  if (strained_ >= strained_max || now >= idle_known_until_) {
    is_measuring_ = true;
    measuring_since_ = now;
    limit_ = static_cast<double>(options_.min);
    strained_ = 0;
  }
  peak_ = calls_ = lost_ = 0;
}

/// A call never takes less because more are in flight, so whatever is less than `idle_` is news of it.
void concurrency_limit::learn_idle(std::chrono::nanoseconds typical, steady_time now) {
  const auto was_idle = is_measuring_ || peak_ <= options_.min;
  is_measuring_ = false;
  if (was_idle || idle_known_until_ == steady_time::max())
    idle_known_until_ = now + idle_ttl;
  idle_ = was_idle ? typical : std::min(idle_, typical);
}

void concurrency_limit::adapt(std::chrono::nanoseconds typical) {
  const auto ratio = static_cast<double>((idle_ + options_.slack).count()) /
                     static_cast<double>(std::max<std::chrono::nanoseconds>(typical, 1ns).count());
  const auto loses = lost_ * lost_share >= calls_;
  strained_ = loses || ratio < gradient_min ? strained_ + 1 : 0;
  held_for_ = loses ? held_windows : held_for_ - std::min(held_for_, 1u);
  auto wanted = loses ? limit_ * gradient_min
                      : limit_ * std::clamp(ratio, gradient_min, gradient_max) + std::sqrt(limit_);
  if (held_for_ > 0)
    wanted = std::min(wanted, limit_);
  wanted = std::min(wanted, 2.0 * static_cast<double>(peak_));
  limit_ = std::clamp(wanted, static_cast<double>(options_.min), static_cast<double>(options_.max));
}

std::chrono::nanoseconds concurrency_limit::take_median() {
  const auto middle = took_.begin() + static_cast<std::ptrdiff_t>(took_.size() / 2);
  std::nth_element(took_.begin(), middle, took_.end());
  const auto out = *middle;
  took_.clear();
  return out;
}

} // namespace kinora
