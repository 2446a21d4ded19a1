#define CAF_SUITE demo.showcase

#include "tests/support/unit_test.hpp"

#include "demo/tenant.hpp"
#include "domain/ranking.hpp"
#include "http/formats/rules_format.hpp"
#include "http/formats/signals_format.hpp"
#include "http/formats/video_format.hpp"
#include "http/json_text.hpp"
#include "tests/support/random_world.hpp"

#include <functional>
#include <map>
#include <set>

using namespace kinora;
using namespace std::chrono_literals;
using test::noon;

namespace {

using ids = std::vector<std::string>;

const demo::demo_tenant& showcase() {
  static const auto out = demo::showcase(noon);
  return out;
}

/// Pinned, and to be uploaded later.
const std::string promised = "cup-final-live";

const video* find(const std::string& id) {
  auto& all = showcase().videos;
  auto i = std::find_if(all.begin(), all.end(), [&](auto& x) { return x.id == id; });
  return i == all.end() ? nullptr : &*i;
}

std::set<std::string> tags() {
  std::set<std::string> out;
  for (auto& x : showcase().videos)
    out.insert(x.tags.begin(), x.tags.end());
  return out;
}

std::set<std::string> creators() {
  std::set<std::string> out;
  for (auto& x : showcase().videos)
    if (!x.creator_id.empty())
      out.insert(x.creator_id);
  return out;
}

/// The first page of a user, or of somebody unknown.
ids first_page(const catalogue_snapshot_ptr& catalogue, const user_signals* signals, wall_time now = noon) {
  ranking tested;
  page_request page; // as long as it is by default
  const ranking_signals known{signals ? *signals : user_signals{}};
  auto found = tested.run({catalogue, signals ? &known : nullptr, page, now, {}});
  CAF_REQUIRE(found);
  ids out;
  for (auto& item : found->items)
    out.push_back(item.video->id);
  return out;
}

/// The first pages of all users, and of one whom nobody knows.
std::map<std::string, ids> first_pages(const std::vector<video>& videos, const tenant_rules& rules,
                                       wall_time now = noon) {
  const auto catalogue = test::make_snapshot(videos, rules);
  std::map<std::string, ids> out{{"user_new", first_page(catalogue, nullptr, now)}};
  for (auto& user : showcase().users)
    out[user.hash] = first_page(catalogue, &user.signals, now);
  return out;
}

const std::map<std::string, ids>& pages_as_they_are() {
  static const auto out = first_pages(showcase().videos, showcase().rules);
  return out;
}

/// Takes away or changes one rule and looks whether anybody's first page changes.
void check_counts(const std::string& rule, const std::function<void(tenant_rules&)>& change) {
  auto rules = showcase().rules;
  change(rules);
  CAF_CHECK(rules != showcase().rules);
  if (first_pages(showcase().videos, rules) == pages_as_they_are())
    CAF_ERROR("nobody would notice if this rule were gone: " << rule);
}

template <class Predicate>
auto count_videos(Predicate which) {
  auto& all = showcase().videos;
  return std::count_if(all.begin(), all.end(), which);
}

bool contains(const ids& page, const std::string& id) {
  return std::find(page.begin(), page.end(), id) != page.end();
}

/// Fails where one of `marks` (the creators or the tags of each position) stands more than `max` times in
/// `window` consecutive positions.
void check_limit(const std::string& user, const std::vector<ids>& marks, std::uint32_t max,
                 std::uint32_t window) {
  for (std::size_t begin = 0; begin < marks.size(); ++begin) {
    std::map<std::string, std::uint32_t> seen;
    for (auto i = begin; i < std::min(begin + window, marks.size()); ++i)
      for (auto& mark : marks[i])
        ++seen[mark];
    for (auto& [mark, times] : seen)
      if (times > max)
        CAF_ERROR(user << ": " << mark << " stands " << times << " times from position " << begin << " on");
  }
}

} // namespace

// -- what there is ------------------------------------------------------------------------------------------

