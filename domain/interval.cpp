#include "domain/interval.hpp"

#include <algorithm>
#include <cmath>

namespace kinora {

namespace {

/// The quantile of the standard normal distribution at (1 + `interval_confidence`) / 2.
constexpr double z = 1.959963984540054;

} // namespace

estimate estimate_of(const proportion& x) noexcept {
  const auto n = static_cast<double>(x.whole);
  const auto p = static_cast<double>(x.part) / n;
  const auto middle = p + z * z / (2.0 * n);
  const auto reach = z * std::sqrt((p * (1.0 - p) + z * z / (4.0 * n)) / n);
  const auto scale = 1.0 + z * z / n;
  return {p, std::clamp((middle - reach) / scale, 0.0, p), std::clamp((middle + reach) / scale, p, 1.0)};
}

estimate difference_of(const proportion& a, const proportion& b) noexcept {
  const auto x = estimate_of(a), y = estimate_of(b);
  const auto value = x.value - y.value;
  const auto low = value - std::hypot(x.value - x.low, y.high - y.value);
  const auto high = value + std::hypot(x.high - x.value, y.value - y.low);
  return {value, std::max(low, -1.0), std::min(high, 1.0)}; // past them by rounding only
}

} // namespace kinora
