#define CAF_SUITE storage.conformance
#include "tests/support/unit_test.hpp"

#include "storage/memory/memory_stores.hpp"
#include "storage/rocksdb/rocksdb_stores.hpp"
#include "tests/support/random_events.hpp"
#include "tests/support/temp_dir.hpp"

#include <random>
#include <thread>

using namespace kinora;
using namespace kinora::test;

namespace {

/// What every engine promises: each test runs against all of them.
struct fixture {
  fixture() {
    engines.push_back({"memory", make_memory_stores({})});
    rocksdb_options options;
    options.path = folder.path().string();
    options.wall_clock = [] { return noon; };
    auto opened = open_rocksdb_stores(options);
    if (!opened)
      CAF_FAIL(opened.error().detail);
    engines.push_back({"rocksdb", std::move(*opened)});
  }

  struct engine {
    const char* name;
    stores ports;
  };

  template <class Test>
  void each(Test test) {
    for (auto& x : engines) {
      CAF_MESSAGE(x.name);
      test(x.ports);
    }
  }

  temp_dir folder;
  std::vector<engine> engines;
};

std::vector<std::string> ids_of(const std::vector<video_ptr>& videos) {
  std::vector<std::string> out;
  for (auto& x : videos)
    out.push_back(x->id);
  return out;
}

void make_tenant(stores& x, const std::string& id) {
  CAF_REQUIRE(x.tenants->save(id, {{}, 1}).has_value());
}

std::shared_ptr<const event_batch> batch_of(std::string tenant, std::vector<event_effect> effects) {
  return std::make_shared<const event_batch>(
      event_batch{std::move(tenant), std::chrono::hours{72}, std::move(effects)});
}

/// Applies one batch.
batch_outcome apply(stores& x, const std::string& tenant, std::vector<event_effect> effects,
                    wall_time now = noon) {
  std::vector batches{batch_of(tenant, std::move(effects))};
  auto done = x.events->apply(batches, now);
  CAF_REQUIRE(done.has_value());
  return done->at(0);
}

event_effect like(std::string event_id, std::string user = "u", std::string video_id = "v") {
  event_effect out;
  out.event_id = std::move(event_id);
  out.user = std::move(user);
  out.video_id = video_id;
  out.at_ms = noon.time_since_epoch().count();
  out.amount = 2.0;
  out.watched = true;
  out.about = share(make_video(std::move(video_id), 50.0, {"music"}));
  return out;
}

constexpr auto this_hour = std::chrono::floor<std::chrono::hours>(noon);

/// An event that says of a position named `key` that it was played.
event_effect played(std::string event_id, std::string key, wall_time at = noon,
                    engagement what = engagement::play) {
  auto out = like(std::move(event_id));
  out.at_ms = at.time_since_epoch().count();
  out.attributed = attribution{feed_type::personalized, rollout_side::in, what, '\0' + std::move(key)};
  return out;
}

std::vector<hourly_stats> stats_of(stores& x, const std::string& tenant) {
  auto found =
      x.stats->load(tenant, this_hour - std::chrono::hours{24 * 36}, this_hour + std::chrono::hours{1});
  CAF_REQUIRE(found.has_value());
  return std::move(*found);
}

/// Plays of all hours.
std::uint64_t plays_of(stores& x, const std::string& tenant) {
  feed_stats out;
  for (auto& hour : stats_of(x, tenant))
    out += hour.counts;
  return out.at(feed_type::personalized, rollout_side::in).plays;
}

user_signals signals_of(stores& x, const std::string& tenant, const std::string& user) {
  auto found = x.signals->load(tenant, user);
  CAF_REQUIRE(found.has_value());
  return *found ? signals_at(**found, noon) : user_signals{};
}

std::optional<popularity_sum> popularity_of(stores& x, const std::string& tenant, const std::string& video) {
  std::vector<std::string> ids{video};
  auto found = x.popularity->load(tenant, ids);
  CAF_REQUIRE(found.has_value());
  return found->at(0);
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(conformance, fixture)

CAF_TEST(parts of an import count once and beside events and copies of what is stored do not ) {
  each([](stores& x) {
    make_tenant(x, "t");
    signals_row row;
    row.user = "u";
    row.signals.last_active = noon - std::chrono::hours{24 * 500};
    row.signals.watched_ids = {"a", "b"};
    row.long_watched = {"b"};
    auto batch_with = [&](std::vector<user_part> users, std::vector<popularity_part> videos) {
      auto out = std::make_shared<event_batch>(*batch_of("t", {}));
      out->users = std::move(users);
      out->videos = std::move(videos);
      for (auto& completion : completions_of(row))
        out->effects.push_back(effect_of(std::move(completion), nullptr, {}));
      return out;
    };
    auto applied = [&](std::shared_ptr<const event_batch> batch, wall_time now) {
      const std::vector batches{std::move(batch)};
      auto done = x.events->apply(batches, now);
      CAF_REQUIRE(done.has_value());
      return done->at(0);
    };
    const auto part = part_of("v", {2.0, noon.time_since_epoch().count(), 1'000});
    CAF_CHECK(applied(batch_with({part_of(row, noon)}, {part}), noon) == (batch_outcome{1, 0, false, 2, 0}));
    const auto stored = x.signals->load("t", "u").value();
    CAF_REQUIRE(stored);
    CAF_CHECK_EQUAL(signals_of(x, "t", "u").watched_ids, (std::vector<std::string>{"a", "b"}));
    CAF_CHECK(applied(batch_with({part_of(row, noon)}, {part}), noon) == (batch_outcome{0, 1, false, 0, 2}));
    CAF_CHECK(*x.signals->load("t", "u").value() == *stored);
    // Not known by their ids in another month, but by what is stored.
    const auto later = noon + std::chrono::hours{24 * 30};
    signals_row copy;
    copy.user = "u";
    copy.record = *stored;
    CAF_CHECK(applied(batch_with({part_of(copy, later)}, {part}), noon) ==
              (batch_outcome{0, 1, false, 0, 2}));
    CAF_CHECK_EQUAL(popularity_of(x, "t", "v")->value, 2.0);
  });
}

CAF_TEST(all users of a tenant are gone through in order until somebody fails) {
  each([](stores& x) {
    make_tenant(x, "t");
    make_tenant(x, "t2");
    for (auto user : {"b", "a", "c"})
      CAF_REQUIRE(x.signals->save("t", user, record_of(user_signals{}, noon)).has_value());
    CAF_REQUIRE(x.signals->save("t2", "d", record_of(user_signals{}, noon)).has_value());
    std::string seen;
    auto all = x.signals->each("t", [&](std::string_view user, const user_record& record) -> result<void> {
      CAF_CHECK_EQUAL(record.touched_ms, noon.time_since_epoch().count());
      seen += user;
      return {};
    });
    CAF_CHECK(all.has_value());
    CAF_CHECK_EQUAL(seen, "abc");
    auto failed = x.signals->each("t", [&](std::string_view, const user_record&) -> result<void> {
      seen += '!';
      return invalid("here", "no more");
    });
    CAF_CHECK(!failed);
    CAF_CHECK_EQUAL(seen, "abc!");
  });
}

CAF_TEST(flags are as last saved) {
  each([](stores& x) {
    auto before = x.flags->load();
    CAF_REQUIRE(before.has_value());
    CAF_CHECK(!*before);
    CAF_CHECK(x.flags->save({false, true, 12.5, 7}).has_value());
    CAF_CHECK(x.flags->save({true, true, 37.25, 8}).has_value());
    CAF_CHECK(x.flags->load().value() == (global_flags{true, true, 37.25, 8}));
  });
}

CAF_TEST(secrets are as last saved) {
  each([](stores& x) {
    CAF_CHECK(x.secrets->load().value().empty());
    CAF_CHECK(x.secrets->save({"new", "old"}).has_value());
    CAF_CHECK(x.secrets->load().value() == (std::vector<std::string>{"new", "old"}));
  });
}

CAF_TEST(tenants are listed in order with their rules) {
  random_world world{11};
  each([&](stores& x) {
    auto rules = world.draw_rules({"a", "b"});
    rules.learning.popularity_weight = 0.25;
    rules.playback_url_template = "https://cdn.example/{id}";
    CAF_CHECK(x.tenants->save("sports", {rules, 5}).has_value());
    CAF_CHECK(x.tenants->save("news", {{}, 6}).has_value());
    CAF_CHECK(x.tenants->save("news-2", {{}, 7}).has_value());
    CAF_CHECK(x.tenants->list().value() == (std::vector<std::string>{"news", "news-2", "sports"}));
    CAF_CHECK(x.tenants->load("sports").value() == (versioned_rules{rules, 5}));
    CAF_CHECK(!x.tenants->load("nobody").value());
  });
}

CAF_TEST(videos are kept by id and in order) {
  random_world world{12};
  each([&](stores& x) {
    make_tenant(x, "t");
    auto a = world.draw_video("a", noon);
    a.metadata = R"({"season":2})";
    a.duration_seconds = 12.5;
    auto b = world.draw_video("b", noon);
    std::vector both{share(b), share(a)};
    CAF_CHECK(x.videos->upsert("t", both).has_value());
    auto found = x.videos->load("t").value();
    CAF_CHECK(ids_of(found) == (std::vector<std::string>{"a", "b"}));
    CAF_CHECK(*found[0] == a);
    CAF_CHECK(*found[1] == b);
    auto newer = b;
    newer.title = "again";
    std::vector twice{share(b), share(newer)};
    CAF_CHECK(x.videos->upsert("t", twice).has_value());
    CAF_CHECK(x.videos->load("t").value().at(1)->title == "again");
    CAF_CHECK(x.videos->erase("t", "a").has_value());
    CAF_CHECK(x.videos->erase("t", "a").has_value());
    CAF_CHECK(ids_of(x.videos->load("t").value()) == (std::vector<std::string>{"b"}));
    std::vector other{share(a)};
    CAF_CHECK(x.videos->replace("t", other).has_value());
    CAF_CHECK(ids_of(x.videos->load("t").value()) == (std::vector<std::string>{"a"}));
    CAF_CHECK(x.videos->load("nobody").value().empty());
  });
}

CAF_TEST(signals are as set and gone when erased) {
  random_world world{13};
  each([&](stores& x) {
    make_tenant(x, "t");
    auto set = world.draw_signals({"a", "b", "c", "d"});
    set.disliked_ids = {"z"};
    set.last_active = noon;
    CAF_CHECK(x.signals->load("t", "u").value() == nullptr);
    CAF_CHECK(x.signals->save("t", "u", record_of(set, noon)).has_value());
    CAF_CHECK(close(signals_of(x, "t", "u"), set));
    CAF_CHECK(x.signals->save("t", "u", record_of(user_signals{}, noon)).has_value());
    CAF_CHECK(close(signals_of(x, "t", "u"), {}));
    CAF_CHECK(x.signals->erase("t", "u").has_value());
    CAF_CHECK(x.signals->load("t", "u").value() == nullptr);
    CAF_CHECK(x.signals->erase("t", "u").has_value());
  });
}

CAF_TEST(a tenant that does not exist takes neither signals nor events) {
  each([](stores& x) {
    auto saved = x.signals->save("nobody", "u", record_of(user_signals{}, noon));
    CAF_REQUIRE(!saved);
    CAF_CHECK(saved.error().code == errc::not_found);
    CAF_CHECK(x.signals->erase("nobody", "u").has_value());
    CAF_CHECK(apply(x, "nobody", {like("e1")}) == (batch_outcome{0, 0, true}));
    make_tenant(x, "nobody");
    CAF_CHECK(x.signals->load("nobody", "u").value() == nullptr);
    CAF_CHECK(apply(x, "nobody", {like("e1")}) == (batch_outcome{1, 0, false}));
  });
}

CAF_TEST(an event counts once whatever comes between) {
  each([](stores& x) {
    make_tenant(x, "t");
    CAF_CHECK(apply(x, "t", {like("e1"), like("e2"), like("e1")}) == (batch_outcome{2, 1, false}));
    CAF_CHECK(apply(x, "t", {like("e2"), like("e3")}) == (batch_outcome{1, 1, false}));
    CAF_CHECK(apply(x, "t", {like("e3")}) == (batch_outcome{0, 1, false}));
    CAF_CHECK(close(signals_of(x, "t", "u").affinities, {{"music", 6.0 / 8.0}}));
    CAF_CHECK(close(popularity_of(x, "t", "v").value().value, 6.0));
  });
}

CAF_TEST(batches of one write are told apart) {
  each([](stores& x) {
    make_tenant(x, "t");
    make_tenant(x, "s");
    std::vector batches{batch_of("t", {like("e1")}), batch_of("s", {like("e1")}),
                        batch_of("gone", {like("e1")}), batch_of("t", {like("e1"), like("e2")})};
    auto done = x.events->apply(batches, noon);
    CAF_REQUIRE(done.has_value());
    CAF_CHECK(*done ==
              (std::vector<batch_outcome>{{1, 0, false}, {1, 0, false}, {0, 0, true}, {1, 1, false}}));
  });
}

CAF_TEST(events that arrive at the same time from many sides count once) {
  each([](stores& x) {
    make_tenant(x, "t");
    std::vector<std::thread> senders;
    std::atomic<std::size_t> accepted{0};
    for (int sender = 0; sender < 4; ++sender)
      senders.emplace_back([&] {
        for (int i = 0; i < 50; ++i) {
          std::vector batches{batch_of("t", {like("e" + std::to_string(i)), like("f" + std::to_string(i))})};
          if (auto done = x.events->apply(batches, noon))
            accepted += done->at(0).accepted;
        }
      });
    for (auto& sender : senders)
      sender.join();
    CAF_CHECK_EQUAL(accepted.load(), 100u);
    CAF_CHECK(close(popularity_of(x, "t", "v").value().value, 200.0));
  });
}

CAF_TEST(popularity is kept for videos that nobody knows and read in order) {
  each([](stores& x) {
    make_tenant(x, "t");
    apply(x, "t", {like("e1", "u", "b"), like("e2", "u", "a"), like("e3", "u", "b")});
    auto all = x.popularity->load("t").value();
    CAF_REQUIRE_EQUAL(all.size(), 2u);
    CAF_CHECK_EQUAL(all[0].first, "a");
    CAF_CHECK(all[1].second == (popularity_sum{4.0, noon.time_since_epoch().count(), 72LL * 3'600'000}));
    CAF_CHECK(!popularity_of(x, "t", "c"));
  });
}

CAF_TEST(events of a user who was forgotten start anew) {
  each([](stores& x) {
    make_tenant(x, "t");
    apply(x, "t", {like("1", "u", "old")});
    apply(x, "t", {like("2", "u", "new")}, noon + std::chrono::days{91});
    const auto known = signals_of(x, "t", "u");
    CAF_CHECK_EQUAL(known.watched_ids, std::vector<std::string>{"new"});
  });
}

CAF_TEST(a position counts once whichever event says so) {
  each([](stores& x) {
    make_tenant(x, "t");
    auto first = apply(x, "t", {played("e1", "a"), played("e2", "a"), played("e3", "b"), like("e4")});
    CAF_CHECK_EQUAL(first.accepted, 4u);
    CAF_CHECK_EQUAL(first.attributed.at(feed_type::personalized, rollout_side::in).plays, 2u);
    auto again = apply(x, "t", {played("e1", "c"), played("e5", "b"), played("e6", "d")});
    CAF_CHECK_EQUAL(again.accepted, 2u);
    CAF_CHECK_EQUAL(again.duplicates, 1u); // what it says now does not count
    CAF_CHECK_EQUAL(again.attributed.at(feed_type::personalized, rollout_side::in).plays, 1u);
    CAF_CHECK_EQUAL(plays_of(x, "t"), 3u);
    CAF_CHECK(apply(x, "t", {played("e7", "a")}).attributed == feed_stats{});
    CAF_CHECK_EQUAL(plays_of(x, "t"), 3u);
  });
}

CAF_TEST(statistics are kept by hour and feed type and side and kind) {
  each([](stores& x) {
    make_tenant(x, "t");
    using std::chrono::hours;
    auto other = played("e5", "e");
    other.attributed->type = feed_type::trending;
    other.attributed->side = rollout_side::none;
    apply(x, "t",
          {played("e1", "a", noon - hours{2}, engagement::impression), played("e2", "b", this_hour),
           played("e3", "c", wall_time{this_hour} - std::chrono::milliseconds{1}, engagement::completion),
           played("e4", "d"), other});
    auto found = stats_of(x, "t");
    CAF_REQUIRE_EQUAL(found.size(), 3u);
    CAF_CHECK(found[0].hour == this_hour - hours{2});
    CAF_CHECK(found[0].counts.at(feed_type::personalized, rollout_side::in) == (engagement_counts{1, 0, 0}));
    CAF_CHECK(found[1].hour == this_hour - hours{1});
    CAF_CHECK(found[1].counts.at(feed_type::personalized, rollout_side::in) == (engagement_counts{0, 0, 1}));
    CAF_CHECK(found[2].hour == this_hour);
    CAF_CHECK(found[2].counts.at(feed_type::personalized, rollout_side::in) == (engagement_counts{0, 2, 0}));
    CAF_CHECK(found[2].counts.at(feed_type::trending, rollout_side::none) == (engagement_counts{0, 1, 0}));
    CAF_CHECK(x.stats->load("t", this_hour - hours{1}, this_hour).value() == (std::vector{found[1]}));
    CAF_CHECK(x.stats->load("t", this_hour + hours{1}, this_hour + hours{9}).value().empty());
    CAF_CHECK(x.stats->load("nobody", this_hour - hours{9}, this_hour + hours{9}).value().empty());
  });
}

CAF_TEST(positions count once however many sides tell of them at the same time) {
  each([](stores& x) {
    make_tenant(x, "t");
    std::vector<std::thread> senders;
    std::atomic<std::uint64_t> attributed{0};
    for (int sender = 0; sender < 4; ++sender)
      senders.emplace_back([&, sender] {
        for (int i = 0; i < 50; ++i) {
          const auto id = std::to_string(sender) + '-' + std::to_string(i);
          std::vector batches{
              batch_of("t", {played(id, std::to_string(i)), played(id + 'b', std::to_string(i / 2))})};
          if (auto done = x.events->apply(batches, noon))
            attributed += done->at(0).attributed.at(feed_type::personalized, rollout_side::in).plays;
        }
      });
    for (auto& sender : senders)
      sender.join();
    CAF_CHECK_EQUAL(attributed.load(), 50u);
    CAF_CHECK_EQUAL(plays_of(x, "t"), 50u);
  });
}

CAF_TEST(tenants share nothing) {
  each([](stores& x) {
    for (auto tenant : {"a", "a.b", "a-b"})
      make_tenant(x, tenant);
    apply(x, "a", {like("e1"), played("e2", "p")});
    std::vector videos{share(make_video("v"))};
    CAF_CHECK(x.videos->upsert("a", videos).has_value());
    for (std::string other : {"a.b", "a-b"}) {
      CAF_CHECK(x.videos->load(other).value().empty());
      CAF_CHECK(x.signals->load(other, "u").value() == nullptr);
      CAF_CHECK(x.popularity->load(other).value().empty());
      CAF_CHECK(stats_of(x, other).empty());
      CAF_CHECK(apply(x, other, {like("e1")}) == (batch_outcome{1, 0, false}));
    }
    CAF_CHECK(close(popularity_of(x, "a", "v").value().value, 4.0));
    CAF_CHECK_EQUAL(plays_of(x, "a"), 1u);
    apply(x, "a-b", {played("e2", "p")});
    CAF_CHECK_EQUAL(plays_of(x, "a-b"), 1u);
  });
}

CAF_TEST(a tenant is removed with everything of it and nothing else) {
  each([](stores& x) {
    for (std::string tenant : {"a", "b"}) {
      make_tenant(x, tenant);
      std::vector videos{share(make_video("v"))};
      CAF_CHECK(x.videos->upsert(tenant, videos).has_value());
      apply(x, tenant, {like("e1"), played("e2", "p")});
    }
    CAF_CHECK(x.tenants->erase("a").has_value());
    CAF_CHECK(x.tenants->erase("a").has_value());
    CAF_CHECK(x.tenants->list().value() == (std::vector<std::string>{"b"}));
    make_tenant(x, "a");
    CAF_CHECK(x.videos->load("a").value().empty());
    CAF_CHECK(x.signals->load("a", "u").value() == nullptr);
    CAF_CHECK(x.popularity->load("a").value().empty());
    CAF_CHECK(stats_of(x, "a").empty());
    CAF_CHECK_EQUAL(plays_of(x, "b"), 1u);
    CAF_CHECK(apply(x, "a", {played("e3", "p")}).attributed != feed_stats{});
    CAF_CHECK(apply(x, "a", {like("e1")}) == (batch_outcome{1, 0, false}));
    CAF_CHECK(x.videos->load("b").value().size() == 1u);
    CAF_CHECK(apply(x, "b", {like("e1")}) == (batch_outcome{0, 1, false}));
  });
}

CAF_TEST(any order and any batching and any split of events gives the same) {
  auto seed = std::random_device{}();
  CAF_MESSAGE("seed " << seed);
  std::mt19937 random{seed};
  random_world world{seed};
  auto effects = draw_effects(world, 400);
  each([&](stores& x) {
    for (auto tenant : {"in-order", "shuffled", "left", "right"})
      make_tenant(x, tenant);
    apply(x, "in-order", effects);
    auto shuffled = effects;
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    for (std::size_t i = 0; i < shuffled.size();) {
      auto end = std::min(shuffled.size(), i + 1 + world.below(20));
      apply(x, "shuffled",
            {shuffled.begin() + static_cast<std::ptrdiff_t>(i),
             shuffled.begin() + static_cast<std::ptrdiff_t>(end)});
      i = end;
    }
    for (auto& effect : shuffled)
      apply(x, world.chance(0.5) ? "left" : "right", {effect});
    for (int i = 0; i < 5; ++i) {
      auto user = "user" + std::to_string(i);
      auto expected = signals_of(x, "in-order", user);
      CAF_CHECK(close(signals_of(x, "shuffled", user), expected));
      auto left = x.signals->load("left", user).value(), right = x.signals->load("right", user).value();
      auto both = left ? *left : user_record{};
      if (right)
        merge(both, *right);
      CAF_CHECK(close(signals_at(both, noon), expected));
    }
    for (auto& [video, sum] : x.popularity->load("in-order").value()) {
      CAF_CHECK(close(popularity_of(x, "shuffled", video).value().value, sum.value));
      auto left = popularity_of(x, "left", video), right = popularity_of(x, "right", video);
      auto both = left && right ? merged(*left, *right) : left ? *left : right.value();
      CAF_CHECK(close(both.at(noon.time_since_epoch().count()), sum.at(noon.time_since_epoch().count())));
    }
  });
}

CAF_TEST(the last versions of the rules are kept with their authors) {
  each([](stores& x) {
    for (std::uint32_t version = 1; version <= rules_versions_max + 5; ++version) {
      versioned_rules rules{{}, version, version, noon, "author" + std::to_string(version)};
      rules.rules.recency_window_hours = version;
      CAF_REQUIRE(x.tenants->save("acme", rules).has_value());
      CAF_REQUIRE(x.tenants->save("acmf", {{}, 1, 1, noon, "another"}).has_value());
    }
    auto kept = x.tenants->versions("acme").value();
    CAF_REQUIRE_EQUAL(kept.size(), rules_versions_max);
    for (std::size_t i = 0; i < kept.size(); ++i) {
      CAF_CHECK_EQUAL(kept[i].version, i + 6);
      CAF_CHECK_EQUAL(kept[i].author, "author" + std::to_string(i + 6));
      CAF_CHECK_EQUAL(kept[i].rules.recency_window_hours, static_cast<double>(i + 6));
    }
    CAF_CHECK(x.tenants->load("acme").value() == kept.back());
    CAF_REQUIRE(x.tenants->erase("acme").has_value());
    CAF_CHECK(x.tenants->versions("acme").value().empty());
    CAF_CHECK_EQUAL(x.tenants->versions("acmf").value().size(), 1u);
  });
}

CAF_TEST(tokens and keys are kept until they are removed) {
  each([](stores& x) {
    for (const auto* id : {"b", "a"}) {
      CAF_REQUIRE(
          x.access->save({{id, "name", role::editor, {"t"}}, noon, "ada", digest_of(id)}).has_value());
      CAF_REQUIRE(x.tenants->save(id, {{}, 1}).has_value());
      CAF_REQUIRE(x.sdk_keys->save(id, {"1", "ios", noon, "ada", digest_of(id)}).has_value());
      CAF_REQUIRE(x.sdk_keys->save(id, {"2", "web", noon, "ada", digest_of(id)}).has_value());
    }
    auto tokens = x.access->load().value();
    CAF_REQUIRE_EQUAL(tokens.size(), 2u);
    CAF_CHECK_EQUAL(tokens[0].who.id, "a");
    CAF_CHECK(tokens[0].digest == digest_of("a"));
    CAF_REQUIRE(x.access->erase("a").has_value());
    CAF_REQUIRE(x.access->erase("nobody").has_value());
    tokens = x.access->load().value();
    CAF_REQUIRE_EQUAL(tokens.size(), 1u);
    CAF_CHECK_EQUAL(tokens[0].who.id, "b");
    CAF_CHECK_EQUAL(x.sdk_keys->load("a").value().size(), 2u);
    CAF_CHECK(x.sdk_keys->load("a").value().at(1) == (sdk_key{"2", "web", noon, "ada", digest_of("a")}));
    CAF_REQUIRE(x.sdk_keys->erase("a", {"1", "nothing"}).has_value());
    CAF_CHECK_EQUAL(x.sdk_keys->load("a").value().size(), 1u);
    CAF_CHECK_EQUAL(x.sdk_keys->load("b").value().size(), 2u);
    CAF_REQUIRE(x.tenants->erase("b").has_value());
    CAF_CHECK(x.sdk_keys->load("b").value().empty());
    CAF_CHECK(x.sdk_keys->load("nobody").value().empty());
  });
}

CAF_TEST(a change is noted with what it changed) {
  each([](stores& x) {
    std::vector<audit_entry> notes;
    for (int i = 1; i <= 13; ++i)
      notes.push_back(make_audit_entry(noon + std::chrono::seconds{i}, {"id", "ada", "r"},
                                       "action" + std::to_string(i), "acme"));
    auto next = notes.data();
    auto videos = std::vector{share(make_video("v"))};
    CAF_REQUIRE(x.tenants->save("acme", {{}, 1}, next++).has_value());
    CAF_REQUIRE(x.videos->upsert("acme", videos, next++).has_value());
    CAF_REQUIRE(x.videos->replace("acme", videos, next++).has_value());
    CAF_REQUIRE(x.videos->erase("acme", "v", next++).has_value());
    CAF_REQUIRE(x.signals->save("acme", "u", {}, next++).has_value());
    CAF_REQUIRE(x.signals->erase("acme", "u", next++).has_value());
    CAF_REQUIRE(x.flags->save({}, next++).has_value());
    CAF_REQUIRE(x.access->save({}, next++).has_value());
    CAF_REQUIRE(x.access->erase("", next++).has_value());
    CAF_REQUIRE(x.sdk_keys->save("acme", {}, next++).has_value());
    CAF_REQUIRE(x.sdk_keys->erase("acme", {""}, next++).has_value());
    CAF_REQUIRE(x.audit->append(*next++).has_value());
    CAF_REQUIRE(x.tenants->erase("acme", next++).has_value());
    auto page = x.audit->list({}).value();
    CAF_REQUIRE_EQUAL(page.rows.size(), 13u);
    for (std::size_t i = 0; i < page.rows.size(); ++i)
      CAF_CHECK_EQUAL(page.rows[i].entry.action, "action" + std::to_string(13 - i));
    CAF_CHECK(page.rows.back().entry == notes.front());
  });
}

CAF_TEST(the log is read from the newest on in pages) {
  each([](stores& x) {
    for (int i = 0; i < 10; ++i)
      CAF_REQUIRE(x.audit
                      ->append(make_audit_entry(noon + std::chrono::hours{i}, {}, std::to_string(i),
                                                i % 2 == 0 ? "even" : "odd"))
                      .has_value());
    auto read = [&](audit_query query) {
      std::string out;
      for (int pages = 0; pages < 20; ++pages) {
        auto page = x.audit->list(query).value();
        CAF_CHECK(page.rows.size() <= query.limit);
        for (auto& row : page.rows)
          out += row.entry.action;
        if (page.next == 0)
          return out;
        query.before = page.next;
      }
      return out + " and so on";
    };
    for (std::size_t limit : {1u, 3u, 10u, 100u}) {
      CAF_CHECK_EQUAL(read({{}, {}, 0, limit}), "9876543210");
      CAF_CHECK_EQUAL(read({{"even"}, {}, 0, limit}), "86420");
      CAF_CHECK_EQUAL(read({{"odd", "nobody"}, {}, 0, limit}), "97531");
      CAF_CHECK_EQUAL(read({{"even", "odd"}, noon + std::chrono::hours{7}, 0, limit}), "987");
      CAF_CHECK_EQUAL(read({{"nobody"}, {}, 0, limit}), "");
    }
  });
}

CAF_TEST_FIXTURE_SCOPE_END()
