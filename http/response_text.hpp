// Answers as the bytes of HTTP/1.1.
#pragma once

#include "http/message.hpp"

#include <string>

namespace kinora::http {

/// Appends status line, headers, Content-Length (unless the status has no content) and, unless the request
/// was a HEAD, the body.
void append_response(std::string& out, const response& answer, bool is_head);

} // namespace kinora::http
