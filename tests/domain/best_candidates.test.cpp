#define CAF_SUITE domain.best_candidates

#include "tests/support/unit_test.hpp"

#include "domain/best_candidates.hpp"
#include "tests/support/random_world.hpp"
#include "tests/support/reference_feed.hpp"

using namespace kinora;
using test::make_video;
using test::noon;

namespace {

using ids = std::vector<std::string>;

catalogue_snapshot_ptr candidates_of(const std::vector<video>& videos, tenant_rules rules,
                                     std::size_t count_max, const test::popularity_sums& popularity = {}) {
  return best_candidates(*make_trending(test::make_snapshot(videos, std::move(rules), popularity), noon),
                         count_max);
}

ids ids_of(const catalogue_snapshot_ptr& x) {
  ids out;
  if (x)
    for (auto& block : x->blocks)
      for (auto& video : block->rows->videos)
        out.push_back(video->id);
  return out;
}

} // namespace

CAF_TEST(the best by base score are kept as multipliers and boosts and popularity raise it) {
  tenant_rules rules;
  rules.tag_multipliers = {{"hot", 3.0}};
  rules.boosts = {{"boosted", 2.0}};
  const std::vector<video> videos{make_video("a", 60.0), make_video("b", 50.0),
                                  make_video("hot", 30.0, {"hot"}), make_video("boosted", 40.0),
                                  make_video("loved", 10.0)};
  CAF_CHECK_EQUAL(ids_of(candidates_of(videos, rules, 3, {{"loved", test::sum_of(1e9)}})),
                  ids({"loved", "hot", "boosted"}));
}

CAF_TEST(every pinned video is kept wherever it ranks) {
  tenant_rules rules;
  rules.pins = {{"worst", 2}, {"second", 7}};
  const std::vector<video> videos{make_video("best", 90.0), make_video("second", 80.0),
                                  make_video("third", 70.0), make_video("worst", 1.0)};
  const auto kept = candidates_of(videos, rules, 2);
  CAF_REQUIRE_EQUAL(ids_of(kept), ids({"best", "second", "worst"}));
  CAF_CHECK_EQUAL(kept->pinned, 2u);
  CAF_CHECK(kept->blocks[0]->rows->pin_of(1) == 7u);
  CAF_CHECK(kept->blocks[0]->rows->pin_of(2) == 2u);
}

CAF_TEST(what nobody may see takes no place) {
  auto early = make_video("early", 99.0, {}, noon + std::chrono::hours{1});
  auto expired = make_video("expired", 98.0);
  expired.expires_at = noon;
  CAF_CHECK_EQUAL(
      ids_of(candidates_of({early, expired, make_video("a", 3.0), make_video("b", 2.0), make_video("c", 1.0)},
                           {}, 2)),
      ids({"a", "b"}));
}

CAF_TEST(there are none where nothing that is visible would be left out) {
  const std::vector<video> visible{make_video("a", 3.0), make_video("b", 2.0)};
  CAF_CHECK(!candidates_of(visible, {}, 2));
  CAF_CHECK(candidates_of(visible, {}, 1));
  auto with_early = visible;
  with_early.push_back(make_video("early", 1.0, {}, noon + std::chrono::hours{1}));
  CAF_CHECK(!candidates_of(with_early, {}, 2));
  tenant_rules rules;
  rules.pins = {{"b", 0}};
  CAF_CHECK(!candidates_of(visible, rules, 1));
  CAF_CHECK(!candidates_of({}, {}, 1));
}

CAF_TEST(no creator has more of them than a page can show where a tenant limits that) {
  tenant_rules rules;
  rules.diversity.max_per_creator = 1;
  rules.diversity.window = 4;
  std::vector<video> videos;
  for (std::size_t i = 0; i < 20; ++i) {
    videos.push_back(make_video("v" + std::to_string(10 + i), 90.0 - static_cast<double>(i)));
    videos.back().creator_id = i < 10 ? "prolific" : "creator" + std::to_string(i);
  }
  CAF_CHECK_EQUAL(ids_of(candidates_of(videos, rules, 8)),
                  ids({"v10", "v11", "v20", "v21", "v22", "v23", "v24", "v25"}));
  videos.resize(11); // too few others: the rest is his all the same
  CAF_CHECK_EQUAL(ids_of(candidates_of(videos, rules, 4)), ids({"v10", "v11", "v12", "v20"}));
}

CAF_TEST(rows are those of the catalogue in every column) {
  test::random_world random{7};
  std::vector<video> videos;
  ids known;
  for (std::size_t i = 0; i < 900; ++i) {
    known.push_back("v" + std::to_string(i));
    videos.push_back(random.draw_video(known.back(), noon));
  }
  auto rules = random.draw_rules(known, false);
  rules.diversity = {};
  const auto whole = test::make_snapshot(videos, rules, random.draw_popularity(known, noon));
  const auto kept = best_candidates(*make_trending(whole, noon), catalogue_block::rows_max + 100);
  CAF_REQUIRE(kept);
  CAF_CHECK_EQUAL(kept->blocks.size(), 2u);
  CAF_CHECK_EQUAL(kept->eligible, ids_of(kept).size());
  CAF_CHECK(kept->rules == whole->rules && kept->tags == whole->tags && kept->creators == whole->creators);
  std::size_t compared = 0;
  for (auto& block : kept->blocks)
    for (std::size_t row = 0; row < block->size(); ++row)
      for (auto& other : whole->blocks)
        for (std::size_t i = 0; i < other->size(); ++i) {
          auto &x = *block->rows, &y = *other->rows;
          if (x.hash[row] != y.hash[i])
            continue;
          ++compared;
          CAF_CHECK(x.videos[row] == y.videos[i] && x.published[row] == y.published[i] &&
                    x.expires[row] == y.expires[i] && x.factor[row] == y.factor[i] &&
                    x.creator[row] == y.creator[i] && x.pin_of(row) == y.pin_of(i));
          CAF_CHECK(std::ranges::equal(x.tags_of(row), y.tags_of(i)));
          CAF_CHECK(block->base[row] == other->base[i] && block->trend[row] == other->trend[i] &&
                    block->popularity_of(row) == other->popularity_of(i));
        }
  CAF_CHECK_EQUAL(compared, kept->eligible);
}
