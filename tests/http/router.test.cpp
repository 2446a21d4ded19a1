#define CAF_SUITE http.router
#include "tests/support/unit_test.hpp"

#include "http/json_text.hpp"
#include "http/router.hpp"
#include "tests/support/recording_exchange.hpp"

#include <boost/json/object.hpp>

#include <stdexcept>

using namespace kinora;
using namespace kinora::http;

namespace {

constexpr auto trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Answers with the text, then the parameters of the pattern asked for.
route_handler says(std::string text, std::vector<std::string> names = {}) {
  return [text, names](const request&, const route_params& params, const exchange_ptr& out) {
    response answer;
    answer.body = text;
    for (const auto& name : names)
      answer.body += "|" + params.at(name);
    answer.set("Vary", "X-Tenant-ID");
    out->complete(answer);
  };
}

/// A copy: what the test macros compare outlives the answer it comes from.
std::string header_of(const response& answer, std::string_view name) {
  return std::string{answer.header(name).value_or("(absent)")};
}

struct fixture {
  std::string logged;
  exchange_ptr kept;
  router routes = make("https://a.example, https://b.example");

  router make(std::string origins) {
    router out{{std::move(origins), "secret", [this](const secret_digest& x) { return find_caller(x); },
                [this](const request&, std::string_view what) { logged = what; }}};
    auto admin = admin_route(permission::view);
    admin.body_bytes_max = 1000;
    route_options events;
    events.body_bytes_max = 2000;
    route_options always;
    always.always = true;
    out.add("GET", "/v1/feed", {}, says("feed"));
    out.add("POST", "/v1/events", events, says("events"));
    out.add("GET", "/health", always, says("health"));
    out.add("GET", "/crash", {}, [](auto&&...) { throw std::runtime_error{"a secret text"}; });
    out.add("GET", "/later", {},
            [this](const request&, const route_params&, exchange_ptr x) { kept = std::move(x); });
    out.add("GET", "/admin/v1/tenants/{tenant}", admin, says("tenant", {"tenant"}));
    out.add("PUT", "/admin/v1/tenants/{tenant}", admin, says("put", {"tenant"}));
    out.add("GET", "/admin/v1/tenants/{tenant}/videos/{id}", admin, says("video", {"tenant", "id"}));
    out.add("POST", "/admin/v1/actors/{path*}/kill", admin, says("kill", {"path"}));
    out.add("PUT", "/admin/v1/actors/{path*}/faults", admin, says("faults", {"path"}));
    return out;
  }

  /// Token "t" of a viewer of all, "e" of an editor of "a" and "a b".
  static std::shared_ptr<const principal> find_caller(const secret_digest& x) {
    if (x == digest_of("t"))
      return std::make_shared<const principal>(principal{"1", "looks", role::viewer, {}});
    if (x == digest_of("e"))
      return std::make_shared<const principal>(principal{"2", "edits", role::editor, {"a", "a b"}});
    return nullptr;
  }

  static request make_request(std::string method, std::string path, header_list headers = {}) {
    request out;
    out.method = std::move(method);
    out.path = std::move(path);
    out.headers = std::move(headers);
    out.request_id = "r-1";
    return out;
  }

  response ask(const request& req, listener_kind listener = listener_kind::public_port) {
    auto out = std::make_shared<kinora::test::recording_exchange>();
    routes.serve(req, listener, out);
    return out->answer();
  }

  response ask(std::string method, std::string path, header_list headers = {}) {
    return ask(make_request(std::move(method), std::move(path), std::move(headers)));
  }

