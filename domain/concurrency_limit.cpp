#include "domain/concurrency_limit.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace kinora {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t calls_min = 20;
constexpr auto window_min = 50ms;
constexpr auto window_max = 250ms; ///< However few calls there were.
constexpr double gradient_min = 0.5;
constexpr double gradient_max = 2.0;
constexpr std::size_t lost_share = 6; ///< One of so many.
constexpr unsigned held_windows = 4;  ///< With the one that loses.

} // namespace

concurrency_limit::concurrency_limit(concurrency_limit_options x)
    : options_{x}, limit_{static_cast<double>(x.min)} {}

void concurrency_limit::add(const finished_call& x) {
  if (open_.calls++ == 0)
    open_.opened = x.ended;
  open_.took += x.took;
  open_.waited += x.waited;
  open_.peak = std::max(open_.peak, x.in_flight);
  open_.lost += x.is_lost && x.waited > options_.slack ? 1 : 0;
  const auto open_for = x.ended - open_.opened;
  if (open_for >= window_max || (open_for >= window_min && open_.calls >= calls_min))
    adapt(std::exchange(open_, {}));
}

void concurrency_limit::adapt(const window& to) {
  const auto alone = to.took - to.waited + options_.slack * static_cast<std::int64_t>(to.calls);
  const auto ratio =
      static_cast<double>(alone.count()) / static_cast<double>(std::max<std::int64_t>(to.took.count(), 1));
  const auto loses = to.lost * lost_share >= to.calls;
  held_for_ = loses ? held_windows : held_for_ - std::min(held_for_, 1u);
  auto wanted = loses ? limit_ * gradient_min
                      : limit_ * std::clamp(ratio, gradient_min, gradient_max) + std::sqrt(limit_);
  if (held_for_ > 0)
    wanted = std::min(wanted, limit_);
  wanted = std::min(wanted, 2.0 * static_cast<double>(to.peak));
  limit_ = std::clamp(wanted, static_cast<double>(options_.min), static_cast<double>(options_.max));
}

} // namespace kinora
