#pragma once

#include <cstdint>

namespace kinora {

/// How confident the intervals below are: they hold the true value so often.
inline constexpr double interval_confidence = 0.95;

/// So many of so many; `part` is at most `whole`, `whole` at least 1.
struct proportion {
  std::uint64_t part = 0;
  std::uint64_t whole = 1;
};

/// An estimate between its limits.
struct estimate {
  double value = 0.0;
  double low = 0.0;
  double high = 0.0;
};

/// A proportion with Wilson's score interval, without continuity correction. It is within 0..1, and none of
/// no or all cases is certain. E. B. Wilson, "Probable inference, the law of succession, and statistical
/// inference", J. Am. Stat. Assoc. 22 (1927), 209-212.
estimate estimate_of(const proportion& x) noexcept;

/// `a - b`, of independent ones, with the hybrid score interval, made of the intervals of both. It is within
/// -1..1. R. G. Newcombe, "Interval estimation for the difference between independent proportions: comparison
/// of eleven methods", Statistics in Medicine 17 (1998), 873-890, method 10.
estimate difference_of(const proportion& a, const proportion& b) noexcept;

} // namespace kinora
