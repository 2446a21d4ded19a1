#define CAF_SUITE domain.diversity

#include "tests/support/unit_test.hpp"

#include "domain/fallback.hpp"
#include "domain/ranking.hpp"
#include "tests/support/random_world.hpp"
#include "tests/support/reference_feed.hpp"

using namespace kinora;
using test::noon;

namespace {

using ids = std::vector<std::string>;

/// A video of a creator; the better it ranks the higher its score.
video made_by(std::string creator, std::string id, double score, ids tags = {}) {
  auto out = test::make_video(std::move(id), score, std::move(tags));
  out.creator_id = std::move(creator);
  return out;
}

tenant_rules limited(diversity_limits limits) {
  tenant_rules out;
  out.diversity = limits;
  return out;
}

page_request page_of(std::size_t limit, const ids& served = {}) {
  return {test::hashes_of(served), {}, limit, true};
}

/// The ranked page and the trending page, which have to be alike here: scores decide alone.
slate both(const std::vector<video>& videos, const tenant_rules& rules, const page_request& page) {
  auto snapshot = test::make_snapshot(videos, rules);
  auto ranked = ranking{}.run({snapshot, nullptr, page, noon, {}}).value();
  auto trending = trending_page(*make_trending(snapshot, noon), page, nullptr, noon);
  CAF_CHECK_EQUAL(test::ids_of(trending), test::ids_of(ranked));
  CAF_CHECK_EQUAL(trending.has_more, ranked.has_more);
  return ranked;
}

const std::vector<video> three_of_ada{made_by("ada", "a1", 90), made_by("ada", "a2", 80),
                                      made_by("ada", "a3", 70), made_by("bob", "b1", 60),
                                      made_by("cy", "c1", 50),  made_by("bob", "b2", 40)};

/// What the note of an item says, "" without one.
std::string note_of(const slate_item& x) {
  if (!x.diversity)
    return "";
  auto& note = *x.diversity;
  return std::string{note.move == diversity_move::up     ? "up"
                     : note.move == diversity_move::down ? "down"
                                                         : "-"} +
         (note.rule == diversity_rule::max_per_creator ? " creator " : " tag ") + note.value +
         (note.exceeded ? " exceeded" : "");
}

ids notes_of(const slate& page) {
  ids out;
  for (auto& x : page.items)
    out.push_back(note_of(x));
  return out;
}

/// A tenant that few creators and tags dominate: what ranks first is of one kind, the rest far below.
test::reference_query draw_dominated(test::random_world& random, std::size_t videos_max) {
  test::reference_query out;
  out.now = noon;
  ids known;
  for (auto i = random.below(videos_max); i > 0; --i) {
    auto x = random.draw_video("v" + std::to_string(i), noon);
    if (random.chance(0.8)) {
      x.creator_id = "hit factory";
      x.score = 100.0 - static_cast<double>(random.below(10));
      x.tags = {"hits", random.tag()};
    }
    known.push_back(x.id);
    out.videos[x.id] = x;
  }
  out.rules = random.draw_rules(known);
  out.rules.diversity.window = static_cast<std::uint32_t>(1 + random.below(15));
  out.rules.diversity.max_per_creator = static_cast<std::uint32_t>(1 + random.below(3));
  if (random.chance(0.5))
    out.rules.diversity.max_per_tag = static_cast<std::uint32_t>(1 + random.below(4));
  out.signals = random.draw_signals(known);
  return out;
}

std::vector<video> videos_of(const test::reference_query& query) {
  std::vector<video> out;
  for (auto& [id, x] : query.videos)
    out.push_back(x);
  return out;
}

/// A whole session of `query`, in pages of random lengths, as one.
slate whole_session(const test::reference_query& query, test::random_world& random, bool is_trending) {
  auto snapshot = test::make_snapshot(videos_of(query), query.rules);
  auto trending = make_trending(snapshot, query.now);
  ranking ranker;
  slate out;
  out.catalogue = snapshot;
  page_request page;
  for (auto more = true; more;) {
    page.limit = 1 + random.below(12);
    const ranking_signals known{query.signals};
    auto feed = is_trending ? trending_page(*trending, page, &known, query.now)
                            : ranker.run({snapshot, &known, page, query.now, {}}).value();
    for (auto& x : feed.items) {
      page.served.push_back(x.hash);
      out.items.push_back(x);
    }
    more = feed.has_more;
  }
  return out;
}

/// The first position of a session that breaks a limit although something else could have stood there;
/// nullopt without one.
std::optional<std::size_t> first_broken(const test::reference_query& query,
                                        const std::vector<slate_item>& session) {
  // What a position has to respect: what came before it, and pins wherever they are.
  std::vector<const video*> line;
  for (auto& x : session)
    line.push_back(x.pinned ? x.video : nullptr);
  for (std::size_t i = 0; i < session.size(); ++i) {
    auto fits = [&](const slate_item& x) {
      line[i] = x.video;
      return !test::breaks_limit(line, i, query.rules.diversity);
    };
    if (session[i].pinned)
      continue;
    if (!fits(session[i]) && std::any_of(session.begin() + static_cast<std::ptrdiff_t>(i), session.end(),
                                         [&](auto& later) { return !later.pinned && fits(later); }))
      return i;
    line[i] = session[i].video;
  }
  return std::nullopt;
}

} // namespace

