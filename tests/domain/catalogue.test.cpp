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
  double published, expires, base, factor;
  std::uint64_t hash;
  std::optional<std::uint32_t> pin;
  bool operator==(const row&) const = default;
};

/// Every row of a snapshot by id. Fails where the symbols of a row are not those of its video.
std::map<std::string, row> rows_of(const catalogue_snapshot& x) {
  std::map<std::string, row> out;
  for (auto& block : x.blocks)
    for (std::size_t i = 0; i < block->size(); ++i) {
      auto& content = *block->videos[i];
      std::vector<std::uint32_t> tags;
      for (auto& tag : content.tags)
        tags.push_back(x.tags->find(tag).value());
      auto actual = block->tags_of(i);
      if (!std::equal(actual.begin(), actual.end(), tags.begin(), tags.end()))
        CAF_FAIL("tags of " << content.id);
      if (x.creators->find(content.creator_id) != block->creator[i])
        CAF_FAIL("creator of " << content.id);
      if (!out.emplace(content.id, row{content, block->published[i], block->expires[i], block->base[i],
                                       block->factor[i], block->hash[i], block->pin_of(i)})
               .second)
        CAF_FAIL("two rows of " << content.id);
    }
  return out;
}

/// What must hold for every snapshot; empty when it does.
std::string broken_rule(const catalogue_snapshot& x) {
  std::size_t rows = 0, pins = 0;
  for (auto& block : x.blocks) {
    if (block->size() == 0 || block->size() > catalogue_block::rows_max)
      return "the size of a block";
    rows += block->size();
    pins += block->pins.size();
    if (std::set<std::uint16_t>(block->by_trend.begin(), block->by_trend.end()).size() != block->size())
      return "trending order lacks rows";
    for (std::size_t i = 1; i < block->by_trend.size(); ++i)
      if (!trends_before(*block, block->by_trend[i - 1], *block, block->by_trend[i]))
        return "trending order";
  }
  return rows != x.eligible ? "eligible" : pins != x.pinned ? "pinned" : "";
}

std::size_t shared_blocks(const catalogue_snapshot& a, const catalogue_snapshot& b) {
  std::set<const catalogue_block*> blocks;
  for (auto& x : a.blocks)
    blocks.insert(x.get());
  return static_cast<std::size_t>(
      std::count_if(b.blocks.begin(), b.blocks.end(), [&](auto& x) { return blocks.contains(x.get()); }));
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
  CAF_CHECK((rows.at("x") == row{x, 1.5, 2.25, 40.0, 1.5, video_hash("x"), 7}));
  CAF_CHECK((rows.at("y") == row{make_video("y"), -infinity, infinity, 25.0, 1.0, video_hash("y"), {}}));
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
  auto before = tested.snapshot(rules);
  CAF_REQUIRE_EQUAL(before->blocks.size(), 3u);
  CAF_CHECK_EQUAL(shared_blocks(*before, *tested.snapshot(rules)), 3u);
  CAF_CHECK(tested.upsert(share(make_video("v5", 1.0, {"a new tag"}))));
  auto replaced = tested.snapshot(rules);
  CAF_CHECK_EQUAL(shared_blocks(*before, *replaced), 2u);
  CAF_CHECK(tested.upsert(share(make_video("new"))));
  auto added = tested.snapshot(rules);
  CAF_CHECK_EQUAL(added->blocks.size(), 4u);
  CAF_CHECK_EQUAL(shared_blocks(*replaced, *added), 3u);
  CAF_CHECK(tested.erase("v1000"));
  CAF_CHECK_EQUAL(shared_blocks(*added, *tested.snapshot(rules)), 3u);
}

CAF_TEST(other rules rebuild every block) {
  auto tested = three_blocks();
  auto before = tested.snapshot(default_rules());
  tenant_rules rules;
  rules.weights.popularity = 2.0;
  auto after = tested.snapshot(std::make_shared<const tenant_rules>(rules));
  CAF_CHECK_EQUAL(shared_blocks(*before, *after), 0u);
  auto rows = rows_of(*after);
  CAF_CHECK_EQUAL(rows.at("v7").base, 100.0);
}

