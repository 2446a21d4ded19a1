#define CAF_SUITE storage.rocksdb.persistence
#include "tests/support/unit_test.hpp"

#include "storage/rocksdb/database_options.hpp"
#include "storage/rocksdb/keys.hpp"
#include "storage/rocksdb/rocksdb_stores.hpp"
#include "storage/rocksdb/store_check.hpp"
#include "storage/rocksdb/values.hpp"
#include "tests/support/random_events.hpp"
#include "tests/support/temp_dir.hpp"

#include <rocksdb/db.h>
#include <rocksdb/env.h>

#include <fstream>

using namespace kinora;
using namespace kinora::test;

namespace {

struct fixture {
  rocksdb_options options() {
    rocksdb_options out;
    out.path = folder.path().string();
    out.wall_clock = [this] { return now; };
    out.on_note = [this](const std::string& text) { notes.push_back(text); };
    return out;
  }

  stores open() {
    auto out = open_rocksdb_stores(options());
    if (!out)
      CAF_FAIL(out.error().detail);
    return std::move(*out);
  }

  /// Why it cannot be opened.
  std::string refusal() {
    auto out = open_rocksdb_stores(options());
    return out ? "it opens" : out.error().detail;
  }

  batch_outcome apply(stores& x, std::vector<event_effect> effects) {
    std::vector batches{
        std::make_shared<const event_batch>(event_batch{"acme", std::chrono::hours{72}, std::move(effects)})};
    return x.events->apply(batches, now).value().at(0);
  }

  void fill(stores& x) {
    CAF_REQUIRE(x.tenants->save("acme", {{}, 5}).has_value());
    CAF_REQUIRE(x.flags->save({false, true, 50.0, 9}).has_value());
    CAF_REQUIRE(x.secrets->save({"secret"}).has_value());
    std::vector videos{share(make_video("v"))};
    CAF_REQUIRE(x.videos->upsert("acme", videos).has_value());
  }

  /// Opens the bare database.
  template <class Use>
  void with_database(Use use) {
    auto config = options();
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* db = nullptr;
    CAF_REQUIRE(rocksdb::DB::Open(make_db_options(config, rocksdb::Env::Default()), config.path,
                                  make_families(config), &handles, &db)
                    .ok());
    use(*db, handles);
    for (auto* handle : handles)
      CAF_CHECK(db->DestroyColumnFamilyHandle(handle).ok());
    delete db;
  }

  /// Rewrites every file, as compactions do in time.
  void compact() {
    with_database([](rocksdb::DB& db, auto& handles) {
      for (auto* handle : handles) {
        rocksdb::CompactRangeOptions range;
        range.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
        CAF_CHECK(db.CompactRange(range, handle, nullptr, nullptr).ok());
        CAF_CHECK(db.CompactRange(range, handle, nullptr, nullptr).ok()); // operands became values
      }
    });
  }

  std::uint64_t format_on_disk() {
    std::string bytes;
    rocksdb::DB* db = nullptr;
    CAF_REQUIRE(rocksdb::DB::OpenForReadOnly({}, folder.path().string(), &db).ok());
    CAF_CHECK(db->Get({}, format_key, &bytes).ok());
    delete db;
    return decode<store_format>(bytes).value().number;
  }

  /// Paths.
  std::vector<std::string> files_with(const std::string& ending) {
    std::vector<std::string> out;
    for (auto& file : std::filesystem::directory_iterator{folder.path()})
      if (file.path().string().ends_with(ending))
        out.push_back(file.path().string());
    return out;
  }

  store_report report() { return check_rocksdb_store(options()).value(); }

