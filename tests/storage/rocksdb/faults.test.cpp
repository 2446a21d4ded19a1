#define CAF_SUITE storage.rocksdb.faults
#include "tests/support/unit_test.hpp"

#include "storage/rocksdb/rocksdb_stores.hpp"
#include "tests/support/faulty_file_system.hpp"
#include "tests/support/random_events.hpp"
#include "tests/support/temp_dir.hpp"

#include <cerrno>
#include <fstream>
#include <random>
#include <thread>

using namespace kinora;
using namespace kinora::test;
using namespace std::chrono_literals;

namespace {

struct fixture {
  std::shared_ptr<faulty_file_system> files = std::make_shared<faulty_file_system>();
  temp_dir folder;
  std::vector<std::string> notes;
  std::mutex mutex; ///< Guards `notes`.

  rocksdb_options options(const std::string& path) {
    rocksdb_options out;
    out.path = path;
    out.wall_clock = [] { return noon; };
    out.file_system = files;
    out.on_note = [this](const std::string& text) {
      std::lock_guard lock{mutex};
      notes.push_back(text);
    };
    return out;
  }

  stores open() {
    auto out = open_rocksdb_stores(options(folder.path().string()));
    if (!out)
      CAF_FAIL(out.error().detail);
    return std::move(*out);
  }

  /// Rules of a revision; what became of them.
  static errc save(stores& x, std::uint64_t revision) {
    auto done = x.tenants->save("acme", {{}, revision});
    return done ? errc::none : done.error().code;
  }

  static std::uint64_t revision_of(stores& x) { return x.tenants->load("acme").value().value().revision; }

