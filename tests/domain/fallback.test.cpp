#define CAF_SUITE domain.fallback

#include "tests/support/unit_test.hpp"

#include "domain/fallback.hpp"
#include "tests/support/random_world.hpp"
#include "tests/support/reference_feed.hpp"

using namespace kinora;
using test::make_video;
using test::noon;

namespace {

using ids = std::vector<std::string>;

/// A tenant's trending feed with videos a (90), b (80), c (70), d (60) and e (50).
struct feed {
  explicit feed(tenant_rules x = {}) : rules{std::move(x)} {
    trending = make_trending(test::make_snapshot(videos, rules), noon);
  }

  slate page(const page_request& request, const user_signals* signals = nullptr, wall_time now = noon) const {
    const ranking_signals known{signals ? *signals : user_signals{}};
    return trending_page(*trending, request, signals ? &known : nullptr, now);
  }

  std::vector<video> videos{make_video("a", 90.0), make_video("b", 80.0, {"hot"}), make_video("c", 70.0),
                            make_video("d", 60.0), make_video("e", 50.0)};
  tenant_rules rules;
  trending_list_ptr trending;
};

page_request page_of(std::size_t limit, const ids& served = {}, const ids& excluded = {}) {
  return {test::hashes_of(served), test::hashes_of(excluded), limit, true};
}

} // namespace

CAF_TEST(the fallback serves the trending list page by page) {
  feed tested;
  auto first = tested.page(page_of(2));
  CAF_CHECK_EQUAL(test::ids_of(first), ids({"a", "b"}));
  CAF_CHECK(first.has_more);
  auto second = tested.page(page_of(2, {"a", "b"}));
  CAF_CHECK_EQUAL(test::ids_of(second), ids({"c", "d"}));
  CAF_CHECK(second.has_more);
  auto last = tested.page(page_of(2, {"a", "b", "c", "d"}));
  CAF_CHECK_EQUAL(test::ids_of(last), ids({"e"}));
  CAF_CHECK(!last.has_more);
}

CAF_TEST(the fallback leaves out excluded and watched videos) {
  user_signals user;
  user.watched_ids = {"b", "not here"};
  auto page = feed{}.page(page_of(2, {"a"}, {"d", "unknown"}), &user);
  CAF_CHECK_EQUAL(test::ids_of(page), ids({"c", "e"}));
  CAF_CHECK(!page.has_more);
}

CAF_TEST(the fallback shows no video before its time or past it even on an old list) {
  std::vector<video> videos{make_video("brief", 90.0), make_video("due", 80.0, {}, noon),
                            make_video("always", 70.0)};
  videos[0].expires_at = noon + std::chrono::hours{1};
  auto trending = make_trending(test::make_snapshot(videos), noon);
  auto ids_at = [&](wall_time now) {
    return test::ids_of(trending_page(*trending, page_of(20), nullptr, now));
  };
  CAF_CHECK_EQUAL(ids_at(noon), ids({"brief", "due", "always"}));
  CAF_CHECK_EQUAL(ids_at(noon - std::chrono::milliseconds{1}), ids({"brief", "always"}));
  CAF_CHECK_EQUAL(ids_at(noon + std::chrono::hours{1} - std::chrono::milliseconds{1}),
                  ids({"brief", "due", "always"}));
  CAF_CHECK_EQUAL(ids_at(noon + std::chrono::hours{1}), ids({"due", "always"}));
}

CAF_TEST(the fallback honours pins) {
  tenant_rules rules;
  rules.pins = {{"e", 0}, {"a", 3}};
  feed tested{rules};
  auto page = tested.page(page_of(3));
  CAF_CHECK_EQUAL(test::ids_of(page), ids({"e", "b", "c"}));
  CAF_CHECK(page.items[0].pinned);
  CAF_CHECK(!page.items[1].pinned);
  CAF_CHECK_EQUAL(page.items[0].rank, 5u);
  CAF_CHECK_EQUAL(test::ids_of(tested.page(page_of(3, {"e", "b", "c"}))), ids({"a", "d"}));
}

