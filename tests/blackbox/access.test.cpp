#define CAF_SUITE blackbox.access
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/chaos.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

// Who may do what through the admin API, and what the log says of who did it.

using namespace kinora::blackbox;
using namespace std::chrono_literals;

namespace json = boost::json;

namespace {

struct token {
  std::string id;
  std::string secret;
};

token make_token(const server& at, const std::string& body) {
  const auto made = must(201, at.admin().post("/admin/v1/tokens", body)).json();
  return {std::string{made.at("id").as_string()}, std::string{made.at("token").as_string()}};
}

endpoint as(const server& at, const token& who) {
  return endpoint{at.admin().port(), {{"Authorization", "Bearer " + who.secret}}};
}

void make_tenants(const server& at) {
  for (auto tenant : {"sports", "news"})
    put_tenant(at, tenant, "{}",
               R"({"id":"v1","title":"One","score":90})"
               "\n");
}

/// "action tenant" of each entry that `query` finds, the oldest first.
std::vector<std::string> actions(const endpoint& at, const std::string& query = {}) {
  std::vector<std::string> out;
  const auto page = must(200, at.get("/admin/v1/audit" + query)).json();
  for (auto& entry : page.at("entries").as_array()) {
    const auto* tenant = entry.at("tenant").if_string();
    out.insert(out.begin(), std::string{entry.at("action").as_string()} +
                                (tenant == nullptr ? "" : " " + std::string{*tenant}));
  }
  return out;
}

std::string joined(const std::vector<std::string>& all) {
  std::string out;
  for (auto& x : all)
    out += (out.empty() ? "" : ", ") + x;
  return out;
}

json::object last_entry(const server& at) {
  return at.admin().get("/admin/v1/audit?limit=1").json().at("entries").at(0).as_object();
}

/// Whether a text is anywhere in the files of a folder.
bool is_on_disk(const std::filesystem::path& folder, const std::string& text) {
  for (auto& file : std::filesystem::recursive_directory_iterator{folder}) {
    std::ostringstream bytes;
    bytes << std::ifstream{file.path(), std::ios::binary}.rdbuf();
    if (std::move(bytes).str().find(text) != std::string::npos)
      return true;
  }
  return false;
}

constexpr auto video = R"({"id":"v2","title":"Two"})";

} // namespace

