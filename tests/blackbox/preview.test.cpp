#define CAF_SUITE blackbox.preview
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/server.hpp"

#include <boost/json/array.hpp>

#include <cmath>
#include <ctime>

using namespace kinora::blackbox;

namespace {

using ids = std::vector<std::string>;

server& demo() {
  static server running{patiently({"--demo"})};
  return running;
}

boost::json::object preview(const std::string& body) {
  return must(200, demo().admin().post("/admin/v1/tenants/tenant_sports/preview", body)).json().as_object();
}

} // namespace

CAF_TEST(a preview shows the explained feed of a user) {
  const auto page = preview(R"({"user_hash":"user_sporty"})");
  CAF_CHECK_EQUAL(ids_of(page), (ids{"v1", "v4", "v5", "v3"}));
  CAF_CHECK(page.at("is_personalized").as_bool());
  const auto live = feed(demo().api(), "tenant_sports", "user_hash=user_sporty&explain=true");
  for (std::size_t i = 0; i < 4; ++i) {
    auto& why = page.at("items").at(i).at("explain");
    auto& served = live.at("items").at(i).at("explain");
    CAF_CHECK(std::abs(why.at("final").to_number<double>() - served.at("final").to_number<double>()) < 0.1);
    CAF_CHECK(why.at("matched_tags") == served.at("matched_tags"));
    CAF_CHECK(why.at("rank") == served.at("rank"));
  }
}

CAF_TEST(a preview takes signals instead of a user) {
  CAF_CHECK_EQUAL(ids_of(preview(R"({"signals":{"watched_ids":["v1","v4"],"affinities":{"strategy":1}}})")),
                  (ids{"v3", "v2", "v5"}));
  CAF_CHECK_EQUAL(ids_of(preview(R"({"signals":{}})")), (ids{"v1", "v4", "v2", "v5", "v3"}));
}

CAF_TEST(a preview takes draft rules that nobody is served) {
  const auto before = kept_by(demo());
  CAF_CHECK_EQUAL(
      ids_of(preview(
          R"({"user_hash":"user_sporty","rules":{"pins":{"v3":0},"filters":{"exclude_tags":["news"]}}})")),
      (ids{"v3", "v1", "v4"}));
  CAF_CHECK_EQUAL(kept_by(demo()), before);
  CAF_CHECK_EQUAL(ids_of(feed(demo().api(), "tenant_sports", "user_hash=user_sporty")),
                  (ids{"v1", "v4", "v5", "v3"}));
}

CAF_TEST(a preview has a limit) {
  const auto page = preview(R"({"user_hash":"user_sporty","limit":2})");
  CAF_CHECK_EQUAL(ids_of(page), (ids{"v1", "v4"}));
  CAF_CHECK(page.at("has_more").as_bool());
}

CAF_TEST(a preview looks from another time) {
  const auto now = std::time(nullptr);
  auto at = [](std::int64_t when) {
    return preview(R"({"user_hash":"user_new","now":)" + std::to_string(when) + "}");
  };
  CAF_CHECK_EQUAL(ids_of(at(now - 13 * 3600)), (ids{"v2", "v3"})); // the others were not published
  // In a week nothing is recent, and the score alone counts.
  const auto later = at(now + 7 * 24 * 3600);
  CAF_CHECK_EQUAL(ids_of(later), (ids{"v1", "v4", "v2", "v3", "v5"}));
  CAF_CHECK_EQUAL(later.at("items").at(0).at("explain").at("recency").to_number<double>(), 0.0);
}

CAF_TEST(a preview is personalized whatever the flags say) {
  must(200, demo().admin().patch("/admin/v1/flags", R"({"kill_switch_active":true,"rollout_percentage":0})"));
  const auto page = preview(R"({"user_hash":"user_sporty","rules":{"personalization_enabled":false}})");
  must(200,
       demo().admin().patch("/admin/v1/flags", R"({"kill_switch_active":false,"rollout_percentage":100})"));
  CAF_CHECK(page.at("is_personalized").as_bool());
  CAF_CHECK_EQUAL(page.at("items").as_array().size(), 4u);
}
