#define CAF_SUITE blackbox.feed
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/server.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cmath>
#include <ctime>

using namespace kinora::blackbox;

namespace {

using ids = std::vector<std::string>;

server& demo() {
  static server running{patiently({"--demo"})};
  return running;
}

const endpoint& api() {
  return demo().api();
}

ids sorted(ids x) {
  std::sort(x.begin(), x.end());
  return x;
}

ids shown(const std::string& tenant, const std::string& query) {
  return ids_of(feed(api(), tenant, query));
}

reply ask(const std::string& tenant, const std::string& query, headers extra = {}) {
  extra.emplace_back("X-Tenant-ID", tenant);
  return api().get("/v1/feed?" + query, extra);
}

/// One line of an upload.
std::string video(const std::string& id, const std::string& more = {}) {
  return R"({"id":")" + id + R"(","title":"t")" + (more.empty() ? "" : "," + more) + "}\n";
}

void set_rules(const std::string& tenant, const std::string& rules) {
  must(200, demo().admin().put("/admin/v1/tenants/" + tenant, rules));
}

/// Global flags for the length of a scope.
class flags_set {
public:
  explicit flags_set(const std::string& patch) { must(200, demo().admin().patch("/admin/v1/flags", patch)); }
  ~flags_set() {
    demo().admin().patch(
        "/admin/v1/flags",
        R"({"kill_switch_active":false,"personalization_enabled":true,"rollout_percentage":100})");
  }
  flags_set(const flags_set&) = delete;
  flags_set& operator=(const flags_set&) = delete;
};

} // namespace

// -- the demo -----------------------------------------------------------------------------------------------

CAF_TEST(a sports fan of the demo gets the four videos in the order of the example) {
  const auto page = feed(api(), "tenant_sports", "user_hash=user_sporty");
  CAF_CHECK_EQUAL(ids_of(page), (ids{"v1", "v4", "v5", "v3"}));
  CAF_CHECK(std::abs(page.at("items").at(0).at("debug_score").to_number<double>() - 201.2) <= 0.5);
  CAF_CHECK_EQUAL(page.at("items").at(0).at("title").as_string(), "Amazing Goal Messi");
  CAF_CHECK(page.at("is_personalized").as_bool());
  CAF_CHECK(!page.at("degraded").as_bool());
  CAF_CHECK(page.at("degraded_reason").is_null());
  CAF_CHECK(!page.at("has_more").as_bool());
  CAF_CHECK(page.at("next_cursor").is_null());
  CAF_CHECK_EQUAL(page.at("feed_type").as_string(), "personalized");
}

CAF_TEST(a user nobody knows gets the most popular and recent ones first) {
  const auto page = feed(api(), "tenant_sports", "user_hash=user_new");
  CAF_CHECK_EQUAL(ids_of(page), (ids{"v1", "v4", "v2", "v5", "v3"}));
  CAF_CHECK(page.at("is_personalized").as_bool());
}

CAF_TEST(the other demo tenant shows its own videos to its own readers) {
  CAF_CHECK_EQUAL(shown("tenant_news", "user_hash=user_newsy"), (ids{"n3", "n2", "n4"}));
  CAF_CHECK_EQUAL(sorted(shown("tenant_news", "user_hash=user_new")), (ids{"n1", "n2", "n3", "n4"}));
}

CAF_TEST(an unknown tenant gets an empty degraded feed) {
  const auto answer = ask("nobody", "user_hash=u");
  CAF_REQUIRE_EQUAL(answer.status, 200);
  const auto body = answer.json();
  CAF_CHECK(body.at("items").as_array().empty());
  CAF_CHECK(!body.at("is_personalized").as_bool());
  CAF_CHECK(body.at("degraded").as_bool());
  CAF_CHECK_EQUAL(body.at("degraded_reason").as_string(), "unknown_tenant");
  CAF_CHECK(body.at("next_cursor").is_null());
  CAF_CHECK_EQUAL(answer.header("X-Degraded"), "true");
  CAF_CHECK_EQUAL(answer.header("X-Personalized"), "false");
}

CAF_TEST(the demo has a default tenant) {
  const auto answer = api().get("/v1/feed?user_hash=user_sporty");
  CAF_REQUIRE_EQUAL(answer.status, 200);
  CAF_CHECK_EQUAL(ids_of(answer.json().as_object()), (ids{"v1", "v4", "v5", "v3"}));
}

