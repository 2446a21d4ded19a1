#include "storage/rocksdb/keys.hpp"

#include "domain/big_endian.hpp"

#include <algorithm>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace kinora {

namespace {

constexpr std::size_t hour_bytes = 4;
constexpr std::size_t version_bytes = 4;
constexpr std::size_t audit_bytes = 8;

} // namespace

std::string version_key(std::string_view tenant, std::uint32_t version) {
  auto out = tenant_key(tenant, versions_begin);
  append_number(out, version, version_bytes);
  return out;
}

std::string audit_key(std::uint64_t number) {
  auto out = tenant_key({}, {});
  append_number(out, number, audit_bytes);
  return out;
}

std::uint64_t audit_number(std::string_view key) {
  return number_at(rest_of(key), 0, audit_bytes);
}

std::string stats_key(std::string_view tenant, stats_hour hour) {
  constexpr std::int64_t last = 0xFFFF'FFFF; // of the year 491,000
  auto out = tenant_key(tenant, {});
  append_number(
      out, static_cast<std::uint64_t>(std::clamp<std::int64_t>(hour.time_since_epoch().count(), 0, last)),
      hour_bytes);
  return out;
}

stats_hour stats_hour_of(std::string_view key) {
  const auto hours = number_at(rest_of(key), 0, hour_bytes);
  return stats_hour{std::chrono::hours{static_cast<std::int64_t>(hours)}};
}

std::string event_key(std::string_view tenant, std::string_view event_id) {
  XXH128_canonical_t hash;
  XXH128_canonicalFromHash(&hash, XXH3_128bits(event_id.data(), event_id.size()));
  return tenant_key(tenant, {reinterpret_cast<const char*>(hash.digest), sizeof hash.digest});
}

} // namespace kinora
