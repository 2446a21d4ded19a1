// What POST /admin/v1/tenants/{tenant}/preview is asked.
#pragma once

#include "domain/result.hpp"
#include "domain/tenant_rules.hpp"
#include "domain/time.hpp"
#include "domain/user_signals.hpp"

#include <boost/json/value.hpp>

#include <cstddef>
#include <optional>
#include <string>

namespace kinora::http {

/// A feed to be computed for a stored user or for made-up signals, under the tenant's rules or a draft.
struct preview_request {
  std::string user; ///< Empty when there are `signals`.
  std::optional<user_signals> signals;
  std::optional<tenant_rules> rules; ///< Absent: the tenant's own.
  std::size_t limit = 0;
  wall_time now;
};

/// Reads `{"user_hash" or "signals", "rules", "limit", "now"}`: exactly one of the first two, the rest
/// optional. `limit` is 1..`limit_max`, `limit_default` when absent; `now` a Unix time (`from_unix_number`),
/// the argument when absent. Fails on the path at fault ("rules.boost_weights.recency"), unknown keys
/// included.
result<preview_request> parse_preview(const boost::json::value& value, std::size_t limit_default,
                                      std::size_t limit_max, wall_time now);

} // namespace kinora::http
