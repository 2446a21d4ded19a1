// Errors as RFC 9457 problem details: the only map from `errc` to HTTP statuses.
#pragma once

#include "domain/result.hpp"
#include "http/message.hpp"

#include <string>

namespace kinora::http {

/// Answers `why` as application/problem+json: `type` ("urn:kinora:problem:<code>"), `title`, `status`,
/// `detail`, `instance` (the request's id) and, when a field is at fault, `errors: [{"field","detail"}]`.
/// Adds Retry-After to 429 and 503, and WWW-Authenticate to 401. Bytes of `why` that are not UTF-8 become
/// '?'. `errc::none` stands for a failure without a name (a bug): 500 "internal".
response problem(const request& req, const failure& why);

/// The same for a failure that is not about a field.
response problem(const request& req, errc code, std::string detail);

/// Answers a request that broke HTTP itself (`status` 400, 408, 413, 414, 415, 417, 431): type
/// "about:blank", the title is the status phrase.
response protocol_problem(const request& req, int status, std::string detail);

} // namespace kinora::http
