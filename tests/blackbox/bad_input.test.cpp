#define CAF_SUITE blackbox.bad_input
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/server.hpp"

#include <boost/json/array.hpp>

#include <functional>

using namespace kinora::blackbox;

namespace {

const std::string tenant = "/admin/v1/tenants/tenant_sports";

server& demo() {
  static server running{patiently({"--demo"})};
  return running;
}

/// Checks that every call is answered as expected, and that what is kept is the same afterwards.
void check_all(const std::string& expected, const std::vector<std::function<reply()>>& calls) {
  const auto before = kept_by(demo());
  for (std::size_t i = 0; i < calls.size(); ++i) {
    CAF_MESSAGE("call " << i);
    CAF_CHECK_EQUAL(problem_of(calls[i]()), expected);
  }
  CAF_CHECK_EQUAL(kept_by(demo()), before);
}

void check_feeds(const std::string& expected, const std::vector<std::string>& queries) {
  std::vector<std::function<reply()>> calls;
  for (auto& query : queries)
    calls.emplace_back([query] {
      return demo().api().get("/v1/feed?" + query, {{"X-Tenant-ID", "tenant_sports"}});
    });
  check_all(expected, calls);
}

/// Bodies of `method path`, all answered as expected.
void check_bodies(const std::string& expected, const std::string& method, const std::string& path,
                  const std::vector<std::string>& bodies) {
  std::vector<std::function<reply()>> calls;
  for (auto& body : bodies)
    calls.emplace_back([=] { return demo().admin().send(method, path, body); });
  check_all(expected, calls);
}

/// The field of the only rejected line of an upload.
std::string rejected_field(const std::string& line) {
  const auto answer = demo().admin().put(tenant + "/videos", line + "\n");
  const auto body = must(200, answer).json();
  if (body.at("accepted").to_number<int>() != 0 || body.at("rejected").as_array().size() != 1)
    return "accepted: " + line;
  auto& rejected = body.at("rejected").at(0);
  return rejected.at("line").to_number<int>() == 1 && !rejected.at("detail").as_string().empty()
             ? std::string{rejected.at("field").as_string()}
             : "no line or detail";
}

std::string nested(int depth) {
  std::string out = R"({"metadata":)";
  for (int i = 0; i < depth; ++i)
    out += R"({"a":)";
  return out + "1" + std::string(static_cast<std::size_t>(depth) + 1, '}');
}

} // namespace

CAF_TEST(a feed needs a user) {
  check_feeds("400 user_hash",
              {"", "limit=5", "user_hash=", "user_hash=" + std::string(257, 'x'), "user_hash=%E2%82",
               "user_hash=%FF", "user_hash=%C0%80", "user_hash=a%00b", "user_hash=a%0Ab", "user_hash=%zz",
               "user_hash=a%2", "user_hash=a&user_hash=b"});
  CAF_CHECK_EQUAL(demo().api().get("/v1/feed?user_hash=" + std::string(256, 'x')).status, 200);
  CAF_CHECK_EQUAL(demo().api().get("/v1/feed?user_hash=%E2%82%AC%20uro").status, 200);
}

CAF_TEST(a user in the header is checked as well) {
  auto with = [](const std::string& user) { return demo().api().get("/v1/feed", {{"X-User-Hash", user}}); };
  check_all("400 user_hash", {[&] { return with(""); }, [&] { return with(std::string(257, 'x')); },
                              [&] { return with("\xFF"); },
                              [&] {
                                return demo().api().get("/v1/feed?user_hash=a", {{"X-User-Hash", "b"}});
                              }});
}

CAF_TEST(a limit is a whole number in its range) {
  std::vector<std::string> queries;
  for (auto limit : {"0", "-1", "51", "abc", "1e9", "", "1.5", "+5", "%205", "5x", "99999999999999999999999"})
    queries.push_back(std::string{"user_hash=u&limit="} + limit);
  check_feeds("400 limit", queries);
  check_feeds("400 limit", {"user_hash=u&limit=5&limit=5"});
}

CAF_TEST(a cursor is one that was given out) {
  check_feeds("400 cursor", {"user_hash=u&cursor=", "user_hash=u&cursor=abc", "user_hash=u&cursor=%FF",
                             "user_hash=u&cursor=" + std::string(6000, 'A'), "user_hash=u&cursor=%00"});
}

CAF_TEST(ids to exclude are printable) {
  check_feeds("400 exclude", {"user_hash=u&exclude=%FF", "user_hash=u&exclude=a,b%00c",
                              "user_hash=u&exclude=" + std::string(257, 'x')});
  check_feeds("400 explain", {"user_hash=u&explain=maybe"});
}