CAF_TEST(a viewer looks and an editor changes the rules and videos of its tenants) {
  server tested{patiently()};
  make_tenants(tested);
  const auto viewer = as(tested, make_token(tested, R"({"name":"screen","role":"viewer"})"));
  const auto editor =
      as(tested, make_token(tested, R"({"name":"desk","role":"editor","tenants":["sports","planned"]})"));
  const auto admin = as(tested, make_token(tested, R"({"name":"ada","role":"admin"})"));
  struct expectation {
    const char* method;
    const char* path;
    const char* body;
    int viewer, editor, admin;
  };
  const std::vector<expectation> all{
      {"GET", "/admin/v1/tenants/sports", "", 200, 200, 200},
      {"GET", "/admin/v1/tenants/news", "", 200, 403, 200},
      {"GET", "/admin/v1/tenants/nobody", "", 404, 403, 404},
      {"GET", "/admin/v1/tenants/sports/videos", "", 200, 200, 200},
      {"GET", "/admin/v1/tenants/news/videos/v1", "", 200, 403, 200},
      {"PUT", "/admin/v1/tenants/sports", R"({"pins":{"v1":0}})", 403, 200, 200},
      {"PUT", "/admin/v1/tenants/news", "{}", 403, 403, 200},
      {"PUT", "/admin/v1/tenants/planned", "{}", 403, 403, 201},
      {"PUT", "/admin/v1/tenants/sports/videos", video, 403, 200, 200},
      {"PUT", "/admin/v1/tenants/news/videos", video, 403, 403, 200},
      {"DELETE", "/admin/v1/tenants/news/videos/v2", "", 403, 403, 204},
      {"POST", "/admin/v1/tenants/sports/preview", R"({"user_hash":"u"})", 200, 200, 200},
      {"POST", "/admin/v1/tenants/news/preview", R"({"user_hash":"u"})", 200, 403, 200},
      {"GET", "/admin/v1/tenants/sports/versions", "", 200, 200, 200},
      {"POST", "/admin/v1/tenants/sports/rollback", R"({"version":1})", 403, 200, 200},
      {"POST", "/admin/v1/tenants/news/rollback", R"({"version":1})", 403, 403, 200},
      {"GET", "/admin/v1/tenants/sports/keys", "", 200, 200, 200},
      {"POST", "/admin/v1/tenants/sports/keys", "", 403, 403, 201},
      {"DELETE", "/admin/v1/tenants/sports/keys", "", 403, 403, 204},
      {"GET", "/admin/v1/tenants/sports/stats", "", 200, 200, 200},
      {"GET", "/admin/v1/tenants/news/stats", "", 200, 403, 200},
      {"PUT", "/admin/v1/tenants/sports/users/u/signals", "{}", 403, 403, 200},
      {"GET", "/admin/v1/tenants/sports/users/u", "", 200, 200, 200},
      {"DELETE", "/admin/v1/tenants/sports/users/u", "", 403, 403, 204},
      {"GET", "/admin/v1/flags", "", 200, 200, 200},
      {"PATCH", "/admin/v1/flags", R"({"rollout_percentage":100})", 403, 403, 200},
      {"GET", "/admin/v1/actors", "", 200, 403, 200},
      {"GET", "/admin/v1/breakers", "", 200, 403, 200},
      {"POST", "/admin/v1/breakers/signals/reset", "", 403, 403, 200},
      {"GET", "/metrics", "", 200, 403, 200},
      {"GET", "/admin/v1/tokens", "", 403, 403, 200},
      {"POST", "/admin/v1/tokens", R"({"name":"x","role":"admin"})", 403, 403, 201},
      {"DELETE", "/admin/v1/tokens/start", "", 403, 403, 409},
      {"GET", "/admin/v1/audit", "", 200, 200, 200},
      {"GET", "/admin/v1/audit?tenant=sports", "", 200, 200, 200},
      {"GET", "/admin/v1/audit?tenant=news", "", 200, 403, 200},
      {"DELETE", "/admin/v1/tenants/sports", "", 403, 403, 204},
  };
  for (auto& x : all) {
    const auto what = std::string{x.method} + ' ' + x.path + ' ';
    auto ask = [&](const endpoint& who) {
      return what + std::to_string(who.send(x.method, x.path, x.body).status);
    };
    CAF_CHECK_EQUAL(ask(viewer), what + std::to_string(x.viewer));
    CAF_CHECK_EQUAL(ask(editor), what + std::to_string(x.editor));
    CAF_CHECK_EQUAL(ask(admin), what + std::to_string(x.admin));
  }
  CAF_CHECK_EQUAL(editor.get("/admin/v1/tenants").json().at("tenants").as_array().size(), 1u); // "planned"
  CAF_CHECK_EQUAL(viewer.get("/admin/v1/tenants").json().at("tenants").as_array().size(), 2u);
  for (auto& action : actions(editor, "?limit=1000"))
    CAF_CHECK(action.ends_with(" sports") || action.ends_with(" planned"));
}