CAF_TEST(the parts of a trending score multiply to the final one) {
  tenant_rules rules;
  rules.weights.popularity = 0.5;
  rules.tag_multipliers = {{"hot", 3.0}};
  rules.boosts = {{"b", 0.5}};
  auto page = feed{rules}.page(page_of(1));
  auto& x = page.items[0];
  CAF_CHECK_EQUAL(x.video->id, "b");
  CAF_CHECK_EQUAL(x.hash, video_hash("b"));
  CAF_CHECK_EQUAL(x.score, (scoring::score_parts{80.0, 0.0, 0.0, 0.0, 3.0, 0.5, 120.0}));
  CAF_CHECK(x.matched_tags.empty());
  CAF_CHECK_EQUAL(x.rank, 1u);
}

CAF_TEST(a trending score is explained with the popularity that raises it) {
  tenant_rules rules;
  rules.weights.popularity = 0.5;
  rules.learning.popularity_k = 10.0;
  auto trending = make_trending(
      test::make_snapshot({make_video("a", 90.0), make_video("b", 80.0)}, rules, {{"b", test::sum_of(30.0)}}),
      noon);
  auto page = trending_page(*trending, page_of(2), nullptr, noon);
  CAF_REQUIRE_EQUAL(test::ids_of(page), ids({"b", "a"}));
  CAF_CHECK_EQUAL(page.items[0].score, (scoring::score_parts{95.0, 0.75, 0.0, 0.0, 1.0, 1.0, 95.0}));
  CAF_CHECK_EQUAL(page.items[1].score, (scoring::score_parts{90.0, 0.0, 0.0, 0.0, 1.0, 1.0, 90.0}));
}

CAF_TEST(a session of the fallback ends after 500 items) {
  std::vector<video> videos;
  for (auto i = 0; i < 700; ++i)
    videos.push_back(make_video("v" + std::to_string(i)));
  auto trending = make_trending(test::make_snapshot(videos), noon);
  page_request request;
  request.limit = 50;
  auto pages = 0;
  for (auto more = true; more; ++pages) {
    auto page = trending_page(*trending, request, nullptr, noon);
    for (auto& x : page.items)
      request.served.push_back(x.hash);
    more = page.has_more;
  }
  CAF_CHECK_EQUAL(pages, 10);
  CAF_CHECK_EQUAL(request.served.size(), 500u);
  CAF_CHECK(trending_page(*trending, request, nullptr, noon).items.empty());
}

CAF_TEST(a tenant without videos has an empty fallback) {
  auto page = trending_page(*make_trending(test::make_snapshot({}), noon), {}, nullptr, noon);
  CAF_CHECK(page.items.empty());
  CAF_CHECK(!page.has_more);
}

CAF_TEST(every fallback page is that of the reference over random tenants and users) {
  std::size_t items = 0;
  for (std::uint64_t seed = 0; seed < 4'000; ++seed) {
    test::random_world random{seed};
    test::reference_query query;
    query.now = noon;
    std::vector<video> videos;
    std::vector<std::string> known;
    for (auto i = random.below(40); i > 0; --i) {
      videos.push_back(random.draw_video("v" + std::to_string(i), noon));
      known.push_back(videos.back().id);
      query.videos[known.back()] = videos.back();
    }
    query.rules = random.draw_rules(known);
    auto known_user = random.chance(0.7);
    if (known_user)
      query.signals = random.draw_signals(known);
    query.limit = 1 + random.below(10);
    for (auto i = random.below(4); i > 0; --i)
      query.excluded.insert(random.draw_id(known));
    for (auto i = random.below(known.size() + 1); i > 0; --i)
      if (auto id = random.draw_id(known); std::count(query.served.begin(), query.served.end(), id) == 0)
        query.served.push_back(id);
    query.popularity = random.draw_popularity(known, noon);
    auto trending = make_trending(test::make_snapshot(videos, query.rules, query.popularity), noon);
    const ranking_signals known_of_user{query.signals};
    auto page =
        trending_page(*trending, test::to_page_request(query), known_user ? &known_of_user : nullptr, noon);
    items += page.items.size();
    auto wrong = test::difference(test::reference_trending(query), page);
    if (!wrong.empty())
      CAF_FAIL("seed " << seed << ":" << wrong);
  }
  CAF_CHECK_GREATER(items, 4'000u);
}
