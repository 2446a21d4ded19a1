#define CAF_SUITE domain.reduced_ranking

#include "tests/support/unit_test.hpp"

#include "domain/best_candidates.hpp"
#include "domain/ranking.hpp"
#include "tests/support/random_world.hpp"
#include "tests/support/reference_feed.hpp"

using namespace kinora;
using test::make_video;
using test::noon;

namespace {

using ids = std::vector<std::string>;

/// Of falling base score: v100, v101, …
std::vector<video> ladder(std::size_t count) {
  std::vector<video> out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back(make_video("v" + std::to_string(100 + i), 90.0 - static_cast<double>(i)));
  return out;
}

/// A tenant whose feeds may be ranked from its best few videos.
struct tenant {
  catalogue_snapshot_ptr catalogue;
  catalogue_snapshot_ptr best;

  tenant(const std::vector<video>& videos, std::size_t count_max, tenant_rules rules = {})
      : catalogue{test::make_snapshot(videos, std::move(rules))},
        best{best_candidates(*make_trending(catalogue, noon), count_max)} {}

  slate rank(const page_request& page, const user_signals* signals = nullptr) const {
    ranking tested;
    const ranking_signals known{signals ? *signals : user_signals{}};
    return tested.run({catalogue, signals ? &known : nullptr, page, noon, {}, {}, best}).value();
  }
};

page_request hurried(std::size_t limit, const ids& served = {}) {
  page_request out;
  out.limit = limit;
  out.served = test::hashes_of(served);
  out.may_reduce = true;
  return out;
}

page_request unhurried(page_request x) {
  x.may_reduce = false;
  return x;
}

user_signals fan_of(const std::string& tag) {
  user_signals out;
  out.affinities = {{tag, 1.0}};
  return out;
}

} // namespace

CAF_TEST(a reduced page is the page of the whole catalogue where the best are among the candidates) {
  const tenant on{ladder(20), 8};
  const auto reduced = on.rank(hurried(5));
  CAF_CHECK(reduced.is_reduced);
  CAF_CHECK(reduced.has_more);
  CAF_CHECK_EQUAL(test::ids_of(reduced), ids({"v100", "v101", "v102", "v103", "v104"}));
  CAF_CHECK_EQUAL(test::ids_of(reduced), test::ids_of(on.rank(unhurried(hurried(5)))));
}

CAF_TEST(a reduced page is personal but holds nothing besides the candidates) {
  auto videos = ladder(20);
  for (auto i : {2u, 4u, 15u})
    videos[i].tags = {"liked"};
  const tenant on{videos, 8};
  const auto user = fan_of("liked");
  CAF_CHECK_EQUAL(test::ids_of(on.rank(hurried(3), &user)), ids({"v102", "v104", "v100"}));
  CAF_CHECK_EQUAL(test::ids_of(on.rank(unhurried(hurried(3)), &user)), ids({"v102", "v104", "v115"}));
}

CAF_TEST(nothing is reduced that nobody wants reduced) {
  const tenant on{ladder(20), 8};
  CAF_CHECK(!on.rank(unhurried(hurried(5))).is_reduced);
}

CAF_TEST(a catalogue of which nothing would be left out is not reduced) {
  const tenant on{ladder(8), 8};
  CAF_CHECK(!on.rank(hurried(5)).is_reduced);
}

CAF_TEST(what is to be explained is ranked among all) {
  auto videos = ladder(20);
  videos[15].tags = {"liked"};
  const tenant on{videos, 8};
  const auto user = fan_of("liked");
  auto page = hurried(3);
  page.explain = true;
  const auto explained = on.rank(page, &user);
  CAF_CHECK(!explained.is_reduced);
  CAF_REQUIRE_EQUAL(explained.items.size(), 3u);
  CAF_CHECK_EQUAL(explained.items[0].video->id, "v115");
  CAF_CHECK_EQUAL(explained.items[0].rank, 1u);
}

