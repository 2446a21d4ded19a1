#define CAF_SUITE http.feed_response
#include "tests/support/unit_test.hpp"

#include "domain/catalogue.hpp"
#include "http/feed_response.hpp"
#include "http/json_text.hpp"

#include <boost/json/array.hpp>

#include <deque>

using namespace kinora;
using namespace kinora::http;
using namespace std::chrono_literals;

namespace {

constexpr auto noon = wall_time{std::chrono::milliseconds{1'700'000'000'000}};

struct fixture {
  cursor_codec cursors{{make_cursor_key("a secret")}};
  tracking_codec tracking{{make_cursor_key("a secret")}};
  std::deque<video> videos; ///< Of the items.

  feed_request request(std::size_t limit = 2) {
    feed_request out;
    out.tenant = "t";
    out.user = "ada";
    out.page.limit = limit;
    out.request_id = "r-1";
    out.now = noon;
    return out;
  }

  slate_item item(std::string id, double final) {
    auto& x = videos.emplace_back();
    x.id = std::move(id);
    x.title = "a title";
    slate_item out;
    out.hash = std::hash<std::string>{}(x.id) >> 16;
    out.video = &x;
    out.score.base = final;
    out.score.final = final;
    out.rank = 1;
    return out;
  }

  feed_answer answer() {
    feed_answer out;
    out.page.items = {item("v1", 201.2811972), item("v/2 ü", 95.0)};
    out.page.has_more = true;
    out.type = feed_type::personalized;
    out.depends_on_user = true;
    return out;
  }

