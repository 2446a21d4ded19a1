#define CAF_SUITE blackbox.same_ids
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/chaos.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
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

/// Whether both are the same but for what sums decay between two looks.
bool is_same(const json::value& lhs, const json::value& rhs) {
  if (lhs.is_number() && rhs.is_number()) {
    const auto x = lhs.to_number<double>();
    return std::abs(x - rhs.to_number<double>()) <= 1e-3 * std::max(1.0, std::abs(x));
  }
  if (lhs.kind() != rhs.kind())
    return false;
  if (const auto* list = lhs.if_array())
    return std::equal(list->begin(), list->end(), rhs.get_array().begin(), rhs.get_array().end(), is_same);
  if (const auto* object = lhs.if_object())
    return object->size() == rhs.get_object().size() &&
           std::all_of(object->begin(), object->end(), [&](const auto& member) {
             const auto* other = rhs.get_object().if_contains(member.key());
             return other != nullptr && is_same(member.value(), *other);
           });
  return lhs == rhs;
}

/// What a feed says of its items, without tokens.
json::value items_of(const server& from, const std::string& tenant, const std::string& user) {
  const auto page = feed(from.api(), tenant, "explain=true&user_hash=" + user);
  auto items = page.at("items").as_array();
  for (auto& x : items)
    x.as_object().erase("tracking_token");
  return items;
}

/// How many videos are more popular than at first.
std::size_t popular_in(const server& from, const std::string& tenant) {
  std::size_t out = 0;
  const auto page = feed(from.api(), tenant, "explain=true&user_hash=nobody");
  for (auto& x : page.at("items").as_array())
    out += x.at("explain").at("popularity").to_number<double>() > 0.0;
  return out;
}

/// Every readable thing about a tenant and its user.
json::value all_of(const server& from, const std::string& tenant) {
  json::array out{items_of(from, tenant, "u"), items_of(from, tenant, "nobody")};
  for (auto& path : {"/admin/v1/tenants/" + tenant, "/admin/v1/tenants/" + tenant + "/videos",
                     user_path(tenant), user_path(tenant) + "/signals"}) {
    const auto answer = from.admin().get(path);
    out.emplace_back(answer.status);
    if (answer.status == 200)
      out.push_back(answer.json());
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
    CAF_CHECK(json::serialize(before).find("of one") == std::string::npos);
    auto unchanged = [&](const char* after) {
      std::this_thread::sleep_for(100ms); // for what would come late
      const auto current = all_of(tested, "two");
      CAF_MESSAGE(after);
      if (!is_same(current, before))
        CAF_FAIL("after " << after << ": " << json::serialize(current) << " was " << json::serialize(before));
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
    must(200, tested.admin().put("/admin/v1/tenants/one/videos", R"({"id":"a","title":"changed","score":1})",
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
