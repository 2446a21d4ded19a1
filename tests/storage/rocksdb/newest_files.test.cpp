#define CAF_SUITE storage.rocksdb.newest_files
#include "tests/support/unit_test.hpp"

#include "storage/rocksdb/newest_files.hpp"
#include "storage/rocksdb/rocksdb_stores.hpp"
#include "storage/rocksdb/store_check.hpp"
#include "tests/support/faulty_file_system.hpp"
#include "tests/support/temp_dir.hpp"

#include <cerrno>
#include <chrono>
#include <thread>

using namespace kinora;
using namespace kinora::test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

struct fixture {
  rocksdb_options options(const std::string& path) {
    rocksdb_options out;
    out.path = path;
    out.write_buffer_bytes = std::size_t{64} << 10;
    out.wall_clock = [] { return wall_time{} + 1'000'000h; };
    out.file_system = files;
    return out;
  }

  stores open() {
    auto out = open_rocksdb_stores(options(store));
    if (!out)
      CAF_FAIL(out.error().detail);
    return std::move(*out);
  }

  static result<void> save(stores& x, std::uint64_t revision) {
    return x.tenants->save("tenant" + std::to_string(revision % 200), {{}, revision});
  }

  /// Changes that take up several logs, and files of tables.
  static void fill(stores& x) {
    for (std::uint64_t i = 0; i < 500; ++i)
      CAF_REQUIRE(save(x, i).has_value());
  }

  /// A copy of the store: while it is open and nothing is written in the background, as a kill leaves it.
  std::string copied() {
    auto to = folder / "copy";
    fs::remove_all(to);
    fs::copy(store, to);
    return to;
  }

  /// Why a store neither opens nor passes a check, which both must say.
  std::string refusal(const std::string& path) {
    auto checked = check_rocksdb_store(options(path));
    auto opened = open_rocksdb_stores(options(path));
    if (checked || opened)
      return checked ? "it passes the check" : "it opens";
    return checked.error().detail == opened.error().detail ? opened.error().detail : "they differ";
  }

  static newest_files newest(const std::string& path) {
    return decode_newest_files(read_file(path + "/NEWEST")).value();
  }

  std::shared_ptr<faulty_file_system> files = std::make_shared<faulty_file_system>();
  temp_dir folder;
  std::string store = folder / "store";
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(newest, fixture)

CAF_TEST(a store without its newest log is refused with the name of the log) {
  auto check = [&] {
    auto copy = copied();
    auto log = copy + "/" + newest(copy).log;
    CAF_REQUIRE(fs::remove(log));
    CAF_CHECK(refusal(copy).find(log + ": it is missing") != std::string::npos);
  };
  {
    auto x = open();
    CAF_REQUIRE(save(x, 1).has_value());
    check(); // what was acknowledged is in that log only
    fill(x);
  }
  check();
}

CAF_TEST(a manifest that was cut off anywhere is refused with its name) {
  {
    auto x = open();
    fill(x);
  }
  auto copy = copied();
  auto manifest = newest(copy).manifest;
  auto bytes = read_file(copy + "/" + manifest);
  CAF_CHECK_EQUAL(newest(copy).manifest_bytes, bytes.size());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    write_file(copy + "/" + manifest, bytes.substr(0, size));
    auto checked = check_rocksdb_store(options(copy));
    if (checked || checked.error().detail.find(manifest) == std::string::npos)
      CAF_FAIL("cut off at " << size << " of " << bytes.size() << " bytes");
  }
  write_file(copy + "/" + manifest, bytes + "\1\2\3"); // a kill in the middle of the next record
  CAF_CHECK_EQUAL(refusal(copy), "it passes the check");
}

CAF_TEST(a store that says nothing of its newest files opens and says it from then on) {
  { auto x = open(); }
  fs::remove(store + "/NEWEST");
  auto x = open();
  auto copy = copied();
  CAF_REQUIRE(fs::remove(copy + "/" + newest(copy).log));
  CAF_CHECK(refusal(copy).find("it is missing") != std::string::npos);
}

CAF_TEST(what was said of the newest files before another program opened the store does not count) {
  { auto x = open(); }
  write_file(store + "/NEWEST", encode(newest_files{"000001.log", "MANIFEST-000002", 1'000'000}));
  auto x = open();
  CAF_CHECK(save(x, 1).has_value());
}

CAF_TEST(a store of which only the word of its newest files is left is not taken for a new one) {
  { auto x = open(); }
  for (auto& file : fs::directory_iterator{store})
    if (file.path().filename() != "NEWEST")
      fs::remove(file);
  CAF_CHECK(refusal(store).find("CURRENT") != std::string::npos);
}

CAF_TEST(where the newest files cannot be written down changes are refused until they can) {
  for (auto what : {file_operation::creation, file_operation::append}) {
    auto x = open();
    files->fail(what, ENOSPC, "/NEWEST");
    std::uint64_t taken = 0;
    while (taken < 20'000 && save(x, taken))
      ++taken;
    CAF_CHECK(taken < 20'000); // the next log is not begun
    CAF_CHECK(x.health->state() == store_state::full);
    CAF_CHECK(x.tenants->load("tenant1").has_value());
    files->heal();
    for (auto until = std::chrono::steady_clock::now() + 20s; !save(x, taken);) {
      CAF_REQUIRE(std::chrono::steady_clock::now() < until);
      std::this_thread::sleep_for(20ms);
    }
    fill(x);
  }
  CAF_CHECK_EQUAL(refusal(store), "it passes the check");
}

CAF_TEST_FIXTURE_SCOPE_END()
