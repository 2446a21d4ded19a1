#define CAF_SUITE domain.session

#include "tests/support/unit_test.hpp"

#include "domain/best_candidates.hpp"
#include "domain/catalogue.hpp"
#include "domain/cursor.hpp"
#include "domain/fallback.hpp"
#include "domain/ranking.hpp"
#include "tests/support/random_world.hpp"
#include "tests/support/reference_feed.hpp"

using namespace kinora;
using test::noon;

namespace {

/// How the pages of a session come about.
enum class feed_kind { personalized, reduced, trending, mixed };

/// A tenant and a user that change between the pages of one session.
class simulation {
public:
  simulation(std::uint64_t seed, std::size_t videos, feed_kind kind)
      : random_{seed}, kind_{kind}, codec_{{make_cursor_key("the secret of a test")}}, catalogue_{videos} {
    query_.now = noon;
    while (known_.size() < videos / 2 + random_.below(videos / 2 + 1))
      add();
    query_.rules = random_.draw_rules(known_);
    rules_ = std::make_shared<const tenant_rules>(query_.rules);
    query_.signals = random_.draw_signals(known_);
    for (auto i = random_.below(4); i > 0; --i)
      query_.excluded.insert(random_.draw_id(known_));
    videos_max_ = videos;
  }

  /// Pages to the end; the first broken promise, or nothing.
  std::string run() {
    auto always = test::eligible_ids(query_);
    for (auto more = true; more;) {
      auto eligible = test::eligible_ids(query_);
      std::erase_if(always, [&](auto& id) { return !eligible.contains(id); });
      auto page = next_page();
      more = page.has_more;
      if (auto broken = take(page, eligible); !broken.empty())
        return broken;
      if (more)
        change();
    }
    for (auto& id : always)
      if (!served_.contains(id))
        return id + " stayed eligible and was never served";
    return {};
  }

  std::size_t served() const { return served_.size(); }
  std::size_t reduced() const { return reduced_; }

private:
  slate next_page() {
    query_.limit = 1 + random_.below(random_.chance(0.5) ? 5 : 50);
    auto request = test::to_page_request(query_);
    request.served = cursor_.empty() ? std::vector<std::uint64_t>{}
                                     : codec_.decode(cursor_, "tenant", "user", query_.now).value().served;
    auto snapshot = catalogue_.snapshot(rules_, query_.now);
    if (!trending_ || changed_ || (trending_->next_change && *trending_->next_change <= query_.now))
      trending_ = make_trending(snapshot, query_.now);
    changed_ = false;
    auto degraded = kind_ == feed_kind::trending || (kind_ == feed_kind::mixed && random_.chance(0.5));
    auto best = kind_ == feed_kind::reduced ? best_candidates(*trending_, 1 + random_.below(60)) : nullptr;
    request.may_reduce = random_.chance(0.7);
    const ranking_signals signals{query_.signals};
    auto out = degraded ? trending_page(*trending_, request, &signals, query_.now)
                        : ranking_.run({snapshot, &signals, request, query_.now, {}, {}, best}).value();
    reduced_ += out.is_reduced ? 1 : 0;
    for (auto& x : out.items)
      request.served.push_back(x.hash);
    cursor_ = codec_.encode({true, query_.now + std::chrono::hours{24}, request.served}, "tenant", "user");
    return out;
  }

  /// Checks the page against what is eligible now, and remembers it as served.
  std::string take(const slate& page, const std::set<std::string>& eligible) {
    auto left =
        std::count_if(eligible.begin(), eligible.end(), [&](auto& id) { return !served_.contains(id); });
    auto expected =
        std::min({static_cast<std::size_t>(left), query_.limit, session_items_max - served_.size()});
    if (page.items.size() != expected)
      return "a page of " + std::to_string(page.items.size()) + ", not " + std::to_string(expected);
    for (auto& x : page.items) {
      if (!eligible.contains(x.video->id))
        return x.video->id + " is not eligible";
      if (!served_.insert(x.video->id).second)
        return x.video->id + " was served twice";
      query_.served.push_back(x.video->id);
    }
    auto more = static_cast<std::size_t>(left) > expected && served_.size() < session_items_max;
    return page.has_more == more ? "" : "has_more is wrong";
  }

  /// What happens between two pages.
  void change() {
    query_.now += std::chrono::minutes{random_.below(90)};
    for (auto i = random_.below(4); i > 0; --i)
      add();
    for (auto i = random_.below(3); i > 0; --i)
      remove(random_.draw_id(known_));
    for (auto i = random_.below(3); i > 0; --i)
      replace(random_.draw_id(known_));
    for (auto i = random_.below(3); i > 0; --i)
      changed_ |= catalogue_.set_popularity(random_.draw_id(known_), random_.draw_popularity(query_.now));
    for (auto i = random_.below(3); i > 0; --i)
      test::random_world::watch(query_.signals, random_.draw_id(known_));
    if (random_.chance(0.3))
      query_.signals.affinities[random_.tag()] = 1.0;
    if (random_.chance(0.2)) {
      // Pins, boosts and weights change; filters stay, or too little would stay eligible.
      auto filters = query_.rules.filters;
      query_.rules = random_.draw_rules(known_, false);
      query_.rules.filters = filters;
      rules_ = std::make_shared<const tenant_rules>(query_.rules);
      changed_ = true;
    }
  }

