#include "domain/cursor.hpp"

#include "domain/base64url.hpp"
#include "domain/big_endian.hpp"
#include "domain/text.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <stdexcept>

namespace kinora {

namespace {

constexpr std::string_view signature_label = "kinora cursor signature";

constexpr std::uint64_t version = 1;
constexpr std::uint64_t flag_binds_user = 1;

constexpr std::size_t version_at = 0;
constexpr std::size_t flags_at = 1;
constexpr std::size_t key_id_at = 2;
constexpr std::size_t expiry_at = 6;
constexpr std::size_t count_at = 10;
constexpr std::size_t hashes_at = 12;
constexpr std::size_t hash_bytes = 6;
constexpr std::size_t signature_bytes = 32;

bool binds_user(std::string_view payload) {
  return number_at(payload, flags_at, 1) == flag_binds_user;
}

/// What the signature of a payload covers.
std::string signed_text(std::string_view payload, std::string_view tenant, std::string_view user) {
  std::string text;
  text.reserve(payload.size() + 512);
  append_length_prefixed(text, signature_label);
  append_length_prefixed(text, payload);
  append_length_prefixed(text, tenant);
  if (binds_user(payload))
    append_length_prefixed(text, user);
  return text;
}

std::string pack(const session& x, std::uint32_t key_id) {
  const auto expiry = std::chrono::floor<std::chrono::seconds>(x.expires_at).time_since_epoch().count();
  constexpr std::int64_t expiry_max = std::numeric_limits<std::uint32_t>::max();
  std::string payload;
  payload.reserve(hashes_at + x.served.size() * hash_bytes + signature_bytes);
  append_number(payload, version, 1);
  append_number(payload, x.binds_user ? flag_binds_user : 0, 1);
  append_number(payload, key_id, 4);
  append_number(payload, static_cast<std::uint64_t>(std::clamp<std::int64_t>(expiry, 0, expiry_max)), 4);
  append_number(payload, x.served.size(), 2);
  for (const auto hash : x.served)
    append_number(payload, hash, hash_bytes);
  return payload;
}

bool is_well_formed(std::string_view bytes) {
  if (bytes.size() < hashes_at + signature_bytes)
    return false;
  const auto count = number_at(bytes, count_at, 2);
  return number_at(bytes, version_at, 1) == version && number_at(bytes, flags_at, 1) <= flag_binds_user &&
         count <= session_items_max && bytes.size() == hashes_at + count * hash_bytes + signature_bytes;
}

session unpack(std::string_view payload) {
  const auto expiry = static_cast<std::int64_t>(number_at(payload, expiry_at, 4));
  session x{
      .binds_user = binds_user(payload), .expires_at = wall_time{std::chrono::seconds{expiry}}, .served = {}};
  x.served.reserve(number_at(payload, count_at, 2));
  for (std::size_t at = hashes_at; at < payload.size(); at += hash_bytes)
    x.served.push_back(number_at(payload, at, hash_bytes));
  return x;
}

failure refused() {
  return invalid("cursor", "is not a cursor that was given out to this tenant and user; "
                           "start again without a cursor");
}

failure expired() {
  return invalid("cursor", "has expired; start again without a cursor");
}

} // namespace

std::string cursor_codec::encode(const session& x, std::string_view tenant, std::string_view user) const {
  if (x.served.size() > session_items_max)
    throw std::length_error{"a session has at most 500 items"};
  auto bytes = pack(x, keys_.id());
  bytes += keys_.sign(signed_text(bytes, tenant, user));
  return base64url_encode(bytes);
}

result<session> cursor_codec::decode(std::string_view token, std::string_view tenant, std::string_view user,
                                     wall_time now) const {
  const auto bytes = token.size() <= cursor_bytes_max ? base64url_decode(token) : std::nullopt;
  if (!bytes || !is_well_formed(*bytes))
    return refused();
  const auto payload = std::string_view{*bytes}.substr(0, bytes->size() - signature_bytes);
  const auto signature = std::string_view{*bytes}.substr(payload.size());
  if (!keys_.verify(number_at(payload, key_id_at, 4), signed_text(payload, tenant, user), signature))
    return refused();
  auto x = unpack(payload);
  if (now >= x.expires_at)
    return expired();
  return x;
}

} // namespace kinora