  /// Tries until a change is taken; false when that lasts too long.
  static bool heals(stores& x, std::uint64_t revision) {
    for (auto until = std::chrono::steady_clock::now() + 20s; std::chrono::steady_clock::now() < until;) {
      if (save(x, revision) == errc::none)
        return true;
      std::this_thread::sleep_for(50ms);
    }
    return false;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(faults, fixture)

CAF_TEST(a full disk refuses changes and is read from and heals by itself) {
  {
    auto x = open();
    CAF_CHECK(save(x, 1) == errc::none);
    files->fail(file_operation::append, ENOSPC);
    files->fail(file_operation::creation, ENOSPC);
    CAF_CHECK(save(x, 2) == errc::storage_full);
    CAF_CHECK(x.health->state() == store_state::full);
    CAF_CHECK_EQUAL(revision_of(x), 1u);
    std::this_thread::sleep_for(1500ms); // an attempt to heal comes to nothing
    CAF_CHECK(save(x, 3) == errc::storage_full);
    CAF_CHECK_EQUAL(revision_of(x), 1u);
    files->heal();
    CAF_CHECK(heals(x, 4));
    CAF_CHECK(x.health->state() == store_state::writable);
    CAF_CHECK_EQUAL(revision_of(x), 4u);
  }
  auto x = open();
  CAF_CHECK_EQUAL(revision_of(x), 4u);
}

CAF_TEST(a start finds a disk full after any number of bytes and fails with a reason or works) {
  auto start = [&](const std::string& path, std::uint64_t budget) {
    files->fail(file_operation::append, ENOSPC, {}, budget);
    auto out = open_rocksdb_stores(options(path));
    CAF_CHECK(out || !out.error().detail.empty());
    files->heal();
    return out.has_value();
  };
  std::size_t failed = 0;
  for (std::uint64_t budget = 0; budget < 100'000; budget += budget < 4'000 ? 331 : 7'001) {
    temp_dir fresh;
    failed += start(fresh.path().string(), budget) ? 0 : 1;
    auto then = open_rocksdb_stores(options(fresh.path().string()));
    if (!then)
      CAF_FAIL("after " << budget << " bytes: " << then.error().detail);
    CAF_CHECK(save(*then, budget) == errc::none);
    then = failure{errc::none, {}, {}};
    failed += start(fresh.path().string(), budget) ? 0 : 1;
    auto again = open_rocksdb_stores(options(fresh.path().string()));
    if (!again)
      CAF_FAIL("again after " << budget << " bytes: " << again.error().detail);
    CAF_CHECK_EQUAL(revision_of(*again), budget);
  }
  CAF_CHECK(failed > 5);
}

CAF_TEST(an attempt to heal that finds the disk full again changes nothing) {
  auto x = open();
  CAF_CHECK(save(x, 1) == errc::none);
  for (std::uint64_t budget : {0, 1'000, 50'000}) {
    files->fail(file_operation::append, ENOSPC);
    CAF_CHECK(save(x, 2) == errc::storage_full);
    files->fail(file_operation::append, ENOSPC, {}, (2 << 20) + budget); // the probe fits
    std::this_thread::sleep_for(1200ms);
    files->heal();
    CAF_REQUIRE(heals(x, 3 + budget));
    CAF_CHECK_EQUAL(revision_of(x), 3 + budget);
  }
}

CAF_TEST(a disk that fails to write refuses changes and heals by itself) {
  auto x = open();
  CAF_CHECK(save(x, 1) == errc::none);
  files->fail(file_operation::append, EROFS);
  CAF_CHECK(save(x, 2) == errc::storage_failed);
  CAF_CHECK(x.health->state() == store_state::failing);
  CAF_CHECK_EQUAL(revision_of(x), 1u);
  files->heal();
  CAF_CHECK(heals(x, 3));
  CAF_CHECK_EQUAL(revision_of(x), 3u);
}

CAF_TEST(after a failed sync nothing is written until the store is opened again) {
  {
    auto x = open();
    CAF_CHECK(save(x, 1) == errc::none);
    files->fail(file_operation::sync, EIO);
    CAF_CHECK(save(x, 2) == errc::storage_failed);
    CAF_CHECK(x.health->state() == store_state::read_only);
    files->heal();
    std::this_thread::sleep_for(1500ms);
    CAF_CHECK(save(x, 3) == errc::storage_failed);
    CAF_CHECK(x.health->state() == store_state::read_only);
    CAF_CHECK_EQUAL(revision_of(x), 1u);
  }
  auto x = open();
  CAF_CHECK(revision_of(x) == 1 || revision_of(x) == 2);
  CAF_CHECK(save(x, 4) == errc::none);
}

CAF_TEST(a flipped bit anywhere is refused with the name of the file or changes nothing) {
  auto seed = std::random_device{}();
  CAF_MESSAGE("seed " << seed);
  std::mt19937 random{seed};
  random_world world{seed};
  auto effects = draw_effects(world, 100);
  auto fill = [&](stores& x, std::uint64_t revision) {
    CAF_REQUIRE(save(x, revision) == errc::none);
    std::vector batches{std::make_shared<const event_batch>(event_batch{"acme", 72h, effects})};
    CAF_REQUIRE(x.events->apply(batches, noon).has_value());
  };
  { // a file of tables, and a log that is not empty: copied while it is open, as a kill leaves it
    auto x = open();
    fill(x, 1);
  }
  temp_dir broken;
  {
    auto x = open();
    CAF_REQUIRE(save(x, 2) == errc::none);
    std::filesystem::copy(folder.path(), broken.path() / "whole");
  }
  std::size_t refused = 0, harmless = 0;
  for (auto& entry : std::filesystem::directory_iterator{broken.path() / "whole"}) {
    auto name = entry.path().filename().string();
    auto size = entry.file_size();
    for (int i = 0; i < 12 && size > 0; ++i) {
      auto copy = broken.path() / "copy";
      std::filesystem::remove_all(copy);
      std::filesystem::copy(broken.path() / "whole", copy);
      auto at = static_cast<std::streamoff>(random() % size);
      std::fstream file{copy / name, std::ios::in | std::ios::out | std::ios::binary};
      file.seekg(at);
      auto byte = static_cast<char>(file.get());
      file.seekp(at);
      file.put(static_cast<char>(byte ^ (1 << random() % 8)));
      file.close();
      auto opened = open_rocksdb_stores(options(copy.string()));
      if (!opened) {
        ++refused;
        if (opened.error().detail.find(name) == std::string::npos)
          CAF_FAIL(name << " at " << at << " is not named: " << opened.error().detail);
        continue;
      }
      ++harmless;
      std::vector batches{std::make_shared<const event_batch>(event_batch{"acme", 72h, effects})};
      auto again = opened->events->apply(batches, noon);
      if (revision_of(*opened) != 2 || !again || again->at(0).duplicates != effects.size())
        CAF_FAIL(name << " at " << at << ": something is gone, and nobody said so");
    }
  }
  CAF_MESSAGE(refused << " refused, " << harmless << " harmless");
  CAF_CHECK(refused > 10);
  CAF_CHECK(harmless > 10);
}

CAF_TEST_FIXTURE_SCOPE_END()