  response ask_admin(std::string method, std::string path, std::string token = "secret") {
    return ask(make_request(std::move(method), std::move(path), {{"Authorization", "Bearer " + token}}),
               listener_kind::admin_port);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(router_tests, fixture)

CAF_TEST(a known path and method reach their handler) {
  CAF_CHECK_EQUAL(ask("GET", "/v1/feed").body, "feed");
  CAF_CHECK_EQUAL(ask("HEAD", "/v1/feed").body, "feed");
  CAF_CHECK_EQUAL(ask("POST", "/v1/events").body, "events");
  CAF_CHECK_EQUAL(ask("GET", "/v1/%66eed").body, "feed");
}

CAF_TEST(an unknown path is not found) {
  for (const auto* path :
       {"/", "/v1", "/v1/feed/", "/v1//feed", "//v1/feed", "/V1/feed", "/v1/feed/x", "/v1/fee", "/v1/./feed",
        "/v1/x/../feed", "/v1/%2e%2e/feed", "/v1%2Ffeed", "/v1/fee%zz", "", "*"}) {
    const std::string_view asked = path;
    CAF_CHECK_EQUAL(std::pair(asked, ask("GET", path).status), std::pair(asked, 404));
  }
}

CAF_TEST(a wrong method is told which there are) {
  const auto answer = ask("DELETE", "/v1/feed");
  CAF_CHECK_EQUAL(answer.status, 405);
  CAF_CHECK_EQUAL(header_of(answer, "Allow"), "GET, HEAD, OPTIONS");
  CAF_CHECK_EQUAL(header_of(ask("GET", "/v1/events"), "Allow"), "POST, OPTIONS");
  CAF_CHECK_EQUAL(ask("get", "/v1/feed").status, 405);
  CAF_CHECK_EQUAL(ask("HEAD", "/v1/events").status, 405);
  CAF_CHECK_EQUAL(header_of(ask_admin("DELETE", "/admin/v1/tenants/a"), "Allow"), "GET, HEAD, PUT, OPTIONS");
}

CAF_TEST(parameters are decoded and keep an encoded slash) {
  CAF_CHECK_EQUAL(ask_admin("GET", "/admin/v1/tenants/a/videos/x%2Fy+%20%C3%A9").body,
                  "video|a|x/y+ \xc3\xa9");
  CAF_CHECK_EQUAL(ask_admin("GET", "/admin/v1/tenants/a/videos/").status, 404);
  CAF_CHECK_EQUAL(ask_admin("GET", "/admin/v1/tenants/%2e%2e").status, 404);
}

CAF_TEST(a parameter that is no text is refused by its name) {
  for (const auto* id : {"%ff", "%00", "%", "%C0%AF"}) {
    const auto answer = ask_admin("GET", std::string{"/admin/v1/tenants/a/videos/"} + id);
    CAF_CHECK_EQUAL(answer.status, 400);
    CAF_CHECK(answer.body.find(R"("field":"id")") != std::string::npos);
  }
}

CAF_TEST(the rest of a path keeps its slashes) {
  CAF_CHECK_EQUAL(ask_admin("POST", "/admin/v1/actors/flags/kill").body, "kill|flags");
  CAF_CHECK_EQUAL(ask_admin("POST", "/admin/v1/actors/tenants/a%20b/kill").body, "kill|tenants/a b");
  CAF_CHECK_EQUAL(ask_admin("PUT", "/admin/v1/actors/kill/1/faults").body, "faults|kill/1");
  CAF_CHECK_EQUAL(ask_admin("POST", "/admin/v1/actors/kill").status, 404);
  CAF_CHECK_EQUAL(ask_admin("POST", "/admin/v1/actors//kill").status, 404);
  CAF_CHECK_EQUAL(ask_admin("POST", "/admin/v1/actors/a//b/kill").status, 404);
}

CAF_TEST(admin routes do not exist on the public listener) {
  const auto req = make_request("GET", "/admin/v1/tenants/a", {{"Authorization", "Bearer secret"}});
  CAF_CHECK_EQUAL(ask(req).status, 404);
  CAF_CHECK_EQUAL(routes.admit(req, listener_kind::public_port).refusal, errc::not_found);
}

CAF_TEST(admin routes need the token and public ones on the admin listener do not ) {
  CAF_CHECK_EQUAL(ask_admin("GET", "/admin/v1/tenants/a").status, 200);
  for (const auto* token : {"", "secre", "secret ", "secrets", "Secret", "Bearer secret"}) {
    const auto answer = ask_admin("GET", "/admin/v1/tenants/a", token);
    CAF_CHECK_EQUAL(answer.status, 401);
    CAF_CHECK_EQUAL(header_of(answer, "WWW-Authenticate"), "Bearer");
  }
  const auto on_admin = listener_kind::admin_port;
  CAF_CHECK_EQUAL(ask(make_request("GET", "/admin/v1/tenants/a"), on_admin).status, 401);
  CAF_CHECK_EQUAL(ask(make_request("DELETE", "/admin/v1/tenants/a"), on_admin).status, 401);
  CAF_CHECK_EQUAL(
      ask(make_request("GET", "/admin/v1/tenants/a", {{"Authorization", "Basic secret"}}), on_admin).status,
      401);
  CAF_CHECK_EQUAL(ask(make_request("GET", "/v1/feed"), on_admin).status, 200);
}

CAF_TEST(a token may do what its role allows to the tenants it names) {
  const auto status_of = [&](const char* method, const char* path, const char* token) {
    return ask_admin(method, path, token).status;
  };
  routes.add("PUT", "/admin/v1/edited/{tenant}", admin_route(permission::edit), says("edit", {"tenant"}));
  routes.add("POST", "/admin/v1/global", admin_route(permission::administer), says("global"));
  routes.add("GET", "/admin/v1/all", admin_route(permission::view), says("all"));
  auto limited = admin_route(permission::view);
  limited.for_limited = true;
  routes.add("GET", "/admin/v1/own", limited, says("own"));
  for (const auto* token : {"t", "e", "secret"})
    CAF_CHECK_EQUAL(status_of("GET", "/admin/v1/tenants/a", token), 200);
  CAF_CHECK_EQUAL(status_of("PUT", "/admin/v1/edited/a", "secret"), 200);
  CAF_CHECK_EQUAL(status_of("PUT", "/admin/v1/edited/a", "e"), 200);
  CAF_CHECK_EQUAL(status_of("PUT", "/admin/v1/edited/a%20b", "e"), 200);
  CAF_CHECK_EQUAL(status_of("PUT", "/admin/v1/edited/a", "t"), 403);
  for (const auto* other : {"b", "A", "a%2Fb", "%61%00", "a%20"})
    CAF_CHECK_EQUAL(status_of("PUT", ("/admin/v1/edited/" + std::string{other}).c_str(), "e"), 403);
  CAF_CHECK_EQUAL(status_of("GET", "/admin/v1/tenants/b", "e"), 403);
  CAF_CHECK_EQUAL(status_of("GET", "/admin/v1/tenants/b", "t"), 200);
  CAF_CHECK_EQUAL(status_of("POST", "/admin/v1/global", "e"), 403);
  CAF_CHECK_EQUAL(status_of("POST", "/admin/v1/global", "t"), 403);
  CAF_CHECK_EQUAL(status_of("POST", "/admin/v1/global", "secret"), 200);
  CAF_CHECK_EQUAL(status_of("GET", "/admin/v1/all", "e"), 403);
  CAF_CHECK_EQUAL(status_of("GET", "/admin/v1/all", "t"), 200);
  CAF_CHECK_EQUAL(status_of("GET", "/admin/v1/own", "e"), 200);
  CAF_CHECK_EQUAL(status_of("DELETE", "/admin/v1/own", "e"), 405);
  CAF_CHECK_EQUAL(routes
                      .admit(make_request("PUT", "/admin/v1/edited/b", {{"Authorization", "Bearer e"}}),
                             listener_kind::admin_port)
                      .refusal,
                  errc::forbidden);
}

CAF_TEST(two tokens at once are none) {
  const header_list both{{"Authorization", "Bearer secret"}, {"Authorization", "Bearer e"}};
  CAF_CHECK_EQUAL(ask(make_request("GET", "/admin/v1/tenants/a", both), listener_kind::admin_port).status,
                  401);
}

CAF_TEST(a handler learns who asks) {
  auto name = [](const request&, const route_params& params, const exchange_ptr& out) {
    response answer;
    answer.body = params.caller() ? params.caller()->name : "nobody";
    out->complete(answer);
  };
  routes.add("GET", "/admin/v1/me", admin_route(permission::view), name);
  routes.add("GET", "/v1/me", {}, name);
  CAF_CHECK_EQUAL(ask_admin("GET", "/admin/v1/me", "t").body, "looks");
  CAF_CHECK_EQUAL(ask_admin("GET", "/admin/v1/me").body, "ADMIN_TOKEN");
  CAF_CHECK_EQUAL(ask_admin("GET", "/v1/me").body, "nobody");
}

CAF_TEST(without a configured token nobody is an admin) {
  routes = router{{}};
  routes.add("GET", "/admin", admin_route(permission::view), says("x"));
  CAF_CHECK_EQUAL(ask_admin("GET", "/admin", "").status, 401);
}

CAF_TEST(a transport learns before the body what will become of the request) {
  const auto admit = [&](const char* method, const char* path) {
    return routes.admit(make_request(method, path), listener_kind::public_port);
  };
  CAF_CHECK_EQUAL(admit("POST", "/v1/events").refusal, errc::none);
  CAF_CHECK_EQUAL(admit("POST", "/v1/events").body_bytes_max, 2000u);
  CAF_CHECK_EQUAL(admit("PUT", "/v1/events").refusal, errc::method_not_allowed);
  CAF_CHECK_EQUAL(admit("POST", "/nowhere").refusal, errc::not_found);
  CAF_CHECK_EQUAL(admit("OPTIONS", "/v1/events").refusal, errc::none);
  CAF_CHECK(admit("GET", "/health").always);
  CAF_CHECK(!admit("GET", "/v1/feed").always);
  CAF_CHECK_EQUAL(routes.admit(make_request("PUT", "/admin/v1/tenants/a"), listener_kind::admin_port).refusal,
                  errc::unauthorized);
}

CAF_TEST(every answer carries the request id and a well - formed traceparent) {
  for (const auto* path : {"/v1/feed", "/nowhere", "/crash"}) {
    const auto answer = ask("GET", path, {{"traceparent", trace}});
    CAF_CHECK_EQUAL(header_of(answer, "X-Request-ID"), "r-1");
    CAF_CHECK_EQUAL(header_of(answer, "traceparent"), trace);
  }
  CAF_CHECK(!ask("GET", "/v1/feed", {{"traceparent", "00-x"}}).header("traceparent"));
}

CAF_TEST(a handler that throws is a 500 that keeps its text to the log) {
  const auto answer = ask("GET", "/crash");
  CAF_CHECK_EQUAL(answer.status, 500);
  CAF_CHECK(answer.body.find("secret") == std::string::npos);
  CAF_CHECK_EQUAL(logged, "a secret text");
}

CAF_TEST(answers and fallbacks that come later are decorated too) {
  auto out = std::make_shared<kinora::test::recording_exchange>();
  routes.serve(make_request("GET", "/later", {{"Origin", "https://b.example"}}), listener_kind::public_port,
               out);
  const auto deadline = steady_time{std::chrono::seconds{7}};
  kept->expire_at(deadline, [] { return response{}; });
  CAF_CHECK(!out->is_answered());
  CAF_CHECK(out->deadline() == deadline);
  out->expire();
  CAF_CHECK_EQUAL(header_of(out->answer(), "X-Request-ID"), "r-1");
  CAF_CHECK_EQUAL(header_of(out->answer(), "Access-Control-Allow-Origin"), "https://b.example");
  CAF_CHECK(!kept->complete({}));
}

CAF_TEST(a listed origin is allowed and answers vary by origin) {
  const auto answer = ask("GET", "/v1/feed", {{"Origin", "https://a.example"}});
  CAF_CHECK_EQUAL(header_of(answer, "Access-Control-Allow-Origin"), "https://a.example");
  for (const auto* name : {"X-Degraded", "Retry-After", "RateLimit", "RateLimit-Policy"})
    CAF_CHECK(answer.header("Access-Control-Expose-Headers")->find(name) != std::string::npos);
  CAF_CHECK_EQUAL(header_of(answer, "Vary"), "X-Tenant-ID, Origin");
  const auto foreign = ask("GET", "/v1/feed", {{"Origin", "https://c.example"}});
  CAF_CHECK(!foreign.header("Access-Control-Allow-Origin"));
  CAF_CHECK_EQUAL(header_of(foreign, "Vary"), "X-Tenant-ID, Origin");
  CAF_CHECK_EQUAL(header_of(ask("GET", "/nowhere", {{"Origin", "https://a.example"}}), "Vary"), "Origin");
}

CAF_TEST(a star allows every origin and nothing allows none) {
  routes = make("*");
  CAF_CHECK_EQUAL(header_of(ask("GET", "/v1/feed", {{"Origin", "null"}}), "Access-Control-Allow-Origin"),
                  "*");
  routes = make("");
  const auto answer = ask("GET", "/v1/feed", {{"Origin", "https://a.example"}});
  CAF_CHECK(!answer.header("Access-Control-Allow-Origin"));
  CAF_CHECK_EQUAL(header_of(answer, "Vary"), "X-Tenant-ID");
}

CAF_TEST(a pre-flight is answered for allowed origins) {
  const header_list preflight{{"Origin", "https://a.example"}, {"Access-Control-Request-Method", "GET"}};
  const auto answer = ask("OPTIONS", "/v1/feed", preflight);
  CAF_CHECK_EQUAL(answer.status, 204);
  CAF_CHECK_EQUAL(header_of(answer, "Access-Control-Allow-Methods"), "GET, HEAD, OPTIONS");
  CAF_CHECK(answer.header("Access-Control-Allow-Headers")->find("X-User-Hash") != std::string::npos);
  CAF_CHECK_EQUAL(header_of(answer, "Access-Control-Max-Age"), "600");
  CAF_CHECK(answer.body.empty());
  const auto foreign = ask("OPTIONS", "/v1/feed", {{"Origin", "https://c.example"}, preflight[1]});
  CAF_CHECK_EQUAL(foreign.status, 204);
  CAF_CHECK(!foreign.header("Access-Control-Allow-Methods"));
}

CAF_TEST(an OPTIONS without CORS names the methods) {
  const auto answer = ask("OPTIONS", "/v1/events");
  CAF_CHECK_EQUAL(answer.status, 204);
  CAF_CHECK_EQUAL(header_of(answer, "Allow"), "POST, OPTIONS");
  CAF_CHECK_EQUAL(ask("OPTIONS", "/nowhere").status, 404);
}

CAF_TEST(admin routes know no CORS) {
  auto req = make_request("GET", "/admin/v1/tenants/a",
                          {{"Authorization", "bearer secret"}, {"Origin", "https://a.example"}});
  const auto answer = ask(req, listener_kind::admin_port);
  CAF_CHECK_EQUAL(answer.status, 200);
  CAF_CHECK(!answer.header("Access-Control-Allow-Origin"));
  req.method = "OPTIONS";
  req.headers.emplace_back("Access-Control-Request-Method", "GET");
  CAF_CHECK(!ask(req, listener_kind::admin_port).header("Access-Control-Allow-Methods"));
}

CAF_TEST(a handler reads the parameters of the query that its route declares and no others) {
  route_options options;
  options.query = {"limit"};
  const auto reads = [](std::string name) {
    return [name](const request&, const route_params& params, const exchange_ptr& out) {
      response answer;
      answer.body = params.query()->find(name).value_or("(absent)");
      out->complete(answer);
    };
  };
  routes.add("GET", "/declared", options, reads("limit"));
  routes.add("GET", "/undeclared", options, reads("cursor"));
  auto req = make_request("GET", "/declared");
  req.query = "cursor=x&limit=7";
  CAF_CHECK_EQUAL(ask(req).body, "7");
  req.path = "/undeclared";
  CAF_CHECK_EQUAL(ask(req).status, 500);
  CAF_CHECK(logged.find("cursor") != std::string::npos);
  for (const auto& x : routes.routes())
    if (x.pattern == "/declared")
      CAF_CHECK_EQUAL(x.options.query.front(), "limit");
}

CAF_TEST(the table can be listed and takes each route once) {
  CAF_CHECK_EQUAL(routes.routes().size(), 10u);
  CAF_CHECK_EQUAL(routes.routes()[1].method + routes.routes()[1].pattern, "POST/v1/events");
  auto refused = false;
  try {
    routes.add("GET", "/v1/feed", {}, says("again"));
  } catch (const std::logic_error&) {
    refused = true;
  }
  CAF_CHECK(refused);
}

CAF_TEST_FIXTURE_SCOPE_END()
