#include "domain/signing.hpp"

#include "domain/big_endian.hpp"
#include "domain/text.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <mutex>
#include <new>
#include <stdexcept>
#include <utility>

namespace kinora {

namespace {

constexpr std::string_view key_id_label = "kinora cursor key id";
constexpr std::size_t signature_bytes = 32;

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

/// `state` has taken the secret in; what else it has seen is forgotten.
std::string hmac_sha256(EVP_MAC_CTX& state, std::string_view text) {
  std::string mac(signature_bytes, '\0');
  std::size_t size = 0;
  if (EVP_MAC_init(&state, nullptr, 0, nullptr) != 1 ||
      EVP_MAC_update(&state, bytes_of(text), text.size()) != 1 ||
      EVP_MAC_final(&state, reinterpret_cast<unsigned char*>(mac.data()), &size, mac.size()) != 1)
    throw std::runtime_error{"HMAC-SHA-256 failed"};
  return mac;
}

} // namespace

cursor_key make_cursor_key(std::string secret) {
  std::string label;
  append_length_prefixed(label, key_id_label);
  const auto id = static_cast<std::uint32_t>(number_at(hmac_sha256(*start_mac(secret), label), 0, 4));
  return {std::move(secret), id};
}

/// One key, ready to sign. What it signs with is lent out, and another made where all are: as many as there
/// are threads that sign at once.
class signing_keys::signer {
public:
  explicit signer(const cursor_key& key) : id{key.id}, first_{start_mac(key.secret)} {}

  std::string sign(std::string_view text) const {
    auto state = borrow();
    auto out = hmac_sha256(*state, text);
    const std::lock_guard lock{mutex_};
    idle_.push_back(std::move(state));
    return out;
  }

  const std::uint32_t id;

private:
  mac_state borrow() const {
    {
      const std::lock_guard lock{mutex_};
      if (!idle_.empty()) {
        auto out = std::move(idle_.back());
        idle_.pop_back();
        return out;
      }
    }
    mac_state out{EVP_MAC_CTX_dup(first_.get())};
    if (!out)
      throw std::bad_alloc{};
    return out;
  }

  const mac_state first_; ///< What the others are copies of; never used itself.
  mutable std::mutex mutex_;
  mutable std::vector<mac_state> idle_; ///< Guarded by `mutex_`.
};

signing_keys::signing_keys(const std::vector<cursor_key>& keys) {
  if (keys.empty())
    throw std::invalid_argument{"what signs needs a key"};
  for (const auto& key : keys)
    signers_.push_back(std::make_shared<const signer>(key));
}

std::uint32_t signing_keys::id() const noexcept {
  return signers_.front()->id;
}

std::string signing_keys::sign(std::string_view text) const {
  return signers_.front()->sign(text);
}

bool signing_keys::verify(std::uint64_t key_id, std::string_view text, std::string_view signature) const {
  return std::ranges::any_of(signers_, [&](const auto& key) {
    return key->id == key_id && !signature.empty() && signature.size() <= signature_bytes &&
           CRYPTO_memcmp(key->sign(text).data(), signature.data(), signature.size()) == 0;
  });
}

} // namespace kinora
