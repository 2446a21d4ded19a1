// Keys of the store: the tenant, a NUL, and what is left of the key. Tenant ids hold no NUL and nothing below
// '-', so all keys of one tenant are neighbours, and what belongs to no tenant comes before them.
#pragma once

#include "domain/stats.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace kinora {

inline std::string tenant_key(std::string_view tenant, std::string_view rest) {
  std::string out;
  out.reserve(tenant.size() + 1 + rest.size());
  out += tenant;
  out += '\0';
  out += rest;
  return out;
}

/// The first key past all of a tenant.
inline std::string tenant_end(std::string_view tenant) {
  std::string out{tenant};
  out += '\1';
  return out;
}

inline std::string_view tenant_of(std::string_view key) {
  return key.substr(0, key.find('\0'));
}

/// What follows the tenant.
inline std::string_view rest_of(std::string_view key) {
  return key.substr(key.find('\0') + 1);
}

inline constexpr std::string_view rules_key = "rules";
inline constexpr std::string_view versions_begin = "rules/"; ///< Then the version, big-endian, in 4 bytes.
inline constexpr std::string_view versions_end = "rules0";
inline constexpr std::string_view sdk_keys_begin = "key/"; ///< Then the id.
inline constexpr std::string_view sdk_keys_end = "key0";   ///< '0' comes after '/'.
inline const std::string format_key = tenant_key({}, "format");
inline const std::string flags_key = tenant_key({}, "flags");
inline const std::string secrets_key = tenant_key({}, "cursor-secrets");

inline const std::string tokens_begin = tenant_key({}, "token/");
inline const std::string tokens_end = tenant_key({}, "token0");

/// Of one version of a tenant's rules: keys are in their order.
std::string version_key(std::string_view tenant, std::uint32_t version);

/// Of an entry of the audit log: keys are in the order of the numbers.
std::string audit_key(std::uint64_t number);

/// The number in such a key.
std::uint64_t audit_number(std::string_view key);

/// The statistics of an hour: the key ends with its hours since the epoch, 4 bytes, the highest first. Hours
/// before the epoch have the key of the epoch.
std::string stats_key(std::string_view tenant, stats_hour hour);

/// The hour of such a key.
stats_hour stats_hour_of(std::string_view key);

/// An event's id, or an attribution's key, whatever its length, as 16 bytes: the key holds its XXH3_128.
std::string event_key(std::string_view tenant, std::string_view event_id);

} // namespace kinora
