#define CAF_SUITE domain.catalogue

#include "tests/support/unit_test.hpp"

#include "domain/catalogue.hpp"
#include "domain/ranking.hpp"
#include "domain/trending.hpp"
#include "tests/support/random_world.hpp"
#include "tests/support/reference_feed.hpp"

#include <limits>
#include <set>

using namespace kinora;
using test::make_video;
using test::noon;
using test::share;
using namespace std::chrono_literals;

namespace {

using ids = std::vector<std::string>;
using rules_ptr = std::shared_ptr<const tenant_rules>;

constexpr auto infinity = std::numeric_limits<double>::infinity();

ids ids_of(const std::vector<video_ptr>& videos) {
  ids out;
  for (auto& x : videos)
    out.push_back(x->id);
  return out;
}

/// What the columns say of one video.
struct row {
  video content;
  double published, expires, popularity, base, factor, trend;
  std::uint64_t hash;
  std::optional<std::uint32_t> pin;
  bool operator==(const row&) const = default;
};

/// Every row of a snapshot by id. Fails where the symbols of a row are not those of its video.
std::map<std::string, row> rows_of(const catalogue_snapshot& x) {
  std::map<std::string, row> out;
  for (auto& block : x.blocks)
    for (std::size_t i = 0; i < block->size(); ++i) {
      auto& rows = *block->rows;
      auto& content = *rows.videos[i];
      std::vector<std::uint32_t> tags;
      for (auto& tag : content.tags)
        tags.push_back(x.tags->find(tag).value());
      auto actual = rows.tags_of(i);
      if (!std::equal(actual.begin(), actual.end(), tags.begin(), tags.end()))
        CAF_FAIL("tags of " << content.id);
      if (x.creators->find(content.creator_id) != rows.creator[i])
        CAF_FAIL("creator of " << content.id);
      if (!out.emplace(content.id,
                       row{content, rows.published[i], rows.expires[i], block->popularity_of(i),
                           block->base[i], rows.factor[i], block->trend[i], rows.hash[i], rows.pin_of(i)})
               .second)
        CAF_FAIL("two rows of " << content.id);
    }
  return out;
}

double base_of(const catalogue_snapshot& x, const std::string& id) {
  return rows_of(x).at(id).base;
}

/// What must hold for every snapshot; empty when it does.
std::string broken_rule(const catalogue_snapshot& x) {
  std::size_t rows = 0, pins = 0;
  for (auto& block : x.blocks) {
    if (block->size() == 0 || block->size() > catalogue_block::rows_max)
      return "the size of a block";
    rows += block->size();
    pins += block->rows->pins.size();
    if (std::set<std::uint16_t>(block->by_trend.begin(), block->by_trend.end()).size() != block->size())
      return "trending order lacks rows";
    for (std::size_t i = 1; i < block->by_trend.size(); ++i)
      if (!trends_before(*block, block->by_trend[i - 1], *block, block->by_trend[i]))
        return "trending order";
  }
  return rows != x.eligible ? "eligible" : pins != x.pinned ? "pinned" : "";
}

/// How many blocks both have, by what `part` of them says.
template <class Part>
std::size_t shared(const catalogue_snapshot& a, const catalogue_snapshot& b, Part part) {
  std::set<const void*> parts;
  for (auto& x : a.blocks)
    parts.insert(part(*x));
  return static_cast<std::size_t>(
      std::count_if(b.blocks.begin(), b.blocks.end(), [&](auto& x) { return parts.contains(part(*x)); }));
}

std::size_t shared_blocks(const catalogue_snapshot& a, const catalogue_snapshot& b) {
  return shared(a, b, [](auto& x) { return &x; });
}

std::size_t shared_rows(const catalogue_snapshot& a, const catalogue_snapshot& b) {
  return shared(a, b, [](auto& x) { return x.rows.get(); });
}

/// Three full blocks of videos, which know the tag "common" and the creator "ann".
catalogue three_blocks(std::size_t room = 0) {
  catalogue out{3 * catalogue_block::rows_max + room};
  for (std::size_t i = 0; i < 3 * catalogue_block::rows_max; ++i) {
    auto x = make_video("v" + std::to_string(i), 50.0, {"common"});
    x.creator_id = "ann";
    CAF_REQUIRE(out.upsert(share(x)));
  }
  return out;
}

rules_ptr default_rules() {
  return std::make_shared<const tenant_rules>();
}

} // namespace

