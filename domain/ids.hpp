#pragma once

#include "domain/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kinora {

inline constexpr std::size_t tenant_id_bytes_max = 64;
inline constexpr std::size_t user_hash_bytes_max = 256;
inline constexpr std::size_t video_id_bytes_max = 256;

/// What is wrong with a tenant id, in field "tenant"; nullopt when it matches `[A-Za-z0-9_.-]{1,64}`.
std::optional<failure> check_tenant_id(std::string_view id);

/// What is wrong with a user hash, in field "user_hash"; nullopt when it is 1..256 bytes of printable UTF-8.
std::optional<failure> check_user_hash(std::string_view hash);

/// What is wrong with a video id that came in `field`; nullopt when it is 1..256 bytes of printable UTF-8.
std::optional<failure> check_video_id(std::string_view id, std::string field);

/// A video id in 48 bits: the upper bits of its XXH3_64. The same on every node and in every release that
/// reads the same cursors.
std::uint64_t video_hash(std::string_view id);

/// The name of a tag or a creator in 64 bits: its XXH3_64. Of a million names two are alike with a
/// probability of 3 in 100 million.
std::uint64_t name_hash(std::string_view name) noexcept;

} // namespace kinora
