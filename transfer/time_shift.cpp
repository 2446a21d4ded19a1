#include "transfer/time_shift.hpp"

#include "domain/timestamp.hpp"
#include "http/formats/json_reader.hpp"
#include "http/json_text.hpp"

#include <boost/json/object.hpp>

namespace kinora {

namespace {

namespace json = boost::json;

std::string_view time_key(row_kind kind) {
  switch (kind) {
  case row_kind::events: return "occurred_at";
  case row_kind::signals: return "last_active";
  case row_kind::videos: return "published_at";
  default: return {};
  }
}

std::optional<wall_time> time_in(const json::object& members, std::string_view key) {
  const auto* value = members.if_contains(key);
  if (!value || value->is_null())
    return std::nullopt;
  const auto out = http::parse_time(*value);
  return out ? std::optional{*out} : std::nullopt;
}

void move_time(json::object& members, std::string_view key, std::chrono::milliseconds by) {
  if (const auto at = time_in(members, key))
    members[key] = to_rfc3339(*at + by);
}

} // namespace

std::optional<wall_time> time_of(row_kind kind, std::string_view line) {
  const auto value = http::parse_json(line, "the line");
  const auto* members = value ? value->if_object() : nullptr;
  return members ? time_in(*members, time_key(kind)) : std::nullopt;
}

result<std::string> moved(row_kind kind, std::string_view line, std::chrono::milliseconds by) {
  auto value = http::parse_json(line, "the line");
  if (!value)
    return value.error();
  if (auto* members = value->if_object()) {
    if (kind == row_kind::signals && members->contains("record"))
      return invalid("the row", "is one of an export, whose times cannot be moved");
    move_time(*members, time_key(kind), by);
    if (kind == row_kind::videos)
      move_time(*members, "expires_at", by);
    if (kind == row_kind::signals) {
      const auto* before = members->if_contains("moved_ms"); // it may have been moved already
      (*members)["moved_ms"] = by.count() + (before && before->is_int64() ? before->get_int64() : 0);
    }
  }
  return http::to_text(*value);
}

} // namespace kinora
