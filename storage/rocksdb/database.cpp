#include "storage/rocksdb/database.hpp"

#include "storage/rocksdb/database_session.hpp"

#include <rocksdb/file_system.h>
#include <rocksdb/perf_level.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>

namespace kinora {

namespace {

rocksdb::Slice to_slice(std::string_view x) {
  return {x.data(), x.size()};
}

std::string_view to_view(const rocksdb::Slice& x) {
  return {x.data(), x.size()};
}

failure read_failure(const std::string& why) {
  return {errc::storage_failed, {}, "the store cannot be read: " + why};
}

failure closed() {
  return read_failure("it could not be opened again yet");
}

} // namespace

failure damaged_value(std::string_view where) {
  return {errc::storage_failed, "DATA_DIR",
          "the store is damaged: " + std::string{where} + " is not as it was written"};
}

database::session::~session() {
  if (!db)
    return;
  for (auto* each : families)
    if (each != nullptr)
      db->DestroyColumnFamilyHandle(each).PermitUncheckedError();
  db->Close().PermitUncheckedError();
}

database::database(const rocksdb_options& options) : options_{options} {}

database::~database() {
  healer_.request_stop();
  if (healer_.joinable())
    healer_.join();
  else
    return; // it was opened for reading
  if (!session_ || health_->state() != store_state::writable)
    return;
  session_->db->Flush({}, {session_->families.begin(), session_->families.end()}).PermitUncheckedError();
}

result<std::optional<std::string>> database::get(family in, const std::string& key) const {
  std::shared_lock lock{mutex_};
  if (!session_)
    return closed();
  auto* handle = session_->handle(in);
  if (!handle)
    return std::optional<std::string>{};
  std::string out;
  auto status = session_->db->Get({}, handle, key, &out);
  if (status.IsNotFound())
    return std::optional<std::string>{};
  if (!status.ok())
    return read_failure(status.ToString());
  return std::optional{std::move(out)};
}

result<std::vector<std::optional<std::string>>> database::get(family in,
                                                              const std::vector<std::string>& keys) const {
  std::shared_lock lock{mutex_};
  if (!session_)
    return closed();
  std::vector<std::optional<std::string>> out(keys.size());
  auto* handle = session_->handle(in);
  if (!handle)
    return out;
  std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
  std::vector<rocksdb::PinnableSlice> values(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  session_->db->MultiGet({}, handle, slices.size(), slices.data(), values.data(), statuses.data());
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (statuses[i].ok())
      out[i] = values[i].ToString();
    else if (!statuses[i].IsNotFound())
      return read_failure(statuses[i].ToString());
  return out;
}

result<void>
database::scan(family in, std::string_view begin, std::string_view end,
               const std::function<result<void>(std::string_view, std::string_view)>& each) const {
  std::shared_lock lock{mutex_};
  if (!session_)
    return closed();
  auto* handle = session_->handle(in);
  if (!handle)
    return {};
  rocksdb::ReadOptions options;
  auto bound = to_slice(end);
  if (!end.empty())
    options.iterate_upper_bound = &bound;
  options.fill_cache = false; // what is read once from end to end would push out what is read often
  options.readahead_size = std::size_t{1} << 20;
  std::unique_ptr<rocksdb::Iterator> i{session_->db->NewIterator(options, handle)};
  for (i->Seek(to_slice(begin)); i->Valid(); i->Next())
    if (auto done = each(to_view(i->key()), to_view(i->value())); !done)
      return done;
  if (!i->status().ok())
    return read_failure(i->status().ToString());
  return {};
}

result<void>
database::scan_back(family in, std::string_view begin, std::string_view end,
                    const std::function<result<bool>(std::string_view, std::string_view)>& each) const {
  std::shared_lock lock{mutex_};
  if (!session_)
    return closed();
  auto* handle = session_->handle(in);
  if (!handle)
    return {};
  rocksdb::ReadOptions options;
  const auto lower = to_slice(begin);
  const auto upper = to_slice(end);
  options.iterate_lower_bound = &lower;
  options.iterate_upper_bound = &upper;
  std::unique_ptr<rocksdb::Iterator> i{session_->db->NewIterator(options, handle)};
  for (i->SeekToLast(); i->Valid(); i->Prev()) {
    auto go_on = each(to_view(i->key()), to_view(i->value()));
    if (!go_on)
      return go_on.error();
    if (!*go_on)
      return {};
  }
  if (!i->status().ok())
    return read_failure(i->status().ToString());
  return {};
}

// -- writing ------------------------------------------------------------------------------------------------

namespace {

void add(rocksdb::WriteBatch& out, rocksdb::ColumnFamilyHandle* in, const change_set::change& x) {
  switch (x.what) {
  case change_set::kind::put: out.Put(in, x.key, x.value).PermitUncheckedError(); break;
  case change_set::kind::merge: out.Merge(in, x.key, x.value).PermitUncheckedError(); break;
  case change_set::kind::erase: out.Delete(in, x.key).PermitUncheckedError(); break;
  case change_set::kind::erase_range: out.DeleteRange(in, x.key, x.value).PermitUncheckedError(); break;
  }
}

} // namespace

/// Why nothing is written now.
failure database::refusal() const {
  switch (health_->state()) {
  case store_state::full: return {errc::storage_full, {}, "the disk is full"};
  case store_state::read_only:
    return {errc::storage_failed, {}, "a sync has failed: nothing is written until a restart"};
  default: return {errc::storage_failed, {}, "the store cannot be written"};
  }
}

result<void> database::write(const change_set& x) {
  if (health_->state() != store_state::writable)
    return refusal();
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable); // counting comparisons costs a tenth of a write
  std::unique_lock turn{turn_};
  std::shared_lock writing{writing_};
  turn.unlock();
  std::shared_lock lock{mutex_};
  if (!session_)
    return refusal();
  rocksdb::WriteBatch batch;
  for (auto& each : x.changes)
    add(batch, session_->handle(each.in), each);
  rocksdb::WriteOptions options;
  options.sync = true;
  auto status = session_->db->Write(options, &batch);
  if (status.ok())
    return {};
  if (health_->state() == store_state::writable) // the file system said nothing: RocksDB itself refuses
    health_->set(store_state::failing);
  auto why = refusal();
  why.detail += " (" + status.ToString() + ")";
  return why;
}

// -- copying ------------------------------------------------------------------------------------------------

/// Moves what is only in the log into files, so that there is little of the log to copy.
result<void> database::flush() {
  std::shared_lock lock{mutex_};
  if (!session_ || health_->state() != store_state::writable)
    return refusal();
  auto flushed = session_->db->Flush({}, {session_->families.begin(), session_->families.end()});
  return flushed.ok() ? result<void>{} : read_failure(flushed.ToString());
}

/// RocksDB syncs its log before it lists it, and aborts the process when a write to it has failed. So nobody
/// writes between the look at the health and the list.
result<std::vector<live_file>> database::list_files() {
  if (health_->state() != store_state::writable)
    return refusal();
  rocksdb::LiveFilesStorageInfoOptions options;
  options.wal_size_for_flush = std::numeric_limits<std::uint64_t>::max(); // it was flushed
  std::vector<rocksdb::LiveFileStorageInfo> found;
  if (auto listed = session_->db->GetLiveFilesStorageInfo(options, &found); !listed.ok())
    return read_failure(listed.ToString());
  std::vector<live_file> out;
  for (auto& x : found)
    out.push_back({x.relative_filename, x.directory + '/' + x.relative_filename, x.size,
                   x.replacement_contents, x.file_type == rocksdb::kTableFile});
  return out;
}

result<void> database::with_files(const std::function<result<void>(const std::vector<live_file>&)>& copy) {
  if (auto flushed = flush(); !flushed)
    return flushed;
  std::unique_lock turn{turn_}; // or those that write would never all be done
  std::unique_lock quiet{writing_};
  std::shared_lock lock{mutex_};
  if (!session_)
    return closed();
  auto& db = *session_->db;
  if (auto kept = db.DisableFileDeletions(); !kept.ok())
    return read_failure(kept.ToString());
  const auto files = list_files();
  quiet.unlock();
  turn.unlock();
  const auto done = files ? copy(*files) : files.error();
  db.EnableFileDeletions(/*force=*/false).PermitUncheckedError();
  return done;
}

// -- healing ------------------------------------------------------------------------------------------------

namespace {

constexpr std::chrono::milliseconds look_interval{250};
constexpr std::chrono::milliseconds attempt_interval{1'000};

/// More than opening a store writes.
constexpr std::size_t probe_bytes = std::size_t{2} << 20;

} // namespace

/// Looks for a store that cannot be written, and opens it anew once the folder takes a file again.
void database::heal(std::stop_token stopped) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock{mutex};
  while (!stopped.stop_requested()) {
    auto state = health_->state();
    auto is_ill = state == store_state::full || state == store_state::failing;
    if (is_ill)
      reopen();
    wake.wait_for(lock, stopped, is_ill ? attempt_interval : look_interval, [] { return false; });
  }
}

void database::reopen() {
  auto files = options_.file_system ? options_.file_system : rocksdb::FileSystem::Default();
  auto probe = options_.path + "/probe.tmp";
  auto written =
      rocksdb::WriteStringToFile(files.get(), std::string(probe_bytes, '\0'), probe, /*should_sync=*/true);
  files->DeleteFile(probe, {}, nullptr).PermitUncheckedError();
  if (!written.ok())
    return;
  std::unique_lock lock{mutex_};
  session_ = nullptr; // only one can have the folder open
  auto opened = open_session(opening::again);
  if (!opened) {
    if (options_.on_note)
      options_.on_note("the store cannot be opened again: " + opened.error().detail);
    return;
  }
  session_ = std::move(*opened);
  health_->set(store_state::writable);
  if (options_.on_note)
    options_.on_note("the store can be written again");
}

} // namespace kinora
