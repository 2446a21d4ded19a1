#define CAF_SUITE storage.rocksdb.backup
#include "tests/support/unit_test.hpp"

#include "storage/memory/memory_stores.hpp"
#include "storage/rocksdb/backup.hpp"
#include "storage/rocksdb/rocksdb_stores.hpp"
#include "storage/rocksdb/store_check.hpp"
#include "tests/support/faulty_file_system.hpp"
#include "tests/support/random_events.hpp"
#include "tests/support/temp_dir.hpp"

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

using namespace kinora;
using namespace kinora::test;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;

struct fixture {
  std::shared_ptr<faulty_file_system> files = std::make_shared<faulty_file_system>();
  temp_dir folder;
  std::string data = folder / "data";
  std::string backups = folder / "backups";

  rocksdb_options options(const std::string& path) const {
    rocksdb_options out;
    out.path = path;
    out.wall_clock = [] { return noon; };
    out.file_system = files;
    return out;
  }

  stores open(const std::string& path) const {
    auto out = open_rocksdb_stores(options(path));
    if (!out)
      CAF_FAIL(out.error().detail);
    return std::move(*out);
  }

  backup_order order(std::chrono::milliseconds after = 0ms, std::size_t kept = 7) const {
    return {backups, kept, noon + after, [] { return false; }};
  }

  std::string made(stores& x, std::chrono::milliseconds after = 0ms, std::size_t kept = 7) const {
    auto report = x.backups->make(order(after, kept));
    if (!report)
      CAF_FAIL(report.error().detail);
    CAF_CHECK(report->bytes > 0);
    return report->path;
  }

  std::set<std::string> names() const {
    std::set<std::string> out;
    if (fs::exists(backups))
      for (auto& entry : fs::directory_iterator{backups})
        out.insert(entry.path().filename().string());
    return out;
  }

  static errc save(stores& x, std::uint64_t revision) {
    auto done = x.tenants->save("acme", {{}, revision});
    return done ? errc::none : done.error().code;
  }

  static std::uint64_t revision_of(stores& x) { return x.tenants->load("acme").value().value().revision; }

