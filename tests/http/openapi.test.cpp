#define CAF_SUITE http.openapi
#include "tests/support/unit_test.hpp"

#include "http/openapi.hpp"
#include "http/problem.hpp"
#include "storage/memory/memory_stores.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <regex>
#include <set>
#include <sstream>

using namespace kinora;
using namespace kinora::http;

namespace {

namespace json = boost::json;

using names = std::set<std::string>;

const names methods{"get", "put", "post", "delete", "patch"};

std::string text(const json::value& x) {
  return std::string{x.as_string()};
}

/// What is in `lhs` and not in `rhs`, separated by spaces.
std::string without(const names& lhs, const names& rhs) {
  std::string out;
  for (const auto& x : lhs)
    if (!rhs.contains(x))
      out += x + ' ';
  return out;
}

std::string joined(const names& all) {
  std::string out;
  for (const auto& x : all)
    out += (out.empty() ? "" : ",") + x;
  return out;
}

api_options options_with(bool chaos) {
  api_options out;
  out.chaos = chaos;
  return out;
}

json::value document_with(const api_options& options) {
  return make_openapi(options);
}

const json::value& document() {
  static const json::value out = document_with(options_with(true));
  return out;
}

/// What a `$ref` stands for; anything else is itself.
const json::value& resolved(const json::value& of, const json::value& x) {
  const auto* ref = x.is_object() ? x.as_object().if_contains("$ref") : nullptr;
  return ref == nullptr ? x : of.at_pointer(text(*ref).substr(1));
}

struct operation {
  std::string method; ///< As in a request line.
  std::string path;
  const json::object* item; ///< Of the path.
  const json::object* self;
};

/// Whether the admin token is among what it takes.
bool is_admin(const operation& x) {
  return std::ranges::any_of(x.self->at("security").as_array(),
                             [](auto& scheme) { return scheme.as_object().contains("adminToken"); });
}

std::vector<operation> operations_of(const json::value& of) {
  std::vector<operation> out;
  for (const auto& path : of.at("paths").as_object())
    for (const auto& member : path.value().as_object())
      if (const std::string key{member.key()}; methods.contains(key)) {
        auto method = key;
        std::ranges::transform(method, method.begin(),
                               [](char c) { return static_cast<char>(c - 'a' + 'A'); });
        out.push_back(
            {method, std::string{path.key()}, &path.value().as_object(), &member.value().as_object()});
      }
  return out;
}

/// Names of an operation's parameters in "path", "query" or "header", those of its path included.
names parameters_of(const json::value& of, const operation& x, std::string_view place) {
  names out;
  for (const auto* owner : {x.item, x.self})
    if (const auto* list = owner->if_contains("parameters"))
      for (const auto& each : list->as_array())
        if (const auto& parameter = resolved(of, each); text(parameter.at("in")) == place)
          out.insert(text(parameter.at("name")));
  return out;
}

/// "GET /v1/feed?cursor,limit" or "PUT /admin/v1/flags? (admin)", of every operation of the document.
names documented_routes(const json::value& of) {
  names out;
  for (const auto& x : operations_of(of))
    out.insert(x.method + ' ' + x.path + '?' + joined(parameters_of(of, x, "query")) +
               (is_admin(x) ? " (admin)" : ""));
  return out;
}

/// A server's routes, without its listeners.
struct server {
  explicit server(const api_options& options)
      : tree{{}, make_memory_stores({1}), {[] { return wall_time{}; }, {}, {}}},
        all{options, tree, {make_cursor_key("secret")}, measured} {
    add_routes(routes, all);
  }

