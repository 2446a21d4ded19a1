#pragma once

namespace kinora::scoring {

/// What a score is made of. `popularity`, 0..1, is what events add, and has already raised `base`; `recency`
/// and `affinity` are already weighted; `final` is what the feed sorts by.
struct score_parts {
  double base = 0.0;
  double popularity = 0.0;
  double recency = 0.0;
  double affinity = 0.0;
  double tag_multiplier = 1.0;
  double boost = 1.0;
  double final = 0.0;
  bool operator==(const score_parts&) const = default;
};

/// The default formula: `base × (1 + recency + affinity) × factor`, with `factor = tag_multiplier × boost`.
constexpr double final_score(double base, double recency, double affinity, double factor) noexcept {
  return base * (1.0 + recency + affinity) * factor;
}

} // namespace kinora::scoring