CAF_TEST(there are enough videos and creators and users) {
  CAF_CHECK_GREATER_OR_EQUAL(showcase().videos.size(), 150u);
  CAF_CHECK_GREATER_OR_EQUAL(creators().size(), 25u);
  CAF_CHECK_GREATER_OR_EQUAL(tags().size(), 30u);
  CAF_CHECK_GREATER_OR_EQUAL(showcase().users.size(), 12u);
}

CAF_TEST(no id and no title repeats) {
  std::set<std::string> seen_ids, seen_titles;
  for (auto& x : showcase().videos) {
    if (!seen_ids.insert(x.id).second)
      CAF_ERROR("repeated id: " << x.id);
    if (!seen_titles.insert(x.title).second)
      CAF_ERROR("repeated title: " << x.title);
  }
  CAF_CHECK_EQUAL(seen_ids.size(), showcase().videos.size());
}

CAF_TEST(every video would pass as an upload) {
  for (auto& x : showcase().videos) {
    const auto sent = http::parse_videos_ndjson(http::to_text(http::write_video(x)));
    if (sent.videos.size() != 1)
      CAF_ERROR(x.id << ": " << sent.rejected.at(0).field << ' ' << sent.rejected.at(0).detail);
    else if (*sent.videos[0] != x)
      CAF_ERROR(x.id << " is another one after an upload");
    CAF_CHECK_EQUAL(sent.rejected_count, 0u);
  }
}

CAF_TEST(the rules and the signals of every user would pass through the admin API) {
  const auto rules = http::parse_rules(http::write_rules(showcase().rules));
  CAF_REQUIRE(rules);
  CAF_CHECK(*rules == showcase().rules);
  for (auto& user : showcase().users) {
    const auto signals = http::parse_signals(http::write_signals(user.signals));
    CAF_REQUIRE(signals);
    CAF_CHECK(*signals == user.signals);
  }
}

CAF_TEST(ages go from minutes to months and a few are unknown) {
  auto older_than = [](std::chrono::minutes age) {
    return [age](auto& x) { return x.published_at && *x.published_at <= noon - age; };
  };
  CAF_CHECK_GREATER(count_videos(older_than(24h * 180)), 2);
  CAF_CHECK_GREATER(count_videos(older_than(24h * 30)), 25);
  CAF_CHECK_GREATER(count_videos([](auto& x) { return x.published_at && *x.published_at > noon - 24h; }), 40);
  CAF_CHECK_GREATER(count_videos([](auto& x) {
                      return x.published_at && *x.published_at <= noon && *x.published_at > noon - 1h;
                    }),
                    3);
  CAF_CHECK_GREATER(count_videos([](auto& x) { return !x.published_at; }), 2);
}

CAF_TEST(some videos are yet to come or about to expire or gone) {
  CAF_CHECK_EQUAL(count_videos([](auto& x) { return x.published_at && *x.published_at > noon; }), 2);
  CAF_CHECK_GREATER(count_videos([](auto& x) { return x.expires_at && *x.expires_at < noon + 4h; }), 3);
  CAF_CHECK_EQUAL(count_videos([](auto& x) { return x.expires_at && *x.expires_at <= noon; }), 1);
}

CAF_TEST(durations and languages and ratings differ) {
  CAF_CHECK_GREATER(count_videos([](auto& x) { return x.duration_seconds < 60; }), 5);
  CAF_CHECK_GREATER(count_videos([](auto& x) { return x.duration_seconds >= 3600; }), 10);
  for (auto language : {"en", "en-GB", "de", "de-AT", "fr", "es", "ja", "pt-BR", ""})
    CAF_CHECK_GREATER(count_videos([&](auto& x) { return x.language == language; }), 0);
  for (auto rating : {"G", "PG", "PG-13", "R", "NC-17", ""})
    CAF_CHECK_GREATER(count_videos([&](auto& x) { return x.maturity_rating == rating; }), 0);
}

