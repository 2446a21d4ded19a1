#include "http/formats/audit_format.hpp"

#include "domain/base64url.hpp"
#include "domain/timestamp.hpp"
#include "http/formats/flags_format.hpp"
#include "http/formats/json_diff.hpp"
#include "http/formats/rules_format.hpp"
#include "http/formats/video_format.hpp"
#include "http/json_text.hpp"

#include <boost/json/array.hpp>

#include <charconv>

namespace kinora::http {

namespace {

namespace json = boost::json;

json::value text_or_null(const std::string& x) {
  return x.empty() ? json::value(nullptr) : json::value(x);
}

json::value embedded(const std::string& x) {
  if (x.empty())
    return nullptr;
  auto value = parse_json(x, "audit");
  return value ? std::move(*value) : json::value(x);
}

json::object write_entry(const audit_entry& x) {
  return {{"at", to_rfc3339(x.at)},
          {"who", {{"id", x.who.id}, {"name", x.who.name}}},
          {"request_id", x.who.request_id},
          {"action", x.action},
          {"tenant", text_or_null(x.tenant)},
          {"target", text_or_null(x.target)},
          {"before", embedded(x.change.before)},
          {"after", embedded(x.change.after)}};
}

/// Of two things that `write` writes.
template <class T, class Write>
change_text described(const T* before, const T* after, Write write) {
  std::optional<json::object> old_text;
  std::optional<json::object> new_text;
  if (before != nullptr)
    old_text = write(*before);
  if (after != nullptr)
    new_text = write(*after);
  return changes_between(old_text ? &*old_text : nullptr, new_text ? &*new_text : nullptr);
}

} // namespace

json::object write_audit_page(const audit_page& x) {
  json::array entries;
  for (auto& row : x.rows)
    entries.emplace_back(write_entry(row.entry));
  json::object out;
  out["entries"] = std::move(entries);
  out["next_cursor"] = nullptr;
  if (x.next != 0)
    out["next_cursor"] = base64url_encode(std::to_string(x.next));
  return out;
}

result<std::uint64_t> parse_audit_cursor(std::string_view text) {
  std::uint64_t out = 0;
  const auto digits = base64url_decode(text);
  const auto* end = digits ? digits->data() + digits->size() : nullptr;
  if (!digits || std::from_chars(digits->data(), end, out).ptr != end || out == 0)
    return invalid("cursor", "is none that the audit log returned");
  return out;
}

describers make_describers() {
  describers out;
  out.flags = [](const global_flags& before, const global_flags& after) {
    return described(&before, &after, write_flags);
  };
  out.rules = [](const tenant_rules* before, const tenant_rules* after) {
    return described(before, after, write_rules);
  };
  out.video = [](const video* before, const video* after) { return described(before, after, write_video); };
  return out;
}

} // namespace kinora::http
