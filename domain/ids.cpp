#include "domain/ids.hpp"

#include "domain/text.hpp"

#include <xxhash.h>

#include <algorithm>
#include <utility>

namespace kinora {

namespace {

bool is_tenant_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         c == '-';
}

/// Checks for 1..`bytes_max` bytes of printable UTF-8.
std::optional<failure> check_printable(std::string_view text, std::size_t bytes_max, std::string field) {
  if (text.empty())
    return invalid(std::move(field), "must not be empty");
  if (text.size() > bytes_max)
    return invalid(std::move(field), "must have at most " + std::to_string(bytes_max) + " bytes, has " +
                                         std::to_string(text.size()));
  if (!is_valid_utf8(text))
    return invalid(std::move(field), "must be valid UTF-8");
  if (!is_printable(text))
    return invalid(std::move(field), "must not contain control characters");
  return std::nullopt;
}

/// In the path of a URL these mean something else, so that no route could name what is called so.
bool is_dots(std::string_view id) {
  return id == "." || id == "..";
}

/// Checks an id that paths name.
std::optional<failure> check_id(std::string_view id, std::size_t bytes_max, std::string field) {
  if (is_dots(id))
    return invalid(std::move(field), "must not be \".\" or \"..\"");
  return check_printable(id, bytes_max, std::move(field));
}

} // namespace

std::optional<failure> check_tenant_id(std::string_view id) {
  if (is_dots(id))
    return invalid("tenant", "must not be \".\" or \"..\"");
  if (!id.empty() && id.size() <= tenant_id_bytes_max && std::ranges::all_of(id, is_tenant_character))
    return std::nullopt;
  return invalid("tenant", "must be 1 to " + std::to_string(tenant_id_bytes_max) +
                               " characters out of A-Z, a-z, 0-9, '_', '.' and '-'");
}

std::optional<failure> check_user_hash(std::string_view hash) {
  return check_id(hash, user_hash_bytes_max, "user_hash");
}

std::optional<failure> check_video_id(std::string_view id, std::string field) {
  return check_id(id, video_id_bytes_max, std::move(field));
}

std::uint64_t video_hash(std::string_view id) {
  return XXH3_64bits(id.data(), id.size()) >> 16;
}

std::uint64_t name_hash(std::string_view name) noexcept {
  return XXH3_64bits(name.data(), name.size());
}

} // namespace kinora
