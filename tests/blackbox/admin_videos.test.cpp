#define CAF_SUITE blackbox.admin_videos
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/server.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <thread>

using namespace kinora::blackbox;

namespace {

using ids = std::vector<std::string>;
namespace json = boost::json;

const std::string tenants = "/admin/v1/tenants/";

server& shared() {
  static server running{patiently()};
  return running;
}

const endpoint& admin() {
  return shared().admin();
}

std::string line(const std::string& id, const std::string& more = {}) {
  return R"({"id":")" + id + R"(","title":"t")" + (more.empty() ? "" : "," + more) + "}\n";
}

json::value upload(const std::string& tenant, const std::string& lines, const std::string& query = {}) {
  return must(200, admin().put(tenants + tenant + "/videos" + query, lines)).json();
}

json::value video(const std::string& tenant, const std::string& id) {
  return must(200, admin().get(tenants + tenant + "/videos/" + percent_encode(id))).json();
}

std::string text_of(const json::value& object, const char* key) {
  return std::string{object.at(key).as_string()};
}

ids listed(const std::string& tenant, const std::string& query = "?limit=1000") {
  const auto body = must(200, admin().get(tenants + tenant + "/videos" + query)).json();
  ids out;
  for (auto& x : body.at("videos").as_array())
    out.emplace_back(x.at("id").as_string());
  return out;
}

ids shown(const std::string& tenant) {
  auto out = ids_of(feed(shared().api(), tenant, "user_hash=u&limit=50"));
  std::sort(out.begin(), out.end());
  return out;
}

} // namespace

CAF_TEST(a video comes back as it was sent) {
  put_tenant(shared(), "whole", "{}", "");
  const auto sent =
      R"({"id":"a/b c","title":"Ein Täst","tags":["x","y"],"creator_id":"me",)"
      R"("published_at":"2024-05-06T07:08:09Z","score":12.5,"maturity_rating":"PG","duration_seconds":61.5,)"
      R"("thumbnail_url":"https://t.example/","playback_url":"https://p.example/","language":"de",)"
      R"("expires_at":"2099-01-01T00:00:00Z","metadata":{"k":[1,{"x":null}]}})";
  CAF_CHECK_EQUAL(json::serialize(upload("whole", sent)),
                  R"({"accepted":1,"rejected":[],"rejected_count":0})");
  CAF_CHECK(video("whole", "a/b c") == json::parse(sent));
}

CAF_TEST(what a video does not say has a default) {
  put_tenant(shared(), "defaults", "{}", line("a"));
  const auto a = video("defaults", "a");
  CAF_CHECK_EQUAL(a.at("score").to_number<double>(), 50.0);
  CAF_CHECK(a.at("tags").as_array().empty());
  CAF_CHECK(a.at("published_at").is_null());
  CAF_CHECK(a.at("expires_at").is_null());
}

CAF_TEST(an upload takes what catalogues hold) {
  put_tenant(shared(), "tolerant", "{}",
             line("s", R"("published_at":1700000000)") + line("ms", R"("published_at":1700000000000)") +
                 line("rfc", R"("published_at":"2023-11-15T00:13:20+02:00")") +
                 line("rating", R"("maturity_rating":"TV-Y7 / whatever")") +
                 line("long", R"("duration_seconds":1e7)") +
                 line("zero", R"("duration_seconds":0,"score":0)") + line("best", R"("score":100)") +
                 line("more", R"("views":12,"nested":{"a":[]},"score":null)"));
  for (auto id : {"s", "ms", "rfc"})
    CAF_CHECK_EQUAL(text_of(video("tolerant", id), "published_at"), "2023-11-14T22:13:20Z");
  CAF_CHECK_EQUAL(text_of(video("tolerant", "rating"), "maturity_rating"), "TV-Y7 / whatever");
  CAF_CHECK_EQUAL(video("tolerant", "long").at("duration_seconds").to_number<double>(), 1e7);
  CAF_CHECK(video("tolerant", "more").as_object().if_contains("views") == nullptr);
}

CAF_TEST(good lines are kept and bad ones named) {
  put_tenant(shared(), "mixed", "{}", "");
  const auto answer =
      upload("mixed", line("a") + "\n" + R"({"id":"b"})" + "\n" + "nope\n" + "\r\n" +
                          line("c", R"("score":101)") + R"({"id":"d","title":"no line end"})");
  CAF_CHECK_EQUAL(answer.at("accepted").to_number<int>(), 2);
  CAF_CHECK_EQUAL(answer.at("rejected_count").to_number<int>(), 3);
  auto& rejected = answer.at("rejected");
  CAF_REQUIRE_EQUAL(rejected.as_array().size(), 3u);
  const std::vector<int> numbers{3, 4, 6};
  const ids names{"b", "", "c"};
  const ids fields{"title", "", "score"};
  for (std::size_t i = 0; i < 3; ++i) {
    CAF_CHECK_EQUAL(rejected.at(i).at("line").to_number<int>(), numbers[i]);
    CAF_CHECK_EQUAL(text_of(rejected.at(i), "id"), names[i]);
    CAF_CHECK_EQUAL(text_of(rejected.at(i), "field"), fields[i]);
    CAF_CHECK(!rejected.at(i).at("detail").as_string().empty());
  }
  CAF_CHECK_EQUAL(listed("mixed"), (ids{"a", "d"}));
  CAF_CHECK_EQUAL(shown("mixed"), (ids{"a", "d"}));
}

