#include "storage/rocksdb/backup.hpp"

#include "domain/timestamp.hpp"
#include "storage/rocksdb/folder_check.hpp"
#include "storage/rocksdb/folder_copy.hpp"
#include "storage/rocksdb/newest_files.hpp"
#include "storage/rocksdb/store_check.hpp"

#include <rocksdb/file_system.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <vector>

namespace kinora {

namespace {

namespace fs = std::filesystem;

constexpr auto field = "BACKUP_DIR";

failure cannot(const std::string& path, const std::string& what, const std::error_code& why) {
  return {errc::storage_failed, field, path + ": " + what + ": " + why.message()};
}

/// "2026-05-31T18-30-00.250Z": names that sort by time, on any file system.
std::string name_of(wall_time x) {
  auto text = to_rfc3339(std::chrono::floor<std::chrono::seconds>(x));
  std::ranges::replace(text, ':', '-');
  const auto ms =
      std::to_string(1'000 + x.time_since_epoch() % std::chrono::seconds{1} / std::chrono::milliseconds{1});
  return text.substr(0, text.size() - 1) + '.' + ms.substr(1) + 'Z';
}

bool is_backup_name(std::string_view name) {
  constexpr std::string_view shape = "0000-00-00T00-00-00.000Z";
  return std::ranges::equal(name, shape,
                            [](char c, char like) { return like == '0' ? c >= '0' && c <= '9' : c == like; });
}

/// The names in a folder for which `is_wanted` holds, in order.
template <class Wanted>
std::vector<std::string> names_in(const std::string& folder, Wanted is_wanted) {
  std::vector<std::string> out;
  std::error_code error;
  for (auto& entry : fs::directory_iterator{folder, error})
    if (auto name = entry.path().filename().string(); entry.is_directory(error) && is_wanted(name))
      out.push_back(std::move(name));
  std::ranges::sort(out);
  return out;
}

/// Removes a backup so that, whenever the process is killed, nothing that is left of it looks like a whole
/// one.
void remove_backup(const std::string& path) {
  const auto condemned = path + std::string{unfinished_suffix};
  std::error_code error;
  fs::rename(path, condemned, error);
  if (!error)
    fs::remove_all(condemned, error);
}

/// One backup on its way: everything in one folder, which gets its name last.
class backup_work {
public:
  backup_work(rocksdb::FileSystem& files, const rocksdb_options& options, const backup_order& x)
      : order_{x}, options_{options}, copier_{files, field, x.is_stopped}, files_{files} {
    pick_name();
  }

  ~backup_work() {
    std::error_code ignored;
    fs::remove_all(draft_, ignored);
  }

  result<void> make_folder() const {
    std::error_code error;
    fs::create_directory(draft_, error);
    return error ? cannot(draft_, "cannot be made", error) : result<void>{};
  }

  result<void> copy(const std::vector<live_file>& all) const {
    newest_files newest;
    for (auto& x : all) {
      if (order_.is_stopped())
        return failure{errc::unavailable, field, "given up, because the process ends"};
      const auto to = draft_ + '/' + x.name;
      auto done = !x.contents.empty() ? copier_.write(to, x.contents)
                  : x.is_immutable    ? copier_.link(x.path, to, x.bytes)
                                      : copier_.copy(x.path, to, x.bytes);
      if (!done)
        return done;
      if (is_manifest_name(x.name)) {
        newest.manifest = x.name;
        newest.manifest_bytes = x.bytes;
      } else if (is_log_name(x.name) &&
                 std::pair{newest.log.size(), newest.log} < std::pair{x.name.size(), x.name}) {
        newest.log = x.name;
      }
    }
    return copier_.write(draft_ + '/' + std::string{newest_files_name}, encode(newest));
  }

  /// What was copied of the log while others wrote may end in the middle of a write that nobody was told of.
  result<void> check() const {
    if (auto synced = copier_.sync_folder(draft_); !synced)
      return synced;
    auto copy = options_;
    copy.path = draft_;
    copy.on_note = [](const std::string&) {};
    auto checked = check_folder(files_, draft_, folder_use::serve, copy.on_note);
    if (checked)
      if (auto report = check_rocksdb_store(copy); !report)
        checked = report.error();
    std::error_code ignored;
    fs::remove(draft_ + "/LOCK", ignored); // the checks made it
    return checked ? result<void>{}
                   : failure{errc::storage_failed, field, "the copy is not whole: " + checked.error().detail};
  }

  result<backup_report> finish() const {
    backup_report out{name_, order_.folder + '/' + name_, bytes_in(draft_)};
    auto done = copier_.sync_folder(draft_);
    if (done)
      done = copier_.rename_folder(draft_, out.path);
    return done ? result<backup_report>{std::move(out)} : done.error();
  }

private:
  void pick_name() {
    std::error_code error;
    for (auto now = order_.now;; now += std::chrono::milliseconds{1}) {
      name_ = name_of(now);
      draft_ = order_.folder + '/' + name_ + std::string{unfinished_suffix};
      if (!fs::exists(order_.folder + '/' + name_, error) && !fs::exists(draft_, error))
        return;
    }
  }

  const backup_order& order_;
  const rocksdb_options& options_;
  folder_copier copier_;
  rocksdb::FileSystem& files_;
  std::string name_;
  std::string draft_;
};

void remove_leftovers(const std::string& folder) {
  std::error_code ignored;
  for (auto& name : names_in(folder, [](std::string_view x) {
         return x.ends_with(unfinished_suffix) &&
                is_backup_name(x.substr(0, x.size() - unfinished_suffix.size()));
       }))
    fs::remove_all(folder + '/' + name, ignored);
}

void remove_oldest(const std::string& folder, std::size_t kept) {
  const auto all = names_in(folder, is_backup_name);
  for (std::size_t i = 0; i + kept < all.size(); ++i)
    remove_backup(folder + '/' + all[i]);
}

class rocksdb_backups : public backup_store {
public:
  rocksdb_backups(std::shared_ptr<database> from, const rocksdb_options& options)
      : from_{std::move(from)}, options_{options} {}

  result<backup_report> make(const backup_order& x) override {
    std::error_code error;
    fs::create_directories(x.folder, error);
    if (error)
      return cannot(x.folder, "cannot be made", error);
    const folder_claim claim{x.folder};
    if (!claim.holds())
      return failure{errc::conflict, field, "another backup is being put into " + x.folder};
    remove_leftovers(x.folder);
    auto files = options_.file_system ? options_.file_system : rocksdb::FileSystem::Default();
    const backup_work work{*files, options_, x};
    auto done = work.make_folder();
    if (done)
      done = from_->with_files([&](const std::vector<live_file>& all) { return work.copy(all); });
    if (done)
      done = work.check();
    if (!done)
      return done.error();
    auto report = work.finish();
    if (report)
      remove_oldest(x.folder, x.kept);
    return report;
  }

private:
  std::shared_ptr<database> from_;
  rocksdb_options options_;
};

/// Whether a store can be put where `path` is.
result<void> check_free(const std::string& path) {
  std::error_code error;
  if (!fs::exists(path, error))
    return {};
  if (!fs::is_directory(path, error))
    return failure{errc::conflict, "DATA_DIR", path + " is not a folder"};
  if (!fs::is_empty(path, error) || error)
    return failure{
        errc::conflict, "DATA_DIR",
        path + " is not empty: a restore overwrites nothing; name a folder that is not there, or empty"};
  return {};
}

/// Copies a folder's files, but for what only a running store needs.
result<void> copy_folder(const folder_copier& copier, const std::string& from, const std::string& to) {
  std::error_code error;
  for (auto& entry : fs::directory_iterator{from, error}) {
    const auto name = entry.path().filename().string();
    if (!entry.is_regular_file(error) || name == "LOCK")
      continue;
    if (auto done = copier.copy(entry.path().string(), to + '/' + name, entry.file_size(error)); !done)
      return done;
  }
  return error ? failure{errc::storage_failed, "--from", from + ": " + error.message()}
               : copier.sync_folder(to);
}

} // namespace

std::shared_ptr<backup_store> make_rocksdb_backups(std::shared_ptr<database> from,
                                                   const rocksdb_options& options) {
  return std::make_shared<rocksdb_backups>(std::move(from), options);
}

result<backup_report> backup_rocksdb_store(const rocksdb_options& options, const backup_order& x) {
  auto there = check_rocksdb_store(options); // or opening would make a store where there is none
  if (!there)
    return there.error();
  auto db = database::open(options);
  if (!db)
    return db.error();
  return rocksdb_backups{*db, options}.make(x);
}

result<void> restore_rocksdb_store(const rocksdb_options& options, const std::string& from,
                                   const std::function<bool()>& is_stopped) {
  if (auto free = check_free(options.path); !free)
    return free;
  auto backup = options;
  backup.path = from;
  if (auto checked = check_rocksdb_store(backup); !checked)
    return failure{checked.error().code, "--from", checked.error().detail};
  auto files = options.file_system ? options.file_system : rocksdb::FileSystem::Default();
  const folder_copier copier{*files, "DATA_DIR", is_stopped};
  const auto target = (fs::absolute(options.path) / "").parent_path().string(); // without a slash at its end
  const auto draft = target + std::string{unfinished_suffix};
  std::error_code error;
  const auto inside =
      fs::weakly_canonical(target, error).lexically_relative(fs::weakly_canonical(from, error));
  if (!inside.empty() && *inside.begin() != "..") // it would go with the backup when that is removed
    return invalid("DATA_DIR", "is in the folder of the backup: " + target);
  fs::create_directories(draft, error);
  if (error)
    return failure{errc::storage_failed, "DATA_DIR", draft + " cannot be made: " + error.message()};
  const folder_claim claim{draft};
  if (!claim.holds())
    return failure{errc::conflict, "DATA_DIR", "another restore is at work in " + draft};
  for (auto& entry : fs::directory_iterator{draft, error}) // of a restore that was killed
    fs::remove_all(entry.path(), error);
  auto done = copy_folder(copier, from, draft);
  auto copy = options;
  copy.path = draft;
  if (done)
    if (auto checked = check_rocksdb_store(copy); !checked)
      done = checked.error();
  fs::remove(draft + "/LOCK", error);
  if (done)
    done = copier.rename_folder(draft, target);
  if (!done)
    fs::remove_all(draft, error);
  return done;
}

} // namespace kinora
