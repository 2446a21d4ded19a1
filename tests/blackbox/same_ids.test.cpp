#define CAF_SUITE blackbox.same_ids
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/chaos.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <cmath>
#include <ctime>

// Two tenants call their users, videos, creators, tags and events alike. What happens in one shows on no
// route of the other.

using namespace kinora::blackbox;
using namespace std::chrono_literals;

namespace json = boost::json;

namespace {

constexpr auto rules = R"({"boost_weights":{"recency":0,"creator_affinity":1}})";

/// The same ids, with titles that tell whose they are.
std::string videos_of(const std::string& tenant) {
  std::string out;
  for (auto [id, tag, score] : {std::tuple{"a", "x", "60"}, {"b", "y", "55"}, {"c", "z", "50"}})
    out += std::string{R"({"id":")"} + id + R"(","title":"of )" + tenant + R"(","tags":[")" + tag +
           R"("],"creator_id":"c1","score":)" + score + ",\"duration_seconds\":100}\n";
  return out;
}

std::string event(const std::string& id, const std::string& type, const std::string& video) {
  return json::serialize(json::object{{"event_id", id},
                                      {"type", type},
                                      {"user_hash", "u"},
                                      {"video_id", video},
                                      {"occurred_at", std::time(nullptr)},
                                      {"watch_ms", 100'000}});
}

std::string send(const server& to, const std::string& tenant, const std::string& events) {
  const auto answer =
      must(202, to.api().post("/v1/events", "[" + events + "]",
                              {{"X-Tenant-ID", tenant}, {"Content-Type", "application/json"}}))
          .json();
  return json::serialize(answer.at("accepted")) + ' ' + json::serialize(answer.at("duplicates"));
}

std::string user_path(const std::string& tenant) {
  return "/admin/v1/tenants/" + tenant + "/users/u";
}

/// To three places: sums decay between two looks.
json::value rounded(json::value x) {
  if (x.is_double())
    return std::round(x.as_double() * 1e3) / 1e3;
  if (auto* list = x.if_array())
    for (auto& item : *list)
      item = rounded(item);
  if (auto* object = x.if_object())
    for (auto& member : *object)
      member.value() = rounded(member.value());
  return x;
}

/// What a feed says of its items, without tokens.
std::string items_of(const server& from, const std::string& tenant, const std::string& user) {
  std::string out;
  for (auto& x : feed(from.api(), tenant, "explain=true&user_hash=" + user).at("items").as_array()) {
    auto item = x.as_object();
    item.erase("tracking_token");
    out += json::serialize(rounded(item)) + '\n';
  }
  return out;
}

/// How many videos are more popular than at first.
std::size_t popular_in(const server& from, const std::string& tenant) {
  std::size_t out = 0;
  for (auto& x : feed(from.api(), tenant, "explain=true&user_hash=nobody").at("items").as_array())
    out += x.at("explain").at("popularity").to_number<double>() > 0.0;
  return out;
}

/// Every readable thing about a tenant and its user, as text.
std::string all_of(const server& from, const std::string& tenant) {
  auto out = items_of(from, tenant, "u") + items_of(from, tenant, "nobody");
  for (auto& path : {"/admin/v1/tenants/" + tenant, "/admin/v1/tenants/" + tenant + "/videos",
                     user_path(tenant), user_path(tenant) + "/signals"}) {
    const auto answer = from.admin().get(path);
    out += std::to_string(answer.status) + ' ' +
           (answer.status == 200 ? json::serialize(rounded(answer.json())) : "") + '\n';
  }
  return out;
}

} // namespace

CAF_TEST(what happens to the ids of one tenant happens to nobody else who has the same ids) {
  for (auto engine : {"memory", "rocksdb"}) {
    server tested{patiently({"--store", engine})};
    for (auto tenant : {"one", "two"})
      put_tenant(tested, tenant, rules, videos_of(tenant));
    // Ids that would run into each other if nothing marked where a tenant's name ends.
    for (auto tenant : {"tw", "two_"})
      put_tenant(tested, tenant, rules, videos_of(tenant));
    const auto events =
        event("e1", "like", "b") + ',' + event("e2", "complete", "a") + ',' + event("e3", "dislike", "c");
    CAF_CHECK_EQUAL(send(tested, "two", events), "3 0");
    CAF_CHECK(eventually(10s, [&] { return popular_in(tested, "two") == 2; }));
    const auto before = all_of(tested, "two");
    CAF_CHECK(before.find("of one") == std::string::npos);
    auto unchanged = [&](const char* after) {
      std::this_thread::sleep_for(100ms); // for what would come late
      CAF_CHECK_EQUAL(after + all_of(tested, "two"), after + before);
    };

    CAF_CHECK_EQUAL(send(tested, "one", events), "3 0"); // no duplicates: another tenant's ids
    CAF_CHECK_EQUAL(send(tested, "one", event("e4", "share", "b") + ',' + event("e5", "skip", "a")), "2 0");
    unchanged("events");
    must(200, tested.admin().put(user_path("one") + "/signals",
                                 R"({"watched_ids":["b"],"affinities":{"z":0.9}})"));
    unchanged("signals");
    must(200,
         tested.admin().put("/admin/v1/tenants/one", R"({"boost_weights":{"recency":0},"pins":{"c":0}})"));
    unchanged("rules");
    must(200, tested.admin().post("/admin/v1/tenants/one/videos", R"({"id":"a","title":"changed","score":1})",
                                  {{"Content-Type", "application/x-ndjson"}}));
    must(204, tested.admin().del("/admin/v1/tenants/one/videos/b"));
    unchanged("videos");
    must(204, tested.admin().del(user_path("one")));
    unchanged("an erased user");
    must(204, tested.admin().del("/admin/v1/tenants/one"));
    must(204, tested.admin().del("/admin/v1/tenants/tw"));
    must(204, tested.admin().del("/admin/v1/tenants/two_"));
    unchanged("removed tenants");
    put_tenant(tested, "one", rules, videos_of("one"));
    CAF_CHECK_EQUAL(problem_of(tested.admin().get(user_path("one"))), "404");
    CAF_CHECK_EQUAL(send(tested, "one", events), "3 0"); // a new tenant of an old name
    unchanged("a tenant made again");
    CAF_CHECK_EQUAL(send(tested, "two", events), "0 3");
  }
}
