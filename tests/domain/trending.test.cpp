#define CAF_SUITE domain.trending

#include "tests/support/unit_test.hpp"

#include "domain/trending.hpp"
#include "tests/support/random_world.hpp"
#include "tests/support/reference_feed.hpp"

using namespace kinora;
using test::make_video;
using test::noon;

namespace {

using ids = std::vector<std::string>;

ids ids_of(const trending_list& x) {
  ids out;
  for (auto& entry : x.entries)
    out.push_back(entry.video()->id);
  return out;
}

trending_list_ptr trending_of(const std::vector<video>& videos, tenant_rules rules = {},
                              wall_time now = noon) {
  return make_trending(test::make_snapshot(videos, std::move(rules)), now);
}

std::vector<video> many(std::size_t count) {
  std::vector<video> out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back(make_video("v" + std::to_string(10'000 + i), static_cast<double>((i * 7'919) % 101)));
  return out;
}

video between(std::string id, std::optional<wall_time> published_at, std::optional<wall_time> expires_at) {
  auto out = make_video(std::move(id), 50.0, {}, published_at);
  out.expires_at = expires_at;
  return out;
}

constexpr std::chrono::milliseconds tick{1};

} // namespace

CAF_TEST(trending sorts by score with multipliers and boosts) {
  tenant_rules rules;
  rules.tag_multipliers = {{"hot", 3.0}};
  rules.boosts = {{"boosted", 2.5}};
  auto list = trending_of(
      {make_video("plain", 60.0), make_video("hot", 30.0, {"hot"}), make_video("boosted", 40.0)}, rules);
  CAF_CHECK_EQUAL(ids_of(*list), ids({"boosted", "hot", "plain"}));
  auto score = list->entries[0].score();
  CAF_CHECK_EQUAL(score, 100.0);
  CAF_CHECK_EQUAL(list->entries[0].hash, video_hash("boosted"));
}

CAF_TEST(trending knows neither recency nor the weights of a user) {
  tenant_rules rules;
  rules.weights = {1000.0, 0.0, 1000.0, 1000.0};
  auto list = trending_of({make_video("new", 10.0, {}, noon), make_video("popular", 90.0)}, rules);
  CAF_CHECK_EQUAL(ids_of(*list), ids({"popular", "new"}));
}

CAF_TEST(popularity moves a video up and multiplies like its own score) {
  tenant_rules rules;
  rules.learning.popularity_k = 10.0;
  rules.boosts = {{"boosted", 2.0}};
  std::vector<video> videos{make_video("boosted", 40.0), make_video("first", 90.0), make_video("last", 20.0)};
  test::popularity_sums popularity{{"last", test::sum_of(90.0)}};
  auto order = [&] { return ids_of(*make_trending(test::make_snapshot(videos, rules, popularity), noon)); };
  CAF_CHECK_EQUAL(order(), ids({"last", "first", "boosted"})); // 20 + 80 × 90/100 = 92
  popularity["boosted"] = test::sum_of(10.0);                  // 2 × (40 + 60 × 10/20) = 140
  CAF_CHECK_EQUAL(order(), ids({"boosted", "last", "first"}));
  popularity["last"] = test::sum_of(-90.0);
  CAF_CHECK_EQUAL(order(), ids({"boosted", "first", "last"}));
}

CAF_TEST(ties of trending break by newer and then by id) {
  auto ago = [](double hours) { return test::hours_before(noon, hours); };
  auto list =
      trending_of({make_video("d"), make_video("c", 50.0, {}, ago(2)), make_video("b", 50.0, {}, ago(1)),
                   make_video("a", 50.0, {}, ago(2)), make_video("e")});
  CAF_CHECK_EQUAL(ids_of(*list), ids({"b", "a", "c", "d", "e"}));
}

CAF_TEST(trending holds what passes the filters and is visible) {
  tenant_rules rules;
  rules.filters.exclude_tags = {"politics"};
  auto list = trending_of({make_video("good"), make_video("tagged", 99.0, {"politics"}),
                           between("future", noon + tick, std::nullopt),
                           between("expired", std::nullopt, noon), between("due", noon, noon + tick)},
                          rules);
  CAF_CHECK_EQUAL(ids_of(*list), ids({"due", "good"}));
}

