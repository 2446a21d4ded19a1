#include "domain/cursor.hpp"

#include "domain/base64url.hpp"
#include "domain/text.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

namespace kinora {

namespace {

constexpr std::string_view signature_label = "kinora cursor signature";
constexpr std::string_view key_id_label = "kinora cursor key id";

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

void append_number(std::string& out, std::uint64_t number, std::size_t bytes) {
  for (std::size_t shift = bytes * 8; shift > 0; shift -= 8)
    out += static_cast<char>((number >> (shift - 8)) & 0xFFu);
}

std::uint64_t number_at(std::string_view in, std::size_t offset, std::size_t bytes) {
  std::uint64_t number = 0;
  for (const char c : in.substr(offset, bytes))
    number = (number << 8) | static_cast<unsigned char>(c);
  return number;
}

const unsigned char* bytes_of(std::string_view x) {
  return reinterpret_cast<const unsigned char*>(x.data());
}

struct release_mac {
  void operator()(EVP_MAC* x) const { EVP_MAC_free(x); }
  void operator()(EVP_MAC_CTX* x) const { EVP_MAC_CTX_free(x); }
};

using mac_state = std::unique_ptr<EVP_MAC_CTX, release_mac>;

/// HMAC-SHA-256 that has taken the secret in: looking the algorithm up and hashing the key would cost more
/// than a short text.
mac_state start_mac(std::string_view secret) {
  const std::unique_ptr<EVP_MAC, release_mac> mac{EVP_MAC_fetch(nullptr, "HMAC", nullptr)};
  mac_state out{mac ? EVP_MAC_CTX_new(mac.get()) : nullptr};
  std::string digest = "SHA256";
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("digest", digest.data(), 0),
                               OSSL_PARAM_construct_end()};
  if (!out || EVP_MAC_init(out.get(), bytes_of(secret), secret.size(), params) != 1)
    throw std::runtime_error{"HMAC-SHA-256 is not available"};
  return out;
}

std::string hmac_sha256(const EVP_MAC_CTX& started, std::string_view text) {
  const mac_state state{EVP_MAC_CTX_dup(&started)};
  std::string mac(signature_bytes, '\0');
  std::size_t size = 0;
  if (!state || EVP_MAC_update(state.get(), bytes_of(text), text.size()) != 1 ||
      EVP_MAC_final(state.get(), reinterpret_cast<unsigned char*>(mac.data()), &size, mac.size()) != 1)
    throw std::runtime_error{"HMAC-SHA-256 failed"};
  return mac;
}

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

cursor_key make_cursor_key(std::string secret) {
  std::string label;
  append_length_prefixed(label, key_id_label);
  const auto id = static_cast<std::uint32_t>(number_at(hmac_sha256(*start_mac(secret), label), 0, 4));
  return {std::move(secret), id};
}

/// One key, ready to sign. Any number of threads may use it.
struct cursor_codec::signer {
  explicit signer(const cursor_key& key) : id{key.id}, mac{start_mac(key.secret)} {}

  std::string sign(std::string_view payload, std::string_view tenant, std::string_view user) const {
    return hmac_sha256(*mac, signed_text(payload, tenant, user));
  }

  std::uint32_t id;
  mac_state mac;
};

cursor_codec::cursor_codec(const std::vector<cursor_key>& keys) {
  if (keys.empty())
    throw std::invalid_argument{"a cursor codec needs a key"};
  for (const auto& key : keys)
    signers_.push_back(std::make_shared<const signer>(key));
}

std::string cursor_codec::encode(const session& x, std::string_view tenant, std::string_view user) const {
  if (x.served.size() > session_items_max)
    throw std::length_error{"a session has at most 500 items"};
  const auto& key = *signers_.front();
  auto bytes = pack(x, key.id);
  bytes += key.sign(bytes, tenant, user);
  return base64url_encode(bytes);
}

result<session> cursor_codec::decode(std::string_view token, std::string_view tenant, std::string_view user,
                                     wall_time now) const {
  const auto bytes = token.size() <= cursor_bytes_max ? base64url_decode(token) : std::nullopt;
  if (!bytes || !is_well_formed(*bytes))
    return refused();
  const auto payload = std::string_view{*bytes}.substr(0, bytes->size() - signature_bytes);
  const auto signature = std::string_view{*bytes}.substr(payload.size());
  const auto key_id = number_at(payload, key_id_at, 4);
  const auto genuine = std::ranges::any_of(signers_, [&](const auto& key) {
    return key->id == key_id &&
           CRYPTO_memcmp(key->sign(payload, tenant, user).data(), signature.data(), signature_bytes) == 0;
  });
  if (!genuine)
    return refused();
  auto x = unpack(payload);
  if (now >= x.expires_at)
    return expired();
  return x;
}

} // namespace kinora
