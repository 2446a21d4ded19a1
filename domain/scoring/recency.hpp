#pragma once

#include <algorithm>

namespace kinora::scoring {

/// How fresh a video is: 1 at its publication, falling in a straight line to 0 at `window_s`; 0 without a
/// publication time (age infinite). Times in seconds, `window_s` > 0.
constexpr double recency(double age_s, double window_s) noexcept {
  return std::max(0.0, 1.0 - age_s / window_s);
}

} // namespace kinora::scoring
