// Content-Encoding: gzip, for clients that ask for it.
#pragma once

#include "http/message.hpp"

#include <string_view>

namespace kinora::http {

/// Whether an Accept-Encoding (RFC 9110, section 12.5.3) takes gzip: by name or by "*", with a weight over
/// zero. What is malformed is passed over.
bool accepts_gzip(std::string_view accept_encoding);

/// Compresses the body of a 200 of a KiB or more that varies by Accept-Encoding, and says so. Whatever else,
/// and what is shed, is left as it is.
void encode_content(response& answer, std::string_view accept_encoding);

} // namespace kinora::http
