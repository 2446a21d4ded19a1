#include "storage/rocksdb/database_options.hpp"
#include "storage/rocksdb/database_session.hpp"
#include "storage/rocksdb/folder_check.hpp"
#include "storage/rocksdb/guarded_file_system.hpp"
#include "storage/rocksdb/keys.hpp"
#include "storage/rocksdb/newest_files.hpp"
#include "storage/rocksdb/values.hpp"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/sst_file_reader.h>

#include <algorithm>

namespace kinora {

namespace {

failure cannot_open(const std::string& path, const std::string& why) {
  return {errc::storage_failed, "DATA_DIR", "cannot open the store in " + path + ": " + why};
}

/// The table that RocksDB complains of; it says 000017.ldb where 000017.sst is missing. Empty where it names
/// none.
std::string table_in(const std::string& complaint) {
  auto end = std::min(complaint.find(".ldb"), complaint.find(".sst"));
  if (end == complaint.npos)
    return {};
  auto begin = complaint.find_last_of('/', end) + 1;
  return complaint.substr(begin, end - begin) + ".sst";
}

rocksdb::Status verify_table(const std::string& file) {
  rocksdb::SstFileReader reader{rocksdb::Options{}};
  auto status = reader.Open(file);
  return status.ok() ? reader.VerifyChecksum() : status;
}

/// Why a store does not open. RocksDB blames the MANIFEST for tables that it cannot read, and does not always
/// name them; tables that a crash left over may be broken too, and are nobody's concern.
failure blame(rocksdb::FileSystem& files, const std::string& path, const rocksdb::Status& status) {
  if (!status.IsCorruption())
    return cannot_open(path, status.ToString());
  std::vector<std::string> tables;
  auto named = table_in(status.ToString());
  if (named.empty()) {
    files.GetChildren(path, {}, &tables, nullptr).PermitUncheckedError();
    std::erase_if(tables, [](auto& x) { return !x.ends_with(".sst"); });
  } else if (!files.FileExists(path + "/" + named, {}, nullptr).ok()) {
    return damaged_file(path + "/" + named, "it is missing");
  } else {
    tables.push_back(named);
  }
  for (auto& table : tables)
    if (auto found = verify_table(path + "/" + table); !found.ok())
      return damaged_file(path + "/" + table, found.ToString());
  return damaged_file(path, status.ToString());
}

result<void> mark_format(database& db) {
  change_set mark;
  mark.put(family::settings, format_key, encode(store_format{}));
  return db.write(mark);
}

/// Marks a new store, or one whose older format reads as this one, and refuses what this program cannot read.
result<void> check_format(database& db, bool read_only) {
  auto bytes = db.get(family::settings, format_key);
  if (!bytes)
    return bytes.error();
  if (*bytes) {
    auto format = decode<store_format>(**bytes);
    if (format && format->number <= store_format::current)
      return format->number < store_format::current && !read_only ? mark_format(db) : result<void>{};
    return failure{errc::storage_failed, "DATA_DIR",
                   "the store has format " + (format ? std::to_string(format->number) : "unknown") +
                       "; this version reads format " + std::to_string(store_format::current)};
  }
  bool empty = true;
  auto done = db.scan(family::settings, {}, {}, [&](auto, auto) -> result<void> {
    empty = false;
    return {};
  });
  if (!done)
    return done;
  if (!empty)
    return failure{errc::storage_failed, "DATA_DIR",
                   "what is there is no store of Kinora: it names no format"};
  if (read_only)
    return {};
  return mark_format(db);
}

/// Takes out the families that a store has not: those that came with later formats.
void drop_missing(std::vector<rocksdb::ColumnFamilyDescriptor>& wanted, const rocksdb::DBOptions& options,
                  const std::string& path) {
  std::vector<std::string> known;
  if (!rocksdb::DB::ListColumnFamilies(options, path, &known).ok())
    return; // opening says why
  std::erase_if(wanted,
                [&](auto& x) { return std::find(known.begin(), known.end(), x.name) == known.end(); });
}

std::size_t index_of(const std::string& family_name) {
  const auto at = std::find(family_names.begin(), family_names.end(), family_name);
  return static_cast<std::size_t>(at - family_names.begin());
}

/// The sums of whole files always; of their blocks too when there is time for it.
rocksdb::Status verify(rocksdb::DB& db, bool blocks) {
  auto status = db.VerifyFileChecksums(rocksdb::ReadOptions{});
  if (status.ok() && blocks)
    status = db.VerifyChecksum();
  return status;
}

} // namespace

result<std::shared_ptr<database>> database::open(const rocksdb_options& options) {
  return open(options, opening::first);
}

result<std::shared_ptr<database>> database::open_read_only(const rocksdb_options& options) {
  return open(options, opening::read_only);
}

result<std::shared_ptr<database>> database::open(const rocksdb_options& options, opening how) {
  std::shared_ptr<database> out{new database{options}};
  auto opened = out->open_session(how);
  if (!opened)
    return opened.error();
  out->session_ = std::move(*opened);
  if (auto checked = check_format(*out, how == opening::read_only); !checked)
    return checked.error();
  if (how != opening::read_only)
    out->healer_ = std::jthread{[db = out.get()](std::stop_token stopped) { db->heal(stopped); }};
  return out;
}

result<std::unique_ptr<database::session>> database::open_session(opening how) const {
  auto& path = options_.path;
  auto files = options_.file_system ? options_.file_system : rocksdb::FileSystem::Default();
  if (how != opening::read_only)
    if (auto made = files->CreateDirIfMissing(path, {}, nullptr); !made.ok())
      return cannot_open(path, made.ToString());
  auto note = options_.on_note ? options_.on_note : [](const std::string&) {};
  auto use = how == opening::read_only ? folder_use::read : folder_use::serve;
  if (auto checked = check_folder(*files, path, use, note); !checked)
    return checked.error();
  auto out = std::make_unique<session>();
  auto health = health_;
  out->env = rocksdb::NewCompositeEnv(make_recording_file_system(make_guarded_file_system(
      files, {[health](auto&, auto&) { health->set(store_state::read_only); },
              [health](auto&, const rocksdb::IOStatus& why) {
                health->set(why.IsNoSpace() ? store_state::full : store_state::failing);
              }})));
  auto db_options = make_db_options(options_, out->env.get());
  auto wanted = make_families(options_);
  std::vector<rocksdb::ColumnFamilyHandle*> families;
  rocksdb::DB* db = nullptr;
  rocksdb::Status status;
  if (how == opening::read_only) {
    db_options.create_if_missing = false;
    db_options.wal_recovery_mode =
        rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords; // it was looked at
    drop_missing(wanted, db_options, path);
    status = rocksdb::DB::OpenForReadOnly(db_options, path, wanted, &families, &db);
  } else {
    status = rocksdb::DB::Open(db_options, path, wanted, &families, &db);
  }
  if (!status.ok())
    return blame(*files, path, status);
  out->db.reset(db);
  for (auto* each : families)
    out->families[index_of(each->GetName())] = each;
  if (how == opening::again) // they were verified at the start
    return out;
  if (auto verified = verify(*db, how == opening::read_only); !verified.ok())
    return blame(*files, path, verified);
  return out;
}

} // namespace kinora
