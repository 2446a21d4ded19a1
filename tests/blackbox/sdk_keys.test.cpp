#define CAF_SUITE blackbox.sdk_keys
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/chaos.hpp"

#include <boost/json/array.hpp>

#include <ctime>
#include <thread>

// With keys, a request's tenant is whoever the key says.

using namespace kinora::blackbox;
using namespace std::chrono_literals;

namespace {

struct key {
  std::string id;
  std::string secret;
};

key make_key(const server& at, const std::string& tenant) {
  const auto made =
      must(201, at.admin().post("/admin/v1/tenants/" + tenant + "/keys", R"({"name":"k"})")).json();
  return {std::string{made.at("id").as_string()}, std::string{made.at("key").as_string()}};
}

headers bearer(const std::string& secret) {
  return {{"Authorization", "Bearer " + secret}};
}

std::string event(const std::string& id) {
  return R"([{"event_id":")" + id + R"(","type":"like","user_hash":"u","video_id":"v","occurred_at":)" +
         std::to_string(std::time(nullptr)) + "}]";
}

void make_tenants(const server& at) {
  for (const std::string tenant : {"one", "two"})
    put_tenant(at, tenant, "{}", R"({"id":")" + tenant + R"(","title":"of )" + tenant + "\"}\n");
}

std::string feed_of(const server& at, const headers& with) {
  const auto answer = at.api().get("/v1/feed?user_hash=u", with);
  return answer.status == 200 ? ids_of(answer.json().as_object()).at(0) : problem_of(answer);
}

} // namespace

CAF_TEST(where keys are required nothing is served without one) {
  server tested{patiently({"--require-sdk-keys"})};
  make_tenants(tested);
  const auto one = make_key(tested, "one");
  const auto again = make_key(tested, "one");
  const auto two = make_key(tested, "two");
  CAF_CHECK(one.secret.size() >= 4 + 64);
  CAF_CHECK(one.secret != again.secret);
  CAF_CHECK_EQUAL(feed_of(tested, bearer(one.secret)), "one");
  CAF_CHECK_EQUAL(feed_of(tested, bearer(again.secret)), "one");
  CAF_CHECK_EQUAL(feed_of(tested, bearer(two.secret)), "two");
  for (auto& with : std::vector<headers>{
           {},
           {{"X-Tenant-ID", "one"}},
           bearer(""),
           bearer("x"),
           bearer(admin_token),
           bearer(one.secret + "x"),
           bearer(one.secret.substr(0, one.secret.size() - 1)),
           bearer(one.secret.substr(0, one.secret.size() - 3) + "two"),
           bearer(one.secret.substr(0, one.secret.size() - 3) + "nobody"),
           {{"Authorization", "Basic " + one.secret}},
           {{"Authorization", "Bearer " + one.secret}, {"Authorization", "Bearer " + two.secret}}}) {
    CAF_CHECK_EQUAL(feed_of(tested, with), "401");
    CAF_CHECK_EQUAL(problem_of(tested.api().post("/v1/events", event("e"), with)), "401");
  }
  const auto refused = tested.api().get("/v1/feed?user_hash=u");
  CAF_CHECK_EQUAL(refused.header("WWW-Authenticate"), "Bearer");
  auto with = bearer(one.secret);
  with.emplace_back("X-Tenant-ID", "one");
  CAF_CHECK_EQUAL(feed_of(tested, with), "one");
  with.back().second = "two";
  CAF_CHECK_EQUAL(feed_of(tested, with), "403 X-Tenant-ID");
  CAF_CHECK_EQUAL(problem_of(tested.api().post("/v1/events", event("e"), with)), "403 X-Tenant-ID");
  with.emplace_back("X-Tenant-ID", "one");
  CAF_CHECK_EQUAL(feed_of(tested, with), "400 X-Tenant-ID");
  must(202, tested.api().post("/v1/events", event("e"), bearer(one.secret)));
  CAF_CHECK_EQUAL(tested.admin().get("/admin/v1/tenants/one/users/u").status, 200);
  CAF_CHECK_EQUAL(tested.admin().get("/admin/v1/tenants/two/users/u").status, 404);
  CAF_CHECK_EQUAL(tested.api().get("/health/ready").status, 200);
}

