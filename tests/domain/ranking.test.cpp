#define CAF_SUITE domain.ranking

#include "tests/support/unit_test.hpp"

#include "domain/ranking.hpp"
#include "tests/support/random_world.hpp"
#include "tests/support/reference_feed.hpp"

using namespace kinora;
using test::make_video;
using test::noon;

namespace {

using ids = std::vector<std::string>;

/// The demo's tenant_sports.
std::vector<video> sports_videos() {
  auto ago = [](double hours) { return test::hours_before(noon, hours); };
  return {make_video("v1", 95.0, {"sports", "football", "viral"}, ago(2)),
          make_video("v2", 80.0, {"sports", "tennis"}, ago(24)),
          make_video("v3", 60.0, {"strategy", "board_games"}, ago(48)),
          make_video("v4", 85.0, {"viral", "animals"}, ago(12)),
          make_video("v5", 40.0, {"news", "construction"}, ago(1))};
}

tenant_rules sports_rules() {
  tenant_rules out;
  out.weights = {1.5, 0.5, 2.0, 0.0};
  out.filters.exclude_tags = {"politics"};
  return out;
}

user_signals sporty() {
  user_signals out;
  out.watched_ids = {"v2"};
  out.affinities = {{"sports", 0.9}, {"football", 0.8}, {"strategy", 0.1}};
  return out;
}

/// `count` videos of falling score: x000 ranks first.
std::vector<video> ladder(std::size_t count) {
  std::vector<video> out;
  for (std::size_t i = 0; i < count; ++i) {
    auto number = std::to_string(i);
    out.push_back(make_video("x" + std::string(4 - number.size(), '0') + number,
                             100.0 * (1.0 - static_cast<double>(i) / static_cast<double>(count))));
  }
  return out;
}

struct query {
  catalogue_snapshot_ptr catalogue;
  const user_signals* signals = nullptr;
  page_request page{};
  wall_time now = noon;
};

slate rank(const query& x) {
  ranking tested;
  const ranking_signals known{x.signals ? *x.signals : user_signals{}};
  return tested.run({x.catalogue, x.signals ? &known : nullptr, x.page, x.now, {}}).value();
}

page_request page_of(std::size_t limit, const ids& served = {}, const ids& excluded = {}) {
  return {test::hashes_of(served), test::hashes_of(excluded), limit, false};
}

page_request explained() {
  return {{}, {}, 20, true};
}

} // namespace

CAF_TEST(a sports fan gets the order of the demo) {
  auto user = sporty();
  page_request page;
  page.explain = true;
  auto feed = rank({test::make_snapshot(sports_videos(), sports_rules()), &user, page});
  CAF_REQUIRE_EQUAL(test::ids_of(feed), ids({"v1", "v4", "v5", "v3"}));
  CAF_CHECK(!feed.has_more);
  auto& first = feed.items[0];
  CAF_CHECK(std::abs(first.score.final - 201.2) < 0.5);
  CAF_CHECK_EQUAL(first.score.base, 47.5);
  CAF_CHECK(std::abs(first.score.recency - 1.5 * 46.0 / 48.0) < 1e-9);
  CAF_CHECK(std::abs(first.score.affinity - 1.8) < 1e-9);
  CAF_CHECK_EQUAL(first.score.tag_multiplier, 1.0);
  CAF_CHECK_EQUAL(first.score.boost, 1.0);
  CAF_CHECK_EQUAL(first.rank, 1u);
  CAF_CHECK(!first.pinned);
  CAF_CHECK_EQUAL(first.matched_tags, ids({"sports", "football"}));
  CAF_CHECK_EQUAL(feed.items[3].matched_tags, ids({"strategy"}));
}

CAF_TEST(a cold start ranks by popularity and recency) {
  auto feed = rank({test::make_snapshot(sports_videos(), sports_rules())});
  CAF_CHECK_EQUAL(test::ids_of(feed), ids({"v1", "v4", "v2", "v5", "v3"}));
  for (auto& x : feed.items)
    CAF_CHECK_EQUAL(x.score.affinity, 0.0);
}