  metrics measured{1};
  supervision_tree tree;
  api all;
  router routes{{}};
};

/// The same of every route of the server.
names served_routes(const api_options& options) {
  const server tested{options};
  names out;
  for (const auto& x : tested.routes.routes()) {
    const auto path = std::regex_replace(x.pattern, std::regex{"\\*\\}"}, "}");
    out.insert(x.method + ' ' + path + '?' + joined({x.options.query.begin(), x.options.query.end()}) +
               (x.options.needs ? " (admin)" : ""));
  }
  return out;
}

/// Calls `see(pointer, value)` for `x` and everything in it.
void walk(const json::value& x, const std::string& pointer,
          const std::function<void(const std::string&, const json::value&)>& see) {
  see(pointer, x);
  if (const auto* members = x.if_object())
    for (const auto& member : *members)
      walk(member.value(), pointer + '/' + std::string{member.key()}, see);
  if (const auto* items = x.if_array())
    for (std::size_t i = 0; i < items->size(); ++i)
      walk((*items)[i], pointer + '/' + std::to_string(i), see);
}

names all_refs(const json::value& of) {
  names out;
  walk(of, "", [&](const std::string& pointer, const json::value& x) {
    if (pointer.ends_with("/$ref"))
      out.insert(text(x));
  });
  return out;
}

/// Members of `x` that are not `known`, and those of `needed` that are missing.
std::string misshapen(const json::object& x, const names& needed, const names& known) {
  names members;
  for (const auto& member : x)
    members.insert(std::string{member.key()});
  auto allowed = known;
  allowed.insert(needed.begin(), needed.end());
  return without(members, allowed) + without(needed, members);
}

void check_shape(const std::string& what, const json::value& x, const names& needed, const names& known) {
  const auto wrong = x.is_object() ? misshapen(x.as_object(), needed, known) : "no object";
  CAF_CHECK_EQUAL(what + ": " + wrong, what + ": ");
}

void check_content(const std::string& what, const json::value& content, const names& known) {
  CAF_CHECK(!content.as_object().empty());
  for (const auto& type : content.as_object()) {
    CAF_CHECK(type.key().find('/') != json::string_view::npos);
    check_shape(what + ' ' + std::string{type.key()}, type.value(), {"schema"}, known);
  }
}

void check_response(const std::string& what, const json::value& x) {
  check_shape(what, x, {"description", "headers"}, {"content"});
  for (const auto& header : x.at("headers").as_object())
    check_shape(what + ' ' + std::string{header.key()}, resolved(document(), header.value()),
                {"description", "schema"}, {"required"});
  if (const auto* content = x.as_object().if_contains("content"))
    check_content(what, *content, {});
}

/// Text of every source of a folder of the project.
std::string sources_in(const std::string& folder) {
  std::stringstream out;
  for (const auto& entry : std::filesystem::directory_iterator{KINORA_SOURCE_DIR "/" + folder})
    if (entry.path().extension() == ".cpp")
      out << std::ifstream{entry.path()}.rdbuf();
  return out.str();
}

} // namespace

CAF_TEST(every route with its query parameters is in the document and the other way round) {
  for (const auto chaos : {false, true}) {
    const auto served = served_routes(options_with(chaos));
    const auto documented = documented_routes(document_with(options_with(chaos)));
    CAF_CHECK_EQUAL(without(served, documented), "");
    CAF_CHECK_EQUAL(without(documented, served), "");
    CAF_CHECK(served.size() > 15);
  }
}

CAF_TEST(the parameters of a path are those in its braces) {
  const std::regex brace{"\\{([a-z_]+)\\}"};
  for (const auto& x : operations_of(document())) {
    names expected;
    for (std::sregex_iterator i{x.path.begin(), x.path.end(), brace}, end; i != end; ++i)
      expected.insert((*i)[1]);
    CAF_CHECK_EQUAL(x.path + joined(parameters_of(document(), x, "path")), x.path + joined(expected));
  }
}

CAF_TEST(the headers that the server reads are documented and no others) {
  names read;
  const auto sources = sources_in("http") + sources_in("http/handlers");
  const std::regex literal{"(?:req_?\\.|request_\\.)header\\(\"([^\"]+)\"|single_header\\(req, \"([^\"]+)\""};
  for (std::sregex_iterator i{sources.begin(), sources.end(), literal}, end; i != end; ++i)
    read.insert((*i)[1].matched ? (*i)[1] : (*i)[2]);
  // Told of as security, as bodies, and in the description.
  for (const auto* elsewhere :
       {"Authorization", "Content-Type", "Origin", "Access-Control-Request-Method", "Accept-Encoding"})
    CAF_CHECK_EQUAL(read.erase(elsewhere), 1u);
  names documented;
  for (const auto& x : operations_of(document()))
    documented.merge(parameters_of(document(), x, "header"));
  CAF_CHECK_EQUAL(joined(documented), joined(read));
}

CAF_TEST(handlers read the query through what their routes declare) {
  const auto handlers = sources_in("http/handlers");
  CAF_CHECK(handlers.find("req.query") == std::string::npos);
  CAF_CHECK(handlers.find("parse_query") == std::string::npos);
}

CAF_TEST(every reference resolves and every component is used) {
  for (const auto chaos : {false, true}) {
    const auto tested = document_with(options_with(chaos));
    for (const auto& ref : all_refs(tested)) {
      json::error_code missing;
      CAF_CHECK_EQUAL(ref.substr(0, 13), "#/components/");
      CAF_CHECK_EQUAL(ref + (tested.find_pointer(ref.substr(1), missing) ? "" : " is missing"), ref);
    }
  }
  names components;
  for (const auto& kind : document().at("components").as_object())
    if (kind.key() != "securitySchemes")
      for (const auto& component : kind.value().as_object())
        components.insert("#/components/" + std::string{kind.key()} + '/' + std::string{component.key()});
  CAF_CHECK_EQUAL(without(components, all_refs(document())), "");
}

