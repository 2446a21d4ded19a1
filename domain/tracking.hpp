#pragma once

#include "domain/feed_type.hpp"
#include "domain/rollout.hpp"
#include "domain/signing.hpp"
#include "domain/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kinora {

/// What a page says of itself in the tokens of its items.
struct tracked_page {
  bool binds_user = true; ///< Whether only events of the user it was made for may echo its tokens.
  feed_type type = feed_type::trending;
  std::optional<std::uint32_t> rollout_share; ///< `rollout_share` of its request.
  std::uint64_t request = 0;                  ///< `request_hash` of the request's id.
  wall_time issued_at;                        ///< Whole seconds in 1970..2106.
  std::size_t first = 0;                      ///< Position of its first item in the session, from 0.
  std::size_t items = 0;                      ///< `first + items` is at most `session_items_max`.
};

/// The id of a request as tokens name it.
std::uint64_t request_hash(std::string_view request_id);

/// The tokens of one page, signed together. They share all characters but the last four.
class page_tokens {
public:
  /// Of the bytes of a token that come before its index.
  explicit page_tokens(std::string_view signed_page);

  /// Of the item that stands so far from the page's first one: 56 characters.
  std::string at(std::size_t index) const;

  /// The same in place of what `out` holds, whose memory it uses.
  void write(std::size_t index, std::string& out) const;

private:
  std::string shared_;
  char last_; ///< The byte before the index.
};

/// A position that was served, as its token names it.
struct served_position {
  feed_type type = feed_type::trending;
  rollout_side side = rollout_side::none;
  std::uint64_t request = 0;
  std::size_t rank = 0; ///< Position in the session, from 0.
  std::string key;      ///< Another one for every page, item and user.
  bool operator==(const served_position&) const = default;
};

/// Makes tracking tokens, and reads them back. A token holds what its page says, in the clear, and the index
/// of its item; the signature covers the page, the tenant and, where the page binds one, the user, so that a
/// page costs one signature. Under a label of its own: no cursor is a token and no token a cursor.
///
/// The rollout's side is not written down, but the split that makes it: a page that binds no user may reach
/// users of both sides through a shared cache, and the side is that of the user who echoes its token.
///
/// What a client can still lie about: which item of its own page an event is about, what was done with it and
/// when, and the user, where a page binds none.
///
/// Token: base64url of version (1 byte), flags (1), key id (4), time of issue in Unix seconds (4), request
/// hash (8), rollout share in basis points or 0xFFFF (2), position of the first item (2), items (2), the
/// first 16 bytes of an HMAC-SHA-256, index (2); numbers are big-endian. The HMAC covers the label, all bytes
/// before it, the tenant and the user, each with its length before it.
class tracking_codec {
public:
  /// The first key signs, all verify. Throws `std::invalid_argument` without a key.
  explicit tracking_codec(const std::vector<cursor_key>& keys) : keys_{keys} {}

  /// `user` is ignored when the page binds none; a time between two seconds is the earlier one. Throws
  /// `std::length_error` when the page ends past the end of a session.
  page_tokens sign(const tracked_page& x, std::string_view tenant, std::string_view user) const;

  /// Reads back the token that came with an event of this tenant and user at `now`. nullopt when it is
  /// malformed, altered, another tenant's or user's, signed with an unknown key, issued more than
  /// `event_age_max` ago or more than `event_lead_max` ahead.
  std::optional<served_position> read(std::string_view token, std::string_view tenant, std::string_view user,
                                      wall_time now) const;

private:
  signing_keys keys_;
};

} // namespace kinora
