#include "storage/rocksdb/keys.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace kinora {

namespace {

/// The lower `bytes` bytes of `x`, the highest first.
std::string big_endian(std::uint64_t x, int bytes) {
  std::string out;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(x >> shift));
  return out;
}

} // namespace

std::string version_key(std::string_view tenant, std::uint32_t version) {
  return tenant_key(tenant, versions_begin) + big_endian(version, 4);
}

std::string audit_key(std::uint64_t number) {
  return tenant_key({}, big_endian(number, 8));
}

std::uint64_t audit_number(std::string_view key) {
  std::uint64_t out = 0;
  for (const auto c : rest_of(key))
    out = out << 8 | static_cast<unsigned char>(c);
  return out;
}

std::string event_key(std::string_view tenant, std::string_view event_id) {
  XXH128_canonical_t hash;
  XXH128_canonicalFromHash(&hash, XXH3_128bits(event_id.data(), event_id.size()));
  return tenant_key(tenant, {reinterpret_cast<const char*>(hash.digest), sizeof hash.digest});
}

} // namespace kinora
