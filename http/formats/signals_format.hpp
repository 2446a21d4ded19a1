// A user's signals as JSON: the body of /admin/v1/tenants/{tenant}/users/{user_hash}/signals.
#pragma once

#include "domain/result.hpp"
#include "domain/user_signals.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace kinora::http {

/// How many watched ids may be sent, and how many disliked ones.
inline constexpr std::size_t ids_sent_max = 10'000;

/// How many affinities to tags, and how many to creators.
inline constexpr std::size_t affinities_max = 1'000;

/// Reads an array of ids, oldest first: the last `kept` different ones, in order of their last places.
struct latest_ids {
  std::size_t kept;
  result<std::vector<std::string>> operator()(const boost::json::value& value) const;
};

/// Reads signals; what is absent or null is empty. `watched_ids` and `disliked_ids` are sent oldest first: of
/// an id that repeats the last place counts, and then the last `user_signals::watched_max` ids are kept, or
/// `user_record::disliked_max` of the disliked ones. Affinities are 0..1.
/// Ids, tags and creators are 1..256 printable bytes. `last_active` is a time as in uploads. Fails on the
/// path at fault, unknown keys included.
result<user_signals> parse_signals(const boost::json::value& value);

/// Writes every field, `disliked_ids` when there are some; `last_active` as RFC 3339 in UTC or null.
/// `parse_signals` reads it back unchanged.
boost::json::object write_signals(const user_signals& x);

} // namespace kinora::http