  response respond(const feed_answer& x, const feed_request& req, std::string_view if_none_match = {}) {
    return feed_response(x, req, if_none_match, {cursors, tracking, 1800s}, 1'500us);
  }

  boost::json::object body_of(const response& x) {
    auto out = parse_json(x.body, "body");
    CAF_REQUIRE(out.has_value());
    return out->as_object();
  }

  std::string etag_of(const feed_answer& x, const feed_request& req) {
    return std::string{*respond(x, req).header("ETag")};
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(feed_response_tests, fixture)

CAF_TEST(a personalized page carries its items and says so) {
  auto out = respond(answer(), request());
  CAF_CHECK_EQUAL(out.status, 200);
  CAF_CHECK_EQUAL(*out.header("X-Personalized"), "true");
  CAF_CHECK_EQUAL(*out.header("X-Feed-Type"), "personalized");
  CAF_CHECK_EQUAL(*out.header("X-Degraded"), "false");
  auto body = body_of(out);
  CAF_CHECK(body["is_personalized"].as_bool());
  CAF_CHECK(!body["degraded"].as_bool());
  CAF_CHECK(body["degraded_reason"].is_null());
  CAF_CHECK(body["request_id"].as_string() == "r-1");
  auto& first = body["items"].as_array().at(0).as_object();
  CAF_CHECK(first["id"].as_string() == "v1");
  CAF_CHECK(!first.contains("explain"));
}

CAF_TEST(the debug score has two decimals) {
  auto out = respond(answer(), request());
  CAF_CHECK(out.body.find("\"debug_score\":201.28,") != std::string::npos ||
            out.body.find("\"debug_score\":201.28}") != std::string::npos);
}

CAF_TEST(a degraded page names its reason) {
  auto x = answer();
  x.type = feed_type::trending;
  x.degraded = degraded_reason::ranking_timeout;
  auto out = respond(x, request());
  CAF_CHECK_EQUAL(*out.header("X-Degraded"), "true");
  CAF_CHECK_EQUAL(*out.header("X-Personalized"), "false");
  auto body = body_of(out);
  CAF_CHECK(body["degraded_reason"].as_string() == "ranking_timeout");
}

CAF_TEST(the next cursor goes on behind what was served before and now) {
  auto req = request();
  req.page.served = {7, 8};
  auto x = answer();
  auto body = body_of(respond(x, req));
  auto next = cursors.decode(std::string_view{body["next_cursor"].as_string()}, "t", "ada", noon + 1799s);
  CAF_REQUIRE(next.has_value());
  CAF_CHECK(next->served == (std::vector<std::uint64_t>{7, 8, x.page.items[0].hash, x.page.items[1].hash}));
  CAF_CHECK(next->binds_user);
  CAF_CHECK(!cursors.decode(std::string_view{body["next_cursor"].as_string()}, "t", "bob", noon));
}

CAF_TEST(the last page has no cursor) {
  auto x = answer();
  x.page.has_more = false;
  CAF_CHECK(body_of(respond(x, request()))["next_cursor"].is_null());
}

CAF_TEST(a page that does not depend on the user is public and so is its cursor) {
  auto x = answer();
  x.type = feed_type::trending;
  x.depends_on_user = false;
  auto out = respond(x, request());
  CAF_CHECK_EQUAL(*out.header("Cache-Control"), "public, max-age=30, stale-while-revalidate=15");
  CAF_CHECK_EQUAL(*out.header("Vary"), "X-Tenant-ID, Accept-Encoding");
  auto body = body_of(out);
  CAF_CHECK(
      cursors.decode(std::string_view{body["next_cursor"].as_string()}, "t", "anyone", noon).has_value());
}

CAF_TEST(a page that depends on the user is private) {
  auto out = respond(answer(), request());
  CAF_CHECK_EQUAL(*out.header("Cache-Control"), "private, max-age=30");
  CAF_CHECK_EQUAL(*out.header("Vary"), "X-User-Hash, X-Tenant-ID, Accept-Encoding");
}

CAF_TEST(the tag covers type and degraded and ids and order and has_more and the slot) {
  auto base = etag_of(answer(), request());
  CAF_CHECK(base.starts_with("W/\""));
  auto other = answer();
  other.type = feed_type::trending;
  CAF_CHECK(etag_of(other, request()) != base);
  other = answer();
  other.degraded = degraded_reason::overload;
  CAF_CHECK(etag_of(other, request()) != base);
  other = answer();
  std::swap(other.page.items[0], other.page.items[1]);
  CAF_CHECK(etag_of(other, request()) != base);
  other = answer();
  other.page.has_more = false;
  CAF_CHECK(etag_of(other, request()) != base);
  auto later = request();
  later.now += 900s;
  CAF_CHECK(etag_of(answer(), later) != base);
}

CAF_TEST(the tag covers nothing else) {
  auto base = etag_of(answer(), request());
  auto req = request();
  req.request_id = "r-2";
  req.page.explain = true;
  auto other = answer();
  other.page.items[0].score.final = 1.0;
  other.degraded = degraded_reason::none;
  CAF_CHECK_EQUAL(etag_of(other, req), base);
  auto a = answer(), b = answer();
  a.degraded = degraded_reason::overload;
  b.degraded = degraded_reason::ranking_failed;
  CAF_CHECK_EQUAL(etag_of(a, req), etag_of(b, req));
}

CAF_TEST(ids that run together are told apart) {
  auto a = answer(), b = answer();
  a.page.items = {item("ab", 1), item("c", 1)};
  b.page.items = {item("a", 1), item("bc", 1)};
  CAF_CHECK(etag_of(a, request()) != etag_of(b, request()));
}

CAF_TEST(a known tag is answered without a body) {
  auto tag = etag_of(answer(), request());
  for (auto& list : {tag, "\"other\", " + tag, std::string{"*"}, tag.substr(2)}) {
    auto out = respond(answer(), request(), list);
    CAF_CHECK_EQUAL(out.status, 304);
    CAF_CHECK(out.body.empty());
    CAF_CHECK_EQUAL(*out.header("ETag"), tag);
    CAF_CHECK(out.header("Cache-Control").has_value());
    CAF_CHECK(out.header("Vary").has_value());
  }
  CAF_CHECK_EQUAL(respond(answer(), request(), "\"other\"").status, 200);
}

CAF_TEST(an explained item adds up) {
  auto req = request();
  req.page.explain = true;
  auto x = answer();
  x.page.items[0].score = {47.5, 0.25, 1.5, 1.8, 2.0, 0.5, 47.5 * 4.3};
  x.page.items[0].matched_tags = {"sports"};
  auto body = body_of(respond(x, req));
  auto& why = body["items"].as_array().at(0).as_object()["explain"].as_object();
  auto number = [&](const char* key) { return why[key].to_number<double>(); };
  CAF_CHECK(std::abs(number("base") * (1 + number("recency") + number("affinity")) *
                         number("tag_multiplier") * number("boost") -
                     number("final")) < 1e-9);
  CAF_CHECK_EQUAL(number("popularity"), 0.25);
  CAF_CHECK(why["matched_tags"].as_array().at(0).as_string() == "sports");
  for (auto key : {"rank", "pinned"})
    CAF_CHECK(why.contains(key));
}

CAF_TEST(an explained item says what diversity did to it) {
  auto req = request();
  req.page.explain = true;
  auto written = [&](std::optional<diversity_note> note) {
    auto x = answer();
    x.page.items[0].diversity = std::move(note);
    return to_text(body_of(respond(x, req))["items"].as_array().at(0).as_object()["explain"].at("diversity"));
  };
  CAF_CHECK_EQUAL(written(std::nullopt), "null");
  CAF_CHECK_EQUAL(written(diversity_note{diversity_move::up, diversity_rule::max_per_creator, "ada", false}),
                  R"({"moved":"up","rule":"max_per_creator","value":"ada","exceeded":false})");
  CAF_CHECK_EQUAL(written(diversity_note{diversity_move::down, diversity_rule::max_per_tag, "news", false}),
                  R"({"moved":"down","rule":"max_per_tag","value":"news","exceeded":false})");
  CAF_CHECK_EQUAL(written(diversity_note{diversity_move::none, diversity_rule::max_per_tag, "news", true}),
                  R"({"moved":null,"rule":"max_per_tag","value":"news","exceeded":true})");
}

CAF_TEST(an item whose text was written ahead looks like every other) {
  videos.clear();
  auto x = answer();
  auto rules = std::make_shared<tenant_rules>();
  rules->playback_url_template = "https://cdn/{id}.m3u8";
  x.rules = rules;
  videos[0].title = "\"quoted\" \\ and\nbroken ü";
  videos[0].playback_url = "https://own/1";
  videos[0].thumbnail_url = "https://own/1.jpg";
  videos[0].creator_id = "ada";
  videos[0].duration_seconds = 12.5;
  auto shown = request();
  for (auto explain : {false, true}) {
    shown.page.explain = explain;
    const auto as_it_is = respond(x, shown);
    auto ahead = x;
    std::vector<std::string> texts;
    for (auto& each : videos)
      texts.push_back(write_item(each, *rules));
    for (auto chosen : {0u, 1u, 2u}) { // the first, the second, both
      for (std::size_t i = 0; i < 2; ++i)
        ahead.page.items[i].text = chosen == i || chosen == 2 ? std::string_view{texts[i]} : "";
      CAF_CHECK_EQUAL(respond(ahead, shown).body, as_it_is.body);
    }
  }
}

CAF_TEST(an item that would be too long to be kept is not written ahead) {
  tenant_rules rules;
  video x;
  x.id = "v1";
  x.title = std::string(catalogue::item_text_bytes_max - 300, 'x');
  CAF_CHECK(!write_item(x, rules).empty());
  x.title.append(300, 'x');
  CAF_CHECK(write_item(x, rules).empty());
  x.title = "a title";
  for (auto i = 0; i < 400; ++i)
    rules.playback_url_template += "{id}";
  CAF_CHECK(!write_item(x, rules).empty()); // 800 bytes of URL
  x.id = "v12345";
  CAF_CHECK(write_item(x, rules).empty());
  x.playback_url = "https://own/1";
  CAF_CHECK(!write_item(x, rules).empty());
  x.playback_url.append(catalogue::item_text_bytes_max, '1');
  CAF_CHECK(write_item(x, rules).empty());
}

CAF_TEST(a template makes the playback URL of videos that have none) {
  auto x = answer();
  auto rules = std::make_shared<tenant_rules>();
  rules->playback_url_template = "https://cdn/{id}/{id}.m3u8";
  x.rules = rules;
  videos[0].playback_url = "https://own/1";
  auto body = body_of(respond(x, request()));
  auto& items = body["items"].as_array();
  CAF_CHECK(items.at(0).as_object()["playback_url"].as_string() == "https://own/1");
  CAF_CHECK(items.at(1).as_object()["playback_url"].as_string() ==
            "https://cdn/v%2F2%20%C3%BC/v%2F2%20%C3%BC.m3u8");
}

CAF_TEST(stages that were entered are timed) {
  auto x = answer();
  x.stages.signals = 250us;
  auto with_signals = respond(x, request());
  CAF_CHECK_EQUAL(*with_signals.header("Server-Timing"), "signals;dur=0.250, total;dur=1.500");
  x.stages.signals = std::nullopt;
  auto without = respond(x, request());
  CAF_CHECK_EQUAL(*without.header("Server-Timing"), "total;dur=1.500");
}

CAF_TEST(a reduced ranking is marked where its time stands) {
  auto x = answer();
  x.stages.signals = 250us;
  x.stages.ranking = 50us;
  const auto whole = respond(x, request());
  CAF_CHECK_EQUAL(*whole.header("Server-Timing"), "signals;dur=0.250, ranking;dur=0.050, total;dur=1.500");
  x.page.is_reduced = true;
  const auto reduced = respond(x, request());
  CAF_CHECK_EQUAL(*reduced.header("Server-Timing"),
                  "signals;dur=0.250, ranking;dur=0.050;desc=\"reduced\", total;dur=1.500");
  CAF_CHECK_EQUAL(*reduced.header("X-Feed-Type"), "personalized");
  CAF_CHECK_EQUAL(*reduced.header("X-Degraded"), "false");
}

CAF_TEST(the ETag of a reduced page is that of a whole one with the same ids) {
  auto x = answer();
  const auto whole = etag_of(x, request());
  x.page.is_reduced = true;
  CAF_CHECK_EQUAL(etag_of(x, request()), whole);
  const auto unchanged = respond(x, request(), whole);
  CAF_CHECK_EQUAL(unchanged.status, 304);
}

CAF_TEST(tracking tokens differ by position and request) {
  auto a = body_of(respond(answer(), request()))["items"].as_array();
  auto req = request();
  req.request_id = "r-2";
  auto b = body_of(respond(answer(), req))["items"].as_array();
  auto token = [](boost::json::value& x) { return x.as_object()["tracking_token"].as_string(); };
  CAF_CHECK(token(a.at(0)) != token(a.at(1)));
  CAF_CHECK(token(a.at(0)) != token(b.at(0)));
}

CAF_TEST(a tracking token names the page and the place in the session) {
  auto req = request();
  req.page.served = {7, 8, 9};
  auto x = answer();
  x.rollout_share = 10'000;
  auto items = body_of(respond(x, req))["items"].as_array();
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string token{items[i].as_object()["tracking_token"].as_string()};
    auto found = tracking.read(token, "t", "ada", noon);
    CAF_REQUIRE(found.has_value());
    CAF_CHECK(found->type == feed_type::personalized);
    CAF_CHECK(found->side == rollout_side::in);
    CAF_CHECK_EQUAL(found->request, request_hash("r-1"));
    CAF_CHECK_EQUAL(found->rank, 3 + i);
    CAF_CHECK(!tracking.read(token, "t", "bob", noon));
  }
}

CAF_TEST(the tokens of a page that others may get from a cache bind no user) {
  auto x = answer();
  x.type = feed_type::trending;
  x.depends_on_user = false;
  auto items = body_of(respond(x, request()))["items"].as_array();
  const std::string token{items[0].as_object()["tracking_token"].as_string()};
  auto found = tracking.read(token, "t", "bob", noon);
  CAF_REQUIRE(found.has_value());
  CAF_CHECK(found->type == feed_type::trending);
  CAF_CHECK(found->side == rollout_side::none);
}

CAF_TEST(where nobody is served tokens are empty) {
  json_writer out;
  write_items(out, answer().page, nullptr, nullptr, false);
  auto items = parse_json(out.take(), "body").value();
  CAF_CHECK(items.at(1).at("tracking_token").as_string().empty());
}

CAF_TEST_FIXTURE_SCOPE_END()