  errc restore(const std::string& from, const std::string& to) const {
    auto done = restore_rocksdb_store(options(to), from, [] { return false; });
    return done ? errc::none : done.error().code;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(backup, fixture)

CAF_TEST(a backup holds what was acknowledged before and nothing of what came later) {
  auto x = open(data);
  save(x, 1);
  const auto path = made(x);
  CAF_CHECK_EQUAL(path, backups + "/2023-11-14T22-13-20.000Z");
  save(x, 2);
  CAF_CHECK(check_rocksdb_store(options(path)).has_value());
  CAF_CHECK(restore(path, folder / "restored") == errc::none);
  auto restored = open(folder / "restored");
  CAF_CHECK_EQUAL(revision_of(restored), 1u);
  CAF_CHECK(save(restored, 3) == errc::none);
  CAF_CHECK_EQUAL(revision_of(x), 2u);
}

CAF_TEST(a backup made while others write restores all that was acknowledged before it began) {
  auto x = open(data);
  save(x, 1);
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> acknowledged{1};
  std::thread writer{[&] {
    while (!done)
      if (auto next = acknowledged + 1; save(x, next) == errc::none)
        acknowledged = next;
  }};
  for (int i = 0; i < 5; ++i) {
    const auto before = acknowledged.load();
    const auto path = made(x, std::chrono::milliseconds{i});
    const auto to = folder / ("restored" + std::to_string(i));
    CAF_CHECK(restore(path, to) == errc::none);
    auto restored = open(to);
    CAF_CHECK(revision_of(restored) >= before);
    CAF_CHECK(revision_of(restored) <= acknowledged + 1);
  }
  done = true;
  writer.join();
}

CAF_TEST(older backups go after a success and what is none of ours stays) {
  auto x = open(data);
  save(x, 1);
  made(x);
  fs::create_directories(backups + "/mine");
  fs::create_directories(backups + "/2020-01-01T00-00-00.000Z.unfinished"); // of a process that was killed
  for (int i = 1; i < 4; ++i)
    made(x, std::chrono::seconds{i}, 2);
  CAF_CHECK_EQUAL(names(),
                  (std::set<std::string>{"2023-11-14T22-13-22.000Z", "2023-11-14T22-13-23.000Z", "mine"}));
  made(x, 3s, 2); // in the same millisecond
  CAF_CHECK(names().contains("2023-11-14T22-13-23.001Z"));
}

CAF_TEST(a backup disk that is full or fails leaves nothing behind and does the store no harm) {
  auto x = open(data);
  save(x, 1);
  const auto path = made(x);
  for (auto [operation, error, code] : {std::tuple{file_operation::append, ENOSPC, errc::storage_full},
                                        std::tuple{file_operation::append, EIO, errc::storage_failed},
                                        std::tuple{file_operation::creation, EROFS, errc::storage_failed},
                                        std::tuple{file_operation::sync, EIO, errc::storage_failed}})
    for (std::uint64_t budget : {0, 100, 1'000}) {
      if (operation != file_operation::append && budget > 0)
        continue;
      files->fail(operation, error, backups, budget);
      auto failed = x.backups->make(order(1s));
      files->heal();
      if (operation == file_operation::append && budget > 0 && failed) // it was enough
        continue;
      CAF_REQUIRE(!failed);
      CAF_CHECK(failed.error().code == code);
      CAF_CHECK_EQUAL(failed.error().field, "BACKUP_DIR");
      CAF_CHECK_EQUAL(names(), (std::set<std::string>{"2023-11-14T22-13-20.000Z"}));
      CAF_CHECK(x.health->state() == store_state::writable);
      CAF_CHECK(save(x, 2) == errc::none);
    }
}

CAF_TEST(a store that cannot be written is backed up once it can be again or is closed) {
  {
    auto x = open(data);
    save(x, 1);
    files->fail(file_operation::append, ENOSPC, data);
    CAF_CHECK(save(x, 2) == errc::storage_full);
    auto refused = x.backups->make(order());
    CAF_REQUIRE(!refused);
    CAF_CHECK(refused.error().code == errc::storage_full);
    CAF_CHECK(names().empty());
    files->heal();
  }
  CAF_REQUIRE(backup_rocksdb_store(options(data), order()).has_value());
  CAF_CHECK(restore(backups + "/2023-11-14T22-13-20.000Z", folder / "restored") == errc::none);
  auto restored = open(folder / "restored");
  CAF_CHECK_EQUAL(revision_of(restored), 1u);
}

CAF_TEST(a disk that fills up while backups are made ends no process and no store) {
  auto x = open(data);
  save(x, 1);
  std::atomic<bool> done{false};
  std::thread writer{[&] {
    for (std::uint64_t i = 2; !done; ++i)
      save(x, i);
  }};
  for (int i = 0; i < 30; ++i) {
    files->fail(file_operation::append, ENOSPC, data, static_cast<std::uint64_t>(i % 7) * 500);
    auto report = x.backups->make(order(std::chrono::milliseconds{i}));
    CAF_CHECK(report || !report.error().detail.empty());
    files->heal();
  }
  done = true;
  writer.join();
  for (auto& name : names())
    CAF_CHECK(check_rocksdb_store(options(backups + "/" + name)).has_value());
}

CAF_TEST(a damaged backup is refused by name and nothing is made of it) {
  {
    auto x = open(data);
    save(x, 1);
    random_world world{1};
    const std::vector batches{
        std::make_shared<const event_batch>(event_batch{"acme", 72h, draw_effects(world, 200)})};
    CAF_REQUIRE(x.events->apply(batches, noon).has_value());
    made(x);
  }
  const auto whole = backups + "/2023-11-14T22-13-20.000Z";
  std::size_t refused = 0;
  for (auto& entry : fs::directory_iterator{whole}) {
    const auto name = entry.path().filename().string();
    const auto copy = folder / "copy";
    fs::remove_all(copy);
    fs::copy(whole, copy);
    fs::remove(copy + "/" + name); // missing
    auto missing = restore_rocksdb_store(options(folder / "restored"), copy, [] { return false; });
    if (name.ends_with(".sst") || name.starts_with("MANIFEST") || name == "CURRENT" ||
        name.ends_with(".log")) {
      CAF_MESSAGE("without " << name);
      CAF_CHECK(!missing);
      CAF_CHECK(!fs::exists(folder / "restored"));
      ++refused;
    }
    fs::remove_all(folder / "restored");
    if (!name.ends_with(".sst"))
      continue;
    fs::copy_file(whole + "/" + name, copy + "/" + name);
    std::fstream file{copy + "/" + name, std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(20);
    file.put('\x7f');
    file.close();
    auto flipped = restore_rocksdb_store(options(folder / "restored"), copy, [] { return false; });
    CAF_REQUIRE(!flipped);
    CAF_CHECK(flipped.error().detail.find(name) != std::string::npos);
    CAF_CHECK(!fs::exists(folder / "restored"));
  }
  CAF_CHECK(refused > 2);
}

CAF_TEST(a restore overwrites nothing and clears away what a killed one left) {
  auto x = open(data);
  save(x, 1);
  const auto path = made(x);
  CAF_CHECK(restore(path, data) == errc::conflict);
  const auto to = folder / "to";
  fs::create_directories(to);
  CAF_CHECK(restore(path, to + "/") == errc::none); // an empty folder will do
  CAF_CHECK(restore(path, to) == errc::conflict);
  fs::remove_all(to);
  fs::create_directories(to + ".unfinished");
  write_file(to + ".unfinished/CURRENT", "half");
  CAF_CHECK(restore(path, to) == errc::none);
  CAF_CHECK(!fs::exists(to + ".unfinished"));
  auto restored = open(to);
  CAF_CHECK_EQUAL(revision_of(restored), 1u);
}

CAF_TEST(a restore onto a full disk makes nothing) {
  auto x = open(data);
  save(x, 1);
  const auto path = made(x);
  files->fail(file_operation::append, ENOSPC, "restored", 500);
  CAF_CHECK(restore(path, folder / "restored") == errc::storage_full);
  files->heal();
  CAF_CHECK(!fs::exists(folder / "restored"));
  CAF_CHECK(!fs::exists(folder / "restored.unfinished"));
}

CAF_TEST(a backup that is given up leaves nothing behind) {
  auto x = open(data);
  save(x, 1);
  auto given_up = order();
  given_up.is_stopped = [] { return true; };
  auto report = x.backups->make(given_up);
  CAF_REQUIRE(!report);
  CAF_CHECK(report.error().code == errc::unavailable);
  CAF_CHECK(names().empty());
}

CAF_TEST(a closed store is backed up and one that is none is not made) {
  {
    auto x = open(data);
    save(x, 1);
    auto in_use = backup_rocksdb_store(options(data), order());
    CAF_REQUIRE(!in_use);
    CAF_CHECK(in_use.error().code == errc::conflict);
  }
  CAF_CHECK(backup_rocksdb_store(options(data), order()).has_value());
  CAF_CHECK(!backup_rocksdb_store(options(folder / "nothing"), order(1s)).has_value());
  CAF_CHECK(!fs::exists(folder / "nothing"));
}

CAF_TEST(what is kept in memory has no backup) {
  auto x = make_memory_stores({});
  CAF_CHECK(x.backups->make(order()).error().code == errc::conflict);
}

CAF_TEST_FIXTURE_SCOPE_END()
