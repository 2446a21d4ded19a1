#define CAF_SUITE transfer.export
#include "tests/support/unit_test.hpp"

#include "http/formats/import_format.hpp"
#include "http/json_text.hpp"
#include "storage/memory/memory_stores.hpp"
#include "storage/rocksdb/rocksdb_stores.hpp"
#include "tests/support/random_events.hpp"
#include "tests/support/temp_dir.hpp"
#include "transfer/export.hpp"
#include "transfer/import.hpp"
#include "transfer/store_destination.hpp"

#include <filesystem>
#include <random>
#include <sstream>

using namespace kinora;
using namespace kinora::test;
using namespace std::chrono_literals;

namespace {

constexpr std::array kinds{row_kind::rules, row_kind::videos, row_kind::signals, row_kind::popularity};

/// Four exported files in a folder of their own.
struct files {
  temp_dir folder;

  std::string path_of(row_kind kind) const { return folder / std::string{to_string_view(kind)}; }

  std::vector<std::string> contents() const {
    std::vector<std::string> out;
    for (auto kind : kinds)
      out.push_back(read_file(path_of(kind)));
    return out;
  }
};

result<export_counts> write(const stores& from, const files& to) {
  export_options x;
  x.tenant = "acme";
  for (auto kind : kinds)
    x.files.push_back({kind, to.path_of(kind)});
  x.now = noon;
  x.is_stopped = [] { return false; };
  return run_export(x, from);
}

std::string counts_of(const import_progress::file& x) {
  return std::to_string(x.counts.accepted) + ' ' + std::to_string(x.counts.duplicates) + ' ' +
         std::to_string(x.counts.rejected);
}

import_summary read(const files& from, const stores& to) {
  temp_dir scratch;
  import_options x;
  x.tenant = "acme";
  for (auto kind : kinds)
    x.files.push_back({kind, from.path_of(kind)});
  x.rejected_path = scratch / "rejected";
  x.wall_clock = [] { return noon; };
  x.steady_clock = std::chrono::steady_clock::now;
  x.is_stopped = [] { return false; };
  store_destination target{{"acme", 10, 1'000, [] { return noon; }}, to};
  std::ostringstream ignored;
  progress_display display{ignored, false, std::chrono::steady_clock::now()};
  auto done = run_import(x, target, display);
  if (!done)
    CAF_FAIL(done.error().detail);
  CAF_CHECK_EQUAL(read_file(x.rejected_path), "");
  return *done;
}

stores open(const std::string& path) {
  rocksdb_options options;
  options.path = path;
  options.wall_clock = [] { return noon; };
  auto out = open_rocksdb_stores(options);
  if (!out)
    CAF_FAIL(out.error().detail);
  return *out;
}

/// A tenant of which everything is drawn: sums of events, set signals, texts that need escapes.
void fill(stores& to, random_world& world) {
  std::vector<std::string> ids;
  std::vector<video_ptr> videos;
  for (std::size_t i = 0; i < 30; ++i) {
    auto x = world.draw_video("video" + std::to_string(i), noon);
    if (world.chance(0.3))
      x.title = "quotes \" back\\slash and \xC3\xBC";
    if (world.chance(0.3))
      x.metadata = R"({"a":[1,2.5,1e-7,null],"b":{"c":"d"}})";
    ids.push_back(x.id);
    videos.push_back(share(std::move(x)));
  }
  CAF_REQUIRE(to.tenants->save("acme", {world.draw_rules(ids), 1}).has_value());
  CAF_REQUIRE(to.videos->upsert("acme", videos).has_value());
  for (int i = 0; i < 4; ++i) {
    auto set = world.draw_signals(ids);
    set.creator_affinities.erase("");
    CAF_REQUIRE(to.signals->save("acme", "user" + std::to_string(i), record_of(set, noon - 1h)).has_value());
  }
  for (int i = 0; i < 3; ++i) {
    auto effects = draw_effects(world, 60);
    for (auto& x : effects)
      x.event_id += std::to_string(i);
    const std::vector batches{
        std::make_shared<const event_batch>(event_batch{"acme", 72h, std::move(effects)})};
    CAF_REQUIRE(to.events->apply(batches, noon - std::chrono::minutes{i}).has_value());
  }
}

} // namespace

CAF_TEST(an export that is imported into an empty store is exported with the same bytes) {
  const auto seed = std::random_device{}();
  CAF_MESSAGE("seed " << seed);
  for (unsigned round = 0; round < 20; ++round) {
    random_world world{seed + round};
    temp_dir folder;
    auto from = round % 2 == 0 ? make_memory_stores({}) : open(folder / "from");
    fill(from, world);
    files first, second, third;
    CAF_REQUIRE(write(from, first).has_value());
    auto to = round % 4 < 2 ? make_memory_stores({}) : open(folder / "to");
    read(first, to);
    CAF_REQUIRE(write(to, second).has_value());
    CAF_CHECK_EQUAL(second.contents(), first.contents());
    auto again = read(first, to); // it counts once
    CAF_CHECK_EQUAL(again.done.files.at(2).counts.accepted, 0u);
    CAF_CHECK_EQUAL(again.done.files.at(3).counts.accepted, 0u);
    CAF_REQUIRE(write(to, third).has_value());
    CAF_CHECK_EQUAL(third.contents(), first.contents());
  }
}

CAF_TEST(an export changes nothing in the store that it came from) {
  random_world world{7};
  auto from = make_memory_stores({});
  fill(from, world);
  files first, second;
  CAF_REQUIRE(write(from, first).has_value());
  auto done = read(first, from);
  CAF_CHECK_EQUAL(counts_of(done.done.files.at(0)), "0 1 0");
  CAF_CHECK_EQUAL(done.done.files.at(2).counts.accepted, 0u);
  CAF_CHECK_EQUAL(done.done.files.at(3).counts.accepted, 0u);
  CAF_REQUIRE(write(from, second).has_value());
  CAF_CHECK_EQUAL(second.contents(), first.contents());
}

CAF_TEST(an export adds to what a store knows already) {
  auto to = make_memory_stores({}), from = make_memory_stores({});
  for (auto* x : {&to, &from}) {
    CAF_REQUIRE(x->tenants->save("acme", {{}, 1}).has_value());
    event_effect like;
    like.event_id = x == &to ? "a" : "b";
    like.user = "u";
    like.video_id = "v";
    like.at_ms = noon.time_since_epoch().count();
    like.amount = 2.0;
    like.about = share(make_video("v", 50.0, {"music"}));
    // Not the same record, or the one would be taken for a copy of the other.
    const std::vector batches{std::make_shared<const event_batch>(event_batch{"acme", 72h, {like}})};
    CAF_REQUIRE(x->events->apply(batches, x == &to ? noon : noon - 1h).has_value());
  }
  files exported;
  CAF_REQUIRE(write(from, exported).has_value());
  read(exported, to);
  CAF_CHECK_EQUAL(to.signals->load("acme", "u").value()->tags.at(0).value, 4.0);
}

CAF_TEST(forgotten users stay out and a tenant has to be there) {
  auto from = make_memory_stores({});
  files exported;
  auto nobody = write(from, exported);
  CAF_REQUIRE(!nobody);
  CAF_CHECK(nobody.error().code == errc::not_found);
  CAF_REQUIRE(from.tenants->save("acme", {{}, 1}).has_value());
  user_signals seen;
  seen.watched_ids = {"v"};
  CAF_REQUIRE(from.signals->save("acme", "old", record_of(seen, noon - 91 * 24h)).has_value());
  CAF_REQUIRE(from.signals->save("acme", "new", record_of(seen, noon - 89 * 24h)).has_value());
  CAF_CHECK((write(from, exported).value() == export_counts{1, 0, 1, 0}));
}

CAF_TEST(an export replaces nothing but files and no file twice) {
  temp_dir folder;
  std::filesystem::create_symlink(folder / "somewhere", folder / "link");
  auto refused = [&](std::vector<export_file> files) {
    export_options x;
    x.files = std::move(files);
    auto checked = check_export(x);
    return checked ? std::string{"fine"} : checked.error().field;
  };
  CAF_CHECK_EQUAL(refused({{row_kind::videos, folder / "new"}}), "fine");
  CAF_CHECK_EQUAL(refused({{row_kind::videos, "-"}}), "fine");
  CAF_CHECK_EQUAL(refused({{row_kind::videos, "/dev/null"}}), "--videos");
  CAF_CHECK_EQUAL(refused({{row_kind::videos, folder / "link"}}), "--videos");
  CAF_CHECK_EQUAL(refused({{row_kind::videos, folder.path().string()}}), "--videos");
  CAF_CHECK_EQUAL(refused({{row_kind::rules, folder / "new"}, {row_kind::videos, folder / "./new"}}),
                  "--videos");
}

CAF_TEST(numbers survive to the bit) {
  user_record x;
  x.touched_ms = 1;
  x.tags = {{"a", 0.1 + 0.2, 3}, {"b", 5e-324, 4}, {"c", -1e18, -5}, {"d", 1.0 / 3.0, 0}};
  auto row = http::parse_signals_row(http::parse_json(http::write_record_row("u", x), "row").value());
  CAF_REQUIRE(row.has_value());
  CAF_CHECK(row->record == x);
  popularity_sum sum{9'007'199'254'740'993.0, 1, 3'600'000};
  auto part =
      http::parse_popularity_row(http::parse_json(http::write_popularity_row("v", sum), "row").value());
  CAF_REQUIRE(part.has_value());
  CAF_CHECK(part->sum == sum);
}