CAF_TEST(a path that is written otherwise reaches no other tenant) {
  server tested{patiently()};
  make_tenants(tested);
  const auto editor =
      as(tested, make_token(tested, R"({"name":"desk","role":"editor","tenants":["sports"]})"));
  for (auto path :
       {"news", "%6eews", "sports%2f..%2fnews", "sports/../news", "sports%2F%2e%2e%2Fnews", "..%2fnews",
        "sports%00news", "NEWS", "sports%20", "%2e%2e/tenants/news", "sports//news", "./news"}) {
    const auto target = "/admin/v1/tenants/" + std::string{path};
    const auto answer = editor.get(target);
    const auto refused = answer.status == 403 || answer.status == 404 || answer.status == 400;
    CAF_CHECK_EQUAL(target + (refused ? "" : ' ' + std::to_string(answer.status)), target);
    const auto changed = editor.put(target, R"({"pins":{"v1":7}})");
    CAF_CHECK_EQUAL(target + (changed.status >= 400 ? "" : ' ' + std::to_string(changed.status)), target);
  }
  CAF_CHECK(tested.admin().get("/admin/v1/tenants/news").body.find("\"v1\":7") == std::string::npos);
  const endpoint two{tested.admin().port(),
                     {{"Authorization", "Bearer " + admin_token}, {"Authorization", "Bearer x"}}};
  CAF_CHECK_EQUAL(two.get("/admin/v1/tenants/news").status, 401);
}

CAF_TEST(a token is shown once and is good until it is revoked whatever is killed) {
  server tested{{"--store", "rocksdb"}};
  make_tenants(tested);
  const auto kept = make_token(tested, R"({"name":"kept","role":"viewer"})");
  const auto gone = make_token(tested, R"({"name":"gone","role":"admin"})");
  CAF_CHECK(tested.admin().get("/admin/v1/tokens").body.find(kept.secret) == std::string::npos);
  must(200, as(tested, gone).get("/admin/v1/tokens"));
  must(204, tested.admin().del("/admin/v1/tokens/" + gone.id));
  CAF_CHECK_EQUAL(as(tested, gone).get("/admin/v1/tokens").status, 401);
  CAF_CHECK_EQUAL(problem_of(tested.admin().del("/admin/v1/tokens/" + gone.id)), "404");
  tested.restart();
  CAF_CHECK_EQUAL(as(tested, kept).get("/admin/v1/tenants/news").status, 200);
  CAF_CHECK_EQUAL(as(tested, gone).get("/admin/v1/tenants/news").status, 401);
  CAF_CHECK_EQUAL(tested.admin().get("/admin/v1/tokens").json().at("tokens").as_array().size(), 2u);
  for (auto& secret : {kept.secret, gone.secret, kept.secret.substr(4), gone.secret.substr(4)})
    CAF_CHECK(!is_on_disk(tested.data_dir(), secret));
  CAF_CHECK_EQUAL(joined(actions(tested.admin())),
                  "tenant.create sports, videos.replace sports, tenant.create news, videos.replace news, "
                  "token.create, token.create, token.delete");
}