CAF_TEST(the user may come in a header) {
  const auto answer =
      api().get("/v1/feed", {{"X-Tenant-ID", "tenant_sports"}, {"X-User-Hash", "user_sporty"}});
  CAF_REQUIRE_EQUAL(answer.status, 200);
  CAF_CHECK_EQUAL(ids_of(answer.json().as_object()), (ids{"v1", "v4", "v5", "v3"}));
}

// -- what an answer holds -----------------------------------------------------------------------------------

CAF_TEST(every item carries the fields of the contract) {
  const auto answer = ask("tenant_sports", "user_hash=user_sporty");
  const auto body = answer.json();
  CAF_CHECK_EQUAL(body.as_object().size(), 8u);
  CAF_CHECK_EQUAL(std::string{body.at("request_id").as_string()}, answer.header("X-Request-ID"));
  ids tokens;
  for (auto& item : body.at("items").as_array()) {
    for (auto key : {"id", "title", "playback_url", "thumbnail_url", "creator_id", "tracking_token"})
      CAF_CHECK(!item.at(key).as_string().empty());
    CAF_CHECK(item.at("duration_seconds").to_number<double>() > 0);
    CAF_CHECK(item.as_object().if_contains("explain") == nullptr);
    tokens.emplace_back(item.at("tracking_token").as_string());
  }
  tokens = sorted(tokens);
  CAF_CHECK(std::adjacent_find(tokens.begin(), tokens.end()) == tokens.end());
}

CAF_TEST(the headers say what the body says) {
  const auto answer = ask("tenant_sports", "user_hash=user_sporty");
  CAF_CHECK_EQUAL(answer.header("Content-Type"), "application/json");
  CAF_CHECK_EQUAL(answer.header("X-Personalized"), "true");
  CAF_CHECK_EQUAL(answer.header("X-Feed-Type"), "personalized");
  CAF_CHECK_EQUAL(answer.header("X-Degraded"), "false");
  for (auto stage : {"signals;dur=", "ranking;dur=", "total;dur="})
    CAF_CHECK(answer.header("Server-Timing").find(stage) != std::string::npos);
}

CAF_TEST(explain shows numbers that add up to the final score) {
  put_tenant(demo(), "explained",
             R"({"boost_weights":{"recency":1.5,"popularity":0.7,"user_affinity":2,"creator_affinity":0.5},
                 "tag_multipliers":{"a":1.5,"b":0.5},"boosts":{"e2":2.5},"pins":{"e4":0}})",
             video("e1", R"("score":80,"tags":["a","b"],"creator_id":"c","published_at":)" +
                             std::to_string(std::time(nullptr) - 3600)) +
                 video("e2", R"("score":30,"tags":["b"],"published_at":"2020-01-01T00:00:00Z")") +
                 video("e3", R"("score":55.5,"tags":["x"],"creator_id":"c")") + video("e4", R"("score":0)"));
  must(200, demo().admin().put("/admin/v1/tenants/explained/users/u/signals",
                               R"({"affinities":{"a":0.3,"b":0.8},"creator_affinities":{"c":0.6}})"));
  const auto page = feed(api(), "explained", "user_hash=u&explain=true");
  CAF_CHECK_EQUAL(page.at("items").as_array().size(), 4u);
  std::vector<std::int64_t> ranks;
  for (auto& item : page.at("items").as_array()) {
    auto& why = item.at("explain");
    auto number = [&](const char* key) { return why.at(key).to_number<double>(); };
    const auto expected = number("base") * (1 + number("recency") + number("affinity")) *
                          number("tag_multiplier") * number("boost");
    CAF_CHECK(std::abs(number("final") - expected) <= 1e-9 * std::max(1.0, expected));
    CAF_CHECK(std::abs(item.at("debug_score").to_number<double>() - number("final")) <= 0.005 + 1e-9);
    CAF_CHECK_EQUAL(number("popularity"), 0.0);
    CAF_CHECK_EQUAL(why.as_object().size(), 11u);
    ranks.push_back(why.at("rank").as_int64());
    if (item.at("id").as_string() == "e1") {
      CAF_CHECK(std::abs(number("base") - 56.0) < 1e-9);
      CAF_CHECK(std::abs(number("affinity") - (2 * 0.8 + 0.5 * 0.6)) < 1e-9);
      CAF_CHECK(std::abs(number("recency") - 1.5 * 47.0 / 48.0) < 0.01);
      CAF_CHECK(std::abs(number("tag_multiplier") - 0.75) < 1e-9);
      CAF_CHECK_EQUAL(boost::json::serialize(why.at("matched_tags")), R"(["a","b"])");
    }
    if (item.at("id").as_string() == "e2") {
      CAF_CHECK_EQUAL(number("boost"), 2.5);
      CAF_CHECK_EQUAL(number("recency"), 0.0);
    }
    CAF_CHECK_EQUAL(why.at("pinned").as_bool(), item.at("id").as_string() == "e4");
  }
  CAF_CHECK_EQUAL(page.at("items").at(0).at("id").as_string(), "e4");
  CAF_CHECK_EQUAL(ranks.front(), 4); // its place before pins
  std::sort(ranks.begin(), ranks.end());
  CAF_CHECK_EQUAL(ranks, (std::vector<std::int64_t>{1, 2, 3, 4}));
}