CAF_TEST(where keys are not required one that is sent still counts) {
  server tested{patiently({"--default-tenant", "two"})};
  make_tenants(tested);
  const auto one = make_key(tested, "one");
  CAF_CHECK_EQUAL(feed_of(tested, {}), "two");
  CAF_CHECK_EQUAL(feed_of(tested, {{"X-Tenant-ID", "one"}}), "one");
  CAF_CHECK_EQUAL(feed_of(tested, bearer(one.secret)), "one");
  CAF_CHECK_EQUAL(feed_of(tested, bearer("whatever else clients have")), "two");
  CAF_CHECK_EQUAL(feed_of(tested, bearer(" " + one.secret)), "one"); // RFC 9110 allows it
  CAF_CHECK_EQUAL(feed_of(tested, bearer(one.secret.substr(0, 60))), "401");
  CAF_CHECK_EQUAL(
      feed_of(tested, {{"Authorization", "Bearer " + one.secret}, {"Authorization", "Bearer " + one.secret}}),
      "401");
  CAF_CHECK_EQUAL(feed_of(tested, bearer(one.secret.substr(0, 20) + std::string(48, '0') + "_one")), "401");
}

CAF_TEST(what comes for a key is never public) {
  server tested{patiently({"--kill-switch-active", "true"})};
  make_tenants(tested);
  const auto one = make_key(tested, "one");
  auto with = bearer(one.secret);
  const auto answer = must(200, tested.api().get("/v1/feed?user_hash=u", with));
  CAF_CHECK_EQUAL(answer.header("Cache-Control"), "private, max-age=30");
  CAF_CHECK(answer.header("Vary").find("Authorization") != std::string::npos);
  with.emplace_back("If-None-Match", answer.header("ETag"));
  CAF_CHECK_EQUAL(tested.api().get("/v1/feed?user_hash=u", with).header("Cache-Control"),
                  "private, max-age=30");
  CAF_CHECK(tested.api()
                .get("/v1/feed?user_hash=u", {{"X-Tenant-ID", "one"}})
                .header("Cache-Control")
                .starts_with("public"));
}

CAF_TEST(pages shed under overload are private for a key too) {
  server tested{{"--chaos", "--max-in-flight", "1", "--max-at-work", "1", "--feed-budget-ms", "2000",
                 "--ranking-timeout-ms", "2000"}};
  make_tenants(tested);
  const auto one = make_key(tested, "one");
  hurt_dependency(tested, "ranking", R"({"delay_ms":1000})");
  std::thread busy{[&] { feed_of(tested, bearer(one.secret)); }};
  std::this_thread::sleep_for(200ms);
  const auto shed = tested.api().get("/v1/feed?user_hash=w", bearer(one.secret));
  const auto open = tested.api().get("/v1/feed?user_hash=w", {{"X-Tenant-ID", "one"}});
  busy.join();
  const auto page = shed.json();
  CAF_CHECK_EQUAL(page.at("degraded_reason").as_string(), "overload");
  CAF_CHECK_EQUAL(shed.header("Cache-Control"), "private, max-age=30");
  CAF_CHECK(open.header("Cache-Control").starts_with("public"));
}

CAF_TEST(a key is good until it is revoked whatever is killed) {
  server tested{patiently({"--store", "rocksdb", "--require-sdk-keys"})};
  make_tenants(tested);
  const auto kept = make_key(tested, "one");
  const auto gone = make_key(tested, "one");
  const auto other = make_key(tested, "two");
  must(204, tested.admin().del("/admin/v1/tenants/one/keys/" + gone.id));
  CAF_CHECK_EQUAL(feed_of(tested, bearer(gone.secret)), "401");
  CAF_CHECK_EQUAL(problem_of(tested.admin().del("/admin/v1/tenants/two/keys/" + kept.id)), "404");
  CAF_CHECK(tested.admin().get("/admin/v1/tenants/one/keys").body.find(kept.secret) == std::string::npos);
  tested.restart();
  CAF_CHECK_EQUAL(feed_of(tested, bearer(kept.secret)), "one");
  CAF_CHECK_EQUAL(feed_of(tested, bearer(gone.secret)), "401");
  must(204, tested.admin().del("/admin/v1/tenants/one/keys"));
  CAF_CHECK_EQUAL(feed_of(tested, bearer(kept.secret)), "401");
  CAF_CHECK_EQUAL(feed_of(tested, bearer(other.secret)), "two");
  must(204, tested.admin().del("/admin/v1/tenants/two"));
  CAF_CHECK_EQUAL(feed_of(tested, bearer(other.secret)), "401");
  put_tenant(tested, "two", "{}", "");
  CAF_CHECK_EQUAL(feed_of(tested, bearer(other.secret)), "401");
}

CAF_TEST(a tenant has no more keys than it may have) {
  server tested{};
  make_tenants(tested);
  for (int i = 0; i < 20; ++i)
    make_key(tested, "one");
  CAF_CHECK_EQUAL(problem_of(tested.admin().post("/admin/v1/tenants/one/keys")), "409");
  CAF_CHECK_EQUAL(tested.admin().get("/admin/v1/tenants/one/keys").json().at("keys").as_array().size(), 20u);
  make_key(tested, "two");
}
