#include "domain/access.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <cstring>
#include <tuple>

namespace kinora {

namespace {

bool reaches(role has, permission wanted) noexcept {
  return static_cast<std::uint8_t>(has) >= static_cast<std::uint8_t>(wanted);
}

} // namespace

bool principal::covers(std::string_view tenant) const {
  return tenants.empty() || std::binary_search(tenants.begin(), tenants.end(), tenant);
}

bool may(const principal& who, permission wanted, std::string_view tenant) {
  return reaches(who.as, wanted) && who.covers(tenant);
}

bool may(const principal& who, permission wanted) {
  return reaches(who.as, wanted) && !who.is_limited();
}

secret_digest digest_of(std::string_view secret) {
  secret_digest out;
  SHA256(reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), out.data());
  return out;
}

std::string id_of(const secret_digest& x) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < 8; ++i) {
    out += digits[x[i] >> 4];
    out += digits[x[i] & 15];
  }
  return out;
}

access_tokens::access_tokens(std::vector<access_token> all) : all_{std::move(all)} {
  std::sort(all_.begin(), all_.end(), [](auto& a, auto& b) {
    return std::tie(a.created_at, a.who.id) < std::tie(b.created_at, b.who.id);
  });
  for (auto& x : all_)
    by_digest_.emplace(x.digest, std::make_shared<const principal>(x.who));
}

std::shared_ptr<const principal> access_tokens::find(const secret_digest& x) const {
  auto i = by_digest_.find(x);
  return i == by_digest_.end() ? nullptr : i->second;
}

std::size_t access_tokens::digest_hash::operator()(const secret_digest& x) const noexcept {
  std::size_t out;
  std::memcpy(&out, x.data(), sizeof out);
  return out;
}

} // namespace kinora