CAF_TEST(the debug score is the final score with two decimals with explain and without) {
  const auto plain = feed(api(), "tenant_sports", "user_hash=user_sporty");
  const auto explained = feed(api(), "tenant_sports", "user_hash=user_sporty&explain=true");
  for (std::size_t i = 0; i < 4; ++i) {
    const auto score = plain.at("items").at(i).at("debug_score").to_number<double>();
    CAF_CHECK(std::abs(score * 100 - std::round(score * 100)) < 1e-6);
    // The two were asked at different times.
    CAF_CHECK(std::abs(score - explained.at("items").at(i).at("explain").at("final").to_number<double>()) <
              0.1);
  }
}

CAF_TEST(a video without a playback url gets the one of its tenant) {
  put_tenant(demo(), "urls", R"({"playback_url_template":"https://cdn.example/{id}/x.m3u8?again={id}"})",
             video("a b/c") + video("own", R"("playback_url":"https://else.example/own")"));
  const auto page = feed(api(), "urls", "user_hash=u");
  for (auto& item : page.at("items").as_array())
    CAF_CHECK_EQUAL(item.at("playback_url").as_string(),
                    item.at("id").as_string() == "own"
                        ? "https://else.example/own"
                        : "https://cdn.example/a%20b%2Fc/x.m3u8?again=a%20b%2Fc");
}

CAF_TEST(a page has as many items as asked for or else twenty) {
  std::string videos;
  for (int i = 0; i < 60; ++i)
    videos += video("w" + std::to_string(i));
  put_tenant(demo(), "wide", "{}", videos);
  CAF_CHECK_EQUAL(shown("wide", "user_hash=u").size(), 20u);
  CAF_CHECK_EQUAL(shown("wide", "user_hash=u&limit=1").size(), 1u);
  CAF_CHECK_EQUAL(shown("wide", "user_hash=u&limit=50").size(), 50u);
}

// -- filters ------------------------------------------------------------------------------------------------

CAF_TEST(what a user has watched is not shown again) {
  put_tenant(demo(), "watched", "{}", video("a") + video("b") + video("c"));
  must(200, demo().admin().put("/admin/v1/tenants/watched/users/u/signals",
                               R"({"watched_ids":["a","c","gone"]})"));
  CAF_CHECK_EQUAL(shown("watched", "user_hash=u"), (ids{"b"}));
  CAF_CHECK_EQUAL(shown("watched", "user_hash=other").size(), 3u);
}

CAF_TEST(ids that the client excludes are left out commas and all) {
  put_tenant(demo(), "exclude", "{}", video("a") + video("b") + video("x,y") + video("x") + video("y"));
  CAF_CHECK_EQUAL(sorted(shown("exclude", "user_hash=u&exclude=a,b")), (ids{"x", "x,y", "y"}));
  CAF_CHECK_EQUAL(sorted(shown("exclude", "user_hash=u&exclude=a,x%5C,y")), (ids{"b", "x", "y"}));
  CAF_CHECK_EQUAL(sorted(shown("exclude", "user_hash=u&exclude=x,y")), (ids{"a", "b", "x,y"}));
  CAF_CHECK_EQUAL(shown("exclude", "user_hash=u&exclude=").size(), 5u);
  CAF_CHECK_EQUAL(shown("exclude", "user_hash=u&exclude=nothing,like,this").size(), 5u);
}

CAF_TEST(the list of excluded ids ends at two hundred ids and two kibibytes as sent) {
  auto list = [](int count) {
    std::string out = "i0";
    for (int i = 1; i < count; ++i)
      out += ",i" + std::to_string(i);
    return "user_hash=u&exclude=" + out;
  };
  CAF_CHECK_EQUAL(ask("exclude", list(200)).status, 200);
  CAF_CHECK_EQUAL(problem_of(ask("exclude", list(201))), "400 exclude");
  std::string longest;
  for (int i = 0; i < 8; ++i)
    longest += std::string(255, static_cast<char>('a' + i)) + ',';
  CAF_CHECK_EQUAL(longest.size(), 2048u);
  CAF_CHECK_EQUAL(ask("exclude", "user_hash=u&exclude=" + longest).status, 200);
  CAF_CHECK_EQUAL(problem_of(ask("exclude", "user_hash=u&exclude=" + longest + "z")), "400 exclude");
  // Escapes count as they were sent.
  longest.replace(longest.size() - 4, 3, "%61");
  CAF_CHECK_EQUAL(ask("exclude", "user_hash=u&exclude=" + longest).status, 200);
  longest.replace(longest.size() - 4, 3, "%61%61");
  CAF_CHECK_EQUAL(problem_of(ask("exclude", "user_hash=u&exclude=" + longest)), "400 exclude");
}

CAF_TEST(the tenants filters hold in personalized and in trending feeds) {
  const auto now = std::time(nullptr);
  auto at = [now](std::int64_t offset) { return std::to_string(now + offset); };
  put_tenant(demo(), "filters", "{}",
             video("g", R"("maturity_rating":"G","tags":["x"],"language":"en")") +
                 video("pg", R"("maturity_rating":"pg","tags":["y"],"language":"en-US")") +
                 video("pg13", R"("maturity_rating":"PG-13","language":"de")") +
                 video("r", R"("maturity_rating":"R","tags":["x","y"])") +
                 video("nc17", R"("maturity_rating":"NC-17")") +
                 video("odd", R"("maturity_rating":"TV-MA","language":"fr")") + video("none") +
                 video("old", R"("maturity_rating":"G","expires_at":)" + at(-10)) +
                 video("soon", R"("maturity_rating":"G","published_at":)" + at(3600)));
  struct filter {
    const char* rules;
    ids left;
  };
  const std::vector<filter> cases{
      {"", {"g", "nc17", "none", "odd", "pg", "pg13", "r"}},
      {R"("exclude_tags":["x"])", {"nc17", "none", "odd", "pg", "pg13"}},
      {R"("exclude_tags":["x","y"])", {"nc17", "none", "odd", "pg13"}},
      {R"("max_maturity":"G")", {"g"}},
      {R"("max_maturity":"PG")", {"g", "pg"}},
      {R"("max_maturity":"PG-13")", {"g", "pg", "pg13"}},
      {R"("max_maturity":"R")", {"g", "pg", "pg13", "r"}},
      {R"("max_maturity":"NC-17")", {"g", "nc17", "pg", "pg13", "r"}},
      {R"("languages":["de","fr"])", {"odd", "pg13"}},
      {R"("languages":["en"])", {"g", "pg"}},
      {R"("languages":["en","de"],"max_maturity":"PG","exclude_tags":["y"])", {"g"}},
  };
  for (auto& x : cases)
    for (auto personalized : {"true", "false"}) {
      set_rules("filters", std::string{R"({"filters":{)"} + x.rules + R"(},"personalization_enabled":)" +
                               personalized + "}");
      CAF_MESSAGE("filters " << x.rules << ", personalized " << personalized);
      CAF_CHECK_EQUAL(sorted(shown("filters", "user_hash=u")), x.left);
    }
}

CAF_TEST(a video comes when it is due and goes when it expires) {
  const auto now = std::time(nullptr);
  put_tenant(demo(), "clock", "{}",
             video("comes", R"("published_at":)" + std::to_string(now + 1)) +
                 video("goes", R"("expires_at":)" + std::to_string(now + 1)) + video("stays"));
  for (auto personalized : {"true", "false"}) {
    set_rules("clock", std::string{R"({"personalization_enabled":)"} + personalized + "}");
    const auto shown_then = [] { return sorted(shown("clock", "user_hash=u")); };
    CAF_CHECK(eventually(std::chrono::seconds{4}, [&] { return shown_then() == ids{"comes", "stays"}; }));
  }
}

CAF_TEST(pins and boosts move videos) {
  put_tenant(demo(), "pins", R"({"pins":{"c":0,"gone":1,"a":2}})",
             video("a", R"("score":90)") + video("b", R"("score":80)") + video("c", R"("score":10)") +
                 video("d", R"("score":70)"));
  CAF_CHECK_EQUAL(shown("pins", "user_hash=u"), (ids{"c", "b", "a", "d"}));
  set_rules("pins", R"({"boosts":{"d":3,"a":0}})");
  CAF_CHECK_EQUAL(shown("pins", "user_hash=u"), (ids{"d", "b", "c", "a"}));
}

// -- caching ------------------------------------------------------------------------------------------------

CAF_TEST(head answers as get does without the body) {
  const auto got = ask("tenant_sports", "user_hash=user_sporty");
  const auto head = api().head("/v1/feed?user_hash=user_sporty", {{"X-Tenant-ID", "tenant_sports"}});
  CAF_CHECK_EQUAL(head.status, 200);
  CAF_CHECK(head.body.empty());
  for (auto name :
       {"ETag", "Content-Type", "Cache-Control", "Vary", "X-Personalized", "X-Feed-Type", "X-Degraded"})
    CAF_CHECK_EQUAL(head.header(name), got.header(name));
}

CAF_TEST(an unchanged feed is not sent again) {
  const auto first = ask("tenant_sports", "user_hash=user_sporty");
  const auto tag = first.header("ETag");
  CAF_CHECK(tag.starts_with("W/\"") && tag.ends_with('"'));
  for (auto& sent : {tag, tag.substr(2), R"("other", )" + tag, std::string{"*"}}) {
    const auto again = ask("tenant_sports", "user_hash=user_sporty", {{"If-None-Match", sent}});
    CAF_CHECK_EQUAL(again.status, 304);
    CAF_CHECK(again.body.empty());
    for (auto name : {"ETag", "Cache-Control", "Vary"})
      CAF_CHECK_EQUAL(again.header(name), first.header(name));
  }
  CAF_CHECK_EQUAL(ask("tenant_sports", "user_hash=user_sporty", {{"If-None-Match", R"(W/"0")"}}).status, 200);
}

CAF_TEST(the etag covers what the page shows and nothing else) {
  const auto tag = ask("pins", "user_hash=u").header("ETag");
  CAF_CHECK_EQUAL(ask("pins", "user_hash=u&explain=true").header("ETag"), tag);
  CAF_CHECK_EQUAL(ask("pins", "user_hash=another").header("ETag"), tag);
  CAF_CHECK(ask("pins", "user_hash=u&limit=2").header("ETag") != tag);
  CAF_CHECK(ask("pins", "user_hash=u&exclude=a").header("ETag") != tag);
  set_rules("pins", R"({"boosts":{"d":3,"a":0},"personalization_enabled":false})");
  CAF_CHECK(ask("pins", "user_hash=u").header("ETag") != tag);
}

CAF_TEST(only what does not depend on the user may be cached for all) {
  auto is_public = [](const std::string& tenant, const std::string& query) {
    const auto answer = ask(tenant, query);
    CAF_REQUIRE_EQUAL(answer.status, 200);
    const auto control = answer.header("Cache-Control");
    const auto vary = answer.header("Vary");
    const auto found = control == "public, max-age=30, stale-while-revalidate=15";
    if (!found)
      CAF_CHECK_EQUAL(control, "private, max-age=30");
    CAF_CHECK_EQUAL(vary,
                    found ? "X-Tenant-ID, Accept-Encoding" : "X-User-Hash, X-Tenant-ID, Accept-Encoding");
    return found;
  };
  put_tenant(demo(), "cached", "{}", video("a") + video("b"));
  CAF_CHECK(!is_public("cached", "user_hash=u"));
  CAF_CHECK(!is_public("tenant_sports", "user_hash=user_sporty"));
  CAF_CHECK(is_public("nobody", "user_hash=u")); // degraded, and nothing of the user in it
  for (auto patch : {R"({"kill_switch_active":true})", R"({"personalization_enabled":false})",
                     R"({"rollout_percentage":0})"}) {
    const flags_set changed{patch};
    CAF_CHECK(is_public("cached", "user_hash=u"));
    CAF_CHECK(is_public("tenant_sports", "user_hash=user_sporty"));
  }
  for (auto rules : {R"({"personalization_enabled":false})", R"({"rollout_percentage":0})"}) {
    set_rules("cached", rules);
    CAF_CHECK(is_public("cached", "user_hash=u"));
  }
  set_rules("cached", R"({"rollout_percentage":50})"); // in or out: another user may be on the other side
  for (int i = 0; i < 20; ++i)
    CAF_CHECK(!is_public("cached", "user_hash=u" + std::to_string(i)));
}

CAF_TEST(half of the users are personalized at half of the rollout) {
  set_rules("cached", R"({"rollout_percentage":50})");
  keep_alive_client client{demo().api().port(), {{"X-Tenant-ID", "cached"}}};
  int personalized = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto answer = client.send("GET", "/v1/feed?limit=1&user_hash=r" + std::to_string(i));
    personalized += answer.header("X-Personalized") == "true" ? 1 : 0;
    CAF_CHECK_EQUAL(answer.header("X-Degraded"), "false");
  }
  CAF_CHECK(personalized > 420 && personalized < 580); // five standard deviations
}
