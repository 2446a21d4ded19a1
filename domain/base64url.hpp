#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kinora {

/// Encodes bytes as base64url without padding (RFC 4648, section 5).
std::string base64url_encode(std::string_view bytes);

/// The same to `out`; returns the end of what it wrote: 4 characters for 3 bytes.
char* base64url_encode(std::string_view bytes, char* out);

/// Decodes what `base64url_encode` writes, and nothing else: nullopt for padding, white space, characters of
/// other alphabets, impossible lengths and non-zero trailing bits. So every byte string has one encoding.
std::optional<std::string> base64url_decode(std::string_view text);

} // namespace kinora
