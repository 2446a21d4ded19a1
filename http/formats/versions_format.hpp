// The versions of a tenant's rules as JSON.
#pragma once

#include "domain/result.hpp"
#include "domain/tenant_rules.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <vector>

namespace kinora::http {

/// Writes the versions that are kept, the newest first: number, author, time, and what changed since the one
/// before (`before` and `after`; null where that one is not kept any more). `all` is in order of the numbers.
boost::json::object write_versions(const std::vector<versioned_rules>& all);

/// Writes one version with all its rules.
boost::json::object write_version(const versioned_rules& x);

/// Reads `{"version"}`. Fails on the field at fault.
result<std::uint32_t> parse_rollback(const boost::json::value& value);

} // namespace kinora::http
