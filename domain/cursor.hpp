#pragma once

#include "domain/result.hpp"
#include "domain/signing.hpp"
#include "domain/time.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kinora {

/// A session ends after this many items.
inline constexpr std::size_t session_items_max = 500;

/// The longest token that is looked at.
inline constexpr std::size_t cursor_bytes_max = 4608;

/// What a client carries from page to page.
struct session {
  bool binds_user = true;            ///< Whether only the user it was made for may go on with it.
  wall_time expires_at;              ///< From this instant on it is refused. Whole seconds in 1970..2106.
  std::vector<std::uint64_t> served; ///< `video_hash` (48 bits) of what was served, in order, at most 500.
  bool operator==(const session&) const = default;
};

/// Turns sessions into signed tokens and back. A token holds the session only, in the clear; tenant and user
/// are bound by the signature.
///
/// Token: base64url of version (1 byte), flags (1), key id (4), expiry in Unix seconds (4), count (2), the
/// hashes (6 each), HMAC-SHA-256 (32); numbers are big-endian. The HMAC covers a label, all bytes before it,
/// the tenant and, where the session binds one, the user, each with its length before it.
class cursor_codec {
public:
  /// The first key signs, all verify. Throws `std::invalid_argument` without a key.
  explicit cursor_codec(const std::vector<cursor_key>& keys) : keys_{keys} {}

  /// Writes the token, at most 4,059 characters. `user` is ignored when the session binds none; an expiry
  /// between two seconds is the earlier one. Throws `std::length_error` when there are too many items.
  std::string encode(const session& x, std::string_view tenant, std::string_view user) const;

  /// Reads a token back for the tenant and user that sent it. Fails with `invalid_argument` in field
  /// "cursor": with one and the same text when it is malformed, altered, another tenant's or user's or signed
  /// with an unknown key, with another one when it is genuine but has expired at `now`.
  result<session> decode(std::string_view token, std::string_view tenant, std::string_view user,
                         wall_time now) const;

private:
  signing_keys keys_;
};

} // namespace kinora
