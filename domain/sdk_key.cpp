#include "domain/sdk_key.hpp"

#include <openssl/crypto.h>

namespace kinora {

bool sdk_keys::verify(std::string_view key) const {
  const auto sent = digest_of(key);
  bool out = false;
  for (auto& x : all)
    out |= CRYPTO_memcmp(sent.data(), x.digest.data(), sent.size()) == 0;
  return out;
}

std::string make_sdk_key(std::string_view tenant, std::string_view secret) {
  std::string out{sdk_key_prefix};
  out += secret;
  out += '_';
  out += tenant;
  return out;
}

std::optional<std::string_view> tenant_of_sdk_key(std::string_view key) {
  constexpr auto tenant_at = sdk_key_prefix.size() + secret_digits + 1;
  if (!key.starts_with(sdk_key_prefix) || key.size() <= tenant_at || key[tenant_at - 1] != '_')
    return std::nullopt;
  return key.substr(tenant_at);
}

} // namespace kinora