CAF_TEST(the parts of a score multiply to the final one) {
  auto rules = sports_rules();
  rules.weights.creator_affinity = 0.5;
  rules.tag_multipliers = {{"viral", 1.5}, {"sports", 2.0}};
  rules.boosts = {{"v1", 0.5}};
  auto videos = sports_videos();
  videos[0].creator_id = "ann";
  auto user = sporty();
  user.creator_affinities = {{"ann", 0.6}};
  auto feed = rank({test::make_snapshot(videos, rules), &user, explained()});
  for (auto& x : feed.items) {
    auto& s = x.score;
    CAF_CHECK(std::abs(s.final - s.base * (1 + s.recency + s.affinity) * s.tag_multiplier * s.boost) < 1e-9);
  }
  auto first =
      std::find_if(feed.items.begin(), feed.items.end(), [](auto& x) { return x.video->id == "v1"; });
  CAF_REQUIRE(first != feed.items.end());
  CAF_CHECK_EQUAL(first->score.tag_multiplier, 3.0);
  CAF_CHECK_EQUAL(first->score.boost, 0.5);
  CAF_CHECK(std::abs(first->score.affinity - (2.0 * 0.9 + 0.5 * 0.6)) < 1e-9);
}

CAF_TEST(popularity changes the order and is explained) {
  tenant_rules rules;
  rules.weights.popularity = 0.5;
  rules.learning.popularity_weight = 0.5;
  rules.learning.popularity_k = 10.0;
  auto videos = {make_video("liked", 40.0), make_video("plain", 60.0)};
  CAF_CHECK_EQUAL(test::ids_of(rank({test::make_snapshot(videos, rules), nullptr, explained()})),
                  ids({"plain", "liked"}));
  auto feed =
      rank({test::make_snapshot(videos, rules, {{"liked", test::sum_of(30.0)}}), nullptr, explained()});
  CAF_REQUIRE_EQUAL(test::ids_of(feed), ids({"liked", "plain"}));
  // 40 + 0.5 × (100 − 40) × 30/(30 + 10) = 62.5
  CAF_CHECK_EQUAL(feed.items[0].score, (scoring::score_parts{31.25, 0.75, 0.0, 0.0, 1.0, 1.0, 31.25}));
  CAF_CHECK_EQUAL(feed.items[1].score, (scoring::score_parts{30.0, 0.0, 0.0, 0.0, 1.0, 1.0, 30.0}));
}

CAF_TEST(popularity without a weight changes no score) {
  auto rules = sports_rules();
  rules.learning.popularity_weight = 0.0;
  auto user = sporty();
  auto without = rank({test::make_snapshot(sports_videos(), rules), &user, explained()});
  auto feed =
      rank({test::make_snapshot(sports_videos(), rules, {{"v3", test::sum_of(1e6)}}), &user, explained()});
  CAF_REQUIRE_EQUAL(test::ids_of(feed), test::ids_of(without));
  for (std::size_t i = 0; i < feed.items.size(); ++i)
    CAF_CHECK_EQUAL(feed.items[i].score.final, without.items[i].score.final);
  CAF_CHECK_GREATER(feed.items[3].score.popularity, 0.99);
}

CAF_TEST(a tag without any affinity is not matched) {
  user_signals user;
  user.affinities = {{"football", 0.0}, {"viral", 0.1}};
  page_request page;
  page.explain = true;
  auto feed = rank({test::make_snapshot(sports_videos(), sports_rules()), &user, page});
  CAF_REQUIRE_EQUAL(feed.items[0].video->id, "v1");
  CAF_CHECK_EQUAL(feed.items[0].matched_tags, ids({"viral"}));
}

CAF_TEST(tags are matched only when an explanation is asked) {
  auto user = sporty();
  auto feed = rank({test::make_snapshot(sports_videos(), sports_rules()), &user, {}});
  CAF_CHECK(feed.items[0].matched_tags.empty());
}

CAF_TEST(ties break by newer and then by id) {
  auto newer = test::hours_before(noon, 100), older = test::hours_before(noon, 200);
  auto feed = rank({test::make_snapshot({make_video("d", 50.0), make_video("c", 50.0, {}, older),
                                         make_video("b", 50.0, {}, newer), make_video("a", 50.0, {}, older),
                                         make_video("e", 50.0)})});
  CAF_CHECK_EQUAL(test::ids_of(feed), ids({"b", "a", "c", "d", "e"}));
}

CAF_TEST(ties break alike when only some of them fit the page) {
  std::vector<video> videos;
  for (auto i = 2999; i >= 0; --i)
    videos.push_back(make_video("t" + std::to_string(1'000'000 + i)));
  auto feed = rank({test::make_snapshot(videos), nullptr, page_of(2)});
  CAF_CHECK_EQUAL(test::ids_of(feed), ids({"t1000000", "t1000001"}));
}