CAF_TEST(few videos are popular and one creator made half of those) {
  CAF_CHECK_LESS(count_videos([](auto& x) { return x.score >= 80; }), 45);
  CAF_CHECK_GREATER(count_videos([](auto& x) { return x.score < 50; }), 45);
  auto by_score = showcase().videos;
  std::sort(by_score.begin(), by_score.end(), [](auto& a, auto& b) { return a.score > b.score; });
  CAF_CHECK_GREATER_OR_EQUAL(std::count_if(by_score.begin(), by_score.begin() + 30,
                                           [](auto& x) { return x.creator_id == "the_long_pass"; }),
                             15);
}

CAF_TEST(most videos are played from the address that the rules make and some from their own) {
  CAF_CHECK(showcase().rules.playback_url_template.find("{id}") != std::string::npos);
  const auto own = count_videos([](auto& x) { return !x.playback_url.empty(); });
  CAF_CHECK_GREATER(own, 4);
  CAF_CHECK_LESS(own, 20);
  CAF_CHECK_GREATER(count_videos([](auto& x) { return !x.metadata.empty(); }), 4);
}

// -- what the rules do --------------------------------------------------------------------------------------

CAF_TEST(the rules name what exists and one video that is still to come) {
  auto& rules = showcase().rules;
  const auto known_tags = tags();
  for (auto& [tag, factor] : rules.tag_multipliers)
    CAF_CHECK(known_tags.contains(tag));
  for (auto& tag : rules.filters.exclude_tags)
    CAF_CHECK(known_tags.contains(tag));
  for (auto& [id, factor] : rules.boosts)
    CAF_CHECK(find(id));
  for (auto& [id, position] : rules.pins)
    CAF_CHECK_EQUAL(find(id) == nullptr, id == promised);
  CAF_CHECK(rules.pins.contains(promised));
}

CAF_TEST(every weight changes somebodys page) {
  check_counts("recency", [](auto& x) { x.weights.recency = 0; });
  check_counts("user_affinity", [](auto& x) { x.weights.user_affinity = 0; });
  check_counts("creator_affinity", [](auto& x) { x.weights.creator_affinity = 0; });
  check_counts("recency_window_hours", [](auto& x) { x.recency_window_hours = 48; });
}

CAF_TEST(every tag multiplier changes somebodys page) {
  for (auto& [tag, factor] : showcase().rules.tag_multipliers)
    check_counts(tag, [&](auto& x) { x.tag_multipliers.erase(tag); });
}

CAF_TEST(every filter changes somebodys page) {
  check_counts("exclude_tags", [](auto& x) { x.filters.exclude_tags.clear(); });
  check_counts("max_maturity", [](auto& x) { x.filters.max_maturity.reset(); });
  check_counts("languages", [](auto& x) { x.filters.languages.clear(); });
}

CAF_TEST(every pin and boost changes somebodys page) {
  for (auto& [id, position] : showcase().rules.pins)
    if (id != promised)
      check_counts("pin of " + id, [&](auto& x) { x.pins.erase(id); });
  for (auto& [id, factor] : showcase().rules.boosts)
    check_counts("boost of " + id, [&](auto& x) { x.boosts.erase(id); });
}

CAF_TEST(pins stand where the rules put them) {
  const auto page = pages_as_they_are().at("user_new");
  for (auto& [id, position] : showcase().rules.pins)
    if (id != promised)
      CAF_CHECK_EQUAL(page.at(position), id);
}

CAF_TEST(the pin of a missing video waits for it) {
  auto videos = showcase().videos;
  videos.push_back(test::make_video(promised, 10.0, {"football", "live"}, noon));
  videos.back().maturity_rating = "G";
  videos.back().language = "en";
  for (auto& [user, page] : first_pages(videos, showcase().rules))
    CAF_CHECK_EQUAL(page.at(showcase().rules.pins.at(promised)), promised);
}