CAF_TEST(a catalogue finds and replaces and erases by id) {
  catalogue tested{10};
  CAF_CHECK(tested.upsert(share(make_video("a", 10.0))));
  CAF_CHECK(tested.upsert(share(make_video("b"))));
  CAF_CHECK(tested.upsert(share(make_video("a", 20.0))));
  CAF_CHECK_EQUAL(tested.size(), 2u);
  CAF_REQUIRE(tested.find("a") != nullptr);
  CAF_CHECK_EQUAL(tested.find("a")->score, 20.0);
  CAF_CHECK(tested.find("c") == nullptr);
  CAF_CHECK(tested.erase("a"));
  CAF_CHECK(!tested.erase("a"));
  CAF_CHECK(tested.find("a") == nullptr);
  CAF_CHECK_EQUAL(tested.size(), 1u);
}

CAF_TEST(a full catalogue refuses new videos but replaces old ones) {
  catalogue tested{2};
  CAF_CHECK(tested.upsert(share(make_video("a"))));
  CAF_CHECK(tested.upsert(share(make_video("b"))));
  CAF_CHECK(!tested.upsert(share(make_video("c"))));
  CAF_CHECK_EQUAL(ids_of(tested.all()), ids({"a", "b"}));
  CAF_CHECK(tested.upsert(share(make_video("b", 99.0))));
  CAF_CHECK_EQUAL(tested.find("b")->score, 99.0);
  CAF_CHECK(tested.erase("a"));
  CAF_CHECK(tested.upsert(share(make_video("c"))));
  CAF_CHECK_EQUAL(ids_of(tested.all()), ids({"b", "c"}));
}

CAF_TEST(a list goes on after an id in order of id) {
  auto tested = test::make_catalogue({make_video("d"), make_video("a"), make_video("c"), make_video("b")});
  CAF_CHECK_EQUAL(ids_of(tested.list("", 2)), ids({"a", "b"}));
  CAF_CHECK_EQUAL(ids_of(tested.list("b", 2)), ids({"c", "d"}));
  CAF_CHECK_EQUAL(ids_of(tested.list("bb", 9)), ids({"c", "d"}));
  CAF_CHECK_EQUAL(ids_of(tested.list("d", 9)), ids());
  CAF_CHECK_EQUAL(ids_of(tested.list("", 0)), ids());
  CAF_CHECK_EQUAL(ids_of(tested.all()), ids({"a", "b", "c", "d"}));
}

