#define CAF_SUITE blackbox.admin_tenants
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/server.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

using namespace kinora::blackbox;

namespace {

const std::string tenants = "/admin/v1/tenants";

server& shared() {
  static server running{patiently()};
  return running;
}

const endpoint& admin() {
  return shared().admin();
}

} // namespace

CAF_TEST(a tenant without rules has the defaults) {
  const auto made = admin().put(tenants + "/plain", "{}");
  CAF_CHECK_EQUAL(made.status, 201);
  CAF_CHECK_EQUAL(made.header("Location"), tenants + "/plain");
  const auto shown = admin().get(tenants + "/plain");
  CAF_CHECK_EQUAL(shown.body, made.body);
  CAF_CHECK_EQUAL(shown.header("ETag"), made.header("ETag"));
  CAF_CHECK(shown.json() ==
            boost::json::parse(R"({"boost_weights":{"recency":1,"popularity":1,"user_affinity":1,
      "creator_affinity":0},"tag_multipliers":{},"recency_window_hours":48,"filters":{"exclude_tags":[],
      "max_maturity":null,"languages":[]},"pins":{},"boosts":{},"diversity":{"max_per_creator":null,"max_per_tag":null,"window":10},
      "learning":{"event_weights":{"impression":0,"view":1,"complete":1,"like":2,"share":3,"skip":-0.5,"dislike":-3,"follow":3},
      "watched_fraction":0.3,"popularity_half_life_hours":72,"popularity_weight":1,"popularity_k":50},
      "personalization_enabled":true,
      "rollout_percentage":100,"playback_url_template":""})"));
}

CAF_TEST(all rules come back as they were sent) {
  const auto rules =
      R"({"boost_weights":{"recency":1.5,"popularity":0.5,"user_affinity":2,"creator_affinity":0.25},
      "tag_multipliers":{"a":1.5,"ä b":0},"recency_window_hours":0.5,"filters":{"exclude_tags":["x","y"],
      "max_maturity":"PG-13","languages":["en","de-CH"]},"pins":{"v1":0,"v/2":7},"boosts":{"v3":0,"v4":3},
      "diversity":{"max_per_creator":2,"max_per_tag":null,"window":12},
      "learning":{"event_weights":{"impression":0.5,"view":-100,"complete":100,"like":1,"share":2,"skip":0,"dislike":-7,"follow":9},
      "watched_fraction":0.75,"popularity_half_life_hours":0.25,"popularity_weight":0,"popularity_k":1000000000},
      "personalization_enabled":false,"rollout_percentage":12.25,"playback_url_template":"https://a.example/{id}"})";
  CAF_CHECK_EQUAL(admin().put(tenants + "/full", rules).status, 201);
  CAF_CHECK(admin().get(tenants + "/full").json() == boost::json::parse(rules));
  // What was shown can be sent back.
  const auto shown = admin().get(tenants + "/full").body;
  CAF_CHECK_EQUAL(admin().put(tenants + "/full", shown).status, 200);
  CAF_CHECK_EQUAL(admin().get(tenants + "/full").body, shown);
}

CAF_TEST(a put replaces the rules as a whole and keeps the videos) {
  put_tenant(shared(), "replaced", R"({"boosts":{"a":2},"rollout_percentage":5})",
             "{\"id\":\"a\",\"title\":\"t\"}\n");
  CAF_CHECK_EQUAL(admin().put(tenants + "/replaced", R"({"recency_window_hours":24})").status, 200);
  const auto rules = admin().get(tenants + "/replaced").json();
  CAF_CHECK(rules.at("boosts").as_object().empty());
  CAF_CHECK_EQUAL(rules.at("rollout_percentage").to_number<double>(), 100.0);
  CAF_CHECK_EQUAL(rules.at("recency_window_hours").to_number<double>(), 24.0);
  CAF_CHECK_EQUAL(admin().get(tenants + "/replaced/videos/a").status, 200);
}

