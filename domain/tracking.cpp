#include "domain/tracking.hpp"

#include "domain/base64url.hpp"
#include "domain/big_endian.hpp"
#include "domain/cursor.hpp"
#include "domain/event.hpp"
#include "domain/text.hpp"

#include <xxhash.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace kinora {

namespace {

constexpr std::string_view signature_label = "kinora tracking token signature";

constexpr std::uint64_t version = 1;
constexpr std::uint64_t flag_binds_user = 1;
constexpr std::uint64_t flag_trending = 2;
constexpr std::uint64_t no_share = 0xFFFF;

constexpr std::size_t version_at = 0;
constexpr std::size_t flags_at = 1;
constexpr std::size_t key_id_at = 2;
constexpr std::size_t issued_at = 6;
constexpr std::size_t request_at = 10;
constexpr std::size_t share_at = 18;
constexpr std::size_t first_at = 20;
constexpr std::size_t items_at = 22;
constexpr std::size_t signature_at = 24;
constexpr std::size_t signature_bytes = 16;
constexpr std::size_t index_at = signature_at + signature_bytes;
constexpr std::size_t index_bytes = 2;
constexpr std::size_t token_bytes = index_at + index_bytes;
constexpr std::size_t token_characters = token_bytes * 4 / 3; // without a rest

static_assert(token_bytes % 3 == 0 && index_bytes == 2 && // the index and one byte make four characters
              token_characters <= tracking_token_bytes_max);

bool has_flag(std::string_view payload, std::uint64_t flag) {
  return (number_at(payload, flags_at, 1) & flag) != 0;
}

/// What the signature of a payload covers.
std::string signed_text(std::string_view payload, std::string_view tenant, std::string_view user) {
  std::string text;
  text.reserve(payload.size() + 512);
  append_length_prefixed(text, signature_label);
  append_length_prefixed(text, payload);
  append_length_prefixed(text, tenant);
  if (has_flag(payload, flag_binds_user))
    append_length_prefixed(text, user);
  return text;
}

std::string pack(const tracked_page& x, std::uint32_t key_id) {
  const auto issued = std::chrono::floor<std::chrono::seconds>(x.issued_at).time_since_epoch().count();
  constexpr std::int64_t issued_max = std::numeric_limits<std::uint32_t>::max();
  const auto flags =
      (x.binds_user ? flag_binds_user : 0) | (x.type == feed_type::trending ? flag_trending : 0);
  std::string payload;
  payload.reserve(token_bytes);
  append_number(payload, version, 1);
  append_number(payload, flags, 1);
  append_number(payload, key_id, 4);
  append_number(payload, static_cast<std::uint64_t>(std::clamp<std::int64_t>(issued, 0, issued_max)), 4);
  append_number(payload, x.request, 8);
  append_number(payload, x.rollout_share.value_or(no_share), 2);
  append_number(payload, x.first, 2);
  append_number(payload, x.items, 2);
  return payload;
}

/// Whether it names an item of its page, and can be one of ours at all.
bool is_well_formed(std::string_view bytes) {
  return bytes.size() == token_bytes && number_at(bytes, version_at, 1) == version &&
         number_at(bytes, index_at, index_bytes) < number_at(bytes, items_at, 2);
}

bool is_timely(std::string_view payload, wall_time now) {
  const wall_time issued{std::chrono::seconds{number_at(payload, issued_at, 4)}};
  return now - issued <= event_age_max && issued - now <= event_lead_max;
}

} // namespace

std::uint64_t request_hash(std::string_view request_id) {
  return XXH3_64bits(request_id.data(), request_id.size());
}

page_tokens::page_tokens(std::string_view signed_page)
    : shared_{base64url_encode(signed_page.substr(0, index_at - 1))}, last_{signed_page.back()} {}

std::string page_tokens::at(std::size_t index) const {
  std::string out;
  write(index, out);
  return out;
}

void page_tokens::write(std::size_t index, std::string& out) const {
  std::string rest{last_};
  append_number(rest, index, index_bytes);
  out.reserve(token_characters);
  out = shared_;
  out.resize(token_characters);
  base64url_encode(rest, out.data() + shared_.size());
}

page_tokens tracking_codec::sign(const tracked_page& x, std::string_view tenant,
                                 std::string_view user) const {
  if (x.first + x.items > session_items_max)
    throw std::length_error{"a session has at most 500 items"};
  auto bytes = pack(x, keys_.id());
  bytes += keys_.sign(signed_text(bytes, tenant, user)).substr(0, signature_bytes);
  return page_tokens{bytes};
}

std::optional<served_position> tracking_codec::read(std::string_view token, std::string_view tenant,
                                                    std::string_view user, wall_time now) const {
  const auto bytes = token.size() == token_characters ? base64url_decode(token) : std::nullopt;
  if (!bytes || !is_well_formed(*bytes))
    return std::nullopt;
  const auto payload = std::string_view{*bytes}.substr(0, signature_at);
  const auto signature = std::string_view{*bytes}.substr(signature_at, signature_bytes);
  if (!is_timely(payload, now) ||
      !keys_.verify(number_at(payload, key_id_at, 4), signed_text(payload, tenant, user), signature))
    return std::nullopt;
  const auto share = number_at(payload, share_at, 2);
  served_position out;
  out.type = has_flag(payload, flag_trending) ? feed_type::trending : feed_type::personalized;
  out.side = side_of(share == no_share ? std::nullopt : std::optional{static_cast<std::uint32_t>(share)},
                     tenant, user);
  out.request = number_at(payload, request_at, 8);
  out.rank = number_at(payload, first_at, 2) + number_at(*bytes, index_at, index_bytes);
  out.key = bytes->substr(signature_at);
  out.key += user;
  return out;
}

} // namespace kinora
