#pragma once

#include "domain/learning_rules.hpp"
#include "domain/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace kinora {

/// How one tenant ranks. Every number is finite.
struct boost_weights {
  double recency = 1.0;          ///< 0..1000
  double popularity = 1.0;       ///< 0..1000
  double user_affinity = 1.0;    ///< 0..1000
  double creator_affinity = 0.0; ///< 0..1000
  bool operator==(const boost_weights&) const = default;
};

/// Which videos a tenant never shows.
struct catalogue_filters {
  std::vector<std::string> exclude_tags;
  std::optional<std::string> max_maturity; ///< One of the known ratings (domain/maturity.hpp).
  std::vector<std::string> languages;      ///< Empty: every language, and none.
  bool operator==(const catalogue_filters&) const = default;
};

/// How much of the same a feed may show: at most so many of one creator (of one tag) in any `window`
/// consecutive positions of a session. Videos without a creator count for none.
struct diversity_limits {
  static constexpr std::uint32_t window_max = 100;

  std::optional<std::uint32_t> max_per_creator; ///< 1..`window_max`; none: no limit.
  std::optional<std::uint32_t> max_per_tag;     ///< 1..`window_max`; none: no limit.
  std::uint32_t window = 10;                    ///< Positions, 1..`window_max`.

  bool any() const noexcept { return max_per_creator || max_per_tag; }
  bool operator==(const diversity_limits&) const = default;
};

/// A tenant's rules: what `PUT /admin/v1/tenants/{tenant}` sets as a whole.
struct tenant_rules {
  boost_weights weights;
  std::map<std::string, double> tag_multipliers; ///< Tag → 0..1000.
  double recency_window_hours = 48.0;            ///< 0 < h <= 87,600 (ten years).
  catalogue_filters filters;
  std::map<std::string, std::uint32_t> pins; ///< Video id → position from 0, at most 9,999.
  std::map<std::string, double> boosts;      ///< Video id → 0..3.
  diversity_limits diversity;
  learning_rules learning;
  bool personalization_enabled = true;
  double rollout_percentage = 100.0; ///< 0..100.
  std::string playback_url_template; ///< "{id}" stands for the percent-encoded video id.
  bool operator==(const tenant_rules&) const = default;
};

inline constexpr std::uint32_t rules_versions_max = 20; ///< That are kept of each tenant.

/// Rules with what names them, and where they come from.
struct versioned_rules {
  tenant_rules rules;
  std::uint64_t revision = 0; ///< The ETag.
  std::uint32_t version = 0;  ///< Counts the changes of this tenant, from 1; 0: not counted yet.
  wall_time saved_at{};
  std::string author{}; ///< Name of the token that made the change.
  bool operator==(const versioned_rules&) const = default;
};

} // namespace kinora
