// JSON text: written with plain numbers, read strictly.
#pragma once

#include "domain/result.hpp"

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace kinora::http {

/// Deepest nesting of arrays and objects that `parse_json` reads.
inline constexpr std::size_t json_depth_max = 32;

/// Writes a value without white space. Doubles are the shortest plain decimal text that reads back as the
/// same number (201.2, 95, 0.001), never with an exponent. Strings must be valid UTF-8. Throws
/// `std::logic_error` on NaN and infinities, which JSON cannot hold: computing one is a bug.
std::string to_text(const boost::json::value& value);

/// Reads exactly one JSON text (RFC 8259). Fails with `invalid_argument` on the field `what` (e.g. "body")
/// with the reason and the offset in bytes when it is empty, malformed, not UTF-8, nested deeper than
/// `json_depth_max`, followed by anything but white space, holds a number beyond a double's range, or an
/// object that names a key twice. Integers that fit neither 64-bit type become doubles.
result<boost::json::value> parse_json(std::string_view body, std::string_view what);

} // namespace kinora::http
