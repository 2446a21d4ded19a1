// What feeds are worth: the answer of /admin/v1/tenants/{tenant}/stats.
#pragma once

#include "domain/result.hpp"
#include "domain/stats.hpp"
#include "http/uri.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace kinora::http {

/// The hours asked for when nothing is said.
inline constexpr std::chrono::days stats_range_default{7};

/// Whole hours.
struct stats_range {
  stats_hour first;
  stats_hour end; ///< The hour after the last one.
  bool operator==(const stats_range&) const = default;
};

/// Reads `from` and `to`, times as in bodies (Unix seconds or milliseconds, or RFC 3339): the hours that the
/// time between them touches. Without `from` the `stats_range_default` before `to`, without `to` the
/// `stats_age_max` after `from`, without both up to `now`. Fails naming the parameter when it is no time,
/// when `from` is not before `to`, and when it is more than `stats_age_max` before it.
result<stats_range> read_stats_range(const query_params& query, wall_time now);

/// Writes totals, hours and differences. Kinds of pages of which nothing is known are left out.
std::string write_stats(const stats_range& range, const std::vector<hourly_stats>& hours);

} // namespace kinora::http
