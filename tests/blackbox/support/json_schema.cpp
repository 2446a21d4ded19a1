#include "tests/blackbox/support/json_schema.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <regex>
#include <stdexcept>

namespace kinora::blackbox {

namespace {

namespace json = boost::json;

std::string text(const json::value& x) {
  return std::string{x.as_string()};
}

bool is_integer(const json::value& x) {
  return x.is_int64() || x.is_uint64() || (x.is_double() && std::trunc(x.as_double()) == x.as_double());
}

bool has_type(const json::value& x, std::string_view type) {
  static const std::map<std::string_view, std::function<bool(const json::value&)>> types{
      {"null", [](auto& y) { return y.is_null(); }},     {"boolean", [](auto& y) { return y.is_bool(); }},
      {"number", [](auto& y) { return y.is_number(); }}, {"integer", is_integer},
      {"string", [](auto& y) { return y.is_string(); }}, {"array", [](auto& y) { return y.is_array(); }},
      {"object", [](auto& y) { return y.is_object(); }}};
  const auto known = types.find(type);
  if (known == types.end())
    throw std::runtime_error{"unknown type " + std::string{type}};
  return known->second(x);
}

/// Characters of UTF-8.
std::size_t length_of(const json::string& x) {
  return static_cast<std::size_t>(
      std::ranges::count_if(x, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool has_format(const json::string& x, std::string_view format) {
  if (format != "date-time")
    throw std::runtime_error{"unknown format " + std::string{format}};
  static const std::regex date_time{R"(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d))"};
  return std::regex_match(x.begin(), x.end(), date_time);
}

bool matches(const std::string& x, const std::string& pattern) {
  return std::regex_search(x, std::regex{pattern});
}

/// One value against one schema: a keyword at a time.
class checker {
public:
  checker(const json_schemas& schemas, std::string pointer, const json::value& x, std::string place)
      : schemas_{schemas}, pointer_{std::move(pointer)}, x_{x}, place_{std::move(place)} {}

  schema_verdict run() {
    for (auto& member : schemas_.at(pointer_).as_object())
      apply(member.key(), member.value());
    return std::move(out_);
  }

private:
  void apply(std::string_view keyword, const json::value& rule) {
    static const std::set<std::string_view> annotations{"description", "default", "title", "examples"};
    if (annotations.contains(keyword))
      return;
    if (keyword == "$ref")
      descend(schemas_.resolved(pointer_), x_, place_);
    else if (keyword == "type")
      check_type(rule);
    else if (keyword == "enum")
      expect(std::ranges::find(rule.as_array(), x_) != rule.as_array().end(), "is none of the enum");
    else if (keyword == "const")
      expect(x_ == rule, "is not " + json::serialize(rule));
    else if (keyword == "oneOf")
      check_one_of(rule.as_array());
    else if (keyword == "allOf")
      for (std::size_t i = 0; i < rule.as_array().size(); ++i)
        descend_seen(pointer_ + "/allOf/" + std::to_string(i), x_, place_);
    else if (!apply_number(keyword, rule) && !apply_string(keyword, rule) && !apply_array(keyword, rule) &&
             !apply_object(keyword, rule))
      throw std::runtime_error{"unknown keyword " + std::string{keyword} + " at " + pointer_};
  }

  bool apply_number(std::string_view keyword, const json::value& rule) {
    if (keyword != "minimum" && keyword != "maximum" && keyword != "exclusiveMinimum")
      return false;
    if (!x_.is_number())
      return true;
    const auto x = x_.to_number<double>();
    const auto limit = rule.to_number<double>();
    expect(keyword == "minimum"            ? x >= limit
           : keyword == "exclusiveMinimum" ? x > limit
                                           : x <= limit,
           "breaks " + std::string{keyword} + ' ' + json::serialize(rule));
    return true;
  }

  bool apply_string(std::string_view keyword, const json::value& rule) {
    static const std::set<std::string_view> keywords{"minLength", "maxLength", "pattern", "format"};
    if (!keywords.contains(keyword))
      return false;
    const auto* x = x_.if_string();
    if (x == nullptr)
      return true;
    if (keyword == "minLength")
      expect(length_of(*x) >= rule.to_number<std::size_t>(), "is too short");
    else if (keyword == "maxLength")
      expect(length_of(*x) <= rule.to_number<std::size_t>(), "is too long");
    else if (keyword == "pattern")
      expect(matches(text(x_), text(rule)), "does not match " + text(rule));
    else
      expect(has_format(*x, text(rule)), "is no " + text(rule));
    return true;
  }

  bool apply_array(std::string_view keyword, const json::value& rule) {
    if (keyword != "items" && keyword != "minItems" && keyword != "maxItems")
      return false;
    const auto* x = x_.if_array();
    if (x == nullptr)
      return true;
    if (keyword == "minItems")
      expect(x->size() >= rule.to_number<std::size_t>(), "has too few items");
    else if (keyword == "maxItems")
      expect(x->size() <= rule.to_number<std::size_t>(), "has too many items");
    else
      for (std::size_t i = 0; i < x->size(); ++i)
        descend_seen(pointer_ + "/items", (*x)[i], place_ + '[' + std::to_string(i) + ']');
    return true;
  }

  bool apply_object(std::string_view keyword, const json::value& rule) {
    static const std::set<std::string_view> keywords{"properties", "required", "additionalProperties",
                                                     "propertyNames", "maxProperties"};
    if (!keywords.contains(keyword))
      return false;
    const auto* x = x_.if_object();
    if (x == nullptr)
      return true;
    if (keyword == "maxProperties")
      expect(x->size() <= rule.to_number<std::size_t>(), "has too many members");
    else if (keyword == "required")
      for (auto& name : rule.as_array())
        expect(x->contains(name.as_string()), "lacks " + text(name));
    else
      for (auto& member : *x)
        check_member(keyword, std::string{member.key()}, member.value());
    return true;
  }

  void check_member(std::string_view keyword, const std::string& name, const json::value& value) {
    auto& schema = schemas_.at(pointer_).as_object();
    const auto* listed = schema.if_contains("properties");
    const auto is_listed = listed != nullptr && listed->as_object().contains(name);
    const auto place = place_ + '.' + name;
    if (keyword == "propertyNames")
      descend(pointer_ + "/propertyNames", json::value(name), place);
    else if (keyword == "properties" && is_listed)
      descend_seen(pointer_ + "/properties/" + pointer_step(name), value, place);
    else if (keyword == "additionalProperties" && !is_listed) {
      auto& rule = schema.at(keyword);
      if (rule.is_object())
        descend_seen(pointer_ + "/additionalProperties", value, place);
      else
        expect(rule.as_bool(), "has the unknown member " + name);
    }
  }

  void check_type(const json::value& rule) {
    if (rule.is_string()) {
      expect(has_type(x_, text(rule)), "is no " + text(rule));
      return;
    }
    auto& types = rule.as_array();
    const auto i = std::ranges::find_if(types, [&](auto& type) { return has_type(x_, text(type)); });
    expect(i != types.end(), "is none of " + json::serialize(rule));
    if (i != types.end())
      out_.seen.insert(pointer_ + "/type/" + text(*i));
  }

  void check_one_of(const json::array& branches) {
    std::size_t valid = 0;
    for (std::size_t i = 0; i < branches.size(); ++i) {
      const auto branch = pointer_ + "/oneOf/" + std::to_string(i);
      auto verdict = schemas_.check(branch, x_, place_);
      if (!verdict.violations.empty())
        continue;
      ++valid;
      out_.seen.insert(branch);
      out_.seen.merge(verdict.seen);
    }
    expect(valid == 1, "fits " + std::to_string(valid) + " branches of oneOf");
  }

  void descend(const std::string& pointer, const json::value& x, const std::string& place) {
    auto verdict = schemas_.check(pointer, x, place);
    out_.violations += verdict.violations;
    out_.seen.merge(verdict.seen);
  }

  void descend_seen(const std::string& pointer, const json::value& x, const std::string& place) {
    out_.seen.insert(pointer);
    descend(pointer, x, place);
  }

  void expect(bool holds, const std::string& otherwise) {
    if (!holds)
      out_.violations += place_ + ": " + otherwise + ": " + json::serialize(x_).substr(0, 200) + '\n';
  }

  const json_schemas& schemas_;
  std::string pointer_;
  const json::value& x_;
  std::string place_;
  schema_verdict out_;
};

} // namespace

const json::value& json_schemas::at(const std::string& pointer) const {
  json::error_code missing;
  const auto* found = document_.find_pointer(pointer, missing);
  if (found == nullptr)
    throw std::runtime_error{"nothing is at " + pointer};
  return *found;
}

std::string json_schemas::resolved(const std::string& pointer) const {
  auto& x = at(pointer);
  const auto* ref = x.is_object() ? x.as_object().if_contains("$ref") : nullptr;
  return ref == nullptr ? pointer : text(*ref).substr(1);
}

schema_verdict json_schemas::check(const std::string& pointer, const json::value& x,
                                   const std::string& place) const {
  return checker{*this, pointer, x, place}.run();
}

std::set<std::string> json_schemas::parts_of(const std::string& pointer) const {
  std::set<std::string> parts;
  std::set<std::string> visited;
  collect(pointer, parts, visited);
  return parts;
}

void json_schemas::collect(const std::string& pointer, std::set<std::string>& parts,
                           std::set<std::string>& visited) const {
  if (!visited.insert(pointer).second)
    return;
  auto part = [&](const std::string& inner) {
    parts.insert(inner);
    collect(inner, parts, visited);
  };
  for (auto& member : at(pointer).as_object()) {
    const std::string keyword{member.key()};
    auto& rule = member.value();
    const auto inner = pointer + '/' + keyword;
    if (keyword == "$ref")
      collect(resolved(pointer), parts, visited);
    else if (keyword == "properties")
      for (auto& property : rule.as_object())
        part(inner + '/' + pointer_step(property.key()));
    else if (keyword == "oneOf" || keyword == "allOf")
      for (std::size_t i = 0; i < rule.as_array().size(); ++i)
        part(inner + '/' + std::to_string(i));
    else if (keyword == "items" || (keyword == "additionalProperties" && rule.is_object()))
      part(inner);
    else if (keyword == "type" && rule.is_array())
      for (auto& type : rule.as_array())
        parts.insert(inner + '/' + text(type));
  }
}

std::string pointer_step(std::string_view name) {
  std::string out;
  for (const auto c : name)
    out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

} // namespace kinora::blackbox
