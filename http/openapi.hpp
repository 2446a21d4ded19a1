// The contract of the server as an OpenAPI 3.1 document.
#pragma once

#include "http/api.hpp"

#include <boost/json/object.hpp>

#include <string_view>

namespace kinora::http {

/// The text of http/openapi.json, compiled in.
extern const std::string_view openapi_text;

/// The document, true of a server with these options: its limits, its admin port, and the operations tagged
/// "chaos" only where `options.chaos` says so. Throws when http/openapi.json has not the places that it fills
/// in: a bug.
boost::json::object make_openapi(const api_options& options);

} // namespace kinora::http
