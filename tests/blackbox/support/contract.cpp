#include "tests/blackbox/support/contract.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace kinora::blackbox {

namespace {

namespace json = boost::json;

std::string text(const json::value& x) {
  return std::string{x.as_string()};
}

std::string upper(std::string x) {
  std::ranges::transform(x, x.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return x;
}

/// A parameter's value as it is sent.
std::string as_sent(const json::value& x) {
  return x.is_string() ? text(x) : json::serialize(x);
}

/// What a header's text may be read as: text, a number, true or false.
std::vector<json::value> readings_of(const std::string& value) {
  std::vector<json::value> out{json::value(value)};
  json::error_code bad;
  if (auto parsed = json::parse(value, bad); !bad && !parsed.is_structured())
    out.push_back(std::move(parsed));
  return out;
}

/// Headers of HTTP itself: they come with any answer, and no document tells of them.
bool is_of_transport(const std::string& name) {
  static const std::set<std::string> names{"DATE", "CONNECTION", "CONTENT-LENGTH", "CONTENT-TYPE"};
  return names.contains(upper(name));
}

std::vector<api_parameter> parameters_at(const json_schemas& schemas, const std::string& list) {
  std::vector<api_parameter> out;
  for (std::size_t i = 0; i < schemas.at(list).as_array().size(); ++i) {
    const auto pointer = schemas.resolved(list + '/' + std::to_string(i));
    auto& x = schemas.at(pointer).as_object();
    const auto* required = x.if_contains("required");
    const auto* example = x.if_contains("example");
    out.push_back({text(x.at("name")), text(x.at("in")), required != nullptr && required->as_bool(),
                   pointer + "/schema", example ? std::optional{as_sent(*example)} : std::nullopt});
  }
  return out;
}

std::vector<api_body> bodies_at(const json_schemas& schemas, const std::string& content) {
  std::vector<api_body> out;
  for (auto& type : schemas.at(content).as_object()) {
    const std::string name{type.key()};
    api_body body{name, content + '/' + pointer_step(name) + "/schema", {}};
    for (auto& example : type.value().at("examples").as_object())
      body.examples.push_back(example.value().at("value"));
    out.push_back(std::move(body));
  }
  return out;
}

/// Whether the admin token is among what it takes.
bool is_admin(const json::object& operation) {
  return std::ranges::any_of(operation.at("security").as_array(), [](const json::value& scheme) {
    return scheme.as_object().contains("adminToken");
  });
}

api_operation operation_at(const json_schemas& schemas, const std::string& path, const std::string& method) {
  const auto item = "/paths/" + pointer_step(path);
  const auto pointer = item + '/' + method;
  auto& x = schemas.at(pointer).as_object();
  api_operation out{text(x.at("operationId")), upper(method), path, is_admin(x), pointer, {}, {}};
  out.parameters = parameters_at(schemas, item + "/parameters");
  if (x.contains("parameters"))
    for (auto& own : parameters_at(schemas, pointer + "/parameters"))
      out.parameters.push_back(own);
  if (x.contains("requestBody"))
    out.bodies = bodies_at(schemas, pointer + "/requestBody/content");
  return out;
}

} // namespace

contract::contract(json::value document) : schemas_{std::move(document)} {
  for (auto& path : schemas_.at("/paths").as_object())
    for (auto& member : path.value().as_object())
      if (member.value().is_object())
        operations_.push_back(operation_at(schemas_, std::string{path.key()}, std::string{member.key()}));
}

const api_operation& contract::operation(const std::string& id) const {
  const auto found = std::ranges::find(operations_, id, &api_operation::id);
  if (found == operations_.end())
    throw std::runtime_error{"there is no operation " + id};
  return *found;
}

bool contract::documents(const api_operation& x, int status) const {
  return schemas_.at(x.pointer + "/responses").as_object().contains(std::to_string(status));
}

std::string contract::judge(const api_operation& x, const reply& answer, kind expected) {
  if (answer.status == 0)
    return "no answer: " + answer.error + '\n';
  if (documents(x, answer.status) != (expected == kind::by_status))
    return "status " + std::to_string(answer.status) + " is not documented so: " + answer.body + '\n';
  const auto status = expected == kind::by_status ? std::to_string(answer.status) : std::string{"default"};
  seen_.insert(x.id + ' ' + status);
  const auto response = schemas_.resolved(x.pointer + "/responses/" + status);
  return judge_headers(response, answer) + judge_body(response, answer);
}

std::string contract::judge_headers(const std::string& response, const reply& answer) {
  std::string out;
  auto& documented = schemas_.at(response + "/headers").as_object();
  for (auto& member : documented) {
    const std::string name{member.key()};
    const auto value = answer.header(name);
    const auto pointer = schemas_.resolved(response + "/headers/" + pointer_step(name));
    const auto is_required = schemas_.at(pointer).as_object().contains("required");
    if (value.empty()) {
      if (is_required)
        out += "the header " + name + " is missing\n";
      continue;
    }
    seen_.insert(response + "/headers/" + name);
    const auto readings = readings_of(value);
    const auto is_valid = std::ranges::any_of(readings, [&](auto& reading) {
      return schemas_.check(pointer + "/schema", reading).violations.empty();
    });
    if (!is_valid)
      out += "the header " + name + " is not as documented: " + value + '\n';
  }
  for (auto& [name, value] : answer.fields) {
    const auto is_known = std::ranges::any_of(
        documented, [&](auto& member) { return upper(std::string{member.key()}) == upper(name); });
    if (!is_known && !is_of_transport(name))
      out += "the header " + name + " is not documented\n";
  }
  return out;
}

std::string contract::judge_body(const std::string& response, const reply& answer) {
  const auto* content = schemas_.at(response).as_object().if_contains("content");
  if (content == nullptr)
    return answer.body.empty() ? "" : "there is a body: " + answer.body + '\n';
  auto type = answer.header("Content-Type");
  type = type.substr(0, type.find(';'));
  if (!content->as_object().contains(type))
    return "the content type " + type + " is not documented\n";
  const auto schema = response + "/content/" + pointer_step(type) + "/schema";
  const auto verdict =
      schemas_.check(schema, type.ends_with("json") ? answer.json() : json::value(answer.body));
  seen_.insert(verdict.seen.begin(), verdict.seen.end());
  return verdict.violations;
}

std::set<std::string> contract::unseen() const {
  std::set<std::string> out;
  for (auto& x : operations_)
    for (auto& member : schemas_.at(x.pointer + "/responses").as_object()) {
      const std::string status{member.key()};
      out.insert(x.id + ' ' + status);
      const auto response = schemas_.resolved(x.pointer + "/responses/" + status);
      for (auto& header : schemas_.at(response + "/headers").as_object())
        out.insert(response + "/headers/" + std::string{header.key()});
      if (const auto* content = schemas_.at(response).as_object().if_contains("content"))
        for (auto& type : content->as_object())
          out.merge(schemas_.parts_of(response + "/content/" + pointer_step(type.key()) + "/schema"));
    }
  for (auto& x : seen_)
    out.erase(x);
  return out;
}

} // namespace kinora::blackbox
