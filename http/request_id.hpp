// What ties an answer, the log and other services' traces to one request.
#pragma once

#include <string>
#include <string_view>

namespace kinora::http {

/// Returns 32 hexadecimal digits, never the same twice in a process and, seeded from the system's randomness,
/// practically never in two. Not a secret. Any thread.
std::string new_request_id();

/// Whether an inbound X-Request-ID is kept: [A-Za-z0-9._-]{1,128}.
bool is_request_id(std::string_view text);

/// Whether an inbound `traceparent` is well-formed (W3C Trace Context): version, trace id, parent id and
/// flags in lower-case hexadecimal, ids not all zero, version not ff.
bool is_traceparent(std::string_view text);

} // namespace kinora::http
