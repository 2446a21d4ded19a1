// All that is stored of a user: the body of /admin/v1/tenants/{tenant}/users/{user_hash}.
#pragma once

#include "domain/user_record.hpp"

#include <boost/json/object.hpp>

#include <string_view>

namespace kinora::http {

/// Writes a user's record: watched and disliked ids from the oldest to the latest, the sums of what events
/// added, what was set beside them (null: nothing), and what ranking makes of it all at `now`. Times are RFC
/// 3339 in UTC, null where there is none.
boost::json::object write_user(std::string_view user, const user_record& x, wall_time now);

} // namespace kinora::http