CAF_TEST(without limits the best come first whoever made them) {
  auto page = both(three_of_ada, {}, page_of(6));
  CAF_CHECK_EQUAL(test::ids_of(page), ids({"a1", "a2", "a3", "b1", "c1", "b2"}));
  CAF_CHECK_EQUAL(notes_of(page), ids(6));
  CAF_CHECK_EQUAL(test::ids_of(both(three_of_ada, limited({1, std::nullopt, 1}), page_of(3))),
                  ids({"a1", "a2", "a3"})); // a window of one position holds one video
}

CAF_TEST(a creator waits until the window has room) {
  auto page = both(three_of_ada, limited({1, std::nullopt, 3}), page_of(6));
  CAF_CHECK_EQUAL(test::ids_of(page), ids({"a1", "b1", "c1", "a2", "b2", "a3"}));
  page = both(three_of_ada, limited({2, std::nullopt, 3}), page_of(6));
  CAF_CHECK_EQUAL(test::ids_of(page), ids({"a1", "a2", "b1", "a3", "c1", "b2"}));
}

CAF_TEST(a window reaches back over the pages before) {
  auto rules = limited({1, std::nullopt, 3});
  CAF_CHECK_EQUAL(test::ids_of(both(three_of_ada, rules, page_of(2, {"a1", "b1"}))), ids({"c1", "a2"}));
  CAF_CHECK_EQUAL(test::ids_of(both(three_of_ada, rules, page_of(2, {"a1", "gone", "c1"}))),
                  ids({"a2", "b1"})); // a1 is out of the window; of what is gone nothing is known
}

CAF_TEST(a tag is limited like a creator and any tag of a video can be one too many) {
  const std::vector<video> videos{made_by("", "n1", 90, {"news"}), made_by("", "n2", 80, {"city", "news"}),
                                  made_by("", "n3", 70, {"news", "city"}), made_by("", "c1", 60, {"city"}),
                                  made_by("", "s1", 50, {"sport"})};
  CAF_CHECK_EQUAL(test::ids_of(both(videos, limited({std::nullopt, 1, 2}), page_of(5))),
                  ids({"n1", "c1", "s1", "n2", "n3"}));
  CAF_CHECK_EQUAL(test::ids_of(both(videos, limited({std::nullopt, 2, 3}), page_of(5))),
                  ids({"n1", "n2", "c1", "s1", "n3"}));
}

CAF_TEST(videos without a creator are nobodys) {
  const std::vector<video> videos{made_by("", "x1", 90), made_by("", "x2", 80), made_by("ada", "a1", 70)};
  CAF_CHECK_EQUAL(test::ids_of(both(videos, limited({1, std::nullopt, 10}), page_of(3))),
                  ids({"x1", "x2", "a1"}));
}

CAF_TEST(a page is full while there are candidates) {
  auto page = both(three_of_ada, limited({1, std::nullopt, 100}), page_of(6));
  CAF_CHECK_EQUAL(test::ids_of(page), ids({"a1", "b1", "c1", "a2", "a3", "b2"}));
  CAF_CHECK_EQUAL(notes_of(page), ids({"", "up creator ada", "up creator ada", "down creator ada exceeded",
                                       "down creator ada exceeded", "- creator bob exceeded"}));
}

