// Admin tokens as JSON.
#pragma once

#include "domain/access.hpp"
#include "domain/result.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace kinora::http {

/// Reads what a new token is to be: `name` (1..`access_name_bytes_max` bytes), `role`, and `tenants`, to
/// which it is limited: an editor names at least one, a viewer may (none, or null: all), an admin none.
/// Tenants need not exist yet. Fails on the field at fault. The id is left empty.
result<principal> parse_principal(const boost::json::value& value);

/// Writes a token without its secret; `tenants` is null when it is limited to none.
boost::json::object write_principal(const principal& x);

/// The same, with when it was made and by whom; null where nobody knows.
boost::json::object write_token(const access_token& x);

} // namespace kinora::http