CAF_TEST(every change is in the log with who made it and what it was) {
  server tested{patiently({"--chaos"})};
  make_tenants(tested);
  const auto editor =
      as(tested, make_token(tested, R"({"name":"desk","role":"editor","tenants":["sports"]})"));
  must(200, editor.put("/admin/v1/tenants/sports", R"({"pins":{"v1":0}})", {{"X-Request-ID", "change-1"}}));
  auto entry = last_entry(tested);
  CAF_CHECK_EQUAL(entry.at("action").as_string(), "rules.put");
  CAF_CHECK_EQUAL(entry.at("who").at("name").as_string(), "desk");
  CAF_CHECK_EQUAL(entry.at("request_id").as_string(), "change-1");
  CAF_CHECK_EQUAL(json::serialize(entry.at("before")) + json::serialize(entry.at("after")),
                  R"({}{"pins":{"v1":0}})");
  must(200, editor.put("/admin/v1/tenants/sports/videos", R"({"id":"v1","title":"One","score":80})"));
  entry = last_entry(tested);
  CAF_CHECK_EQUAL(entry.at("action").as_string(), "video.put");
  CAF_CHECK_EQUAL(entry.at("target").as_string(), "v1");
  CAF_CHECK_EQUAL(json::serialize(entry.at("before")) + json::serialize(entry.at("after")),
                  R"({"score":90}{"score":80})");
  must(204, editor.del("/admin/v1/tenants/sports/videos/v1"));
  must(200, tested.admin().patch("/admin/v1/flags", R"({"rollout_percentage":50})"));
  entry = last_entry(tested);
  CAF_CHECK_EQUAL(entry.at("who").at("id").as_string(), "start");
  CAF_CHECK_EQUAL(json::serialize(entry.at("before")) + json::serialize(entry.at("after")),
                  R"({"rollout_percentage":100}{"rollout_percentage":50})");
  must(200, tested.admin().put("/admin/v1/tenants/sports/users/person-17/signals", "{}"));
  must(204, tested.admin().del("/admin/v1/tenants/sports/users/person-17"));
  reset_breaker(tested, "signals");
  kill_actor(tested, "rankers/0");
  CAF_CHECK(eventually(5s, [&] { return actions(tested.admin()).back() == "actor.kill"; }));
  must(204, tested.admin().del("/admin/v1/tenants/sports"));
  // What changes nothing is not there.
  must(400, tested.admin().put("/admin/v1/tenants/news", R"({"pin":1})"));
  must(412, tested.admin().put("/admin/v1/tenants/news", "{}", {{"If-Match", "\"1\""}}));
  must(403, editor.put("/admin/v1/tenants/news", "{}"));
  CAF_CHECK_EQUAL(joined(actions(tested.admin())),
                  "tenant.create sports, videos.replace sports, tenant.create news, videos.replace news, "
                  "token.create, rules.put sports, video.put sports, video.delete sports, flags.patch, "
                  "signals.put sports, user.delete sports, breaker.reset, actor.kill, tenant.delete sports");
  CAF_CHECK_EQUAL(joined(actions(tested.admin(), "?tenant=news")), "tenant.create news, videos.replace news");
  const auto log = tested.admin().get("/admin/v1/audit?limit=1000").body;
  for (const auto& secret : {std::string{"person-17"}, admin_token})
    CAF_CHECK(log.find(secret) == std::string::npos);
}

CAF_TEST(the log is read page by page from a time on and survives a kill) {
  server tested{patiently({"--store", "rocksdb"})};
  put_tenant(tested, "sports", "{}", "");
  for (int i = 0; i < 9; ++i)
    must(200, tested.admin().put("/admin/v1/tenants/sports", R"({"pins":{"v":)" + std::to_string(i) + "}}"));
  auto read_all = [&](const std::string& query) {
    std::vector<std::string> out;
    std::string cursor;
    for (int pages = 0; pages < 20; ++pages) {
      const auto page = must(200, tested.admin().get("/admin/v1/audit?limit=4" + query + cursor)).json();
      for (auto& entry : page.at("entries").as_array())
        out.push_back(json::serialize(entry));
      if (page.at("next_cursor").is_null())
        return out;
      cursor = "&cursor=" + std::string{page.at("next_cursor").as_string()};
    }
    return out;
  };
  const auto all = read_all("");
  CAF_CHECK_EQUAL(all.size(), 10u);
  const auto entry = json::parse(all.at(4));
  const std::string middle{entry.at("at").as_string()};
  CAF_CHECK(read_all("&since=" + percent_encode(middle)).size() >= 5u);
  CAF_CHECK(read_all("&since=2999-01-01T00:00:00Z").empty());
  CAF_CHECK_EQUAL(problem_of(tested.admin().get("/admin/v1/audit?since=yesterday")), "400 since");
  CAF_CHECK_EQUAL(problem_of(tested.admin().get("/admin/v1/audit?cursor=x")), "400 cursor");
  CAF_CHECK_EQUAL(problem_of(tested.admin().get("/admin/v1/audit?limit=0")), "400 limit");
  tested.restart();
  CAF_CHECK(read_all("") == all);
}
