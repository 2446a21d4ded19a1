#define CAF_SUITE blackbox.paging
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/server.hpp"

#include <algorithm>
#include <set>
#include <thread>

using namespace kinora::blackbox;
using namespace std::chrono_literals;

namespace {

using ids = std::vector<std::string>;

server& shared() {
  static server running{patiently()};
  return running;
}

std::string video(const std::string& id, int score) {
  return R"({"id":")" + id + R"(","title":"t","score":)" + std::to_string(score) + "}\n";
}

/// A tenant whose videos are v0, v1, ... best first.
void put_videos(const std::string& tenant, int count, const std::string& rules = "{}") {
  std::string lines;
  for (int i = 0; i < count; ++i)
    lines += R"({"id":"v)" + std::to_string(i) + R"(","title":"t","score":)" +
             std::to_string(100.0 - i / 10.0) + "}\n";
  put_tenant(shared(), tenant, rules, lines);
}

std::string cursor_of(const boost::json::object& page) {
  return std::string{page.at("next_cursor").as_string()};
}

reply with_cursor(const std::string& cursor, const std::string& tenant = "flipped",
                  const std::string& user = "u") {
  return shared().api().get("/v1/feed?limit=2&user_hash=" + user + "&cursor=" + cursor,
                            {{"X-Tenant-ID", tenant}});
}

bool all_different(ids x) {
  std::sort(x.begin(), x.end());
  return std::adjacent_find(x.begin(), x.end()) == x.end();
}

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

} // namespace

CAF_TEST(a session shows every video once best first whatever the size of its pages) {
  for (auto rules : {"{}", R"({"personalization_enabled":false})"}) {
    put_videos("whole", 120, rules);
    for (auto limit : {"1", "7", "50"}) {
      const auto all = session_of(shared().api(), "whole", "u", limit);
      CAF_CHECK_EQUAL(all.size(), 120u);
      CAF_CHECK(all_different(all));
      CAF_CHECK_EQUAL(all.front(), "v0");
      CAF_CHECK_EQUAL(all.back(), "v119");
    }
  }
}

CAF_TEST(a session ends after five hundred items) {
  for (auto rules : {"{}", R"({"personalization_enabled":false})"}) {
    put_videos("long", 620, rules);
    const auto all = session_of(shared().api(), "long", "u", "49");
    CAF_CHECK_EQUAL(all.size(), 500u);
    CAF_CHECK(all_different(all));
  }
}

CAF_TEST(limit exclude and explain may change between the pages) {
  put_videos("changing", 10);
  const auto first = feed(shared().api(), "changing", "user_hash=u&limit=2");
  const auto second = feed(shared().api(), "changing",
                           "user_hash=u&limit=3&explain=true&exclude=v3&cursor=" + cursor_of(first));
  CAF_CHECK_EQUAL(ids_of(second), (ids{"v2", "v4", "v5"}));
  CAF_CHECK_EQUAL(second.at("items").at(1).at("explain").at("rank").as_int64(), 4); // of the whole feed
  const auto third = feed(shared().api(), "changing", "user_hash=u&limit=50&cursor=" + cursor_of(second));
  CAF_CHECK_EQUAL(ids_of(third), (ids{"v3", "v6", "v7", "v8", "v9"}));
}

CAF_TEST(no video is repeated or lost while the catalogue and the user change between the pages) {
  put_videos("moving", 30);
  auto& admin = shared().admin();
  const std::string tenant = "/admin/v1/tenants/moving";
  const auto first = feed(shared().api(), "moving", "user_hash=u&limit=10");
  must(200, admin.put(tenant + "/videos", video("new", 100) + video("v3", 100) + video("v29", 100)));
  must(204, admin.del(tenant + "/videos/v15"));
  must(200, admin.put(tenant + "/users/u/signals", R"({"watched_ids":["v16"]})"));
  auto all = ids_of(first);
  auto cursor = cursor_of(first);
  for (bool more = true; more;) {
    const auto page = feed(shared().api(), "moving", "user_hash=u&limit=10&cursor=" + cursor);
    for (auto& id : ids_of(page))
      all.push_back(id);
    more = page.at("has_more").as_bool();
    if (more)
      cursor = cursor_of(page);
  }
  CAF_CHECK(all_different(all));
  std::set<std::string> expected{"new"};
  for (int i = 0; i < 30; ++i)
    if (i != 15 && i != 16)
      expected.insert("v" + std::to_string(i));
  CAF_CHECK_EQUAL((std::set<std::string>{all.begin(), all.end()}), expected);
  CAF_CHECK_EQUAL((ids{all.begin() + 10, all.begin() + 12}), (ids{"new", "v29"}));
}

