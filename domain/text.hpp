#pragma once

#include <string>
#include <string_view>

namespace kinora {

/// Whether `text` is well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF,
/// nothing cut off. The empty string is.
bool is_valid_utf8(std::string_view text);

/// Whether `text` is valid UTF-8 without control characters: none of U+0000..U+001F and U+007F..U+009F.
bool is_printable(std::string_view text);

/// Appends `part` as a netstring without its comma (length in decimal, ':', bytes), so that two different
/// lists of parts never join to the same bytes. For what is hashed or signed.
void append_length_prefixed(std::string& out, std::string_view part);

} // namespace kinora
