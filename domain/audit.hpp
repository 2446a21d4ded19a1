// The audit log: who changed what, and when.
#pragma once

#include "domain/time.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kinora {

/// Who asks for a change.
struct author {
  std::string id;         ///< Of the token; empty: the server itself.
  std::string name;       ///< Of the token.
  std::string request_id; ///< Of the request, as its answer carries it.
  bool operator==(const author&) const = default;
};

/// What a change is from and to, as JSON: what did not change is left out, and so are secrets.
struct change_text {
  std::string before; ///< Empty: there was nothing.
  std::string after;  ///< Empty: there is nothing any more.
  bool operator==(const change_text&) const = default;
};

inline constexpr std::size_t audit_text_bytes_max = 16 * 1024; ///< Of `before`, and of `after`.

/// One change.
struct audit_entry {
  wall_time at;
  author who;
  std::string action; ///< What was done to what, e.g. "rules.put".
  std::string tenant; ///< Empty: it concerns none.
  std::string target; ///< What of it, e.g. a video's id; may be empty.
  change_text change;
  bool operator==(const audit_entry&) const = default;
};

/// An entry whose texts are no longer than they may be: of a longer one only its length is kept.
audit_entry make_audit_entry(wall_time at, author who, std::string_view action, std::string_view tenant,
                             std::string_view target = {}, change_text change = {});

/// A user as the log names one: users are asked to be forgotten, log entries are not. Whoever knows the hash
/// can tell that it is meant.
std::string audit_name_of_user(std::string_view user_hash);

/// Which entries to look for.
struct audit_query {
  std::vector<std::string> tenants; ///< Only of these; empty: all.
  wall_time since{};                ///< Not before.
  std::uint64_t before = 0;         ///< Only entries with a smaller number; 0: from the newest on.
  std::size_t limit = 100;
};

/// A page of the log, the newest first.
struct audit_page {
  struct row {
    std::uint64_t number; ///< Rises from entry to entry.
    audit_entry entry;
  };

  std::vector<row> rows;
  std::uint64_t next = 0; ///< `before` of the next page; 0: this was the last one.
};

} // namespace kinora