CAF_TEST(trending holds the best thousand of every block) {
  auto videos = many(9'000);
  // The later a block, the better its videos.
  for (std::size_t i = 0; i < videos.size(); ++i)
    videos[i].score = videos[i].score / 2.0 + static_cast<double>(i / 1'000);
  test::reference_query query;
  query.now = noon;
  for (auto& x : videos)
    query.videos[x.id] = x;
  ids best;
  for (auto& x : test::rank_by(query, test::eligible_ids(query), test::popular_score))
    best.push_back(x.id);
  best.resize(trending_list::entries_max);
  CAF_CHECK_EQUAL(ids_of(*trending_of(videos)), best);
}

CAF_TEST(pinned videos past the thousand are on the list once) {
  auto videos = many(2'000);
  auto last = make_video("last", 0.0, {"politics"});
  auto unseen = between("unseen", noon + tick, std::nullopt);
  videos.insert(videos.end(), {make_video("a pin", 0.5), make_video("b pin", 0.75), last, unseen});
  tenant_rules rules;
  rules.filters.exclude_tags = {"politics"};
  rules.pins = {{"a pin", 3}, {"b pin", 9'999}, {"last", 0}, {"unseen", 0}, {"missing", 0}};
  auto unpinned = ids_of(*trending_of(videos, {}));
  rules.pins[unpinned[4]] = 7;
  auto list = trending_of(videos, rules);
  auto expected = unpinned;
  expected.insert(expected.end(), {"b pin", "a pin"});
  CAF_CHECK_EQUAL(ids_of(*list), expected);
  CAF_CHECK(list->entries[4].pin == 7u);
  CAF_CHECK(list->entries[5].pin == std::nullopt);
  CAF_CHECK(list->entries[1'000].pin == 9'999u);
  CAF_CHECK(list->entries[1'001].pin == 3u);
}

CAF_TEST(nothing changes by itself when nothing falls due or expires) {
  CAF_CHECK(trending_of({})->next_change == std::nullopt);
  CAF_CHECK(
      trending_of({between("old", noon, std::nullopt), between("gone", std::nullopt, noon)})->next_change ==
      std::nullopt);
}

CAF_TEST(the next change is the first publication or expiry after now) {
  std::vector<video> videos{between("a", noon, noon + 30 * tick),
                            between("b", noon + 20 * tick, noon + 25 * tick),
                            between("c", noon + 70 * tick, std::nullopt), between("d", std::nullopt, noon)};
  auto next_after = [&](wall_time now) { return trending_of(videos, {}, now)->next_change; };
  CAF_CHECK(next_after(noon - tick) == noon);
  CAF_CHECK(next_after(noon) == noon + 20 * tick);
  CAF_CHECK(next_after(noon + 19 * tick) == noon + 20 * tick);
  CAF_CHECK(next_after(noon + 20 * tick) == noon + 25 * tick);
  CAF_CHECK(next_after(noon + 25 * tick) == noon + 30 * tick);
  CAF_CHECK(next_after(noon + 30 * tick) == noon + 70 * tick);
  CAF_CHECK(next_after(noon + 70 * tick) == std::nullopt);
}

CAF_TEST(a list knows when it was made) {
  CAF_CHECK(trending_of({make_video("x")})->made_at == noon);
}

CAF_TEST(filtered videos cause no change) {
  tenant_rules rules;
  rules.filters.exclude_tags = {"politics"};
  auto x = between("x", noon + tick, std::nullopt);
  x.tags = {"politics"};
  CAF_CHECK(trending_of({x}, rules)->next_change == std::nullopt);
}

CAF_TEST(a list stays right from one change to the next) {
  std::size_t rebuilt = 0, raised = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    test::random_world random{seed};
    test::reference_query query;
    query.now = noon;
    std::vector<video> videos;
    for (auto i = random.below(30); i > 0; --i) {
      videos.push_back(random.draw_video("v" + std::to_string(i), noon));
      query.videos[videos.back().id] = videos.back();
    }
    query.rules = random.draw_rules({"v1", "v2", "v3"});
    // Sums of a time to come do not decay before it: the scores stay as they are meanwhile.
    for (auto& x : videos)
      if (random.chance(0.3))
        query.popularity[x.id] = random.draw_popularity(noon + std::chrono::hours{72});
    raised += query.popularity.size();
    auto snapshot = test::make_snapshot(videos, query.rules, query.popularity);
    auto list = make_trending(snapshot, noon);
    for (auto end = noon + std::chrono::hours{15}; query.now < end; query.now += std::chrono::minutes{30}) {
      if (list->next_change && *list->next_change <= query.now) {
        list = make_trending(snapshot, query.now);
        ++rebuilt;
      }
      ids expected;
      for (auto& x : test::rank_by(query, test::eligible_ids(query), test::popular_score))
        expected.push_back(x.id);
      if (ids_of(*list) != expected)
        CAF_FAIL("seed " << seed << ": " << caf::deep_to_string(ids_of(*list)) << " is not "
                         << caf::deep_to_string(expected));
    }
  }
  CAF_CHECK_GREATER(rebuilt, 300u);
  CAF_CHECK_GREATER(raised, 300u);
}
