// Reading what every handler reads: headers that must not repeat, tenants, users, limits, preconditions.
#pragma once

#include "domain/result.hpp"
#include "http/message.hpp"
#include "http/uri.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kinora::http {

/// The value of a header that may occur once; nullopt when absent. Fails when it occurs more often.
result<std::optional<std::string_view>> single_header(const request& req, std::string_view name);

/// The secret that "Authorization: Bearer" brings (RFC 6750, section 2.1); nullopt without one, and with
/// several.
std::optional<std::string_view> bearer_token(const request& req);

/// The tenant that X-Tenant-ID names; without the header `default_tenant`, if there is one.
result<std::string> read_tenant(const request& req, const std::string& default_tenant);

/// A whole number in 1..max. Fails naming `field`.
result<std::size_t> parse_count(std::string_view text, std::string_view field, std::size_t max);

/// A time in a query: a Unix time in seconds or milliseconds (`from_unix_number`), or an RFC 3339 date-time.
/// Fails naming `field`.
result<wall_time> parse_time_text(std::string_view text, std::string_view field);

/// "true", "1", "false" or "0". Fails naming `field`.
result<bool> parse_switch(std::string_view text, std::string_view field);

/// An ETag made of a revision, in quotes.
std::string revision_etag(std::uint64_t revision);

/// Whether the list of an If-None-Match, or of nothing, names `etag`, by weak comparison (RFC 9110, section
/// 8.8.3.2).
bool names_etag(std::string_view if_none_match, std::string_view etag);

/// What a change has to find, by If-Match (RFC 9110, section 13.1.1): nullopt when it need not look, else the
/// revision. `current` is the one that there is now; when the header names neither it nor "*", or there is
/// nothing, the revision returned is one that nothing ever has.
result<std::optional<std::uint64_t>> if_match_revision(const request& req,
                                                       std::optional<std::uint64_t> current);

/// The same for what has no ETag: only "*" matches. Fails with `precondition_failed`.
std::optional<failure> check_if_match(const request& req);

/// Whether Content-Type is `type`, whatever its parameters say. Nothing said is no type.
bool is_content_type(const request& req, std::string_view type);

/// Whether the body is JSON, by its Content-Type; nothing said, and what curl says unasked, count as JSON.
/// `also` names a further type.
bool is_json(const request& req, std::string_view also = {});

/// The request without its body, for answers that come later.
request without_body(const request& req);

/// A JSON answer.
response json_response(int status, std::string body);

} // namespace kinora::http