CAF_TEST(pins stand where the rules put them in reduced pages too) {
  tenant_rules rules;
  rules.pins = {{"v119", 1}};
  const auto page = tenant{ladder(20), 8, rules}.rank(hurried(3));
  CAF_CHECK(page.is_reduced);
  CAF_CHECK_EQUAL(test::ids_of(page), ids({"v100", "v119", "v101"}));
  CAF_CHECK(page.items[1].pinned);
}

CAF_TEST(reduced pages leave out what was watched and excluded and served) {
  user_signals user;
  user.watched_ids = {"v100"};
  auto page = hurried(3, {"v102"});
  page.excluded = test::hashes_of({"v101"});
  const auto reduced = tenant{ladder(20), 8}.rank(page, &user);
  CAF_CHECK(reduced.is_reduced);
  CAF_CHECK_EQUAL(test::ids_of(reduced), ids({"v103", "v104", "v105"}));
}

CAF_TEST(who has watched most candidates gets the whole catalogue) {
  const tenant on{ladder(20), 8};
  user_signals user;
  user.watched_ids = {"v100", "v101", "v102", "v103", "v104"};
  const auto short_of_one = on.rank(hurried(4), &user); // three candidates are left
  CAF_CHECK(!short_of_one.is_reduced);
  CAF_CHECK_EQUAL(test::ids_of(short_of_one), ids({"v105", "v106", "v107", "v108"}));
  const auto no_next_page = on.rank(hurried(3), &user); // the third would be taken for the last
  CAF_CHECK(!no_next_page.is_reduced);
  CAF_CHECK(no_next_page.has_more);
  CAF_CHECK(on.rank(hurried(2), &user).is_reduced);
}

CAF_TEST(the last page of a session needs no candidates for a next one) {
  ids served;
  for (std::size_t i = 0; i + 2 < session_items_max; ++i)
    served.push_back("gone" + std::to_string(i));
  const auto page = tenant{ladder(20), 2}.rank(hurried(5, served));
  CAF_CHECK(page.is_reduced);
  CAF_CHECK_EQUAL(test::ids_of(page), ids({"v100", "v101"}));
  CAF_CHECK(!page.has_more);
}

CAF_TEST(where candidates cannot keep the limits of diversity the whole catalogue does) {
  tenant_rules rules;
  rules.diversity.max_per_creator = 1;
  rules.diversity.window = 3;
  auto videos = ladder(20);
  for (std::size_t i = 0; i < videos.size(); ++i)
    videos[i].creator_id = i < 16 ? "a" : "creator" + std::to_string(i);
  const tenant on{videos, 5, rules};
  const auto user = [] {
    user_signals out; // two of the other creators' candidates are left: enough for one position
    out.watched_ids = {"v116", "v117"};
    return out;
  }();
  const auto page = on.rank(hurried(4), &user);
  CAF_CHECK(!page.is_reduced);
  CAF_CHECK_EQUAL(test::ids_of(page), ids({"v100", "v118", "v119", "v101"}));
  CAF_CHECK(on.rank(hurried(2), &user).is_reduced);
}

CAF_TEST(limits of diversity reach back to what was served from outside the candidates) {
  tenant_rules rules;
  rules.diversity.max_per_creator = 1;
  rules.diversity.window = 2;
  auto videos = ladder(20);
  videos[0].creator_id = videos[19].creator_id = "a";
  const auto page = tenant{videos, 8, rules}.rank(hurried(2, {"v119"}));
  CAF_CHECK(page.is_reduced);
  CAF_CHECK_EQUAL(test::ids_of(page), ids({"v101", "v100"}));
}

CAF_TEST(giving up ends a reduced ranking with a timeout) {
  const tenant on{ladder(20), 8};
  const auto page = hurried(5);
  ranking tested;
  auto out = tested.run({on.catalogue, nullptr, page, noon, [] { return true; }, {}, on.best});
  CAF_REQUIRE(!out);
  CAF_CHECK(out.error().code == errc::timeout);
}

