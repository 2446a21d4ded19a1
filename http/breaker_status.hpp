#pragma once

#include "actors/boards.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace kinora::http {

/// One tenant's state of a breaker that keeps one per tenant.
struct tenant_breaker_status {
  std::string tenant;
  breaker_state state;
  std::uint32_t consecutive_failures;
};

/// A breaker as operators see it: the worst state of all tenants.
struct breaker_status {
  std::string name;
  breaker_state state;
  std::uint32_t consecutive_failures;
  std::vector<tenant_breaker_status> tenants; ///< Those that are not closed without a failure, by tenant.
};

/// signals and ranking, in this order, as their boards say at `now`.
std::vector<breaker_status> read_breakers(const boards& from, steady_time now);

/// How bad a state is: closed 0, half_open 1, open 2.
int severity(breaker_state x);

} // namespace kinora::http