  void add() {
    if (known_.size() == videos_max_)
      return;
    known_.push_back("v" + std::to_string(known_.size()));
    put(random_.draw_video(known_.back(), query_.now));
  }

  void replace(const std::string& id) {
    if (query_.videos.contains(id))
      put(random_.draw_video(id, query_.now));
  }

  void put(const video& x) {
    query_.videos[x.id] = x;
    CAF_REQUIRE(catalogue_.upsert(test::share(x)));
    changed_ = true;
  }

  void remove(const std::string& id) {
    query_.videos.erase(id);
    catalogue_.erase(id);
    changed_ = true;
  }

  test::random_world random_;
  feed_kind kind_;
  cursor_codec codec_;
  std::string cursor_; ///< What the client holds; empty before the first page.
  catalogue catalogue_;
  std::size_t videos_max_ = session_items_max; ///< Ids that there ever are.
  std::vector<std::string> known_;             ///< Every id that there ever was.
  std::shared_ptr<const tenant_rules> rules_;
  test::reference_query query_; ///< The world as the reference sees it.
  std::set<std::string> served_;
  std::size_t reduced_ = 0; ///< Pages.
  trending_list_ptr trending_;
  bool changed_ = false; ///< Whether the trending list is out of date.
  ranking ranking_;
};

void run_sessions(feed_kind kind, std::uint64_t seeds) {
  std::size_t served = 0, reduced = 0;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    auto videos = seed % 20 == 0 ? session_items_max : 60;
    simulation tested{seed, videos, kind};
    if (auto broken = tested.run(); !broken.empty())
      CAF_FAIL("seed " << seed << ": " << broken);
    served += tested.served();
    reduced += tested.reduced();
  }
  // Sessions that serve nothing would prove nothing.
  CAF_CHECK_GREATER(served, seeds * 10);
  if (kind == feed_kind::reduced)
    CAF_CHECK_GREATER(reduced, seeds / 4);
}

} // namespace

CAF_TEST(personalized sessions repeat nothing and leave nothing out) {
  run_sessions(feed_kind::personalized, 600);
}

CAF_TEST(sessions of whole and reduced pages repeat nothing and leave nothing out) {
  run_sessions(feed_kind::reduced, 600);
}

CAF_TEST(trending sessions repeat nothing and leave nothing out) {
  run_sessions(feed_kind::trending, 600);
}

CAF_TEST(sessions with degraded pages in the middle repeat nothing and leave nothing out) {
  run_sessions(feed_kind::mixed, 600);
}

CAF_TEST(a whole catalogue of 500 videos is served in one session) {
  for (auto degraded : {false, true}) {
    std::vector<video> videos;
    for (std::size_t i = 0; i < session_items_max; ++i)
      videos.push_back(test::make_video("v" + std::to_string(i)));
    auto snapshot = test::make_snapshot(videos);
    auto trending = make_trending(snapshot, noon);
    ranking ranker;
    page_request page;
    std::set<std::string> served;
    for (auto more = true; more;) {
      auto feed = degraded ? trending_page(*trending, page, nullptr, noon)
                           : ranker.run({snapshot, nullptr, page, noon, {}}).value();
      for (auto& x : feed.items) {
        page.served.push_back(x.hash);
        served.insert(x.video->id);
      }
      more = feed.has_more;
    }
    CAF_CHECK_EQUAL(page.served.size(), session_items_max);
    CAF_CHECK_EQUAL(served.size(), session_items_max);
  }
}

CAF_TEST(pages of unchanging videos are the whole ranking cut in pieces) {
  std::size_t items = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    test::random_world random{seed};
    std::vector<video> videos;
    std::vector<std::string> known;
    for (auto i = random.below(120); i > 0; --i) {
      videos.push_back(random.draw_video("v" + std::to_string(i), noon));
      known.push_back(videos.back().id);
    }
    auto rules = random.draw_rules(known);
    rules.pins.clear();
    const ranking_signals signals{random.draw_signals(known)};
    auto snapshot = test::make_snapshot(videos, rules);
    ranking ranker;
    page_request whole;
    whole.limit = session_items_max;
    auto expected = test::ids_of(ranker.run({snapshot, &signals, whole, noon, {}}).value());
    items += expected.size();
    std::vector<std::string> paged;
    page_request page;
    for (auto more = true; more;) {
      page.limit = 1 + random.below(9);
      auto feed = ranker.run({snapshot, &signals, page, noon, {}}).value();
      for (auto& x : feed.items) {
        page.served.push_back(x.hash);
        paged.push_back(x.video->id);
      }
      more = feed.has_more;
    }
    if (paged != expected)
      CAF_FAIL("seed " << seed << ": " << caf::deep_to_string(paged) << " is not "
                       << caf::deep_to_string(expected));
  }
  CAF_CHECK_GREATER(items, 3'000u);
}