CAF_TEST(an upload changes what is there and adds what is new) {
  put_tenant(shared(), "upsert", "{}", line("a", R"("score":1,"tags":["x"])") + line("b", R"("score":2)"));
  upload("upsert", line("a", R"("score":90)") + line("c"));
  CAF_CHECK_EQUAL(listed("upsert"), (ids{"a", "b", "c"}));
  CAF_CHECK_EQUAL(video("upsert", "a").at("score").to_number<double>(), 90.0);
  CAF_CHECK(video("upsert", "a").at("tags").as_array().empty());
  // The last of two lines counts.
  upload("upsert", line("d", R"("score":1)") + line("d", R"("score":2)"));
  CAF_CHECK_EQUAL(video("upsert", "d").at("score").to_number<double>(), 2.0);
}

CAF_TEST(an upload can be the whole catalogue) {
  put_tenant(shared(), "replace", "{}", line("a") + line("b"));
  upload("replace", line("b") + line("c") + "nope\n", "?replace=true");
  CAF_CHECK_EQUAL(listed("replace"), (ids{"b", "c"}));
  CAF_CHECK_EQUAL(shown("replace"), (ids{"b", "c"}));
  for (auto bad : {"nope\n", "", "\n"}) // what is cut off must not empty a catalogue
    CAF_CHECK_EQUAL(problem_of(admin().put(tenants + "replace/videos?replace=true", bad)), "400 body");
  CAF_CHECK_EQUAL(shown("replace"), (ids{"b", "c"}));
  upload("replace", line("d"), "?replace=false");
  CAF_CHECK_EQUAL(listed("replace"), (ids{"b", "c", "d"}));
}

CAF_TEST(a list goes on where its page before ended) {
  std::string lines;
  for (int i = 100; i < 125; ++i)
    lines += line("v" + std::to_string(i));
  put_tenant(shared(), "listed", "{}", lines);
  ids all;
  std::string query = "?limit=10";
  for (int pages = 0; pages < 3; ++pages) {
    const auto body = must(200, admin().get(tenants + "listed/videos" + query)).json();
    for (auto& x : body.at("videos").as_array())
      all.emplace_back(x.at("id").as_string());
    CAF_CHECK_EQUAL(body.at("next_cursor").is_null(), pages == 2);
    if (pages < 2)
      query = "?limit=10&cursor=" + std::string{body.at("next_cursor").as_string()};
  }
  CAF_CHECK_EQUAL(all, listed("listed"));
  CAF_CHECK_EQUAL(all.size(), 25u);
}

CAF_TEST(a deleted video is in no feed any more) {
  put_tenant(shared(), "deleted", "{}", line("a") + line("x,/ y") + line("b"));
  CAF_CHECK_EQUAL(admin().del(tenants + "deleted/videos/" + percent_encode("x,/ y")).status, 204);
  CAF_CHECK_EQUAL(shown("deleted"), (ids{"a", "b"}));
  CAF_CHECK_EQUAL(problem_of(admin().get(tenants + "deleted/videos/" + percent_encode("x,/ y"))), "404");
  CAF_CHECK_EQUAL(problem_of(admin().del(tenants + "deleted/videos/" + percent_encode("x,/ y"))), "404");
}

CAF_TEST(a new video is in both feeds as soon as its upload has returned) {
  put_tenant(shared(), "fresh", "{}", line("a"));
  for (int i = 0; i < 40; ++i) {
    must(200, admin().put(tenants + "fresh", i % 2 == 0 ? "{}" : R"({"personalization_enabled":false})"));
    const auto id = "n" + std::to_string(i);
    upload("fresh", line(id, R"("score":)" + std::to_string(51 + i)));
    CAF_CHECK_EQUAL(ids_of(feed(shared().api(), "fresh", "user_hash=u&limit=1")), (ids{id}));
  }
}

CAF_TEST(uploads that arrive together are all kept) {
  put_tenant(shared(), "together", "{}", "");
  std::vector<std::thread> clients;
  std::vector<int> failures(8);
  for (std::size_t i = 0; i < failures.size(); ++i)
    clients.emplace_back([i, &failures] {
      for (int j = 0; j < 10; ++j) {
        const auto id = "t" + std::to_string(i) + "-" + std::to_string(j);
        const auto answer = admin().put(tenants + "together/videos", line(id));
        const auto found =
            shared().api().get("/v1/feed?user_hash=u&limit=50&exclude=none", {{"X-Tenant-ID", "together"}});
        const auto is_full = found.body.find(R"("has_more":true)") != std::string::npos;
        failures[i] +=
            answer.status != 200 || (!is_full && found.body.find('"' + id + '"') == std::string::npos);
      }
    });
  for (auto& client : clients)
    client.join();
  CAF_CHECK_EQUAL(failures, std::vector<int>(8));
  CAF_CHECK_EQUAL(listed("together").size(), 80u);
}

CAF_TEST(a catalogue has its bound) {
  const server small{patiently({"--max-videos-per-tenant", "3"})};
  must(201, small.admin().put(tenants + "t", "{}"));
  const auto body =
      must(200, small.admin().put(tenants + "t/videos", line("a") + line("b") + line("c") + line("d")))
          .json();
  CAF_CHECK_EQUAL(body.at("accepted").to_number<int>(), 3);
  CAF_CHECK_EQUAL(body.at("rejected").at(0).at("line").to_number<int>(), 4);
  CAF_CHECK_EQUAL(ids_of(feed(small.api(), "t", "user_hash=u")).size(), 3u);
  const auto again = must(200, small.admin().put(tenants + "t/videos", line("a", R"("score":99)"))).json();
  CAF_CHECK_EQUAL(again.at("accepted").to_number<int>(), 1);
}
