#define CAF_SUITE storage.rocksdb.log_file_check
#include "tests/support/unit_test.hpp"

#include "storage/rocksdb/log_file_check.hpp"
#include "tests/support/temp_dir.hpp"

#include <rocksdb/db.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <numeric>
#include <vector>

using namespace kinora;
using namespace kinora::test;

namespace {

constexpr std::size_t block_size = 32768;
constexpr std::size_t header_size = 7;

/// A record of a log adds this to the length of the value that was put (with keys as those below).
constexpr std::size_t record_overhead = 12 + 1 + 1 + 4 + 1;

std::string key_of(std::size_t i) {
  return std::to_string(1000 + i);
}

/// A store without tables: all that it holds is in its log.
std::unique_ptr<rocksdb::DB> open_store(const std::string& path) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.avoid_flush_during_recovery = true;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kAbsoluteConsistency;
  rocksdb::DB* db = nullptr;
  const auto status = rocksdb::DB::Open(options, path, &db);
  if (!status.ok())
    CAF_MESSAGE(status.ToString());
  return std::unique_ptr<rocksdb::DB>{db};
}

/// Makes a store with one record in its log per value.
void make_store(const std::string& path, const std::vector<std::size_t>& value_sizes) {
  const auto db = open_store(path);
  rocksdb::WriteOptions synced;
  synced.sync = true;
  for (std::size_t i = 0; i < value_sizes.size(); ++i) {
    std::string value(value_sizes[i], '\0');
    std::iota(value.begin(), value.end(), static_cast<char>(i));
    CAF_REQUIRE(db->Put(synced, key_of(i), value).ok());
  }
}

/// How many of the values are there, when all are that come before the first that is not; else -1.
int values_in(const std::string& path) {
  const auto db = open_store(path);
  if (!db)
    return -1;
  const std::unique_ptr<rocksdb::Iterator> i{db->NewIterator({})};
  int count = 0;
  for (i->SeekToFirst(); i->Valid() && i->key() == key_of(static_cast<std::size_t>(count)); i->Next())
    ++count;
  return i->Valid() ? -1 : count;
}

std::string file_in(const std::string& folder, const std::string& part) {
  for (const auto& entry : std::filesystem::directory_iterator{folder})
    if (entry.path().filename().string().find(part) != std::string::npos)
      return entry.path().string();
  return {};
}

/// A part of a record, and where it is in its file.
struct fragment {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool last = true; ///< Of its record.
};

/// Takes a file apart that is known to be good.
std::vector<fragment> fragments_of(const std::string& bytes) {
  std::vector<fragment> found;
  for (std::size_t at = 0; at + header_size <= bytes.size();) {
    if (block_size - at % block_size < header_size) {
      at += block_size - at % block_size;
      continue;
    }
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[at + i]); };
    const std::size_t end = at + header_size + byte(4) + 256u * byte(5);
    found.push_back({at, end, byte(6) == 1 || byte(6) == 4});
    at = end;
  }
  return found;
}

/// Where the records of a good file end.
std::vector<std::size_t> ends_of(const std::string& log) {
  std::vector<std::size_t> ends;
  for (const auto& x : fragments_of(log))
    if (x.last)
      ends.push_back(x.end);
  return ends;
}

struct fixture {
  /// A log of RocksDB's with such values.
  std::string log_of(const std::vector<std::size_t>& value_sizes) {
    std::filesystem::remove_all(folder / "store");
    make_store(folder / "store", value_sizes);
    return read_file(file_in(folder / "store", ".log"));
  }

  log_verdict verdict_of(const std::string& bytes) {
    write_file(folder / "file", bytes);
    return check_log_file(folder / "file").value();
  }

  bool is(log_condition condition, const std::string& bytes) {
    return verdict_of(bytes).condition == condition;
  }

