#include "domain/audit.hpp"

#include "domain/access.hpp"

#include <utility>

namespace kinora {

namespace {

std::string within_limit(std::string text) {
  if (text.size() <= audit_text_bytes_max)
    return text;
  return "{\"left_out\":\"" + std::to_string(text.size()) + " bytes\"}";
}

} // namespace

audit_entry make_audit_entry(wall_time at, author who, std::string_view action, std::string_view tenant,
                             std::string_view target, change_text change) {
  return {at,
          std::move(who),
          std::string{action},
          std::string{tenant},
          std::string{target},
          {within_limit(std::move(change.before)), within_limit(std::move(change.after))}};
}

std::string audit_name_of_user(std::string_view user_hash) {
  return "sha256:" + id_of(digest_of(user_hash));
}

} // namespace kinora
