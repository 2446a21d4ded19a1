#pragma once

#include "domain/tenant_rules.hpp"
#include "domain/video.hpp"

namespace kinora::scoring {

/// The base that recency and affinity raise: `w_popularity × score`, with the video's own score 0..100.
inline double popularity(const video& x, const boost_weights& weights) noexcept {
  return weights.popularity * x.score;
}

} // namespace kinora::scoring
