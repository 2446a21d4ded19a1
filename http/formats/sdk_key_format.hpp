// SDK keys as JSON.
#pragma once

#include "domain/result.hpp"
#include "domain/sdk_key.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace kinora::http {

/// Reads what a new key is to be: `{"name"}`, at most `access_name_bytes_max` bytes; empty when absent. Fails
/// on the field at fault.
result<std::string> parse_sdk_key_name(const boost::json::value& value);

/// Writes a key without its secret.
boost::json::object write_sdk_key(const sdk_key& x);

} // namespace kinora::http
