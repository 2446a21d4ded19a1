#pragma once

#include "domain/tenant_rules.hpp"
#include "domain/video.hpp"

namespace kinora::scoring {

/// Product of the multipliers of those of the video's tags that have one; 1 without any.
inline double tag_multiplier(const video& x, const tenant_rules& rules) {
  if (rules.tag_multipliers.empty())
    return 1.0;
  double product = 1.0;
  for (auto& tag : x.tags)
    if (auto i = rules.tag_multipliers.find(tag); i != rules.tag_multipliers.end())
      product *= i->second;
  return product;
}

/// The editorial boost of the video, 0..3; 1 without one.
inline double boost(const video& x, const tenant_rules& rules) {
  auto i = rules.boosts.find(x.id);
  return i == rules.boosts.end() ? 1.0 : i->second;
}

} // namespace kinora::scoring