namespace {

/// A tenant, a user and a page drawn at random, ranked both by what is tested and by the reference.
class random_case {
public:
  explicit random_case(std::uint64_t seed) {
    test::random_world random{seed};
    std::vector<video> videos;
    ids known;
    for (auto count = random.below(40); known.size() < count;) {
      known.push_back("v" + std::to_string(known.size()));
      videos.push_back(random.draw_video(known.back(), noon));
      query_.videos[known.back()] = videos.back();
    }
    query_.now = noon;
    query_.rules = random.draw_rules(known);
    query_.signals = random.draw_signals(known);
    query_.popularity = random.draw_popularity(known, noon);
    query_.limit = 1 + random.below(6);
    for (auto i = random.below(8); i > 0; --i)
      if (auto id = random.draw_id(known); std::count(query_.served.begin(), query_.served.end(), id) == 0)
        query_.served.push_back(id);
    catalogue_ = test::make_snapshot(videos, query_.rules, query_.popularity);
    best_ = best_candidates(*make_trending(catalogue_, noon), 1 + random.below(25));
  }

  /// What is wrong with the page; nothing when it is empty. Counts reduced pages.
  std::string run(std::size_t& reduced) {
    auto page = test::to_page_request(query_);
    page.may_reduce = true;
    const ranking_signals known{query_.signals};
    const auto feed = ranking_.run({catalogue_, &known, page, noon, {}, {}, best_}).value();
    const auto expected = feed.is_reduced ? reference_of_best() : test::reference_ranking(query_);
    if (test::ids_of(feed) != ids_of(expected) || feed.has_more != expected.has_more)
      return "is not the page of the reference";
    if (!feed.is_reduced)
      return best_ && !query_.rules.diversity.any() && is_enough(reference_of_best()) ? "is not reduced" : "";
    ++reduced;
    if (!is_enough(expected))
      return "wants more candidates";
    return breaks_limits(feed) ? "breaks limits of diversity" : "";
  }

private:
  test::reference_page reference_of_best() const {
    const auto eligible = test::eligible_ids(query_);
    std::set<std::string> kept;
    for (auto& block : best_->blocks)
      for (auto& x : block->rows->videos)
        if (eligible.contains(x->id))
          kept.insert(x->id);
    return test::cut_page(query_, test::rank_by(query_, kept, test::personal_score));
  }

  bool is_enough(const test::reference_page& x) const { return x.items.size() == query_.limit && x.has_more; }

  bool breaks_limits(const slate& feed) const {
    std::vector<const video*> line;
    for (auto& id : query_.served) {
      auto x = query_.videos.find(id);
      line.push_back(x != query_.videos.end() && test::passes_filters(x->second, query_.rules.filters)
                         ? &x->second
                         : nullptr);
    }
    for (auto& x : feed.items)
      line.push_back(x.video);
    for (std::size_t i = 0; i < feed.items.size(); ++i)
      if (!feed.items[i].pinned && test::breaks_limit(line, query_.served.size() + i, query_.rules.diversity))
        return true;
    return false;
  }

  static ids ids_of(const test::reference_page& x) {
    ids out;
    for (auto& item : x.items)
      out.push_back(item.id);
    return out;
  }

  test::reference_query query_;
  catalogue_snapshot_ptr catalogue_;
  catalogue_snapshot_ptr best_;
  ranking ranking_;
};

} // namespace

CAF_TEST(every page is that of the reference among the candidates or among all) {
  constexpr std::uint64_t seeds = 4'000;
  std::size_t reduced = 0;
  for (std::uint64_t seed = 0; seed < seeds; ++seed)
    if (auto wrong = random_case{seed}.run(reduced); !wrong.empty())
      CAF_FAIL("seed " << seed << ": the page " << wrong);
  CAF_MESSAGE(reduced << " pages were reduced");
  CAF_CHECK_GREATER(reduced, seeds / 10);
  CAF_CHECK_LESS(reduced, seeds * 9 / 10);
}
