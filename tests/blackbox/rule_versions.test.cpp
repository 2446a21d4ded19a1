#define CAF_SUITE blackbox.rule_versions
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/chaos.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

// Rules can be made what they were, and who made them what they are can be seen.

using namespace kinora::blackbox;
using namespace std::chrono_literals;

namespace json = boost::json;

namespace {

const std::string tenant = "/admin/v1/tenants/sports";

json::array versions_of(const server& at) {
  return must(200, at.admin().get(tenant + "/versions")).json().at("versions").as_array();
}

std::string rules_of(const server& at) {
  return must(200, at.admin().get(tenant)).body;
}

reply roll_back(const server& at, int version, const headers& with = {}) {
  return at.admin().post(tenant + "/rollback", R"({"version":)" + std::to_string(version) + "}", with);
}

/// The first video of a feed.
std::string first_of_feed(const server& at) {
  return ids_of(feed(at.api(), "sports", "user_hash=u")).at(0);
}

std::string pin(int position) {
  return R"({"pins":{"v1":)" + std::to_string(position) + "}}";
}

constexpr auto videos = R"({"id":"v1","title":"One","score":10})"
                        "\n"
                        R"({"id":"v2","title":"Two","score":90})"
                        "\n";

} // namespace

CAF_TEST(the last twenty versions are kept with author and change through a kill) {
  server tested{{"--store", "rocksdb"}};
  put_tenant(tested, "sports", "{}", videos);
  const auto token = must(201, tested.admin().post("/admin/v1/tokens",
                                                   R"({"name":"desk","role":"editor","tenants":["sports"]})"))
                         .json();
  const endpoint editor{tested.admin().port(),
                        {{"Authorization", "Bearer " + std::string{token.at("token").as_string()}}}};
  for (int i = 1; i <= 24; ++i)
    must(200, editor.put(tenant, pin(i)));
  const auto before = versions_of(tested);
  CAF_REQUIRE_EQUAL(before.size(), 20u);
  CAF_CHECK_EQUAL(before.at(0).at("version").to_number<int>(), 25);
  CAF_CHECK_EQUAL(before.at(19).at("version").to_number<int>(), 6);
  CAF_CHECK(before.at(0).at("author") == "desk");
  CAF_CHECK_EQUAL(json::serialize(before.at(0).at("changes")),
                  R"({"before":{"pins":{"v1":23}},"after":{"pins":{"v1":24}}})");
  CAF_CHECK(before.at(19).at("changes").is_null());
  tested.restart();
  CAF_CHECK_EQUAL(json::serialize(versions_of(tested)), json::serialize(before));
  const auto old = must(200, tested.admin().get(tenant + "/versions/6")).json();
  CAF_CHECK_EQUAL(json::serialize(old.at("rules").at("pins")), R"({"v1":5})");
  CAF_CHECK_EQUAL(problem_of(tested.admin().get(tenant + "/versions/5")), "404");
  CAF_CHECK_EQUAL(problem_of(tested.admin().get(tenant + "/versions/x")), "404");
}

CAF_TEST(a rollback makes the rules what they were as a new version) {
  server tested{patiently()};
  put_tenant(tested, "sports", "{}", videos);
  const auto first = rules_of(tested);
  must(200, tested.admin().put(tenant, pin(0)));
  CAF_CHECK_EQUAL(first_of_feed(tested), "v1");
  const auto done = must(200, roll_back(tested, 1));
  CAF_CHECK_EQUAL(done.body, first);
  CAF_CHECK_EQUAL(rules_of(tested), first);
  CAF_CHECK_EQUAL(tested.admin().get(tenant).header("ETag"), done.header("ETag"));
  CAF_CHECK_EQUAL(first_of_feed(tested), "v2");
  CAF_CHECK_EQUAL(versions_of(tested).at(0).at("version").to_number<int>(), 3);
  const auto entry = tested.admin().get("/admin/v1/audit?limit=1").json().at("entries").at(0);
  CAF_CHECK(entry.at("action") == "rules.rollback");
  CAF_CHECK(entry.at("target") == "1");
  CAF_CHECK_EQUAL(problem_of(roll_back(tested, 4)), "404");
  CAF_CHECK_EQUAL(problem_of(tested.admin().post(tenant + "/rollback", "{}")), "400 version");
  CAF_CHECK_EQUAL(problem_of(roll_back(tested, 2, {{"If-Match", "\"1\""}})), "412");
  CAF_CHECK_EQUAL(versions_of(tested).size(), 3u);
  must(200, roll_back(tested, 2, {{"If-Match", done.header("ETag")}}));
  CAF_CHECK_EQUAL(first_of_feed(tested), "v1");
}

CAF_TEST(a tenant that was made anew begins with its first version) {
  server tested{{"--store", "rocksdb"}};
  put_tenant(tested, "sports", "{}", videos);
  must(200, tested.admin().put(tenant, pin(0)));
  must(204, tested.admin().del(tenant));
  put_tenant(tested, "sports", "{}", videos);
  CAF_CHECK_EQUAL(versions_of(tested).size(), 1u);
  CAF_CHECK_EQUAL(versions_of(tested).at(0).at("version").to_number<int>(), 1);
}

CAF_TEST(a rollback heals a tenant whose ranking failed at once) {
  server tested{patiently({"--chaos", "--circuit-breaker-recovery-timeout-sec", "3600"})};
  put_tenant(tested, "sports", "{}", videos);
  put_tenant(tested, "news", "{}", videos);
  must(200, tested.admin().put(tenant, pin(0)));
  hurt_dependency(tested, "ranking", R"({"throw":true})");
  for (int i = 0; i < 8; ++i)
    for (auto each : {"sports", "news"})
      feed(tested.api(), each, "user_hash=u");
  heal_dependency(tested, "ranking");
  auto reason = [&](const char* of) {
    return json::serialize(feed(tested.api(), of, "user_hash=u").at("degraded_reason"));
  };
  CAF_CHECK(eventually(5s, [&] {
    return reason("sports") == "\"ranking_circuit_open\"" && reason("news") == "\"ranking_circuit_open\"";
  }));
  must(200, roll_back(tested, 1));
  CAF_CHECK_EQUAL(reason("sports"), "null");
  CAF_CHECK_EQUAL(reason("news"), "\"ranking_circuit_open\"");
}
