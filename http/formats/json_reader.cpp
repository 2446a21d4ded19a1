#include "http/formats/json_reader.hpp"

#include "domain/text.hpp"
#include "domain/timestamp.hpp"
#include "http/json_text.hpp"

#include <algorithm>
#include <cmath>

namespace kinora::http {

namespace {

namespace json = boost::json;

/// Longest key that a path spells out.
constexpr std::size_t key_bytes_max = 256;

/// Whether a path can hold `key` as it is.
bool is_plain_name(std::string_view key) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !key.empty() && key.size() <= key_bytes_max && std::ranges::all_of(key, plain);
}

/// `key` as a JSON string, cut between two characters where it is too long.
std::string quoted(std::string_view key) {
  std::string text{key.substr(0, key_bytes_max)};
  if (text.size() < key.size()) {
    while (!is_valid_utf8(text))
      text.pop_back();
    text += "…";
  }
  return to_text(json::value(text));
}

failure prefixed(std::string prefix, failure why) {
  if (!why.field.empty() && why.field.front() != '[')
    prefix += '.';
  why.field.insert(0, prefix);
  return why;
}

} // namespace

failure at_member(std::string_view key, failure why) {
  return is_plain_name(key) ? prefixed(std::string{key}, std::move(why)) : at_entry(key, std::move(why));
}

failure at_entry(std::string_view key, failure why) {
  return prefixed('[' + quoted(key) + ']', std::move(why));
}

failure at_index(std::size_t index, failure why) {
  return prefixed('[' + std::to_string(index) + ']', std::move(why));
}

result<bool> parse_bool(const json::value& value) {
  if (const auto* x = value.if_bool())
    return *x;
  return invalid("", "must be true or false");
}

result<wall_time> parse_time(const json::value& value) {
  if (const auto* text = value.if_string())
    return parse_rfc3339(*text);
  if (value.is_number())
    return from_unix_number(value.to_number<double>());
  return invalid("", "must be a Unix time in seconds or milliseconds, or an RFC 3339 date-time");
}

result<double> number_between::operator()(const json::value& value) const {
  if (value.is_number())
    if (const auto x = value.to_number<double>(); std::isfinite(x) && x >= min && x <= max)
      return x + 0.0; // -0 becomes 0, which is how it is written
  if (std::isinf(max))
    return invalid("", "must be a number of at least " + to_text(min));
  return invalid("", "must be a number from " + to_text(min) + " to " + to_text(max));
}

result<std::uint32_t> whole_number_between::operator()(const json::value& value) const {
  if (value.is_number())
    if (const auto x = value.to_number<double>(); x >= min && x <= max && std::trunc(x) == x)
      return static_cast<std::uint32_t>(x);
  return invalid("", "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max));
}

result<std::string> text_between::operator()(const json::value& value) const {
  const auto* text = value.if_string();
  if (!text)
    return invalid("", "must be a string");
  if (text->size() < min)
    return invalid("",
                   min == 1 ? "must not be empty" : "must have at least " + std::to_string(min) + " bytes");
  if (text->size() > max)
    return invalid("", "must have at most " + std::to_string(max) + " bytes, has " +
                           std::to_string(text->size()));
  if (!is_printable(*text))
    return invalid("", "must be UTF-8 without control characters");
  return std::string{*text};
}

result<std::string> parse_user_hash(const json::value& value) {
  auto out = text_between{1, user_hash_bytes_max}(value);
  if (auto bad = out ? check_user_hash(*out) : std::nullopt)
    return invalid("", bad->detail);
  return out;
}

result<std::string> parse_video_id(const json::value& value) {
  auto out = name_text(value);
  if (auto bad = out ? check_video_id(*out, {}) : std::nullopt)
    return invalid("", bad->detail);
  return out;
}

result<std::vector<std::string>> text_list::operator()(const json::value& value) const {
  const auto* items = value.if_array();
  if (!items)
    return invalid("", "must be an array of strings");
  if (items->size() > items_max)
    return too_many(items_max, items->size());
  std::vector<std::string> out;
  out.reserve(items->size());
  for (const auto& x : *items) {
    auto text = item(x);
    if (!text)
      return at_index(out.size(), text.error());
    out.push_back(*std::move(text));
  }
  return out;
}

failure not_an_object() {
  return invalid("", "must be a JSON object");
}

failure too_many(std::size_t max, std::size_t size) {
  return invalid("", "must have at most " + std::to_string(max) + " entries, has " + std::to_string(size));
}

object_reader::object_reader(const json::value& value) : members_{value.if_object()} {
  if (!members_)
    failure_ = not_an_object();
}

void object_reader::require(std::string_view key) {
  if (!failure_ && !find(key))
    failure_ = at_member(key, invalid("", "is missing"));
}

void object_reader::refuse_unknown() {
  if (failure_)
    return;
  const auto is_unknown = [this](const auto& member) {
    return std::ranges::find(known_, std::string_view{member.key()}) == known_.end();
  };
  const auto stranger = std::find_if(members_->begin(), members_->end(), is_unknown);
  if (stranger == members_->end())
    return;
  std::string detail = "is not a known key; known are";
  for (const auto& key : known_)
    detail.append(key == known_.front() ? " " : ", ").append(key);
  failure_ = at_member(stranger->key(), invalid("", std::move(detail)));
}

const json::value* object_reader::find(std::string_view key) const {
  const auto* member = members_ ? members_->if_contains(key) : nullptr;
  return member && !member->is_null() ? member : nullptr;
}

} // namespace kinora::http
