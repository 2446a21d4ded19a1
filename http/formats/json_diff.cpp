#include "http/formats/json_diff.hpp"

#include "http/json_text.hpp"

namespace kinora::http {

namespace {

namespace json = boost::json;

} // namespace

json::object differing_members(const json::object& of, const json::object& other) {
  json::object out;
  for (auto& member : of) {
    const auto* same = other.if_contains(member.key());
    if (same == nullptr)
      out.insert(member);
    else if (member.value().is_object() && same->is_object()) {
      auto inner = differing_members(member.value().get_object(), same->get_object());
      if (!inner.empty())
        out[member.key()] = std::move(inner);
    } else if (member.value() != *same)
      out.insert(member);
  }
  return out;
}

namespace {

/// Nothing is empty text; what has no counterpart is written in full.
std::string text_of(const json::object* x, const json::object* other) {
  if (x == nullptr)
    return {};
  return to_text(other == nullptr ? *x : differing_members(*x, *other));
}

} // namespace

change_text changes_between(const json::object* before, const json::object* after) {
  return {text_of(before, after), text_of(after, before)};
}

} // namespace kinora::http
