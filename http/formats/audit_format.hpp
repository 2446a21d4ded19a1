// The audit log as JSON, and how changes are written into it.
#pragma once

#include "actors/audit_notes.hpp"
#include "domain/audit.hpp"

#include <boost/json/object.hpp>

namespace kinora::http {

/// Writes a page, the newest entry first: `entries` and `next_cursor` (null on the last page).
boost::json::object write_audit_page(const audit_page& x);

/// Reads the cursor of a page: `audit_query::before`. Fails naming `cursor`.
result<std::uint64_t> parse_audit_cursor(std::string_view text);

/// Changes of flags, rules and videos, as the API shows those.
describers make_describers();

} // namespace kinora::http
