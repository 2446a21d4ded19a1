#define CAF_SUITE blackbox.admin_users
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/server.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

using namespace kinora::blackbox;

namespace {

using ids = std::vector<std::string>;

server& shared() {
  static server running{patiently()};
  return running;
}

std::string path(const std::string& tenant, const std::string& user) {
  return "/admin/v1/tenants/" + tenant + "/users/" + percent_encode(user) + "/signals";
}

reply put(const std::string& tenant, const std::string& user, const std::string& body) {
  return shared().admin().put(path(tenant, user), body);
}

void make_tenant(const std::string& id) {
  put_tenant(shared(), id, R"({"boost_weights":{"creator_affinity":1}})",
             R"({"id":"a","title":"t","tags":["x"],"score":50})"
             "\n"
             R"({"id":"b","title":"t","tags":["y"],"creator_id":"c","score":49})"
             "\n");
}

} // namespace

CAF_TEST(signals come back as they were sent) {
  make_tenant("t");
  const auto sent =
      R"({"watched_ids":["v1","v 2","gone"],"affinities":{"sports":0.9,"ä":0},"creator_affinities":{"c":1}})";
  for (auto user : {"u", "with space/slash,ü", "%41"}) {
    const auto stored = put("t", user, sent);
    CAF_CHECK_EQUAL(stored.status, 200);
    const auto found = shared().admin().get(path("t", user));
    CAF_CHECK_EQUAL(found.status, 200);
    const auto wanted = boost::json::parse(sent);
    const auto body = found.json();
    for (auto key : {"watched_ids", "affinities", "creator_affinities"})
      CAF_CHECK(body.at(key) == wanted.at(key));
  }
}

CAF_TEST(nothing is known of a user at first) {
  make_tenant("t");
  CAF_CHECK_EQUAL(problem_of(shared().admin().get(path("t", "stranger"))), "404");
  // A feed makes nobody known.
  feed(shared().api(), "t", "user_hash=stranger");
  CAF_CHECK_EQUAL(problem_of(shared().admin().get(path("t", "stranger"))), "404");
}

CAF_TEST(signals hold for the next feed of that user in that tenant) {
  make_tenant("one");
  make_tenant("two");
  auto shown = [](const std::string& tenant, const std::string& user) {
    return ids_of(feed(shared().api(), tenant, "user_hash=" + user));
  };
  CAF_CHECK_EQUAL(shown("one", "u"), (ids{"a", "b"}));
  must(200, put("one", "u", R"({"affinities":{"y":0.5}})"));
  CAF_CHECK_EQUAL(shown("one", "u"), (ids{"b", "a"}));
  CAF_CHECK_EQUAL(shown("two", "u"), (ids{"a", "b"}));
  CAF_CHECK_EQUAL(shown("one", "v"), (ids{"a", "b"}));
  must(200, put("one", "u", R"({"watched_ids":["b"]})"));
  CAF_CHECK_EQUAL(shown("one", "u"), (ids{"a"}));
  must(200, put("one", "u", R"({"creator_affinities":{"c":0.5}})"));
  CAF_CHECK_EQUAL(shown("one", "u"), (ids{"b", "a"}));
  must(200, put("one", "u", "{}"));
  CAF_CHECK_EQUAL(shown("one", "u"), (ids{"a", "b"}));
}

CAF_TEST(the last two hundred watched videos are kept) {
  make_tenant("t");
  std::string list;
  for (int i = 0; i < 250; ++i)
    list += (i == 0 ? "\"w" : ",\"w") + std::to_string(i) + '"';
  must(200, put("t", "u", R"({"watched_ids":[)" + list + "]}"));
  const auto kept = shared().admin().get(path("t", "u")).json();
  auto& watched = kept.at("watched_ids").as_array();
  CAF_REQUIRE_EQUAL(watched.size(), 200u);
  CAF_CHECK_EQUAL(watched.front().as_string(), "w50");
  CAF_CHECK_EQUAL(watched.back().as_string(), "w249");
}
