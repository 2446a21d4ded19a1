#pragma once

#include <string>
#include <string_view>

namespace kinora::log {

/// Appends `text` as a JSON string (RFC 8259) with its quotes. Every byte that is not part of a well-formed
/// UTF-8 sequence (RFC 3629) becomes U+FFFD. Of a text longer than `bytes_max` the rest becomes "...".
void append_json_text(std::string& out, std::string_view text, std::size_t bytes_max);

} // namespace kinora::log