CAF_TEST(a personalized session goes on in the trending feed without repeating anything) {
  put_videos("switched", 12);
  auto all = ids_of(feed(shared().api(), "switched", "user_hash=u&limit=5"));
  const auto cursor = cursor_of(feed(shared().api(), "switched", "user_hash=u&limit=5"));
  must(200, shared().admin().patch("/admin/v1/flags", R"({"kill_switch_active":true})"));
  const auto rest =
      shared().api().get("/v1/feed?user_hash=u&limit=50&cursor=" + cursor, {{"X-Tenant-ID", "switched"}});
  must(200, shared().admin().patch("/admin/v1/flags", R"({"kill_switch_active":false})"));
  CAF_REQUIRE_EQUAL(rest.status, 200);
  CAF_CHECK_EQUAL(rest.header("X-Personalized"), "false");
  CAF_CHECK(rest.header("Cache-Control").starts_with("private")); // the cursor is this user's
  for (auto& id : ids_of(rest.json().as_object()))
    all.push_back(id);
  CAF_CHECK_EQUAL(all.size(), 12u);
  CAF_CHECK(all_different(all));
}

CAF_TEST(the cursor of a body for everybody can be used by everybody but only for its tenant) {
  put_videos("public1", 10, R"({"personalization_enabled":false})");
  put_videos("public2", 10, R"({"personalization_enabled":false})");
  const auto cursor = cursor_of(feed(shared().api(), "public1", "user_hash=u&limit=2"));
  const auto other = with_cursor(cursor, "public1", "somebody_else");
  CAF_CHECK_EQUAL(other.status, 200);
  CAF_CHECK_EQUAL(ids_of(other.json().as_object()), (ids{"v2", "v3"}));
  CAF_CHECK(other.header("Cache-Control").starts_with("public"));
  CAF_CHECK_EQUAL(problem_of(with_cursor(cursor, "public2")), "400 cursor");
}

CAF_TEST(the cursor of another user or tenant is refused) {
  put_videos("flipped", 10);
  put_videos("other", 10);
  const auto cursor = cursor_of(feed(shared().api(), "flipped", "user_hash=u&limit=2"));
  CAF_CHECK_EQUAL(with_cursor(cursor).status, 200);
  CAF_CHECK_EQUAL(problem_of(with_cursor(cursor, "other")), "400 cursor");
  CAF_CHECK_EQUAL(problem_of(with_cursor(cursor, "flipped", "v")), "400 cursor");
  CAF_CHECK_EQUAL(problem_of(with_cursor(cursor, "flipped", "uu")), "400 cursor");
}

CAF_TEST(a cursor with any character changed missing or added is refused) {
  put_videos("flipped", 10);
  const auto cursor = cursor_of(feed(shared().api(), "flipped", "user_hash=u&limit=1"));
  keep_alive_client client{shared().api().port(), {{"X-Tenant-ID", "flipped"}}};
  auto check = [&](const std::string& changed) {
    const auto answer = client.send("GET", "/v1/feed?user_hash=u&cursor=" + changed);
    if (auto found = problem_of(answer); found != "400 cursor")
      CAF_ERROR(changed << " instead of " << cursor << ": " << found);
  };
  for (std::size_t i = 0; i < cursor.size(); ++i) {
    const auto place = alphabet.find(cursor[i]);
    CAF_REQUIRE(place != std::string_view::npos);
    const auto is_last = i + 1 == cursor.size(); // all others there: its spare bits mean nothing
    for (std::size_t bits = 1; bits < 64; bits = is_last ? bits + 1 : bits * 2) {
      auto changed = cursor;
      changed[i] = alphabet[place ^ bits];
      check(changed);
    }
    auto foreign = cursor;
    foreign[i] = '.';
    check(foreign);
    check(cursor.substr(0, i));
    check(cursor.substr(i + 1));
  }
  check(cursor + "A");
  check(cursor + "=");
  check(cursor + cursor);
  check(std::string(5'000, 'A'));
  CAF_CHECK_EQUAL(client.send("GET", "/v1/feed?user_hash=u&cursor=" + cursor).status, 200);
}

CAF_TEST(a cursor is good on another node with the same secret and nowhere else) {
  auto first_page = [](const server& at) {
    put_tenant(at, "t", "{}", video("a", 90) + video("b", 80) + video("c", 70));
    return feed(at.api(), "t", "user_hash=u&limit=1");
  };
  const server one{patiently({"--cursor-secret", "the same everywhere"})};
  const server two{patiently(), {{"CURSOR_SECRET", "the same everywhere"}}};
  const auto cursor = cursor_of(first_page(one));
  first_page(two);
  CAF_CHECK_EQUAL(ids_of(feed(two.api(), "t", "user_hash=u&cursor=" + cursor)), (ids{"b", "c"}));
  put_videos("t", 3);
  CAF_CHECK_EQUAL(problem_of(with_cursor(cursor, "t")), "400 cursor");
}

CAF_TEST(a cursor expires) {
  const server brief{{"--cursor-ttl-sec", "1"}};
  put_tenant(brief, "t", "{}", video("a", 90) + video("b", 80));
  const auto query = "user_hash=u&limit=1&cursor=" + cursor_of(feed(brief.api(), "t", "user_hash=u&limit=1"));
  std::this_thread::sleep_for(1100ms);
  CAF_CHECK_EQUAL(problem_of(brief.api().get("/v1/feed?" + query, {{"X-Tenant-ID", "t"}})), "400 cursor");
}
