#define CAF_SUITE blackbox.admin_flags
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/server.hpp"

using namespace kinora::blackbox;

namespace {

const std::string path = "/admin/v1/flags";

server& demo() {
  static server running{patiently({"--demo"})};
  return running;
}

std::string flags(const server& from) {
  return from.admin().get(path).body;
}

std::string personalized(const server& from, const std::string& tenant = "tenant_sports") {
  return from.api().get("/v1/feed?user_hash=user_sporty", {{"X-Tenant-ID", tenant}}).header("X-Personalized");
}

constexpr auto all_on =
    R"({"personalization_enabled":true,"kill_switch_active":false,"rollout_percentage":100})";

} // namespace

CAF_TEST(flags start with their defaults) {
  CAF_CHECK_EQUAL(flags(demo()), all_on);
}

CAF_TEST(a patch changes what it names and nothing else) {
  for (auto type : {"application/json", "application/merge-patch+json", "application/json; charset=utf-8"}) {
    const auto answer =
        demo().admin().patch(path, R"({"rollout_percentage":12.5})", {{"Content-Type", type}});
    CAF_CHECK_EQUAL(answer.status, 200);
    constexpr auto changed =
        R"({"personalization_enabled":true,"kill_switch_active":false,"rollout_percentage":12.5})";
    CAF_CHECK_EQUAL(answer.body, changed);
    CAF_CHECK_EQUAL(flags(demo()), changed);
    CAF_CHECK_EQUAL(demo().admin().patch(path, "{}").body, changed);
    must(200, demo().admin().patch(path, all_on));
  }
  CAF_CHECK_EQUAL(problem_of(demo().admin().patch(path, "{}", {{"Content-Type", "text/plain"}})), "415");
}

CAF_TEST(each flag turns personalization off and on at once) {
  for (auto off : {R"({"kill_switch_active":true})", R"({"personalization_enabled":false})",
                   R"({"rollout_percentage":0})"})
    for (int i = 0; i < 20; ++i) {
      must(200, demo().admin().patch(path, off));
      const auto answer = demo().api().get("/v1/feed?user_hash=user_sporty");
      CAF_CHECK_EQUAL(answer.header("X-Personalized"), "false");
      CAF_CHECK_EQUAL(answer.header("X-Feed-Type"), "trending");
      CAF_CHECK_EQUAL(answer.header("X-Degraded"), "false"); // it was asked for
      CAF_CHECK_EQUAL(personalized(demo(), "tenant_news"), "false");
      must(200, demo().admin().patch(path, all_on));
      CAF_CHECK_EQUAL(personalized(demo()), "true");
    }
}

CAF_TEST(the trending feed goes by the score and shows what was watched too) {
  must(200, demo().admin().patch(path, R"({"kill_switch_active":true})"));
  const auto page = feed(demo().api(), "tenant_sports", "user_hash=user_sporty");
  must(200, demo().admin().patch(path, all_on));
  CAF_CHECK_EQUAL(ids_of(page), (std::vector<std::string>{"v1", "v4", "v2", "v3", "v5"}));
  CAF_CHECK(!page.at("is_personalized").as_bool());
  CAF_CHECK_EQUAL(page.at("feed_type").as_string(), "trending");
  CAF_CHECK(page.at("degraded_reason").is_null());
}

CAF_TEST(a change can be bound to what was read) {
  const auto before = demo().admin().get(path).header("ETag");
  CAF_CHECK(!before.empty());
  const auto changed = demo().admin().patch(path, R"({"rollout_percentage":50})", {{"If-Match", before}});
  CAF_CHECK_EQUAL(changed.status, 200);
  CAF_CHECK_EQUAL(changed.header("ETag"), demo().admin().get(path).header("ETag"));
  CAF_CHECK(changed.header("ETag") != before);
  for (auto& tag : {before, std::string{"\"0\""}, std::string{"W/" + before}, std::string{"nonsense"}})
    CAF_CHECK_EQUAL(
        problem_of(demo().admin().patch(path, R"({"kill_switch_active":true})", {{"If-Match", tag}})), "412");
  CAF_CHECK_EQUAL(demo().admin().get(path).header("ETag"), changed.header("ETag"));
  CAF_CHECK_EQUAL(demo().admin().patch(path, all_on, {{"If-Match", "*"}}).status, 200);
}

CAF_TEST(ready shows the flags) {
  must(200, demo().admin().patch(path, R"({"kill_switch_active":true})"));
  const auto ready = demo().api().get("/health/ready").json();
  must(200, demo().admin().patch(path, all_on));
  CAF_CHECK(ready.at("feature_flags").at("kill_switch_active").as_bool());
  CAF_CHECK(ready.at("feature_flags").at("personalization_enabled").as_bool());
}

CAF_TEST(settings give the initial values) {
  const server other{patiently({"--demo", "--rollout-percentage", "0"}),
                     {{"PERSONALIZATION_ENABLED", "false"}}};
  CAF_CHECK_EQUAL(flags(other),
                  R"({"personalization_enabled":false,"kill_switch_active":false,"rollout_percentage":0})");
  CAF_CHECK_EQUAL(personalized(other), "false");
  must(200, other.admin().patch(path, all_on));
  CAF_CHECK_EQUAL(personalized(other), "true");
}

CAF_TEST(a kill switch that the environment forces is not lifted by a request) {
  const server forced{patiently({"--demo"}), {{"KILL_SWITCH_ACTIVE", "true"}}};
  CAF_CHECK_EQUAL(problem_of(forced.admin().patch(path, R"({"kill_switch_active":false})")), "409");
  CAF_CHECK_EQUAL(
      problem_of(forced.admin().patch(path, R"({"kill_switch_active":false,"rollout_percentage":5})")),
      "409");
  CAF_CHECK_EQUAL(flags(forced),
                  R"({"personalization_enabled":true,"kill_switch_active":true,"rollout_percentage":100})");
  CAF_CHECK_EQUAL(personalized(forced), "false");
  CAF_CHECK_EQUAL(forced.admin().patch(path, R"({"rollout_percentage":5})").status, 200);
}
