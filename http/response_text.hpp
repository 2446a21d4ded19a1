// Heads of answers as the bytes of HTTP/1.1.
#pragma once

#include "http/message.hpp"

#include <string>

namespace kinora::http {

/// Appends status line, headers, Content-Length (unless the status has no content) and the empty line: what
/// comes before the body.
void append_head(std::string& out, const response& answer);

} // namespace kinora::http