  /// The bits, from byte `begin` to byte `end`, that make `bytes` something else than damaged when they flip.
  std::size_t unseen_flips(const std::string& bytes, std::size_t begin, std::size_t end) {
    std::size_t unseen = 0;
    write_file(folder / "file", bytes);
    std::fstream file{folder / "file", std::ios::in | std::ios::out | std::ios::binary};
    const auto put = [&file](std::size_t at, int byte) {
      file.seekp(static_cast<std::streamoff>(at)).put(static_cast<char>(byte)).flush();
    };
    for (auto at = begin; at < end; ++at) {
      for (int bit = 1; bit < 256; bit <<= 1) {
        put(at, bytes[at] ^ bit);
        if (check_log_file(folder / "file").value().condition != log_condition::damaged) {
          CAF_MESSAGE("bit " << bit << " of byte " << at << " of " << bytes.size());
          ++unseen;
        }
      }
      put(at, bytes[at]);
    }
    return unseen;
  }

  /// Checks what is said of the beginnings of a good log that are as long as `sizes` say, which fall.
  void check_cuts(const std::string& log, const std::vector<std::size_t>& sizes) {
    const auto ends = ends_of(log);
    write_file(folder / "file", log);
    for (const auto size : sizes) {
      std::filesystem::resize_file(folder / "file", size);
      const auto verdict = check_log_file(folder / "file").value();
      const auto after = std::upper_bound(ends.begin(), ends.end(), size);
      const auto whole = after == ends.begin() ? 0 : *std::prev(after);
      const bool filled = size % block_size == 0 && size - whole < header_size;
      const auto expected = whole == size || filled ? log_condition::intact : log_condition::torn;
      if (verdict.condition != expected || verdict.offset != (expected == log_condition::torn ? whole : size))
        CAF_ERROR(size << " bytes: " << static_cast<int>(verdict.condition) << " at " << verdict.offset << " "
                       << verdict.what);
    }
  }

  temp_dir folder;
};

const std::vector<std::size_t> small_values = {0, 1, 10, 100, 300, 17, 1000, 255, 256, 5};

