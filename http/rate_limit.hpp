// What a rate limit means to a request: whether it goes on, and what its answer says of it.
#pragma once

#include "http/api.hpp"
#include "http/formats/events_format.hpp"
#include "http/message.hpp"

#include <string>

namespace kinora::http {

/// Charges a user one request. Within the limit, or without one, returns true; every good answer that `out`
/// then gets says what is left, in the RateLimit headers of draft-ietf-httpapi-ratelimit-headers-11. Past it
/// answers 429, with Retry-After, and returns false.
bool admit_user(api& x, const request& req, const std::string& tenant, const std::string& user,
                exchange_ptr& out);

/// The same for a batch of events, of which every user is charged one request: the events of those over their
/// limit are rejected, and the answer tells of the user who has the least left. Answers 429 when no event is
/// left of some.
bool admit_users(api& x, const request& req, const std::string& tenant, events_upload& sent,
                 exchange_ptr& out);

} // namespace kinora::http
