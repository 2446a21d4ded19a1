#pragma once

#include "domain/tenant_rules.hpp"

namespace kinora::scoring {

/// A video's score, 0..100: its `own`, raised towards 100 by what events say, `popularity` = p/(p + k), 0..1.
/// Never below its own; without events, or with β (`popularity_weight`) 0, exactly its own.
inline double raised_score(double own, double popularity, const learning_rules& rules) noexcept {
  return own + rules.popularity_weight * (100.0 - own) * popularity;
}

/// The base that recency and affinity raise: `w_popularity × score`.
inline double base(double score, const boost_weights& weights) noexcept {
  return weights.popularity * score;
}

} // namespace kinora::scoring
