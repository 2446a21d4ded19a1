// The keys by which an app's SDK proves whose videos it shows.
#pragma once

#include "domain/access.hpp"
#include "domain/time.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kinora {

inline constexpr std::size_t sdk_keys_max =
    20; ///< Of one tenant: several at once, so that keys can be rotated.
inline constexpr std::string_view sdk_key_prefix = "ksk_";
inline constexpr std::size_t secret_digits = 64; ///< Hexadecimal: 256 bits.

/// One key as it is kept: without its secret.
struct sdk_key {
  std::string id; ///< `id_of` its digest.
  std::string name;
  wall_time created_at;
  std::string created_by; ///< Name of the admin token that made it.
  secret_digest digest{};
  bool operator==(const sdk_key&) const = default;
};

/// The keys of one tenant.
struct sdk_keys {
  std::vector<sdk_key> all;

  /// Whether `key` is one of them. Takes as long whichever it is.
  bool verify(std::string_view key) const;
};

/// What a client sends: "ksk_", `secret_digits` digits of `secret`, "_" and the tenant.
std::string make_sdk_key(std::string_view tenant, std::string_view secret);

/// The tenant that a key claims; nullopt when it is no SDK key.
std::optional<std::string_view> tenant_of_sdk_key(std::string_view key);

} // namespace kinora