CAF_TEST(pins count and never move) {
  auto rules = limited({1, std::nullopt, 3});
  rules.pins = {{"a3", 1}, {"a2", 2}};
  auto page = both(three_of_ada, rules, page_of(6));
  // Nothing of ada fits in front of her pins or behind them, however well it ranks.
  CAF_CHECK_EQUAL(test::ids_of(page), ids({"b1", "a3", "a2", "c1", "b2", "a1"}));
  CAF_CHECK(page.items[1].pinned && page.items[2].pinned);
  CAF_CHECK_EQUAL(note_of(page.items[0]), "up creator ada");
  CAF_CHECK_EQUAL(note_of(page.items[1]), "");
}

CAF_TEST(pins of the next page count on this one) {
  auto rules = limited({1, std::nullopt, 3});
  rules.pins = {{"a3", 3}};
  CAF_CHECK_EQUAL(test::ids_of(both(three_of_ada, rules, page_of(2))), ids({"a1", "b1"}));
  CAF_CHECK_EQUAL(test::ids_of(both(three_of_ada, rules, page_of(2, {"a1", "b1"}))), ids({"c1", "a3"}));
}

CAF_TEST(explanations name the rule that moved an item) {
  auto page = both(three_of_ada, limited({1, std::nullopt, 3}), page_of(6));
  CAF_CHECK_EQUAL(notes_of(page), ids({"", "up creator ada", "up creator ada", "down creator ada",
                                       "up creator ada", "down creator ada exceeded"}));
  const std::vector<video> videos{made_by("ada", "n1", 90, {"news"}), made_by("bob", "n2", 80, {"x", "news"}),
                                  made_by("cy", "s1", 70, {"sport"})};
  page = both(videos, limited({1, 1, 2}), page_of(3));
  CAF_CHECK_EQUAL(test::ids_of(page), ids({"n1", "s1", "n2"}));
  CAF_CHECK_EQUAL(notes_of(page), ids({"", "up tag news", "down tag news"}));
  auto request = page_of(3);
  request.explain = false;
  CAF_CHECK_EQUAL(notes_of(both(videos, limited({1, 1, 2}), request)), ids(3));
}

