#pragma once

#include "domain/result.hpp"
#include "domain/time.hpp"

#include <string>
#include <string_view>

namespace kinora {

/// Reads an RFC 3339 date-time, strictly: `YYYY-MM-DD`, then `T`, `t` or a space, `hh:mm:ss`, an optional
/// fraction of any length (cut off after the millisecond), then `Z`, `z` or `±hh:mm`. The date must exist,
/// and both the year as written and the instant lie in the years 1..9999. A leap second, second 60 at the end
/// of a UTC month, is the last millisecond before midnight. Fails with `invalid_argument` and an empty field:
/// the caller knows where the text came from.
result<wall_time> parse_rfc3339(std::string_view text);

/// Reads a Unix time: milliseconds when `|number| >= 1e11`, else seconds; rounded to the nearest millisecond.
/// As seconds 1e11 is in the year 5138, as milliseconds in March 1973: recent times are never ambiguous.
/// Fails as above when it is not finite or outside the years 1..9999.
result<wall_time> from_unix_number(double number);

/// Writes an instant as an RFC 3339 date-time in UTC, such as `2024-05-31T18:30:00Z`; milliseconds only when
/// there are some (`18:30:00.250Z`). What lies outside the years 1..9999 is written as the nearest instant
/// within, so that `parse_rfc3339` reads everything back.
std::string to_rfc3339(wall_time instant);

} // namespace kinora