CAF_TEST(videos come and go while the demo runs) {
  auto page_of = [](const std::string& user, wall_time now) {
    return first_pages(showcase().videos, showcase().rules, now).at(user);
  };
  CAF_CHECK(contains(page_of("user_new", noon + 39min), "launch-window-live"));
  CAF_CHECK(!contains(page_of("user_new", noon + 40min), "launch-window-live"));
  CAF_CHECK(!contains(page_of("user_jazz_fan", noon + 24min), "late-set-tonight"));
  CAF_CHECK(contains(page_of("user_jazz_fan", noon + 25min), "late-set-tonight"));
  CAF_CHECK(!contains(page_of("user_news_reader", noon + 11min), "morning-wire-noon"));
  CAF_CHECK(contains(page_of("user_news_reader", noon + 12min), "morning-wire-noon"));
}

CAF_TEST(every limit of diversity changes somebodys page) {
  check_counts("max_per_creator", [](auto& x) { x.diversity.max_per_creator.reset(); });
  check_counts("max_per_tag", [](auto& x) { x.diversity.max_per_tag.reset(); });
  check_counts("window", [](auto& x) { x.diversity.window = 5; });
}

// -- what the users get -------------------------------------------------------------------------------------

CAF_TEST(users have watched and like what exists) {
  const auto known_tags = tags(), known_creators = creators();
  for (auto& [hash, signals] : showcase().users) {
    for (auto& id : signals.watched_ids)
      if (!find(id))
        CAF_ERROR(hash << " has watched what does not exist: " << id);
    for (auto& [tag, affinity] : signals.affinities)
      CAF_CHECK(known_tags.contains(tag));
    for (auto& [creator, affinity] : signals.creator_affinities)
      CAF_CHECK(known_creators.contains(creator));
    CAF_CHECK(signals.last_active && *signals.last_active < noon);
  }
}

CAF_TEST(no two users get the same first page) {
  std::map<ids, std::string> seen;
  for (auto& [user, page] : pages_as_they_are()) {
    CAF_CHECK_EQUAL(page.size(), page_request{}.limit);
    if (auto [other, is_new] = seen.emplace(page, user); !is_new)
      CAF_ERROR(user << " gets the page of " << other->second);
  }
  CAF_CHECK_EQUAL(seen.size(), showcase().users.size() + 1);
}

CAF_TEST(somebody who has seen the best still gets a full page of the rest) {
  const auto page = pages_as_they_are().at("user_seen_it_all");
  auto& users = showcase().users;
  auto user = std::find_if(users.begin(), users.end(), [](auto& x) { return x.hash == "user_seen_it_all"; });
  CAF_REQUIRE(user != users.end());
  CAF_CHECK_GREATER(user->signals.watched_ids.size(), 80u);
  for (auto& id : page)
    CAF_CHECK(!contains(user->signals.watched_ids, id));
}

CAF_TEST(somebody who likes creators only gets what they made) {
  const auto page = pages_as_they_are().at("user_creator_loyal");
  const auto liked = std::count_if(page.begin(), page.end(), [](auto& id) {
    auto creator = find(id)->creator_id;
    return creator == "footnotes" || creator == "warm_front" || creator == "run_club";
  });
  const auto unknown = pages_as_they_are().at("user_new");
  CAF_CHECK_GREATER(liked, 3);
  CAF_CHECK(!contains(unknown, "siege-menu"));
  CAF_CHECK(contains(page, "siege-menu"));
}

CAF_TEST(no page shows more of a creator or a tag than the rules allow) {
  auto& limits = showcase().rules.diversity;
  for (auto& [user, page] : pages_as_they_are()) {
    std::vector<ids> creators_of, tags_of;
    for (auto& id : page) {
      auto& creator = find(id)->creator_id;
      creators_of.push_back(creator.empty() ? ids{} : ids{creator});
      tags_of.push_back(find(id)->tags);
    }
    check_limit(user, creators_of, *limits.max_per_creator, limits.window);
    check_limit(user, tags_of, *limits.max_per_tag, limits.window);
  }
}