CAF_TEST(a tenant id has few characters) {
  std::vector<std::function<reply()>> feeds;
  std::vector<std::function<reply()>> puts;
  for (auto id : {"a b", "a/b", "ä", "a%41", "a,b", "*"}) {
    feeds.emplace_back([=] { return demo().api().get("/v1/feed?user_hash=u", {{"X-Tenant-ID", id}}); });
    puts.emplace_back([=] { return demo().admin().put("/admin/v1/tenants/" + percent_encode(id), "{}"); });
  }
  const std::string long_id(65, 'x');
  feeds.emplace_back([=] { return demo().api().get("/v1/feed?user_hash=u", {{"X-Tenant-ID", long_id}}); });
  puts.emplace_back([=] { return demo().admin().put("/admin/v1/tenants/" + long_id, "{}"); });
  for (auto id : {"%FF", "a%00", "%"})
    puts.emplace_back([=] { return demo().admin().put(std::string{"/admin/v1/tenants/"} + id, "{}"); });
  check_all("400 tenant", feeds);
  check_all("400 tenant", puts);
  check_all("400 X-Tenant-ID", {[] {
              return demo().api().get("/v1/feed?user_hash=u", {{"X-Tenant-ID", "a"}, {"X-Tenant-ID", "b"}});
            }});
}

CAF_TEST(without a default tenant one has to be named) {
  const server plain{};
  CAF_CHECK_EQUAL(problem_of(plain.api().get("/v1/feed?user_hash=u")), "400 X-Tenant-ID");
}