  temp_dir folder;
  wall_time now = noon;
  std::vector<std::string> notes;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(persistence, fixture)

CAF_TEST(everything is there when it is opened again) {
  random_world world{21};
  auto effects = draw_effects(world, 50);
  user_signals before;
  {
    auto x = open();
    fill(x);
    CAF_CHECK(apply(x, effects).accepted == 50u);
    before = signals_at(*x.signals->load("acme", "user0").value(), now);
  }
  auto x = open();
  CAF_CHECK(x.flags->load().value() == (global_flags{false, true, 50.0, 9}));
  CAF_CHECK(x.secrets->load().value().at(0) == "secret");
  CAF_CHECK(x.tenants->load("acme").value() == (versioned_rules{{}, 5}));
  CAF_CHECK(*x.videos->load("acme").value().at(0) == make_video("v"));
  CAF_CHECK(close(signals_at(*x.signals->load("acme", "user0").value(), now), before));
  CAF_CHECK(apply(x, effects).duplicates == 50u);
}

CAF_TEST(statistics are there when it is opened again and go when their hours are over) {
  const auto hour = std::chrono::floor<std::chrono::hours>(noon);
  auto plays = [&](stores& x) {
    feed_stats out;
    for (auto& each : x.stats->load("acme", hour, hour + std::chrono::hours{2}).value())
      out += each.counts;
    return out.of(feed_type::trending).plays;
  };
  auto played = [](int n, wall_time at) {
    event_effect out;
    out.event_id = "e" + std::to_string(n);
    out.user = "u";
    out.video_id = "v";
    out.at_ms = at.time_since_epoch().count();
    out.attributed = attribution{feed_type::trending, rollout_side::out, engagement::play,
                                 std::string(1, '\0') + std::to_string(n)};
    return out;
  };
  {
    auto x = open();
    fill(x);
    for (int n = 0; n < 3; ++n)
      apply(x, {played(n, hour)});
  }
  {
    auto x = open();
    CAF_CHECK_EQUAL(plays(x), 3u);
    apply(x, {played(0, hour), played(3, hour), played(4, hour + std::chrono::hours{1})});
    CAF_CHECK_EQUAL(plays(x), 5u);
  }
  now = hour + stats_age_max + std::chrono::minutes{59};
  compact();
  CAF_CHECK_EQUAL(report().stats, 2u);
  now += std::chrono::minutes{1};
  compact();
  CAF_CHECK_EQUAL(report().stats, 1u);
  auto x = open();
  CAF_CHECK_EQUAL(plays(x), 1u);
}

CAF_TEST(stores of older formats without statistics are read and become this one) {
  for (std::uint64_t format : {1u, 2u}) {
    std::filesystem::remove_all(folder.path());
    {
      auto x = open();
      fill(x);
    }
    with_database([&](rocksdb::DB& db, auto& handles) {
      CAF_CHECK(db.Put({}, handles[0], format_key, encode(store_format{format})).ok());
      for (auto* handle : handles)
        if (handle->GetName() == "stats")
          CAF_CHECK(db.DropColumnFamily(handle).ok());
    });
    CAF_CHECK_EQUAL(report().videos, 1u); // a look changes nothing
    CAF_CHECK_EQUAL(report().stats, 0u);
    CAF_CHECK_EQUAL(format_on_disk(), format);
    {
      auto x = open();
      CAF_CHECK(x.tenants->load("acme").value() == (versioned_rules{{}, 5}));
      CAF_CHECK(x.stats->load("acme", {}, stats_hour::max()).value().empty());
    }
    CAF_CHECK_EQUAL(format_on_disk(), store_format::current);
  }
}

CAF_TEST(two stores cannot have the same folder) {
  auto x = open();
  fill(x);
  auto why = refusal();
  CAF_CHECK(why.find("in use by another process") != std::string::npos);
  CAF_CHECK(!check_rocksdb_store(options()));
}

CAF_TEST(users whom nothing touches disappear by compaction and others stay) {
  {
    auto x = open();
    fill(x);
    CAF_REQUIRE(
        x.signals->save("acme", "old", record_of(user_signals{{"a"}, {}, {}, {}, {}}, now)).has_value());
    now += std::chrono::days{60};
    CAF_REQUIRE(
        x.signals->save("acme", "new", record_of(user_signals{{"a"}, {}, {}, {}, {}}, now)).has_value());
    now += std::chrono::days{31};
  }
  CAF_CHECK(report().users == 2u);
  compact();
  CAF_CHECK(report().users == 1u);
  auto x = open();
  CAF_CHECK(x.signals->load("acme", "old").value() == nullptr);
  CAF_CHECK(x.signals->load("acme", "new").value() != nullptr);
}

CAF_TEST(ids of events and popularity disappear by compaction when their time is over) {
  random_world world{22};
  {
    auto x = open();
    fill(x);
    apply(x, draw_effects(world, 30));
  }
  now = noon + event_age_max;
  compact();
  CAF_CHECK(report().events == 30u);
  now += event_lead_max + std::chrono::milliseconds{1};
  compact();
  CAF_CHECK(report().events == 0u);
  CAF_CHECK(report().popularities > 0);
  now += std::chrono::days{90};
  compact();
  CAF_CHECK(report().popularities == 0u);
}

CAF_TEST(a look at the store counts what it holds and changes nothing) {
  {
    auto x = open();
    fill(x);
  }
  auto before = report();
  CAF_CHECK_EQUAL(before.tenants, 1u);
  CAF_CHECK_EQUAL(before.videos, 1u);
  CAF_CHECK_EQUAL(before.users, 0u);
  CAF_CHECK(before.bytes > 0);
  CAF_CHECK(report().bytes == before.bytes);
  CAF_CHECK(to_text(before).find("videos:            1\n") != std::string::npos);
}

CAF_TEST(a store of another format is refused) {
  {
    auto x = open();
    fill(x);
  }
  with_database([](rocksdb::DB& db, auto& handles) {
    CAF_CHECK(db.Put({}, handles[0], format_key, encode(store_format{store_format::current + 1})).ok());
  });
  auto why = refusal();
  CAF_CHECK(why.find("format " + std::to_string(store_format::current + 1)) != std::string::npos);
  CAF_CHECK(!check_rocksdb_store(options()));
}

CAF_TEST(a folder without its CURRENT is not taken for a new one) {
  {
    auto x = open();
    fill(x);
  }
  std::filesystem::remove(folder / "CURRENT");
  auto why = refusal();
  CAF_CHECK(why.find("CURRENT") != std::string::npos);
}

CAF_TEST(what a kill during the very first start leaves is a new store) {
  write_file(folder / "IDENTITY", "");
  write_file(folder / "LOCK", "");
  write_file(folder / "MANIFEST-000001", std::string(13, '\1'));
  write_file(folder / "000001.dbtmp", "MANI");
  auto x = open();
  fill(x);
}

CAF_TEST(a table that is missing or changed is named whatever a crash left over) {
  {
    auto x = open();
    fill(x);
  }
  auto tables = files_with(".sst");
  CAF_REQUIRE(tables.size() > 1);
  write_file(folder / "000099.sst", "left over");
  CAF_CHECK_EQUAL(check_rocksdb_store(options()).has_value(), true);
  for (auto& table : tables) {
    auto bytes = read_file(table);
    auto is_blamed = [&] {
      auto why = refusal();
      return why.starts_with("the store is damaged: " + table + ": ") &&
             why.find("restore") != std::string::npos;
    };
    std::filesystem::remove(table);
    CAF_CHECK(is_blamed());
    for (std::size_t at : {std::size_t{5}, bytes.size() / 2, bytes.size() - 60, bytes.size() - 3}) {
      auto changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ 1);
      write_file(table, changed);
      CAF_CHECK(is_blamed());
    }
    write_file(table, bytes);
  }
}

CAF_TEST(a look at a store whose log ends in the middle of a write says so and keeps it) {
  { auto x = open(); }
  std::string log;
  {
    auto x = open();
    fill(x);
    log = files_with(".log").back();
    std::filesystem::copy(folder.path(), folder / "copy");
  }
  log = folder / "copy/" + log.substr(log.rfind('/') + 1);
  auto bytes = std::filesystem::file_size(log);
  std::filesystem::resize_file(log, bytes - 3);
  auto copy = options();
  copy.path = folder / "copy";
  CAF_CHECK(check_rocksdb_store(copy).has_value());
  CAF_REQUIRE_EQUAL(notes.size(), 1u);
  CAF_CHECK_EQUAL(notes[0],
                  log + " ends in the middle of a write, as a crash leaves it: a start drops that write");
  CAF_CHECK_EQUAL(std::filesystem::file_size(log), bytes - 3);
  CAF_CHECK(open_rocksdb_stores(copy).has_value());
  CAF_CHECK(notes.back() ==
            log + " ends in the middle of a write, as a crash leaves it: that write is dropped");
}

CAF_TEST(a look at a store that cannot be written needs no lock) {
  namespace fs = std::filesystem;
  {
    auto x = open();
    fill(x);
  }
  fs::permissions(folder / "LOCK", fs::perms::owner_read);
  fs::permissions(folder.path(), fs::perms::owner_read | fs::perms::owner_exec);
  auto checked = check_rocksdb_store(options());
  fs::permissions(folder.path(), fs::perms::owner_all);
  CAF_CHECK_EQUAL(checked ? "" : checked.error().detail, "");
}

CAF_TEST(a look at what is no store says what is wrong) {
  auto look = [&](const std::string& path) {
    auto at = options();
    at.path = path;
    auto out = check_rocksdb_store(at);
    return out ? "it is one" : out.error().detail;
  };
  CAF_CHECK_EQUAL(look(folder / "gone"), folder / "gone" + " does not exist");
  CAF_CHECK_EQUAL(look(folder.path().string()), "there is no store in " + folder.path().string());
  write_file(folder / "file", "");
  CAF_CHECK_EQUAL(look(folder / "file"), folder / "file" + " is not a folder");
  CAF_CHECK(!std::filesystem::exists(folder / "gone"));
}

CAF_TEST(the audit log goes on after a restart and keeps the newest entries) {
  auto opts = options();
  opts.audit_entries_max = 5;
  auto opened = [&] { return open_rocksdb_stores(opts).value(); };
  auto actions = [](stores& x) {
    std::string out;
    for (auto& row : x.audit->list({}).value().rows)
      out += row.entry.action;
    return out;
  };
  for (int i = 0; i < 4; ++i) {
    auto x = opened();
    for (int j = 0; j < 2; ++j)
      CAF_REQUIRE(x.audit->append(make_audit_entry(now, {}, std::to_string(2 * i + j), {})).has_value());
  }
  opts.audit_entries_max = 3;
  auto x = opened();
  CAF_CHECK_EQUAL(actions(x), "76543");
  CAF_REQUIRE(x.audit->append(make_audit_entry(now, {}, "8", {})).has_value());
  CAF_CHECK_EQUAL(actions(x), "876");
}

CAF_TEST_FIXTURE_SCOPE_END()