/// Some of several blocks, one that ends with its block.
const std::vector<std::size_t> large_values = {100, 40'000, 200, 90'000, 1000, 32'000, 10};

/// The second leaves `room` bytes of its block.
std::vector<std::size_t> values_that_leave(std::size_t room) {
  const auto first = header_size + record_overhead + 100;
  return {100, block_size - first - header_size - record_overhead - 2 - room, 50};
}

/// The beginning of a physical record of a type that has a payload of such a length.
std::string beginning_of(std::size_t length, int type) {
  return std::string{"crc!"} + static_cast<char>(length & 0xFF) + static_cast<char>(length >> 8) +
         static_cast<char>(type) + "payload";
}

std::vector<std::size_t> sizes_down_from(std::size_t size, std::size_t count) {
  std::vector<std::size_t> sizes(count);
  std::generate(sizes.begin(), sizes.end(), [&size] { return size--; });
  return sizes;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(log_file_check_tests, fixture)

CAF_TEST(logs and manifests that RocksDB has closed are intact) {
  for (const auto& values : {std::vector<std::size_t>{}, small_values, large_values, values_that_leave(3)}) {
    const auto log = log_of(values);
    const auto verdict = verdict_of(log);
    CAF_CHECK(verdict.condition == log_condition::intact);
    CAF_CHECK_EQUAL(verdict.offset, log.size());
    CAF_CHECK_EQUAL(ends_of(log).size(), values.size());
    CAF_CHECK(is(log_condition::intact, read_file(file_in(folder / "store", "MANIFEST"))));
  }
}

CAF_TEST(each flipped bit of a log is damage) {
  const auto log = log_of(small_values);
  CAF_CHECK_EQUAL(unseen_flips(log, 0, log.size()), 0u);
}

CAF_TEST(each flipped bit of a manifest is damage) {
  log_of(small_values);
  const auto manifest = read_file(file_in(folder / "store", "MANIFEST"));
  CAF_CHECK_EQUAL(unseen_flips(manifest, 0, manifest.size()), 0u);
}

CAF_TEST(flipped bits of records of several blocks are damage) {
  const auto log = log_of(large_values);
  for (const auto& x : fragments_of(log)) {
    CAF_CHECK_EQUAL(unseen_flips(log, x.begin, x.begin + header_size + 1), 0u);
    CAF_CHECK_EQUAL(unseen_flips(log, x.end - 1, x.end), 0u);
  }
}

CAF_TEST(a flipped bit in front of a torn tail is damage) {
  const auto log = log_of(small_values);
  const auto ends = ends_of(log);
  for (const auto torn : {std::size_t{3}, std::size_t{7}, std::size_t{20}})
    CAF_CHECK_EQUAL(unseen_flips(log.substr(0, ends[4] + torn), ends[1], ends[4]), 0u);
}

CAF_TEST(what fills up a block is not read) {
  auto log = log_of(values_that_leave(3));
  const auto ends = ends_of(log);
  CAF_REQUIRE_EQUAL(ends[1], block_size - 3);
  for (const auto size : {block_size - 3, block_size, log.size()})
    CAF_CHECK(is(log_condition::intact, log.substr(0, size)));
  log[block_size - 2] = 'x';
  for (const auto size : {block_size, log.size()})
    CAF_CHECK(is(log_condition::intact, log.substr(0, size)));
}

CAF_TEST(a log that ends anywhere in a record is torn) {
  const auto small = log_of(small_values);
  check_cuts(small, sizes_down_from(small.size(), small.size()));
  for (const std::size_t room : {0, 6, 7}) {
    const auto log = log_of(values_that_leave(room));
    check_cuts(log, sizes_down_from(log.size(), 150));
  }
}

CAF_TEST(a record of several blocks is torn from its beginning) {
  const auto log = log_of(large_values);
  std::vector<std::size_t> sizes;
  for (const auto& x : fragments_of(log))
    for (std::size_t size = x.begin; size < x.begin + 9; ++size)
      sizes.push_back(size);
  for (std::size_t size = 1; size <= log.size(); size += 97)
    sizes.push_back(size);
  std::sort(sizes.rbegin(), sizes.rend());
  check_cuts(log, sizes);
  CAF_CHECK(sizes.size() > 1000);
}

CAF_TEST(RocksDB takes a torn log again once it is cut off where it is said to be whole) {
  for (const auto& values : {small_values, large_values}) {
    const auto log = log_of(values);
    const auto ends = ends_of(log);
    const auto path = file_in(folder / "store", ".log");
    std::filesystem::rename(folder / "store", folder / "model");
    for (std::size_t step = 1; step <= 9; ++step) {
      const auto size = log.size() * step / 9 - 1;
      std::filesystem::copy(folder / "model", folder / "store");
      write_file(path, log.substr(0, size));
      const auto verdict = check_log_file(path).value();
      CAF_REQUIRE(verdict.condition == log_condition::torn);
      CAF_CHECK_EQUAL(values_in(folder / "store"), -1);
      CAF_REQUIRE(truncate_log_file(path, verdict.offset).has_value());
      CAF_CHECK(check_log_file(path).value().condition == log_condition::intact);
      const auto whole = std::count_if(ends.begin(), ends.end(), [size](auto end) { return end <= size; });
      CAF_CHECK_EQUAL(values_in(folder / "store"), whole);
      std::filesystem::remove_all(folder / "store");
    }
    std::filesystem::remove_all(folder / "model");
  }
}

CAF_TEST(zeros after the last whole record are torn) {
  const auto log = log_of(small_values);
  for (const std::size_t zeros : {1, 6, 7, 8, 511, 4096, 32'768, 100'000}) {
    const auto verdict = verdict_of(log + std::string(zeros, '\0'));
    CAF_CHECK(verdict.condition == log_condition::torn);
    CAF_CHECK_EQUAL(verdict.offset, log.size());
  }
  const auto cut = log_of(large_values).substr(0, 2 * block_size);
  const auto verdict = verdict_of(cut + std::string(block_size, '\0'));
  CAF_CHECK(verdict.condition == log_condition::torn);
  CAF_CHECK_EQUAL(verdict.offset, ends_of(cut).back());
}

CAF_TEST(zeros in the place of records are damage) {
  const auto log = log_of(large_values);
  for (const auto& x : fragments_of(log)) {
    auto changed = log;
    std::fill_n(changed.begin() + static_cast<std::ptrdiff_t>(x.begin), header_size, '\0');
    CAF_CHECK(is(log_condition::damaged, changed));
    if (x.end == log.size())
      continue;
    std::fill(changed.begin() + static_cast<std::ptrdiff_t>(x.begin),
              changed.begin() + static_cast<std::ptrdiff_t>(x.end), '\0');
    CAF_CHECK(is(log_condition::damaged, changed));
  }
}

CAF_TEST(records after the beginning of another one are damage) {
  const auto log = log_of(small_values);
  const auto ends = ends_of(log);
  const auto first = log.substr(0, ends[3]);
  const auto next = log.substr(ends[5], ends[6] - ends[5]);
  for (std::size_t part = 1; part < next.size(); part += 13)
    CAF_CHECK(is(log_condition::damaged, first + next.substr(0, part) + next));
}

CAF_TEST(lengths with several wrong bits are damage) {
  const auto log = log_of(small_values);
  for (const auto& x : fragments_of(log)) {
    auto changed = log;
    changed[x.begin + 5] = static_cast<char>(changed[x.begin + 5] ^ 0x30);
    CAF_CHECK(is(log_condition::damaged, changed));
  }
}

CAF_TEST(the beginning of what cannot be a record is damage) {
  const auto log = log_of(small_values);
  const auto room = block_size - log.size() - header_size;
  for (const auto& [length, type] : {std::pair{room, 1}, {room, 2}, {std::size_t{500}, 1}})
    CAF_CHECK(is(log_condition::torn, log + beginning_of(length, type)));
  for (const auto& [length, type] :
       {std::pair{room + 1, 1}, {room - 1, 2}, {room, 3}, {room, 4}, {room, 5}, {room, 9}, {room, 0}})
    CAF_CHECK(is(log_condition::damaged, log + beginning_of(length, type)));
}

CAF_TEST(the beginning of what cannot go on with a record is damage) {
  const auto half = log_of(large_values).substr(0, block_size);
  const auto room = block_size - header_size;
  for (const auto& [length, type] : {std::pair{room, 3}, {room, 4}, {std::size_t{500}, 4}})
    CAF_CHECK(is(log_condition::torn, half + beginning_of(length, type)));
  for (const auto& [length, type] :
       {std::pair{room, 1}, {room, 2}, {room - 1, 3}, {room + 1, 4}, {room, 5}, {room, 8}, {room, 9}})
    CAF_CHECK(is(log_condition::damaged, half + beginning_of(length, type)));
}

CAF_TEST(parts of records that do not belong together are damage) {
  const auto log = log_of(large_values);
  const auto parts = fragments_of(log);
  const auto orphan = std::find_if(parts.begin(), parts.end(), [](const auto& x) { return !x.last; });
  CAF_REQUIRE(orphan != parts.end());
  const auto after = static_cast<std::size_t>(orphan - parts.begin()) + 1;
  CAF_CHECK(is(log_condition::damaged, log.substr(parts[after].begin)));
  CAF_CHECK(is(log_condition::damaged,
               log.substr(0, block_size) + log.substr(0, parts[0].end) + log.substr(parts[after].begin)));
}

CAF_TEST(damage is said to be where it begins) {
  auto log = log_of(small_values);
  const auto ends = ends_of(log);
  log[ends[2] + 40] = static_cast<char>(log[ends[2] + 40] ^ 1);
  const auto verdict = verdict_of(log);
  CAF_CHECK_EQUAL(verdict.offset, ends[2]);
  CAF_CHECK_EQUAL(verdict.what, "a record whose checksum is wrong");
}

CAF_TEST(a file that is not there is a failure) {
  const auto read = check_log_file(folder / "absent");
  CAF_REQUIRE(read.has_error());
  CAF_CHECK_EQUAL(read.error().field, folder / "absent");
  CAF_CHECK(truncate_log_file(folder / "absent", 0).has_error());
}

CAF_TEST_FIXTURE_SCOPE_END()
