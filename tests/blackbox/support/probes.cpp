#include "tests/blackbox/support/probes.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>

namespace kinora::blackbox {

namespace {

namespace json = boost::json;

constexpr std::size_t long_key = 257;

/// Of any type; whether one is right is for the schema to say.
const std::vector<json::value>& values_of_all_types() {
  static const std::vector<json::value> out{true,
                                            7,
                                            -1,
                                            0.5,
                                            1'000'000,
                                            "x",
                                            "",
                                            json::array{},
                                            json::value(json::array{json::array{}}),
                                            json::object{},
                                            json::object{{"k", json::array{}}}};
  return out;
}

/// A schema and those that it is made of, as long as they speak of the same value.
std::vector<const json::object*> same_place(const json_schemas& schemas, const std::string& pointer) {
  auto& self = schemas.at(pointer).as_object();
  std::vector<const json::object*> out{&self};
  auto add = [&](const std::string& inner) {
    for (const auto* x : same_place(schemas, inner))
      out.push_back(x);
  };
  if (self.contains("$ref"))
    add(schemas.resolved(pointer));
  for (const auto* keyword : {"oneOf", "allOf"})
    if (const auto* branches = self.if_contains(keyword))
      for (std::size_t i = 0; i < branches->as_array().size(); ++i)
        add(pointer + '/' + keyword + '/' + std::to_string(i));
  return out;
}

/// `text`, made as long as asked.
std::string padded(const std::string& text, std::size_t size) {
  return text.size() >= size ? text.substr(0, size) : text + std::string(size - text.size(), 'x');
}

json::value repeated(const json::array& example, std::size_t size) {
  return json::array(size, example.front());
}

json::value filled(const json::object& example, std::size_t size) {
  json::object out;
  for (std::size_t i = 0; i < size; ++i)
    out["k" + std::to_string(i)] = example.begin()->value();
  return out;
}

json::value with_key(const json::object& example, const std::string& key) {
  json::object out;
  out[key] = example.begin()->value();
  return out;
}

/// At a limit and past it.
void add_limits(const std::string& keyword, const json::value& rule, const json::value& example,
                std::vector<json::value>& out) {
  if (keyword == "minimum" || keyword == "maximum" || keyword == "exclusiveMinimum") {
    const auto past = keyword == "maximum" ? 1 : -1;
    out.push_back(rule);
    out.push_back(rule.is_double() ? json::value(rule.as_double() + past)
                                   : json::value(rule.to_number<std::int64_t>() + past));
  } else if (keyword == "maxLength" && example.is_string()) {
    const auto max = rule.to_number<std::size_t>();
    out.emplace_back(padded(std::string{example.as_string()}, max));
    out.emplace_back(padded(std::string{example.as_string()}, max + 1));
  } else if (keyword == "maxItems" && example.is_array()) {
    out.push_back(repeated(example.as_array(), rule.to_number<std::size_t>()));
    out.push_back(repeated(example.as_array(), rule.to_number<std::size_t>() + 1));
  } else if (keyword == "maxProperties") {
    out.push_back(filled(example.as_object(), rule.to_number<std::size_t>()));
    out.push_back(filled(example.as_object(), rule.to_number<std::size_t>() + 1));
  } else if (keyword == "propertyNames") {
    out.push_back(with_key(example.as_object(), ""));
    out.push_back(with_key(example.as_object(), std::string(long_key, 'k')));
  } else if (keyword == "enum") {
    for (auto& x : rule.as_array())
      out.push_back(x);
  } else if (keyword == "format") {
    out.emplace_back("2026-01-31T18:30:00Z"); // the only format that there is
  } else if (keyword == "type" && rule.is_array()) {
    out.emplace_back(nullptr); // the only choice of types that there is
  }
}

std::vector<json::value> values_to_try(const json_schemas& schemas, const std::string& pointer,
                                       const json::value& example) {
  auto out = values_of_all_types();
  for (const auto* schema : same_place(schemas, pointer))
    for (auto& member : *schema)
      add_limits(std::string{member.key()}, member.value(), example, out);
  return out;
}

/// One place within an example.
struct spot {
  std::string schema;
  std::string place; ///< As a problem names it; empty: the whole.
  std::string path;  ///< Its pointer within the example.
};

/// Where the schema of a value says what is in it: where its `$ref` leads, or the branch of its oneOf that
/// the value fits, when there is nothing but branches.
std::string container_schema(const json_schemas& schemas, const std::string& pointer, const json::value& x) {
  const auto self = schemas.resolved(pointer);
  auto& schema = schemas.at(self).as_object();
  const auto* branches = schema.if_contains("oneOf");
  if (branches == nullptr || schema.contains("type"))
    return self;
  for (std::size_t i = 0; i < branches->as_array().size(); ++i)
    if (const auto branch = self + "/oneOf/" + std::to_string(i); schemas.check(branch, x).violations.empty())
      return schemas.resolved(branch);
  return self;
}

/// The schema of a member: its own, or that of all entries of a map. nullopt when anything goes.
std::optional<std::string> member_schema(const json_schemas& schemas, const std::string& self,
                                         const std::string& name, bool& is_entry) {
  auto& schema = schemas.at(self).as_object();
  const auto* listed = schema.if_contains("properties");
  is_entry = listed == nullptr || !listed->as_object().contains(name);
  if (!is_entry)
    return self + "/properties/" + pointer_step(name);
  const auto* others = schema.if_contains("additionalProperties");
  return others != nullptr && others->is_object() ? std::optional{self + "/additionalProperties"}
                                                  : std::nullopt;
}

/// Calls `see` for every place in a value, the whole first.
void visit(const json_schemas& schemas, const spot& at, const json::value& x,
           const std::function<void(const spot&, const json::value&)>& see) {
  see(at, x);
  const auto self = container_schema(schemas, at.schema, x);
  if (const auto* members = x.if_object())
    for (auto& member : *members) {
      const std::string name{member.key()};
      auto is_entry = false;
      const auto schema = member_schema(schemas, self, name, is_entry);
      if (!schema)
        continue;
      const auto place = is_entry           ? at.place + "[\"" + name + "\"]"
                         : at.place.empty() ? name
                                            : at.place + '.' + name;
      visit(schemas, {*schema, place, at.path + '/' + pointer_step(name)}, member.value(), see);
    }
  if (const auto* items = x.if_array(); items != nullptr && !items->empty())
    visit(schemas, {self + "/items", at.place + "[0]", at.path + "/0"}, items->front(), see);
}

json::value with(const json::value& example, const std::string& path, const json::value& x) {
  auto out = example;
  out.at_pointer(path) = x;
  return out;
}

/// How a parameter's text is read, by its schema's type.
json::value reading_of(const json_schemas& schemas, const std::string& pointer, const std::string& sent) {
  for (const auto* schema : same_place(schemas, pointer)) {
    const auto* type = schema->if_contains("type");
    if (type != nullptr && *type == json::value("boolean") && (sent == "true" || sent == "false"))
      return sent == "true";
    if (type != nullptr && *type == json::value("integer")) {
      std::int64_t number = 0;
      const auto [end, bad] = std::from_chars(sent.data(), sent.data() + sent.size(), number);
      if (bad == std::errc{} && end == sent.data() + sent.size())
        return number;
    }
  }
  return json::value(sent);
}

} // namespace

std::vector<probe> probes_of(const json_schemas& schemas, const std::string& pointer,
                             const json::value& example) {
  std::vector<probe> out;
  visit(schemas, {pointer, "", ""}, example, [&](const spot& at, const json::value& x) {
    if (at.path.empty())
      return;
    for (auto& value : values_to_try(schemas, at.schema, x)) {
      auto body = with(example, at.path, value);
      const auto valid = schemas.check(pointer, body).violations.empty();
      out.push_back({at.place, std::move(body), valid});
    }
  });
  return out;
}

std::vector<stranger> strangers_of(const json_schemas& schemas, const std::string& pointer,
                                   const json::value& example) {
  static const std::string name = "not_there";
  std::vector<stranger> out;
  visit(schemas, {pointer, "", ""}, example, [&](const spot& at, const json::value& x) {
    auto& schema = schemas.at(schemas.resolved(at.schema)).as_object();
    const auto* others = schema.if_contains("additionalProperties");
    if (others == nullptr || *others != json::value(false))
      return;
    std::set<std::string> known;
    for (auto& member : schema.at("properties").as_object())
      known.insert(std::string{member.key()});
    auto changed = x.as_object();
    changed[name] = 1;
    const auto body = at.path.empty() ? json::value(changed) : with(example, at.path, changed);
    out.push_back({at.place.empty() ? name : at.place + '.' + name, body, std::move(known)});
  });
  return out;
}

std::vector<std::string> texts_to_try(const json_schemas& schemas, const std::string& pointer) {
  std::vector<std::string> out{"", "7", "-1", "0", "1.5", "abc", "a!b", "true", "false", "maybe"};
  std::vector<json::value> limits;
  for (const auto* schema : same_place(schemas, pointer))
    for (auto& member : *schema)
      add_limits(std::string{member.key()}, member.value(), json::value(""), limits);
  for (auto& x : limits)
    out.push_back(x.is_string() ? std::string{x.as_string()} : json::serialize(x));
  return out;
}

bool is_valid_text(const json_schemas& schemas, const std::string& pointer, const std::string& sent) {
  return schemas.check(pointer, reading_of(schemas, pointer, sent)).violations.empty();
}

std::set<std::string> unshown(const json_schemas& schemas, const std::string& pointer,
                              const std::vector<json::value>& examples) {
  auto out = schemas.parts_of(pointer);
  for (auto& example : examples)
    for (auto& part : schemas.check(pointer, example).seen)
      out.erase(part);
  return out;
}

} // namespace kinora::blackbox