CAF_TEST(a cleared catalogue starts anew) {
  auto tested = three_blocks();
  auto rules = default_rules();
  tested.snapshot(rules);
  tested.clear();
  CAF_CHECK_EQUAL(tested.size(), 0u);
  CAF_CHECK(tested.snapshot(rules)->blocks.empty());
  CAF_CHECK(tested.upsert(share(make_video("v1", 50.0, {"other"}))));
  auto snapshot = tested.snapshot(rules);
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
      tested.snapshot(rules);
  }
  auto snapshot = tested.snapshot(rules);
  CAF_CHECK_LESS(snapshot->tags->size() + snapshot->creators->size(), 2'000u);
  CAF_CHECK_EQUAL(rows_of(*snapshot).size(), 10u);
}

CAF_TEST(a held snapshot stays as it was) {
  auto tested = three_blocks(10);
  tenant_rules rules;
  rules.pins = {{"v3", 0}};
  auto same = std::make_shared<const tenant_rules>(rules);
  auto held = tested.snapshot(same);
  auto rows = rows_of(*held);
  auto tags = held->tags->size();
  page_request page;
  ranking ranker;
  auto ids_now = [&] { return test::ids_of(ranker.run({*held, nullptr, page, noon, {}}).value()); };
  auto feed = ids_now();
  for (auto i = 0; i < 500; ++i) {
    CAF_REQUIRE(
        tested.upsert(share(make_video("v" + std::to_string(i), 99.0, {"changed" + std::to_string(i)}))));
    CAF_REQUIRE(tested.erase("v" + std::to_string(1'000 + i)));
  }
  CAF_CHECK_GREATER(tested.snapshot(same)->tags->size(), tags);
  CAF_CHECK(rows_of(*held) == rows);
  CAF_CHECK_EQUAL(held->tags->size(), tags);
  CAF_CHECK_EQUAL(ids_now(), feed);
  tested.snapshot(default_rules());
  CAF_CHECK(rows_of(*held) == rows);
  CAF_CHECK_EQUAL(ids_now(), feed);
  tested.clear();
  tested.snapshot(default_rules());
  CAF_CHECK(rows_of(*held) == rows);
  CAF_CHECK_EQUAL(ids_now(), feed);
}

CAF_TEST(after random changes a snapshot is the one built from nothing) {
  std::size_t rows = 0;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    test::random_world random{seed};
    auto videos_max = random.chance(0.3) ? 3'000u : 60u;
    auto universe = videos_max + videos_max / 4;
    catalogue tested{videos_max};
    std::map<std::string, video> model;
    auto rules = default_rules();
    for (auto step = 0; step < 12; ++step) {
      for (auto changes = random.below(videos_max); changes > 0; --changes) {
        auto id = "v" + std::to_string(random.below(universe));
        if (random.chance(0.3)) {
          if (tested.erase(id) != (model.erase(id) == 1))
            CAF_FAIL("seed " << seed << ": erasing " << id);
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
      auto snapshot = tested.snapshot(rules);
      std::vector<video> all;
      for (auto& [id, x] : model)
        all.push_back(x);
      auto anew = test::make_snapshot(all, *rules);
      if (auto broken = broken_rule(*snapshot); !broken.empty())
        CAF_FAIL("seed " << seed << ": " << broken);
      if (rows_of(*snapshot) != rows_of(*anew) || snapshot->videos != model.size() ||
          snapshot->rules != rules || snapshot->pinned != anew->pinned)
        CAF_FAIL("seed " << seed << ": the snapshots differ");
      rows += snapshot->eligible;
    }
  }
  CAF_CHECK_GREATER(rows, 10'000u);
}
