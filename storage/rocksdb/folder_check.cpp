#include "storage/rocksdb/folder_check.hpp"

#include "storage/rocksdb/log_file_check.hpp"
#include "storage/rocksdb/newest_files.hpp"

#include <rocksdb/file_system.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace kinora {

namespace {

failure refusal(const std::string& what) {
  return {errc::storage_failed, "DATA_DIR", what};
}

failure in_use(const std::string& path, const std::string& more = {}) {
  return {errc::conflict, "DATA_DIR", path + " is in use by another process" + more};
}

/// The lock that an open store holds.
class folder_lock {
public:
  folder_lock(rocksdb::FileSystem& files, const std::string& path)
      : files_{files}, status_{files.LockFile(path + "/LOCK", {}, &lock_, nullptr)} {}
  folder_lock(const folder_lock&) = delete;
  folder_lock& operator=(const folder_lock&) = delete;
  ~folder_lock() {
    if (lock_)
      files_.UnlockFile(lock_, {}, nullptr).PermitUncheckedError();
  }

  const rocksdb::IOStatus& status() const noexcept { return status_; }

private:
  rocksdb::FileSystem& files_;
  rocksdb::FileLock* lock_ = nullptr;
  rocksdb::IOStatus status_;
};

/// Whether another process has the store open, as far as one can tell that may not write there.
bool is_locked(const std::string& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return false;
  struct flock lock {};
  lock.l_type = F_RDLCK;
  lock.l_whence = SEEK_SET;
  const bool out = ::fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  ::close(fd);
  return out;
}

bool is_writable(const std::string& path) {
  return ::access(path.c_str(), W_OK) == 0 || (errno != EROFS && errno != EACCES);
}

/// The names of what is in a folder.
result<std::vector<std::string>> list(rocksdb::FileSystem& files, const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    return refusal(path + " does not exist");
  if (!std::filesystem::is_directory(path, error))
    return refusal(path + " is not a folder");
  std::vector<std::string> out;
  if (auto listed = files.GetChildren(path, {}, &out, nullptr); !listed.ok())
    return refusal("cannot list " + path + ": " + listed.ToString());
  return out;
}

/// A kill during the very first start can leave a MANIFEST-000001 that no CURRENT names yet: nothing was in
/// that store, and RocksDB makes it anew.
bool is_data(std::string_view name) {
  return name == "CURRENT" || name == newest_files_name || name.ends_with(".sst") || is_log_name(name) ||
         (is_manifest_name(name) && name != "MANIFEST-000001");
}

/// The name of the MANIFEST that CURRENT names.
result<std::string> read_current(rocksdb::FileSystem& files, const std::string& path) {
  std::string text;
  auto file = path + "/CURRENT";
  auto status = rocksdb::ReadFileToString(&files, file, &text);
  if (!status.ok())
    return damaged_file(file, status.ToString());
  if (!text.starts_with("MANIFEST-") || !text.ends_with('\n'))
    return damaged_file(file, "it does not name a MANIFEST");
  text.pop_back();
  if (!files.FileExists(path + "/" + text, {}, nullptr).ok())
    return damaged_file(file, "it names " + text + ", which is not there");
  return text;
}

/// What the store says of its newest files; nothing where that is not about this MANIFEST.
result<newest_files> read_newest(rocksdb::FileSystem& files, const std::string& path,
                                 const std::string& manifest) {
  std::string bytes;
  auto file = path + "/" + std::string{newest_files_name};
  auto status = rocksdb::ReadFileToString(&files, file, &bytes);
  if (status.IsPathNotFound())
    return newest_files{}; // written by a version that did not say it
  if (!status.ok())
    return damaged_file(file, status.ToString());
  auto out = decode_newest_files(bytes);
  if (!out)
    return damaged_file(file, "it is not as it was written");
  return out->manifest == manifest ? *std::move(out) : newest_files{};
}

std::string describe(const log_verdict& x) {
  auto what = x.condition == log_condition::torn ? std::string{"it ends in the middle of a record"} : x.what;
  return what + " (at byte " + std::to_string(x.offset) + ")";
}

result<void> check_manifest(const std::string& file, std::uint64_t bytes_min) {
  auto verdict = check_log_file(file);
  if (!verdict)
    return verdict.error();
  if (verdict->condition == log_condition::damaged)
    return damaged_file(file, describe(*verdict));
  if (verdict->offset < bytes_min)
    return damaged_file(file, "it is whole up to byte " + std::to_string(verdict->offset) + " and had " +
                                  std::to_string(bytes_min));
  return {};
}

/// A log may end with the beginning of a record that nobody was told of: only the last one, because a new one
/// is begun after the one before is synced.
result<void> check_log(const std::string& file, bool is_last, folder_use use,
                       const std::function<void(const std::string&)>& note) {
  auto verdict = check_log_file(file);
  if (!verdict)
    return verdict.error();
  if (verdict->condition == log_condition::intact)
    return {};
  if (verdict->condition == log_condition::damaged || !is_last)
    return damaged_file(file, describe(*verdict));
  const auto cut = file + " ends in the middle of a write, as a crash leaves it: ";
  if (use == folder_use::read) {
    note(cut + "a start drops that write");
    return {};
  }
  note(cut + "that write is dropped");
  return truncate_log_file(file, verdict->offset);
}

} // namespace

failure damaged_file(const std::string& path, const std::string& what) {
  return refusal("the store is damaged: " + path + ": " + what +
                 "; restore the folder from a backup, or remove it to start anew");
}

result<void> check_folder(rocksdb::FileSystem& files, const std::string& path, folder_use use,
                          const std::function<void(const std::string&)>& note) {
  auto listed = list(files, path);
  if (!listed)
    return listed.error();
  auto& names = *listed;
  if (std::none_of(names.begin(), names.end(), is_data))
    return use == folder_use::serve ? result<void>{} : refusal("there is no store in " + path);
  std::optional<folder_lock> lock;
  if (use == folder_use::read && !is_writable(path)) {
    if (is_locked(path + "/LOCK"))
      return in_use(path);
  } else if (lock.emplace(files, path); !lock->status().ok()) {
    return in_use(path, " (or its LOCK cannot be taken: " + lock->status().ToString() + ")");
  }
  auto manifest = read_current(files, path);
  if (!manifest)
    return manifest.error();
  auto newest = read_newest(files, path, *manifest);
  if (!newest)
    return newest.error();
  if (auto checked = check_manifest(path + "/" + *manifest, newest->manifest_bytes); !checked)
    return checked;
  if (!newest->log.empty() && std::find(names.begin(), names.end(), newest->log) == names.end())
    return damaged_file(path + "/" + newest->log, "it is missing");
  std::erase_if(names, [](auto& x) { return !is_log_name(x); });
  std::sort(names.begin(), names.end(),
            [](auto& a, auto& b) { return a.size() != b.size() ? a.size() < b.size() : a < b; });
  for (auto& name : names)
    if (auto checked = check_log(path + "/" + name, name == names.back(), use, note); !checked)
      return checked;
  return {};
}

} // namespace kinora