CAF_TEST(the columns hold what the rules make of a video) {
  tenant_rules rules;
  rules.weights.popularity = 0.5;
  rules.tag_multipliers = {{"hot", 3.0}};
  rules.boosts = {{"x", 0.5}};
  rules.pins = {{"x", 7}};
  auto x = make_video("x", 80.0, {"cold", "hot"}, wall_time{std::chrono::milliseconds{1'500}});
  x.expires_at = wall_time{std::chrono::milliseconds{2'250}};
  auto snapshot = test::make_snapshot({x, make_video("y")}, rules);
  auto rows = rows_of(*snapshot);
  CAF_CHECK((rows.at("x") == row{x, 1.5, 2.25, 0.0, 40.0, 1.5, 120.0, video_hash("x"), 7}));
  CAF_CHECK(
      (rows.at("y") == row{make_video("y"), -infinity, infinity, 0.0, 25.0, 1.0, 50.0, video_hash("y"), {}}));
  CAF_CHECK_EQUAL(snapshot->videos, 2u);
  CAF_CHECK_EQUAL(snapshot->eligible, 2u);
  CAF_CHECK_EQUAL(snapshot->pinned, 1u);
}

CAF_TEST(a snapshot holds only what passes the filters) {
  tenant_rules rules;
  rules.filters.exclude_tags = {"politics"};
  rules.pins = {{"b", 0}};
  auto snapshot = test::make_snapshot({make_video("a"), make_video("b", 50.0, {"politics"})}, rules);
  CAF_CHECK_EQUAL(rows_of(*snapshot).count("a"), 1u);
  CAF_CHECK_EQUAL(snapshot->videos, 2u);
  CAF_CHECK_EQUAL(snapshot->eligible, 1u);
  CAF_CHECK_EQUAL(snapshot->pinned, 0u);
}

CAF_TEST(an empty catalogue has an empty snapshot) {
  auto snapshot = test::make_snapshot({});
  CAF_CHECK(snapshot->blocks.empty());
  CAF_CHECK_EQUAL(snapshot->eligible, 0u);
}

CAF_TEST(snapshots share the blocks that a change leaves alone) {
  auto tested = three_blocks(1);
  auto rules = default_rules();
  auto before = tested.snapshot(rules, noon);
  CAF_REQUIRE_EQUAL(before->blocks.size(), 3u);
  CAF_CHECK_EQUAL(shared_blocks(*before, *tested.snapshot(rules, noon)), 3u);
  CAF_CHECK(tested.upsert(share(make_video("v5", 1.0, {"a new tag"}))));
  auto replaced = tested.snapshot(rules, noon);
  CAF_CHECK_EQUAL(shared_blocks(*before, *replaced), 2u);
  CAF_CHECK(tested.upsert(share(make_video("new"))));
  auto added = tested.snapshot(rules, noon);
  CAF_CHECK_EQUAL(added->blocks.size(), 4u);
  CAF_CHECK_EQUAL(shared_blocks(*replaced, *added), 3u);
  CAF_CHECK(tested.erase("v1000"));
  CAF_CHECK_EQUAL(shared_blocks(*added, *tested.snapshot(rules, noon)), 3u);
}

CAF_TEST(other rules rebuild every block) {
  auto tested = three_blocks();
  auto before = tested.snapshot(default_rules(), noon);
  tenant_rules rules;
  rules.weights.popularity = 2.0;
  auto after = tested.snapshot(std::make_shared<const tenant_rules>(rules), noon);
  CAF_CHECK_EQUAL(shared_blocks(*before, *after), 0u);
  auto rows = rows_of(*after);
  CAF_CHECK_EQUAL(rows.at("v7").base, 100.0);
}

CAF_TEST(a cleared catalogue starts anew) {
  auto tested = three_blocks();
  auto rules = default_rules();
  tested.snapshot(rules, noon);
  tested.clear();
  CAF_CHECK_EQUAL(tested.size(), 0u);
  CAF_CHECK(tested.snapshot(rules, noon)->blocks.empty());
  CAF_CHECK(tested.upsert(share(make_video("v1", 50.0, {"other"}))));
  auto snapshot = tested.snapshot(rules, noon);
  CAF_CHECK_EQUAL(rows_of(*snapshot).size(), 1u);
  CAF_CHECK(!snapshot->tags->find("common"));
}

CAF_TEST(symbols of videos that are gone do not pile up) {
  catalogue tested{10};
  auto rules = default_rules();
  for (auto i = 0; i < 20'000; ++i) {
    auto x = make_video("v" + std::to_string(i % 10), 50.0, {"tag" + std::to_string(i)});
    x.creator_id = "creator" + std::to_string(i);
    CAF_REQUIRE(tested.upsert(share(x)));
    if (i % 10 == 0)
      tested.snapshot(rules, noon);
  }
  auto snapshot = tested.snapshot(rules, noon);
  CAF_CHECK_LESS(snapshot->tags->size() + snapshot->creators->size(), 2'000u);
  CAF_CHECK_EQUAL(rows_of(*snapshot).size(), 10u);
}

CAF_TEST(texts are written ahead of those that pass the filters and anew when they or the rules change) {
  const auto write = [](const video& x, const tenant_rules& rules) {
    return x.title + ' ' + rules.playback_url_template;
  };
  catalogue tested{1'000, write};
  for (auto i = 0; i < 700; ++i) { // two blocks
    auto x = make_video("v" + std::to_string(i), 50.0, {i % 3 == 0 ? "out" : "in"});
    x.title = "title of " + x.id;
    CAF_REQUIRE(tested.upsert(share(x)));
  }
  tenant_rules rules;
  rules.playback_url_template = "one";
  rules.filters.exclude_tags = {"out"};
  auto broken = [&](const rules_ptr& under) -> std::string {
    const auto snapshot = tested.snapshot(under, noon);
    std::size_t rows = 0;
    for (auto& block : snapshot->blocks)
      for (std::size_t row = 0; row < block->size(); ++row, ++rows)
        if (block->rows->item_text_of(row) != write(*block->rows->videos[row], *under))
          return "the text of " + block->rows->videos[row]->id;
    return rows == 466 ? "" : "there are " + std::to_string(rows);
  };
  const auto first = std::make_shared<const tenant_rules>(rules);
  CAF_CHECK_EQUAL(broken(first), "");
  auto changed = make_video("v1", 50.0, {"in"});
  changed.title = "another title";
  CAF_REQUIRE(tested.upsert(share(changed)));
  CAF_CHECK_EQUAL(broken(first), "");
  rules.playback_url_template = "two";
  CAF_CHECK_EQUAL(broken(std::make_shared<const tenant_rules>(rules)), "");
}

CAF_TEST(texts that are large are not kept and neither are those of a large catalogue) {
  catalogue tested{2 * catalogue::item_texts_max,
                   [](const video& x, const tenant_rules&) { return x.title; }};
  const auto rules = std::make_shared<const tenant_rules>();
  auto add = [&](std::size_t i, std::size_t bytes) {
    auto x = make_video("v" + std::to_string(i), 50.0);
    x.title = std::string(bytes, 'x');
    CAF_REQUIRE(tested.upsert(share(x)));
  };
  auto texts = [&] {
    const auto snapshot = tested.snapshot(rules, noon);
    std::map<std::string, std::size_t> out; // bytes, of the video
    for (auto& block : snapshot->blocks)
      for (std::size_t row = 0; row < block->size(); ++row)
        out[block->rows->videos[row]->id] = block->rows->item_text_of(row).size();
    return out;
  };
  constexpr auto largest = catalogue::item_text_bytes_max;
  add(0, largest);
  add(1, largest + 1);
  add(2, 1);
  CAF_CHECK(texts() == (std::map<std::string, std::size_t>{{"v0", largest}, {"v1", 0}, {"v2", 1}}));
  for (std::size_t i = 3; i < catalogue::item_texts_max; ++i)
    add(i, 1);
  const auto all = texts();
  CAF_CHECK(std::count_if(all.begin(), all.end(), [](auto& x) { return x.second == 0; }) == 1);
  add(catalogue::item_texts_max, 1); // one too many: what is built from now on has none
  CAF_CHECK_EQUAL(texts().at("v" + std::to_string(catalogue::item_texts_max)), 0u);
  CAF_CHECK_EQUAL(texts().at("v0"), largest); // its block is still as it was
  add(0, largest);
  CAF_CHECK_EQUAL(texts().at("v0"), 0u);
}

CAF_TEST(a held snapshot stays as it was) {
  auto tested = three_blocks(10);
  tenant_rules rules;
  rules.pins = {{"v3", 0}};
  auto same = std::make_shared<const tenant_rules>(rules);
  auto held = tested.snapshot(same, noon);
  auto rows = rows_of(*held);
  auto tags = held->tags->size();
  page_request page;
  ranking ranker;
  auto ids_now = [&] { return test::ids_of(ranker.run({held, nullptr, page, noon, {}}).value()); };
  auto feed = ids_now();
  for (auto i = 0; i < 500; ++i) {
    CAF_REQUIRE(
        tested.upsert(share(make_video("v" + std::to_string(i), 99.0, {"changed" + std::to_string(i)}))));
    CAF_REQUIRE(tested.erase("v" + std::to_string(1'000 + i)));
  }
  CAF_CHECK_GREATER(tested.snapshot(same, noon)->tags->size(), tags);
  CAF_CHECK(rows_of(*held) == rows);
  CAF_CHECK_EQUAL(held->tags->size(), tags);
  CAF_CHECK_EQUAL(ids_now(), feed);
  tested.snapshot(default_rules(), noon);
  CAF_CHECK(rows_of(*held) == rows);
  CAF_CHECK_EQUAL(ids_now(), feed);
  tested.clear();
  tested.snapshot(default_rules(), noon);
  CAF_CHECK(rows_of(*held) == rows);
  CAF_CHECK_EQUAL(ids_now(), feed);
}

CAF_TEST(popularity raises the columns by the formula) {
  tenant_rules rules;
  rules.weights.popularity = 2.0;
  rules.boosts = {{"x", 1.5}};
  rules.learning.popularity_weight = 0.5;
  rules.learning.popularity_k = 10.0;
  auto snapshot =
      test::make_snapshot({make_video("x", 40.0), make_video("y", 40.0)}, rules, {{"x", test::sum_of(30.0)}});
  auto rows = rows_of(*snapshot);
  // 40 + 0.5 × (100 − 40) × 30/(30 + 10) = 62.5
  CAF_CHECK_EQUAL(rows.at("x").popularity, 0.75);
  CAF_CHECK_EQUAL(rows.at("x").base, 125.0);
  CAF_CHECK_EQUAL(rows.at("x").trend, 93.75);
  CAF_CHECK_EQUAL(rows.at("y").popularity, 0.0);
  CAF_CHECK_EQUAL(rows.at("y").base, 80.0);
  CAF_CHECK_EQUAL(rows.at("y").trend, 40.0);
}

CAF_TEST(popularity below zero counts zero) {
  auto snapshot = test::make_snapshot({make_video("x", 40.0), make_video("y", 40.0)}, {},
                                      {{"x", test::sum_of(-1e9)}, {"y", test::sum_of(0.0)}});
  auto rows = rows_of(*snapshot);
  for (auto id : {"x", "y"}) {
    CAF_CHECK_EQUAL(rows.at(id).popularity, 0.0);
    CAF_CHECK_EQUAL(rows.at(id).base, 40.0);
  }
}

CAF_TEST(popularity of unknown videos is ignored) {
  auto tested = three_blocks();
  auto rules = default_rules();
  auto before = tested.snapshot(rules, noon);
  CAF_CHECK(!tested.set_popularity("unknown", test::sum_of(1.0)));
  CAF_CHECK_EQUAL(shared_blocks(*before, *tested.snapshot(rules, noon)), 3u);
}

CAF_TEST(new popularity changes the prices of its block alone and no rows) {
  auto tested = three_blocks();
  auto rules = default_rules();
  auto before = tested.snapshot(rules, noon);
  CAF_CHECK(tested.set_popularity("v5", test::sum_of(50.0)));
  auto raised = tested.snapshot(rules, noon);
  CAF_CHECK_EQUAL(shared_blocks(*before, *raised), 2u);
  CAF_CHECK_EQUAL(shared_rows(*before, *raised), 3u);
  CAF_CHECK_EQUAL(base_of(*raised, "v5"), 75.0);
  CAF_CHECK_EQUAL(base_of(*before, "v5"), 50.0);
  CAF_CHECK_EQUAL(shared_blocks(*raised, *tested.snapshot(rules, noon)), 3u);
  CAF_CHECK(tested.set_popularity("v6", test::sum_of(50.0)));
  CAF_CHECK(tested.set_popularity("v1500", test::sum_of(50.0)));
  auto more = tested.snapshot(rules, noon);
  CAF_CHECK_EQUAL(shared_blocks(*raised, *more), 1u);
  CAF_CHECK_EQUAL(shared_rows(*raised, *more), 3u);
  CAF_CHECK_EQUAL(base_of(*more, "v5"), 75.0);
  CAF_CHECK(broken_rule(*more).empty());
}

CAF_TEST(popularity fades as time goes) {
  auto tested = three_blocks();
  auto rules = default_rules();
  CAF_CHECK(tested.set_popularity("v5", test::sum_of(50.0)));
  auto first = tested.snapshot(rules, noon);
  auto soon = tested.snapshot(rules, noon + catalogue::price_age_max - std::chrono::milliseconds{1});
  CAF_CHECK_EQUAL(shared_blocks(*first, *soon), 3u);
  auto later = tested.snapshot(rules, noon + catalogue::price_age_max);
  CAF_CHECK_EQUAL(shared_blocks(*first, *later), 2u);
  CAF_CHECK_EQUAL(shared_rows(*first, *later), 3u);
  auto faded = base_of(*later, "v5");
  CAF_CHECK_LESS(faded, 75.0);
  CAF_CHECK_GREATER(faded, 75.0 - 0.005);
  auto half = rows_of(*tested.snapshot(rules, noon + std::chrono::hours{72})).at("v5");
  CAF_CHECK_EQUAL(half.popularity, 1.0 / 3.0); // 25/(25 + 50)
  CAF_CHECK_EQUAL(half.base, 50.0 + 50.0 / 3.0);
  auto again = base_of(*tested.snapshot(rules, noon), "v5"); // the clock was set back
  CAF_CHECK_EQUAL(again, 75.0);
}

CAF_TEST(a minute of the shortest half life fades a score by less than three) {
  learning_rules rules;
  catalogue tested{1};
  CAF_CHECK(tested.upsert(share(make_video("x", 0.0))));
  CAF_CHECK(tested.set_popularity("x", {rules.popularity_k, noon.time_since_epoch().count(), 360'000}));
  auto base_at = [&](wall_time now) { return base_of(*tested.snapshot(default_rules(), now), "x"); };
  auto fades = base_at(noon) - base_at(noon + catalogue::price_age_max);
  CAF_CHECK_GREATER(fades, 2.5);
  CAF_CHECK_LESS(fades, 3.0);
}

CAF_TEST(time changes no block without popularity) {
  auto tested = three_blocks();
  auto rules = default_rules();
  CAF_CHECK(tested.set_popularity("v5", test::sum_of(-50.0)));
  CAF_CHECK(tested.set_popularity("v1500", test::sum_of(0.0)));
  auto first = tested.snapshot(rules, noon);
  CAF_CHECK_EQUAL(shared_blocks(*first, *tested.snapshot(rules, noon + std::chrono::hours{1'000})), 3u);
}

CAF_TEST(popularity stays with a replaced video and goes with an erased one) {
  catalogue tested{10};
  auto rules = default_rules();
  for (auto id : {"a", "b", "c"}) {
    CAF_CHECK(tested.upsert(share(make_video(id))));
    CAF_CHECK(tested.set_popularity(id, test::sum_of(*id == 'c' ? 150.0 : 50.0)));
  }
  auto base = [&](const char* id) { return base_of(*tested.snapshot(rules, noon), id); };
  CAF_CHECK(tested.upsert(share(make_video("b", 60.0))));
  CAF_CHECK_EQUAL(base("b"), 80.0);
  CAF_CHECK(tested.erase("a"));
  CAF_CHECK_EQUAL(base("b"), 80.0);
  CAF_CHECK_EQUAL(base("c"), 87.5);
  for (auto id : {"a", "d"}) {
    CAF_CHECK(tested.upsert(share(make_video(id))));
    CAF_CHECK_EQUAL(base(id), 50.0);
  }
  CAF_CHECK(tested.erase("d"));
  CAF_CHECK_EQUAL(base("c"), 87.5);
  tested.clear();
  CAF_CHECK(tested.upsert(share(make_video("c"))));
  CAF_CHECK_EQUAL(base("c"), 50.0);
}

CAF_TEST(popularity finds its row among filtered ones) {
  tenant_rules rules;
  rules.filters.exclude_tags = {"politics"};
  auto snapshot = test::make_snapshot(
      {make_video("a", 50.0, {"politics"}), make_video("b"), make_video("c", 50.0, {"politics"}),
       make_video("d")},
      rules, {{"a", test::sum_of(200.0)}, {"c", test::sum_of(450.0)}, {"d", test::sum_of(50.0)}});
  auto rows = rows_of(*snapshot);
  CAF_CHECK_EQUAL(rows.size(), 2u);
  CAF_CHECK_EQUAL(rows.at("b").base, 50.0);
  CAF_CHECK_EQUAL(rows.at("d").base, 75.0);
}

CAF_TEST(a draft has the popularity of its time under its rules and changes nothing) {
  auto tested = three_blocks();
  auto rules = default_rules();
  CAF_CHECK(tested.set_popularity("v5", test::sum_of(100.0)));
  auto before = tested.snapshot(rules, noon);
  tenant_rules other;
  other.learning.popularity_weight = 0.5;
  auto draft = tested.draft(std::make_shared<const tenant_rules>(other), noon + std::chrono::hours{72});
  CAF_CHECK_EQUAL(base_of(*draft, "v5"), 62.5); // 50 + 0.5 × 50 × 50/(50 + 50)
  CAF_CHECK_EQUAL(shared_blocks(*before, *tested.snapshot(rules, noon)), 3u);
}

CAF_TEST(after random changes a snapshot is the one built from nothing) {
  std::size_t rows = 0, raised = 0;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    test::random_world random{seed};
    auto videos_max = random.chance(0.3) ? 3'000u : 60u;
    auto universe = videos_max + videos_max / 4;
    catalogue tested{videos_max};
    std::map<std::string, video> model;
    test::popularity_sums sums;
    auto now = noon;
    auto rules = default_rules();
    for (auto step = 0; step < 12; ++step) {
      for (auto changes = random.below(videos_max); changes > 0; --changes) {
        auto id = "v" + std::to_string(random.below(universe));
        if (random.chance(0.3)) {
          if (tested.erase(id) != (model.erase(id) == 1))
            CAF_FAIL("seed " << seed << ": erasing " << id);
          sums.erase(id);
          continue;
        }
        if (random.chance(0.3)) {
          auto sum = random.draw_popularity(now);
          if (tested.set_popularity(id, sum) != model.contains(id))
            CAF_FAIL("seed " << seed << ": popularity of " << id);
          if (model.contains(id))
            sums[id] = sum;
          continue;
        }
        auto fits = model.contains(id) || model.size() < videos_max;
        auto x = random.draw_video(id, noon);
        if (tested.upsert(share(x)) != fits)
          CAF_FAIL("seed " << seed << ": upserting " << id);
        if (fits)
          model[id] = x;
      }
      if (random.chance(0.3))
        rules = std::make_shared<const tenant_rules>(random.draw_rules({"v1", "v2", "v3", "v4"}));
      // Less than `price_age_max`, and prices may be of the time before.
      now += random.pick<std::chrono::minutes>({0min, 0min, 1min, 3h, -2h});
      auto snapshot = tested.snapshot(rules, now);
      std::vector<video> all;
      for (auto& [id, x] : model)
        all.push_back(x);
      auto anew = test::make_snapshot(all, *rules, sums, now);
      if (auto broken = broken_rule(*snapshot); !broken.empty())
        CAF_FAIL("seed " << seed << ": " << broken);
      if (rows_of(*snapshot) != rows_of(*anew) || snapshot->videos != model.size() ||
          snapshot->rules != rules || snapshot->pinned != anew->pinned)
        CAF_FAIL("seed " << seed << ": the snapshots differ");
      rows += snapshot->eligible;
      for (auto& [id, x] : rows_of(*snapshot))
        raised += x.popularity > 0.0 ? 1 : 0;
    }
  }
  CAF_CHECK_GREATER(rows, 10'000u);
  CAF_CHECK_GREATER(raised, 1'000u);
}
