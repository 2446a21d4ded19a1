#define CAF_SUITE blackbox.diversity
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/server.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

using namespace kinora::blackbox;

namespace {

using ids = std::vector<std::string>;

server& demo() {
  static server running{patiently({"--demo"})};
  return running;
}

/// One line of an upload.
std::string video(const std::string& id, const std::string& creator, int score) {
  return R"({"id":")" + id + R"(","title":"t","creator_id":")" + creator + R"(","score":)" +
         std::to_string(score) + "}\n";
}

/// A tenant of whose nine videos ada made the six best, with at most `limits`.
void put_dominated(const std::string& tenant, const std::string& limits) {
  std::string videos;
  for (int i = 1; i <= 6; ++i)
    videos += video("a" + std::to_string(i), "ada", 100 - i);
  for (int i = 1; i <= 3; ++i)
    videos += video("b" + std::to_string(i), "bob" + std::to_string(i), 50 - i);
  put_tenant(demo(), tenant, R"({"diversity":)" + limits + "}", videos);
}

void set_kill_switch(bool active) {
  must(200, demo().admin().patch("/admin/v1/flags", active ? R"({"kill_switch_active":true})"
                                                           : R"({"kill_switch_active":false})"));
}

std::string explained(const boost::json::object& page, std::size_t item) {
  return boost::json::serialize(page.at("items").at(item).at("explain").at("diversity"));
}

} // namespace

CAF_TEST(rules limit a creator across the pages of a session) {
  put_dominated("pages", R"({"max_per_creator":1,"window":2})");
  CAF_CHECK_EQUAL(session_of(demo().api(), "pages", "u", "2"),
                  ids({"a1", "b1", "a2", "b2", "a3", "b3", "a4", "a5", "a6"}));
}

CAF_TEST(the trending feed is as diverse and goes on where the ranked one stopped) {
  put_dominated("switched", R"({"max_per_creator":1,"window":2})");
  const auto first = feed(demo().api(), "switched", "user_hash=u&limit=3");
  CAF_CHECK_EQUAL(ids_of(first), ids({"a1", "b1", "a2"}));
  set_kill_switch(true);
  const auto rest = feed(demo().api(), "switched",
                         "user_hash=u&limit=9&cursor=" + std::string{first.at("next_cursor").as_string()});
  const auto whole = feed(demo().api(), "switched", "user_hash=u&limit=4");
  set_kill_switch(false);
  CAF_CHECK(rest.at("feed_type").as_string() == "trending");
  CAF_CHECK_EQUAL(ids_of(rest), ids({"b2", "a3", "b3", "a4", "a5", "a6"}));
  CAF_CHECK_EQUAL(ids_of(whole), ids({"a1", "b1", "a2", "b2"}));
}

CAF_TEST(an explanation says what diversity did and null where it did nothing) {
  put_dominated("explained", R"({"max_per_creator":1,"window":2})");
  const auto page = feed(demo().api(), "explained", "user_hash=u&limit=9&explain=true");
  CAF_CHECK_EQUAL(explained(page, 0), "null");
  CAF_CHECK_EQUAL(explained(page, 1),
                  R"({"moved":"up","rule":"max_per_creator","value":"ada","exceeded":false})");
  CAF_CHECK_EQUAL(explained(page, 2),
                  R"({"moved":"down","rule":"max_per_creator","value":"ada","exceeded":false})");
  CAF_CHECK_EQUAL(explained(page, 7),
                  R"({"moved":"down","rule":"max_per_creator","value":"ada","exceeded":true})");
  CAF_CHECK_EQUAL(page.at("items").at(1).at("explain").at("rank").as_int64(), 7);
}

CAF_TEST(new limits show in the next feed and none at all undo them) {
  put_dominated("changing", "{}");
  const ids by_rank{"a1", "a2", "a3", "a4"};
  CAF_CHECK_EQUAL(ids_of(feed(demo().api(), "changing", "user_hash=u&limit=4")), by_rank);
  must(200,
       demo().admin().put("/admin/v1/tenants/changing", R"({"diversity":{"max_per_creator":2,"window":4}})"));
  CAF_CHECK_EQUAL(ids_of(feed(demo().api(), "changing", "user_hash=u&limit=4")),
                  ids({"a1", "a2", "b1", "b2"}));
  must(200, demo().admin().put("/admin/v1/tenants/changing",
                               R"({"diversity":{"max_per_creator":null,"max_per_tag":null}})"));
  CAF_CHECK_EQUAL(ids_of(feed(demo().api(), "changing", "user_hash=u&limit=4")), by_rank);
}

CAF_TEST(limits out of range are refused by name and change nothing) {
  put_dominated("refused", R"({"max_per_creator":1,"window":2})");
  for (const auto* wrong : {R"({"max_per_creator":0})", R"({"max_per_creator":101})",
                            R"({"max_per_creator":1.5})", R"({"max_per_creator":"2"})"}) {
    const auto answer =
        demo().admin().put("/admin/v1/tenants/refused", std::string{R"({"diversity":)"} + wrong + "}");
    CAF_CHECK_EQUAL(answer.status, 400);
    CAF_CHECK(answer.body.find("diversity.max_per_creator") != std::string::npos);
  }
  CAF_CHECK_EQUAL(ids_of(feed(demo().api(), "refused", "user_hash=u&limit=2")), ids({"a1", "b1"}));
}
