// Exponentially decayed sums, as in Cormode, Shkapenyuk, Srivastava, Xu: "Forward decay", ICDE 2009. Kept as
// a value with its time of reference and merged at the later one, so that adding commutes and needs no order.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace kinora {

/// What is left of 1 after `elapsed_ms`, 0..1; nothing decays backwards.
inline double decay(std::int64_t elapsed_ms, std::int64_t half_life_ms) noexcept {
  return elapsed_ms <= 0 ? 1.0
                         : std::exp2(-static_cast<double>(elapsed_ms) / static_cast<double>(half_life_ms));
}

/// Maps a decayed sum to 0..1: `s / (s + k)` with `k` > 0; what is below zero counts as zero.
inline double saturate(double sum, double k) noexcept {
  return sum > 0.0 ? sum / (sum + k) : 0.0;
}

/// The sum of what events are worth to one video. May be below zero.
struct popularity_sum {
  double value = 0.0;            ///< As of `at_ms`.
  std::int64_t at_ms = 0;        ///< Unix milliseconds.
  std::int64_t half_life_ms = 1; ///< Of the tenant's rules when the latest part was added; > 0.

  double at(std::int64_t now_ms) const noexcept { return value * decay(now_ms - at_ms, half_life_ms); }
  bool operator==(const popularity_sum&) const = default;
};

/// Both sums together, as of the later time. Where half-lives differ, because a rule was changed, the later
/// one holds from its time on.
inline popularity_sum merged(const popularity_sum& a, const popularity_sum& b) noexcept {
  auto at = std::max(a.at_ms, b.at_ms);
  auto half_life = a.at_ms == b.at_ms  ? std::max(a.half_life_ms, b.half_life_ms)
                   : a.at_ms > b.at_ms ? a.half_life_ms
                                       : b.half_life_ms;
  return {a.value * decay(at - a.at_ms, half_life) + b.value * decay(at - b.at_ms, half_life), at, half_life};
}

} // namespace kinora
