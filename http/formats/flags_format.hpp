// The global flags as JSON: the bodies of /admin/v1/flags.
#pragma once

#include "domain/flags.hpp"
#include "domain/result.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace kinora::http {

/// Reads a merge patch (RFC 7396) of `personalization_enabled`, `kill_switch_active` and `rollout_percentage`
/// (0..100); `{}` changes nothing. Fails on the key at fault; null, which would remove a flag, is refused.
result<flags_patch> parse_flags_patch(const boost::json::value& value);

/// Writes the three flags.
boost::json::object write_flags(const global_flags& flags);

} // namespace kinora::http