CAF_TEST(what stands far below is found and explained with its rank) {
  std::vector<video> videos;
  for (int i = 0; i < 3'000; ++i)
    videos.push_back(made_by("ada", "a" + std::to_string(10'000 + i), 90));
  videos.push_back(made_by("bob", "b1", 10));
  videos.push_back(made_by("bob", "b2", 5));
  auto page = both(videos, limited({1, std::nullopt, 2}), page_of(5));
  CAF_CHECK_EQUAL(test::ids_of(page), ids({"a10000", "b1", "a10001", "b2", "a10002"}));
  auto rank = page.items[3].rank;
  CAF_CHECK_EQUAL(rank, 3'002u);
}

CAF_TEST(looking far below gives up when it is told to) {
  std::vector<video> videos;
  for (int i = 0; i < 3'000; ++i)
    videos.push_back(made_by("ada", "a" + std::to_string(i), 90));
  auto snapshot = test::make_snapshot(videos, limited({1, std::nullopt, 2}));
  auto page = page_of(5);
  std::size_t asked = 0, blocks = snapshot->blocks.size();
  auto feed = ranking{}.run({snapshot, nullptr, page, noon, [&] { return ++asked > blocks + 1; }});
  CAF_REQUIRE(!feed);
  CAF_CHECK(feed.error().code == errc::timeout);
  CAF_CHECK_EQUAL(asked, blocks + 2); // every block once, and the second of the second pass
}

CAF_TEST(looking far below ends when time is short and the page does with what it knows) {
  std::vector<video> videos;
  for (int i = 0; i < 3'000; ++i)
    videos.push_back(made_by("ada", "a" + std::to_string(10'000 + i), 90));
  for (int i = 0; i < 50; ++i)
    videos.push_back(made_by("bob " + std::to_string(i), "b" + std::to_string(10 + i), 10));
  auto snapshot = test::make_snapshot(videos, limited({1, std::nullopt, 5}));
  auto page = page_of(10);
  auto patient = ranking{}.run({snapshot, nullptr, page, noon, {}, [] { return false; }}).value();
  CAF_CHECK_EQUAL(test::ids_of(patient),
                  ids({"a10000", "b10", "b11", "b12", "b13", "a10001", "b14", "b15", "b16", "b17"}));
  auto hurried = ranking{}.run({snapshot, nullptr, page, noon, {}, [] { return true; }}).value();
  CAF_CHECK_EQUAL(hurried.items.size(), 10u);
  CAF_CHECK(hurried.has_more);
  CAF_CHECK_EQUAL(hurried.items[1].video->id, "a10001");
  CAF_CHECK_EQUAL(note_of(hurried.items[1]), "- creator ada exceeded");
}

CAF_TEST(what is not there is looked for once) {
  std::vector<video> videos;
  for (int i = 0; i < 3'000; ++i)
    videos.push_back(made_by("ada", "a" + std::to_string(i), 90));
  auto snapshot = test::make_snapshot(videos, limited({1, std::nullopt, 2}));
  auto page = page_of(50);
  std::size_t asked = 0;
  auto count = [&] { return ++asked == 0; };
  CAF_CHECK_EQUAL(ranking{}.run({snapshot, nullptr, page, noon, count}).value().items.size(), 50u);
  CAF_CHECK_EQUAL(asked, 2 * snapshot->blocks.size()); // two passes
}

CAF_TEST(no window breaks a limit while another candidate was available) {
  std::size_t items = 0, moved = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    test::random_world random{seed};
    auto query = draw_dominated(random, 150);
    for (auto is_trending : {false, true}) {
      const auto whole = whole_session(query, random, is_trending);
      auto& session = whole.items;
      if (auto broken = first_broken(query, session))
        CAF_FAIL("seed " << seed << ": position " << *broken);
      std::set<std::string> served;
      for (auto& x : session)
        if (!served.insert(x.video->id).second)
          CAF_FAIL("seed " << seed << ": " << x.video->id << " is repeated");
      if (served != test::eligible_ids(query))
        CAF_FAIL("seed " << seed << ": " << served.size() << " served of "
                         << test::eligible_ids(query).size());
      items += session.size();
      for (std::size_t i = 1; i < session.size(); ++i)
        moved += session[i].rank < session[i - 1].rank && !session[i].pinned ? 1 : 0;
    }
  }
  CAF_CHECK_GREATER(items, 20'000u);
  CAF_CHECK_GREATER(moved, 1'500u);
}

CAF_TEST(every page of a tenant that few dominate is that of the reference) {
  ranking tested;
  std::size_t far_below = 0;
  for (std::uint64_t seed = 0; seed < 120; ++seed) {
    test::random_world random{seed};
    auto query = draw_dominated(random, 600);
    query.limit = 1 + random.below(30);
    for (auto i = random.chance(0.5) ? random.below(20) : 0; i > 0 && !query.videos.empty(); --i) {
      auto id = "v" + std::to_string(1 + random.below(query.videos.size()));
      if (std::count(query.served.begin(), query.served.end(), id) == 0)
        query.served.push_back(id);
    }
    auto snapshot = test::make_snapshot(videos_of(query), query.rules);
    const ranking_signals signals{query.signals};
    auto feed = tested.run({snapshot, &signals, test::to_page_request(query, true), noon, {}}).value();
    auto wrong = test::difference(test::reference_ranking(query), feed);
    if (!wrong.empty())
      CAF_FAIL("seed " << seed << ":" << wrong);
    for (auto& x : feed.items)
      far_below += x.rank > 2 * (query.limit + 1 + query.rules.diversity.window) + query.served.size() + 10;
  }
  CAF_CHECK_GREATER(far_below, 20u); // otherwise nothing was looked for past the shortlist
}

CAF_TEST(a long trending list holds what its positions show) {
  std::vector<video> videos;
  for (int i = 0; i < 2'000; ++i)
    videos.push_back(made_by("ada", "a" + std::to_string(10'000 + i), 90));
  for (int i = 0; i < 600; ++i)
    videos.push_back(made_by("creator " + std::to_string(i % 40), "b" + std::to_string(10'000 + i), 50));
  auto snapshot = test::make_snapshot(videos, limited({2, std::nullopt, 10}));
  auto list = make_trending(snapshot, noon);
  CAF_CHECK_EQUAL(list->entries.size(), trending_list::entries_max);
  test::reference_query query;
  for (auto& x : videos)
    query.videos[x.id] = x;
  query.rules = *snapshot->rules;
  query.limit = 50;
  query.now = noon;
  for (auto page = 0; page < 3; ++page) {
    auto feed = trending_page(*list, test::to_page_request(query), nullptr, noon);
    CAF_CHECK_EQUAL(test::difference(test::reference_trending(query), feed), "");
    for (auto& x : feed.items)
      query.served.push_back(x.video->id);
  }
}
