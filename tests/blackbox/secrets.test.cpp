#define CAF_SUITE blackbox.secrets
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/chaos.hpp"

#include <boost/json/object.hpp>

#include <csignal>
#include <ctime>

// Secrets and names of users are in no log, metric, error or last word of a process.

using namespace kinora::blackbox;
using namespace std::chrono_literals;

namespace {

const std::string cursor_secret = "planted-cursor-secret-1c6d";
const std::string user = "planted-user-9e27";

/// Everything that was answered with an error, or is there to be looked at.
class everything_said {
public:
  const reply& note(const reply& answer) {
    if (answer.status >= 400)
      add(answer);
    return answer;
  }

  void add(const reply& answer) {
    for (auto& [name, value] : answer.fields)
      text_ += name + ": " + value + '\n';
    text_ += answer.body + '\n';
  }

  void add(const std::string& text) { text_ += text; }

  /// Whether it is there.
  bool has(const std::string& secret) const { return text_.find(secret) != std::string::npos; }

  std::size_t size() const { return text_.size(); }

private:
  std::string text_;
};

std::string event_of_user(const std::string& extra) {
  return R"([{"event_id":"e1","type":"view","user_hash":")" + user + R"(","video_id":"v1","occurred_at":)" +
         std::to_string(std::time(nullptr)) + extra + "}]";
}

/// What clients do, well and badly, with everything that is secret.
void use_secrets(const server& at, const std::string& token, const std::string& key, everything_said& said) {
  const headers by_key{{"Authorization", "Bearer " + key}};
  const std::string tenant = "/admin/v1/tenants/tenant_sports";
  const std::string of_user = tenant + "/users/" + user;
  const auto feed = "/v1/feed?user_hash=" + user;
  const auto cursor =
      std::string{must(200, at.api().get(feed + "&limit=1", by_key)).json().at("next_cursor").as_string()};
  for (const auto& target : {feed + "&cursor=" + cursor + "x", feed + "&cursor=" + cursor_secret,
                             feed + "&limit=0", feed + "&exclude=%00", feed + "&user_hash=" + user,
                             "/v1/feed?user_hash=" + user + "%00", "/" + user, "/v1/" + key})
    said.note(at.api().get(target, by_key));
  said.note(at.api().get(feed, {{"Authorization", "Bearer " + key + "x"}}));
  said.note(at.api().get(feed, {{"Authorization", "Bearer " + key}, {"X-Tenant-ID", "tenant_news"}}));
  said.note(at.api().get(feed, {{"X-User-Hash", user + "2"}, {"X-Tenant-ID", "tenant_news"}}));
  said.note(at.api().get("/v1/feed", {{"X-User-Hash", user}, {"X-User-Hash", user}}));
  said.note(at.api().post("/v1/events", event_of_user(""), by_key));
  said.note(at.api().post("/v1/events", event_of_user(R"(,"watch_ms":"x")"), by_key));
  said.note(at.api().post("/v1/events", event_of_user("}"), by_key));
  for (const auto& sent : {token, key, admin_token, cursor_secret, user}) {
    const endpoint wrong{at.admin().port(), {{"Authorization", "Bearer " + sent + "x"}}};
    said.note(wrong.get("/admin/v1/flags"));
    said.note(at.admin().get("/admin/v1/tenants/" + percent_encode(sent + "/")));
    said.note(at.admin().put(tenant, "{\"" + sent));
    said.note(at.admin().post("/admin/v1/tokens", R"({"name":")" + sent + R"(","role":"none"})"));
    said.note(at.admin().get("/admin/v1/audit?cursor=" + sent));
    raw(at.api().port(), "GET /v1/feed HTTP/1.1\r\nHost: a\r\nX-User-Hash: " + sent + "\nbad\r\n\r\n", 2s);
    raw(at.api().port(), sent + "\r\n\r\n", 2s);
  }
  said.note(at.admin().put(of_user + "/signals", R"({"affinities":{"sports":1}})"));
  said.note(at.admin().put(of_user + "/signals", R"({"affinities":1})"));
  said.note(at.admin().get(of_user));
  said.note(at.admin().del(of_user, {{"If-Match", "\"" + user + "\""}}));
  said.note(at.admin().del(of_user));
  said.note(at.admin().post(tenant + "/preview", R"({"user_hash":")" + user + R"("})"));
}

} // namespace

CAF_TEST(no secret is written anywhere whatever happens) {
  auto args = chaos_args({"--log-level", "trace", "--cursor-secret", cursor_secret, "--store", "rocksdb",
                          "--restart-intensity", "1000"});
  server tested{patiently(args)};
  const auto made_token =
      must(201, tested.admin().post("/admin/v1/tokens", R"({"name":"ada","role":"admin"})")).json();
  const auto made_key = must(201, tested.admin().post("/admin/v1/tenants/tenant_sports/keys")).json();
  const std::string token{made_token.at("token").as_string()};
  const std::string key{made_key.at("key").as_string()};
  everything_said said;
  use_secrets(tested, token, key, said);
  for (auto fault : {R"({"throw":true})", R"({"error_rate":1.0})", R"({"delay_ms":50})"})
    for (auto dependency : {"ranking", "signals"}) {
      hurt_dependency(tested, dependency, fault);
      use_secrets(tested, token, key, said);
      heal_dependency(tested, dependency);
    }
  for (auto actor : {"handlers/0", "rankers/0", "signals/0", "ingest/0", "tenants/tenant_sports", "access",
                     "audit", "flags"}) {
    const auto restarts = actor_of(tested, actor).restarts;
    kill_actor(tested, actor);
    CAF_CHECK(eventually(5s, [&] {
      const auto now = actor_of(tested, actor);
      return now.state == "running" && now.restarts > restarts;
    }));
    use_secrets(tested, token, key, said);
  }
  const endpoint by_token{tested.admin().port(), {{"Authorization", "Bearer " + token}}};
  for (auto path : {"/metrics", "/admin/v1/actors", "/admin/v1/breakers", "/admin/v1/audit?limit=1000",
                    "/admin/v1/tokens", "/admin/v1/tenants/tenant_sports/keys", "/openapi.json",
                    "/health/ready", "/admin/v1/tenants/tenant_sports",
                    "/admin/v1/tenants/tenant_sports/stats", "/admin/v1/tenants/tenant_sports/versions"})
    said.add(must(200, by_token.get(path)));
  tested.child().signal(SIGABRT); // what a crash says
  CAF_CHECK(tested.child().wait(10s).has_value());
  const auto log = tested.child().out();
  CAF_CHECK(log.find("actor restarted") != std::string::npos);
  said.add(log);
  said.add(tested.child().err());
  CAF_CHECK(said.size() > 100'000);
  const auto digits = [](const std::string& secret) { return secret.substr(4, 64); };
  for (const auto& secret : {admin_token, token, key, digits(token), digits(key), cursor_secret, user})
    CAF_CHECK_EQUAL(secret + (said.has(secret) ? " was written" : ""), secret);
}
