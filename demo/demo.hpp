#pragma once

#include "domain/result.hpp"
#include "domain/time.hpp"
#include "storage/stores.hpp"

#include <optional>

namespace kinora::demo {

/// The tenant of requests that name none.
inline constexpr auto default_tenant = "tenant_sports";

/// Writes the demo tenants (demo/tenant.hpp) with their videos and users into `out`: those that are not there
/// yet. Ages count back from `now`. Returns what went wrong, if anything did.
std::optional<failure> load(const stores& out, wall_time now);

} // namespace kinora::demo