CAF_TEST(json that is none is refused) {
  const std::vector<std::string> bodies{"",
                                        "{",
                                        "[",
                                        "nope",
                                        R"({"a":1}x)",
                                        "{\"a\":\"\xFF\"}",
                                        R"({"a":1e999})",
                                        R"({"a":1,"a":2})",
                                        R"({'a':1})",
                                        nested(33),
                                        std::string(1'000, '[')};
  check_bodies("400 body", "PUT", tenant, bodies);
  check_bodies("400 body", "PATCH", "/admin/v1/flags", bodies);
  check_bodies("400 body", "POST", tenant + "/preview", bodies);
  check_bodies("400 body", "PUT", tenant + "/users/u/signals", bodies);
  for (auto path : {tenant, tenant + "/users/u/signals"})
    for (auto& answer :
         {demo().admin().put(path, "[]"), demo().admin().put(path, "7"), demo().admin().put(path, "null")})
      CAF_CHECK_EQUAL(answer.status, 400);
}

CAF_TEST(an unknown key or wrong type in the rules of a tenant is named) {
  check_bodies("400 boost_wieghts", "PUT", tenant, {R"({"boost_wieghts":{}})"});
  check_bodies("400 boost_weights.recencyy", "PUT", tenant, {R"({"boost_weights":{"recencyy":1}})"});
  check_bodies("400 filters.tags", "PUT", tenant, {R"({"filters":{"tags":[]}})"});
  check_bodies("400 boost_weights", "PUT", tenant, {R"({"boost_weights":[]})", R"({"boost_weights":1})"});
  check_bodies("400 boost_weights.recency", "PUT", tenant,
               {R"({"boost_weights":{"recency":"1"}})", R"({"boost_weights":{"recency":-1}})",
                R"({"boost_weights":{"recency":true}})"});
  check_bodies("400 recency_window_hours", "PUT", tenant, {R"({"recency_window_hours":0})"});
  check_bodies(
      "400 rollout_percentage", "PUT", tenant,
      {R"({"rollout_percentage":101})", R"({"rollout_percentage":-0.1})", R"({"rollout_percentage":"5"})"});
  check_bodies("400 personalization_enabled", "PUT", tenant, {R"({"personalization_enabled":1})"});
  check_bodies("400 filters.max_maturity", "PUT", tenant, {R"({"filters":{"max_maturity":"X"}})"});
  check_bodies("400 filters.exclude_tags[1]", "PUT", tenant, {R"({"filters":{"exclude_tags":["a",1]}})"});
  check_bodies("400 boosts[\"v 1\"]", "PUT", tenant,
               {R"({"boosts":{"v 1":3.1}})", R"({"boosts":{"v 1":"x"}})"});
  check_bodies("400 pins[\"v\"]", "PUT", tenant, {R"({"pins":{"v":-1}})", R"({"pins":{"v":0.5}})"});
}

CAF_TEST(flags take what they are made of) {
  const std::string path = "/admin/v1/flags";
  check_bodies("400 kill_switch", "PATCH", path,
               {R"({"kill_switch":true})", R"({"rollout_percentage":5,"kill_switch":1})"});
  check_bodies(
      "400 kill_switch_active", "PATCH", path,
      {R"({"kill_switch_active":"true"})", R"({"kill_switch_active":1})", R"({"kill_switch_active":null})"});
  check_bodies("400 rollout_percentage", "PATCH", path,
               {R"({"rollout_percentage":100.5})", R"({"kill_switch_active":true,"rollout_percentage":-1})"});
}

CAF_TEST(signals take what they are made of) {
  const auto path = tenant + "/users/user_sporty/signals";
  const auto before = demo().admin().get(path).body;
  for (auto body : {R"({"watched_ids":"v1"})", R"({"watched_ids":[1]})", R"({"affinities":{"a":1.1}})",
                    R"({"affinities":{"a":-0.1}})", R"({"affinities":{"a":"x"}})", R"({"affinity":{}})"})
    CAF_CHECK_EQUAL(demo().admin().put(path, body).status, 400);
  CAF_CHECK_EQUAL(demo().admin().get(path).body, before);
  for (auto user : {"%FF", "a%00b", "a%0A"})
    CAF_CHECK_EQUAL(problem_of(demo().admin().put(tenant + "/users/" + user + "/signals", "{}")),
                    "400 user_hash");
  CAF_CHECK_EQUAL(
      problem_of(demo().admin().put(tenant + "/users/" + std::string(257, 'u') + "/signals", "{}")),
      "400 user_hash");
}

CAF_TEST(a bad line of an upload is rejected and nothing else) {
  const auto before = kept_by(demo());
  CAF_CHECK_EQUAL(rejected_field(R"({"title":"t"})"), "id");
  CAF_CHECK_EQUAL(rejected_field(R"({"id":"","title":"t"})"), "id");
  CAF_CHECK_EQUAL(rejected_field(R"({"id":7,"title":"t"})"), "id");
  CAF_CHECK_EQUAL(rejected_field("{\"id\":\"a\\u0000\",\"title\":\"t\"}"), "id");
  CAF_CHECK_EQUAL(rejected_field(R"({"id":")" + std::string(257, 'x') + R"(","title":"t"})"), "id");
  CAF_CHECK_EQUAL(rejected_field(R"({"id":"x"})"), "title");
  CAF_CHECK_EQUAL(rejected_field(R"({"id":"x","title":""})"), "title");
  for (auto score : {"-0.1", "100.1", "\"5\"", "true", "[]"})
    CAF_CHECK_EQUAL(rejected_field(R"({"id":"x","title":"t","score":)" + std::string{score} + "}"), "score");
  CAF_CHECK_EQUAL(rejected_field(R"({"id":"x","title":"t","duration_seconds":-1})"), "duration_seconds");
  CAF_CHECK_EQUAL(rejected_field(R"({"id":"x","title":"t","published_at":"yesterday"})"), "published_at");
  CAF_CHECK_EQUAL(rejected_field(R"({"id":"x","title":"t","tags":"a"})"), "tags");
  for (auto line : {"{", "nope", "[]", "7", R"({"id":"x","title":"t"}})",
                    R"({"id":"x","title":"t","score":1e999})", "{\"id\":\"x\",\"title\":\"\xFF\"}"})
    CAF_CHECK_EQUAL(rejected_field(line), "");
  CAF_CHECK_EQUAL(rejected_field(R"({"id":"x","title":"t","metadata":)" + nested(40) + "}"), "");
  CAF_CHECK_EQUAL(kept_by(demo()), before);
}

CAF_TEST(other inputs of the admin api are checked) {
  check_all("400 replace", {[] { return demo().admin().put(tenant + "/videos?replace=maybe", "{}\n"); }});
  check_all("400 limit", {[] { return demo().admin().get(tenant + "/videos?limit=0"); },
                          [] { return demo().admin().get(tenant + "/videos?limit=1001"); },
                          [] { return demo().admin().get(tenant + "/videos?limit=abc"); }});
  check_all("400 cursor", {[] { return demo().admin().get(tenant + "/videos?cursor=%21"); }});
  check_all("400 id", {[] { return demo().admin().get(tenant + "/videos/%FF"); },
                       [] { return demo().admin().del(tenant + "/videos/v1%00"); }});
  check_bodies("400 user_hash", "POST", tenant + "/preview",
               {"{}", R"({"user_hash":"u","signals":{}})", R"({"user_hash":""})", R"({"user_hash":7})"});
  check_bodies("400 limit", "POST", tenant + "/preview",
               {R"({"user_hash":"u","limit":0})", R"({"user_hash":"u","limit":51})",
                R"({"user_hash":"u","limit":"5"})"});
  check_bodies("400 rules.boots", "POST", tenant + "/preview", {R"({"user_hash":"u","rules":{"boots":{}}})"});
  check_bodies("400 now", "POST", tenant + "/preview", {R"({"user_hash":"u","now":"today"})"});
}

CAF_TEST(what is not there is not found) {
  const auto other = std::string{"/admin/v1/tenants/nobody"};
  check_all("404", {[&] { return demo().admin().get(other); }, [&] { return demo().admin().del(other); },
                    [&] { return demo().admin().put(other + "/videos", "{}\n"); },
                    [&] { return demo().admin().get(other + "/videos"); },
                    [&] { return demo().admin().put(other + "/users/u/signals", "{}"); },
                    [&] { return demo().admin().post(other + "/preview", R"({"user_hash":"u"})"); },
                    [&] { return demo().admin().get(tenant + "/videos/gone"); },
                    [&] { return demo().admin().del(tenant + "/videos/gone"); },
                    [&] { return demo().admin().get(tenant + "/users/gone/signals"); },
                    [&] { return demo().admin().get("/nowhere"); }, [&] { return demo().api().get("/"); },
                    [&] { return demo().api().get("/v1/feed/"); },
                    [&] { return demo().api().get("/v1/../v1/feed"); }});
}