CAF_TEST(every operation has an id of its own and says how it fails) {
  names ids;
  for (const auto& x : operations_of(document())) {
    const auto id = text(x.self->at("operationId"));
    CAF_CHECK(std::regex_match(id, std::regex{"[a-z][A-Za-z]+"}));
    CAF_CHECK_EQUAL(id + (ids.insert(id).second ? "" : " is there twice"), id);
    const auto& responses = x.self->at("responses").as_object();
    CAF_CHECK_EQUAL(text(responses.at("default").at("$ref")), "#/components/responses/Error");
    const auto succeeds = std::ranges::any_of(responses, [](auto& y) { return y.key().starts_with('2'); });
    CAF_CHECK(succeeds);
    for (const auto& response : responses) {
      CAF_CHECK(std::regex_match(std::string{response.key()}, std::regex{"[1-5][0-9][0-9]|default"}));
      if (response.key().front() != '4')
        continue;
      const auto& content = resolved(document(), response.value()).at("content").as_object();
      CAF_CHECK_EQUAL(id + std::string{content.begin()->key()}, id + "application/problem+json");
    }
    CAF_CHECK_EQUAL(responses.contains("401"), !x.self->at("security").as_array().empty());
    CAF_CHECK_EQUAL(x.item->contains("servers"), is_admin(x));
  }
}

CAF_TEST(the document is well formed) {
  check_shape("document", document(), {"openapi", "info", "servers", "tags", "paths", "components"}, {});
  CAF_CHECK_EQUAL(text(document().at("openapi")), "3.1.0");
  check_shape("info", document().at("info"), {"title", "version", "summary", "description", "license"}, {});
  names tags;
  for (const auto& tag : document().at("tags").as_array()) {
    check_shape("tag", tag, {"name", "description"}, {});
    tags.insert(text(tag.at("name")));
  }
  names used;
  for (const auto& path : document().at("paths").as_object()) {
    const std::string name{path.key()};
    CAF_CHECK_EQUAL(name.front(), '/');
    auto known = methods;
    known.insert("servers");
    check_shape(name, path.value(), {"parameters"}, known);
  }
  for (const auto& x : operations_of(document())) {
    const auto name = x.method + ' ' + x.path;
    check_shape(name, *x.self, {"operationId", "tags", "summary", "security", "responses"},
                {"description", "parameters", "requestBody"});
    used.insert(text(x.self->at("tags").at(0)));
    for (const auto& response : x.self->at("responses").as_object())
      check_response(name + ' ' + std::string{response.key()}, resolved(document(), response.value()));
    if (const auto* body = x.self->if_contains("requestBody")) {
      check_shape(name, *body, {"required", "description", "content"}, {});
      check_content(name, body->at("content"), {"examples"});
    }
  }
  CAF_CHECK_EQUAL(joined(used), joined(tags));
}

CAF_TEST(every parameter is well formed and occurs once) {
  for (const auto& x : operations_of(document())) {
    std::multiset<std::string> seen;
    for (const auto* owner : {x.item, x.self})
      if (const auto* list = owner->if_contains("parameters"))
        for (const auto& each : list->as_array()) {
          const auto& parameter = resolved(document(), each);
          const auto name = text(parameter.at("name"));
          check_shape(x.path + ' ' + name, parameter, {"name", "in", "description", "schema"},
                      {"required", "example"});
          if (text(parameter.at("in")) == "path")
            CAF_CHECK(parameter.at("required").as_bool());
          seen.insert(text(parameter.at("in")) + ' ' + name);
          CAF_CHECK_EQUAL(x.path + name + std::to_string(seen.count(text(parameter.at("in")) + ' ' + name)),
                          x.path + name + "1");
        }
  }
}

CAF_TEST(the document is true of the settings) {
  api_options options;
  options.feed_limit_default = 7;
  options.feed_limit_max = 9;
  options.admin_port = 1234;
  const auto plain = document_with(options);
  const auto& limit = plain.at("components").at("schemas").at("FeedLimit");
  CAF_CHECK_EQUAL(limit.at("default").to_number<int>(), 7);
  CAF_CHECK_EQUAL(limit.at("maximum").to_number<int>(), 9);
  CAF_CHECK_EQUAL(text(plain.at("info").at("version")), KINORA_VERSION);
  CAF_CHECK_EQUAL(text(plain.at_pointer("/servers/1/variables/port/default")), "1234");
  CAF_CHECK_EQUAL(plain.at("tags").as_array().size() + 1, document().at("tags").as_array().size());
  const auto& tenant = plain.at("components").at("parameters").at("X-Tenant-ID");
  CAF_CHECK(tenant.at("required").as_bool());
  CAF_CHECK(!tenant.at("schema").as_object().contains("default"));
  options.default_tenant = "acme";
  const auto with_default = document_with(options);
  const auto& optional = with_default.at("components").at("parameters").at("X-Tenant-ID");
  CAF_CHECK(!optional.at("required").as_bool());
  CAF_CHECK_EQUAL(text(optional.at("schema").at("default")), "acme");
}

CAF_TEST(the types of problems are the error codes) {
  names expected{"about:blank"};
  for (std::uint8_t i = 0; i < errc_count; ++i) {
    const auto answer = problem({}, static_cast<errc>(i), "");
    const auto type = std::regex_replace(answer.body, std::regex{".*\"type\":\"([^\"]*)\".*"}, "$1");
    expected.insert(type);
  }
  names documented;
  for (const auto& type :
       document().at_pointer("/components/schemas/Problem/properties/type/enum").as_array())
    documented.insert(text(type));
  CAF_CHECK_EQUAL(joined(documented), joined(expected));
}