CAF_TEST(of a block full of equals the first by id are served whatever is hidden) {
  std::vector<video> videos;
  for (std::size_t i = 0; i < 400; ++i)
    videos.push_back(make_video("x" + std::to_string(1'000 + i)));
  user_signals user;
  user.watched_ids = {"x1000", "x1002"};
  auto feed = rank({test::make_snapshot(videos, {}), &user, page_of(3, {"x1003"}, {"x1004"})});
  CAF_CHECK_EQUAL(test::ids_of(feed), ids({"x1001", "x1005", "x1006"}));
}

CAF_TEST(affinity lifts a video over a block of better ones) {
  auto videos = ladder(400);
  for (auto& x : videos)
    x.tags = {"of " + x.id};
  videos[399].score = 40.0;
  videos[399].tags = {"niche"};
  videos[398].score = 40.0;
  videos[398].creator_id = "ann";
  tenant_rules rules;
  rules.weights = {0.0, 1.0, 2.0, 1.8};
  user_signals user;
  user.affinities = {{"niche", 1.0}};
  user.creator_affinities = {{"ann", 1.0}};
  auto feed = rank({test::make_snapshot(videos, rules), &user, page_of(3)});
  CAF_CHECK_EQUAL(test::ids_of(feed), ids({"x0399", "x0398", "x0000"}));
}

CAF_TEST(a video is due at the instant of its publication) {
  auto due = make_video("due", 50.0, {}, noon);
  auto snapshot = test::make_snapshot({due});
  CAF_CHECK(rank({snapshot, nullptr, {}, noon - std::chrono::milliseconds{1}}).items.empty());
  auto feed = rank({snapshot, nullptr, explained(), noon});
  CAF_REQUIRE_EQUAL(feed.items.size(), 1u);
  CAF_CHECK_EQUAL(feed.items[0].score.recency, 1.0);
}

CAF_TEST(a video is gone at the instant of its expiry) {
  auto brief = make_video("brief");
  brief.expires_at = noon;
  auto snapshot = test::make_snapshot({brief});
  CAF_CHECK_EQUAL(rank({snapshot, nullptr, {}, noon - std::chrono::milliseconds{1}}).items.size(), 1u);
  CAF_CHECK(rank({snapshot, nullptr, {}, noon}).items.empty());
}

CAF_TEST(watched and excluded and served videos are left out) {
  user_signals user;
  user.watched_ids = {"x0001", "never heard of"};
  auto feed = rank({test::make_snapshot(ladder(6)), &user, page_of(2, {"x0000"}, {"x0003", "unknown"})});
  CAF_CHECK_EQUAL(test::ids_of(feed), ids({"x0002", "x0004"}));
  CAF_CHECK(feed.has_more);
}

CAF_TEST(ranks count what was served but not what is hidden) {
  user_signals user;
  user.watched_ids = {"x0001"};
  auto feed = rank({test::make_snapshot(ladder(6)), &user, page_of(2, {"x0000"}, {"x0003"})});
  CAF_REQUIRE_EQUAL(feed.items.size(), 2u);
  CAF_CHECK_EQUAL(feed.items[0].rank, 2u);
  CAF_CHECK_EQUAL(feed.items[1].rank, 3u);
}

CAF_TEST(a limit past what is left gives what is left and no more) {
  auto feed = rank({test::make_snapshot(ladder(5)), nullptr, page_of(50, {"x0000", "x0002"})});
  CAF_CHECK_EQUAL(test::ids_of(feed), ids({"x0001", "x0003", "x0004"}));
  CAF_CHECK(!feed.has_more);
}

CAF_TEST(a page that takes exactly what is left is the last one) {
  auto snapshot = test::make_snapshot(ladder(5));
  CAF_CHECK(rank({snapshot, nullptr, page_of(4)}).has_more);
  CAF_CHECK(!rank({snapshot, nullptr, page_of(5)}).has_more);
}

CAF_TEST(an empty catalogue gives an empty page) {
  auto feed = rank({test::make_snapshot({})});
  CAF_CHECK(feed.items.empty());
  CAF_CHECK(!feed.has_more);
}

CAF_TEST(a session ends after 500 items) {
  auto videos = ladder(600);
  auto snapshot = test::make_snapshot(videos);
  ids served;
  for (std::size_t i = 0; i < 490; ++i)
    served.push_back(videos[i].id);
  auto feed = rank({snapshot, nullptr, page_of(50, served)});
  CAF_CHECK_EQUAL(feed.items.size(), 10u);
  CAF_CHECK(!feed.has_more);
  CAF_CHECK(rank({snapshot, nullptr, page_of(9, served)}).has_more);
  CAF_CHECK(!rank({snapshot, nullptr, page_of(10, served)}).has_more);
  for (auto& id : test::ids_of(feed))
    served.push_back(id);
  auto past = rank({snapshot, nullptr, page_of(50, served)});
  CAF_CHECK(past.items.empty());
  CAF_CHECK(!past.has_more);
}

CAF_TEST(a pinned video leaves its ranked place) {
  tenant_rules rules;
  rules.pins = {{"x0004", 0}, {"x0000", 2}, {"does not exist", 1}};
  auto feed = rank({test::make_snapshot(ladder(5), rules)});
  CAF_CHECK_EQUAL(test::ids_of(feed), ids({"x0004", "x0001", "x0000", "x0002", "x0003"}));
  CAF_CHECK(feed.items[0].pinned);
  CAF_CHECK(!feed.items[1].pinned);
  CAF_CHECK(feed.items[2].pinned);
  CAF_CHECK_EQUAL(feed.items[0].rank, 5u);
  CAF_CHECK_EQUAL(feed.items[2].rank, 1u);
}

CAF_TEST(a pinned video obeys every filter) {
  tenant_rules rules;
  rules.filters.exclude_tags = {"politics"};
  rules.pins = {{"tagged", 0}, {"expired", 0}, {"future", 0}, {"watched", 0}, {"excluded", 0}, {"served", 0}};
  std::vector<video> videos{
      make_video("plain"),   make_video("tagged", 99.0, {"politics"}),
      make_video("expired"), make_video("future", 99.0, {}, noon + std::chrono::hours{1}),
      make_video("watched"), make_video("excluded"),
      make_video("served")};
  videos[2].expires_at = noon;
  user_signals user;
  user.watched_ids = {"watched"};
  auto feed = rank({test::make_snapshot(videos, rules), &user, page_of(20, {"served"}, {"excluded"})});
  CAF_CHECK_EQUAL(test::ids_of(feed), ids({"plain"}));
}

CAF_TEST(a pin that ranks far below the page is served in its place and explained with its rank) {
  tenant_rules rules;
  rules.pins = {{"x1500", 1}, {"x2999", 0}, {"x0700", 9'999}};
  auto snapshot = test::make_snapshot(ladder(3000), rules);
  auto page = page_of(3);
  page.explain = true;
  auto feed = rank({snapshot, nullptr, page});
  CAF_REQUIRE_EQUAL(test::ids_of(feed), ids({"x2999", "x1500", "x0000"}));
  CAF_CHECK_EQUAL(feed.items[0].rank, 3000u);
  CAF_CHECK_EQUAL(feed.items[1].rank, 1501u);
  CAF_CHECK_EQUAL(feed.items[2].rank, 1u);
  CAF_CHECK_EQUAL(test::ids_of(rank({snapshot, nullptr, page_of(3)})), test::ids_of(feed));
}

CAF_TEST(giving up is asked for every block and ends the ranking with a timeout) {
  auto snapshot = test::make_snapshot(ladder(3 * catalogue_block::rows_max));
  page_request page;
  ranking tested;
  auto asked = 0;
  auto stopped = tested.run({snapshot, nullptr, page, noon, [&] { return ++asked == 2; }});
  CAF_REQUIRE(!stopped);
  CAF_CHECK_EQUAL(to_string_view(stopped.error().code), "timeout");
  CAF_CHECK_EQUAL(asked, 2);
  asked = 0;
  auto finished = tested.run({snapshot, nullptr, page, noon, [&] { return ++asked < 0; }});
  CAF_REQUIRE(finished);
  CAF_CHECK_EQUAL(asked, 3);
  CAF_CHECK_EQUAL(finished->items.size(), 20u);
  CAF_CHECK_EQUAL(finished->items[0].video->id, "x0000");
}

CAF_TEST(ten thousand pins are ranked within reason) {
  tenant_rules rules;
  auto videos = ladder(9'999);
  for (std::uint32_t i = 0; i < videos.size(); ++i)
    rules.pins[videos[i].id] = 9'998 - i;
  auto feed = rank({test::make_snapshot(videos, rules), nullptr, page_of(2, {"x9998"})});
  CAF_CHECK_EQUAL(test::ids_of(feed), ids({"x9997", "x9996"}));
}

CAF_TEST(every page is that of the reference over random tenants and users) {
  ranking tested;
  std::size_t items = 0;
  for (std::uint64_t seed = 0; seed < 5'000; ++seed) {
    test::random_world random{seed};
    std::vector<std::string> known;
    std::vector<video> videos;
    auto count = random.chance(0.01)   ? 2'500
                 : random.chance(0.02) ? 100 + random.below(500)
                                       : random.below(40);
    test::reference_query query;
    query.now = noon;
    for (std::size_t i = 0; i < count; ++i) {
      videos.push_back(random.draw_video("v" + std::to_string(random.below(1'000'000)), noon));
      query.videos[videos.back().id] = videos.back();
      known.push_back(videos.back().id);
    }
    query.rules = random.draw_rules(known);
    auto cold = random.chance(0.2);
    if (!cold)
      query.signals = random.draw_signals(known);
    query.limit = 1 + random.below(random.chance(0.5) ? 5 : 50);
    for (auto i = random.chance(0.3) ? random.below(5) : 0; i > 0; --i)
      query.excluded.insert(random.draw_id(known));
    for (auto i = random.chance(0.5) ? random.below(known.size() + 1) : 0; i > 0; --i)
      if (auto id = random.draw_id(known);
          query.served.size() < 500 && std::count(query.served.begin(), query.served.end(), id) == 0)
        query.served.push_back(id);
    query.popularity = random.draw_popularity(known, noon);
    auto snapshot = test::make_snapshot(videos, query.rules, query.popularity);
    auto page = test::to_page_request(query, true);
    const ranking_signals signals{query.signals};
    const auto* of_user = cold ? nullptr : &signals;
    auto feed = tested.run({snapshot, of_user, page, noon, {}});
    CAF_REQUIRE(feed);
    items += feed->items.size();
    auto wrong = test::difference(test::reference_ranking(query), *feed);
    if (!wrong.empty())
      CAF_FAIL("seed " << seed << ":" << wrong);
    auto unexplained = page;
    unexplained.explain = false;
    if (test::ids_of(tested.run({snapshot, of_user, unexplained, noon, {}}).value()) != test::ids_of(*feed))
      CAF_FAIL("seed " << seed << ": explaining changes the page");
  }
  CAF_CHECK_GREATER(items, 20'000u);
}

CAF_TEST(what a user knows is found however much it is) {
  ranking tested;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    test::random_world random{seed};
    const auto tags = std::size_t{1} << (1 + random.below(10));
    const auto name = [](std::size_t i) { return "tag" + std::to_string(i); };
    test::reference_query query;
    query.now = noon;
    query.limit = 1 + random.below(30);
    query.rules.weights = {0.5, 1.0, 2.0, 1.5};
    std::vector<video> videos;
    for (std::size_t i = 0; i < 1'600; ++i) {
      auto x = make_video("v" + std::to_string(i), static_cast<double>(random.below(100)));
      for (auto many = random.chance(0.1) ? 30 : random.below(4); many > 0; --many)
        if (auto tag = name(random.below(tags)); std::count(x.tags.begin(), x.tags.end(), tag) == 0)
          x.tags.push_back(tag);
      x.creator_id = "creator" + std::to_string(random.below(tags));
      query.videos[x.id] = x;
      videos.push_back(std::move(x));
    }
    for (auto known = std::size_t{1} << random.below(10); known > 0; --known) {
      query.signals.affinities[name(random.below(tags))] = static_cast<double>(1 + random.below(100)) / 100.0;
      query.signals.creator_affinities["creator" + std::to_string(random.below(tags))] = 0.5;
    }
    const ranking_signals signals{query.signals};
    const auto snapshot = test::make_snapshot(videos, query.rules);
    const auto page = test::to_page_request(query, true);
    const auto feed = tested.run({snapshot, &signals, page, noon, {}}).value();
    if (const auto wrong = test::difference(test::reference_ranking(query), feed); !wrong.empty())
      CAF_FAIL("seed " << seed << ": " << wrong);
  }
}