CAF_TEST(new rules hold for the next feed) {
  put_tenant(
      shared(), "ruled", "{}",
      "{\"id\":\"a\",\"title\":\"t\",\"tags\":[\"x\"]}\n{\"id\":\"b\",\"title\":\"t\",\"score\":49}\n");
  for (int i = 0; i < 30; ++i) {
    must(200, admin().put(tenants + "/ruled", i % 2 == 0 ? R"({"filters":{"exclude_tags":["x"]}})" : "{}"));
    CAF_CHECK_EQUAL(ids_of(feed(shared().api(), "ruled", "user_hash=u")).size(), i % 2 == 0 ? 1u : 2u);
  }
}

CAF_TEST(a change can be bound to what was read) {
  const auto path = tenants + "/bound";
  const auto first = admin().put(path, "{}").header("ETag");
  const auto second = admin().put(path, R"({"rollout_percentage":1})", {{"If-Match", first}});
  CAF_CHECK_EQUAL(second.status, 200);
  CAF_CHECK(second.header("ETag") != first);
  CAF_CHECK_EQUAL(problem_of(admin().put(path, "{}", {{"If-Match", first}})), "412");
  CAF_CHECK_EQUAL(problem_of(admin().del(path, {{"If-Match", first}})), "412");
  CAF_CHECK_EQUAL(problem_of(admin().put(tenants + "/unborn", "{}", {{"If-Match", first}})), "412");
  CAF_CHECK_EQUAL(admin().get(tenants + "/unborn").status, 404);
  CAF_CHECK_EQUAL(admin().get(path).header("ETag"), second.header("ETag"));
  CAF_CHECK_EQUAL(admin().del(path, {{"If-Match", second.header("ETag")}}).status, 204);
}

CAF_TEST(a deleted tenant is gone with all that was its own) {
  put_tenant(shared(), "gone", "{}", "{\"id\":\"a\",\"title\":\"t\"}\n");
  must(200, admin().put(tenants + "/gone/users/u/signals", R"({"watched_ids":["a"]})"));
  const auto answer = admin().del(tenants + "/gone");
  CAF_CHECK_EQUAL(answer.status, 204);
  CAF_CHECK(answer.body.empty());
  CAF_CHECK_EQUAL(problem_of(admin().get(tenants + "/gone")), "404");
  CAF_CHECK_EQUAL(problem_of(admin().del(tenants + "/gone")), "404");
  CAF_CHECK_EQUAL(feed(shared().api(), "gone", "user_hash=u").at("degraded_reason").as_string(),
                  "unknown_tenant");
  // The next tenant of the name starts from nothing.
  CAF_CHECK_EQUAL(admin().put(tenants + "/gone", "{}").status, 201);
  CAF_CHECK_EQUAL(problem_of(admin().get(tenants + "/gone/users/u/signals")), "404");
  const auto page = feed(shared().api(), "gone", "user_hash=u");
  CAF_CHECK(page.at("items").as_array().empty());
  CAF_CHECK(page.at("degraded_reason").is_null());
}

CAF_TEST(the list names every tenant in order) {
  const server other{};
  for (auto id : {"b", "a", "A", "c.d-e_f"})
    must(201, other.admin().put(tenants + "/" + id, "{}"));
  must(200, other.admin().put(tenants + "/a/videos", "{\"id\":\"1\",\"title\":\"t\"}\n"));
  const auto body = other.admin().get(tenants).json();
  std::vector<std::string> ids;
  for (auto& x : body.at("tenants").as_array())
    ids.emplace_back(x.at("id").as_string());
  CAF_CHECK_EQUAL(ids, (std::vector<std::string>{"A", "a", "b", "c.d-e_f"}));
  CAF_CHECK_EQUAL(body.at("tenants").at(1).at("videos").to_number<int>(), 1);
}

CAF_TEST(there are no more tenants than the setting allows) {
  const server small{{"--max-tenants", "2"}};
  must(201, small.admin().put(tenants + "/one", "{}"));
  must(201, small.admin().put(tenants + "/two", "{}"));
  CAF_CHECK(small.admin().put(tenants + "/three", "{}").status >= 400);
  CAF_CHECK_EQUAL(small.admin().put(tenants + "/two", "{}").status, 200);
  must(204, small.admin().del(tenants + "/one"));
  CAF_CHECK_EQUAL(small.admin().put(tenants + "/three", "{}").status, 201);
}
