#include "storage/rocksdb/newest_files.hpp"

#include "storage/rocksdb/codec.hpp"

#include <filesystem>
#include <mutex>
#include <utility>

namespace kinora {

namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

constexpr std::uint8_t version = 1;

bool is_numbered(std::string_view name, std::string_view prefix, std::string_view suffix) {
  if (name.size() <= prefix.size() + suffix.size() || !name.starts_with(prefix) || !name.ends_with(suffix))
    return false;
  name = name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
  return name.find_first_not_of("0123456789") == name.npos;
}

std::string name_of(const std::string& path) {
  return std::filesystem::path{path}.filename().string();
}

/// Knows what is newest, and writes it down.
class record {
public:
  explicit record(std::shared_ptr<rocksdb::FileSystem> files) : files_{std::move(files)} {}

  IOStatus log_made(const std::string& path) {
    const std::lock_guard lock{mutex_};
    newest_.log = name_of(path);
    auto status = sync_folder_of(path); // what is written down is there, whatever happens
    return status.ok() ? write_beside(path) : status;
  }

  IOStatus manifest_synced(const std::string& path, std::uint64_t bytes) {
    const std::lock_guard lock{mutex_};
    newest_.manifest = name_of(path);
    newest_.manifest_bytes = bytes;
    return write_beside(path);
  }

private:
  IOStatus write_beside(const std::string& path) {
    if (newest_.log.empty() || newest_.manifest.empty())
      return IOStatus::OK(); // what the opening before wrote still holds
    const auto to = std::filesystem::path{path}.replace_filename(newest_files_name).string();
    const auto draft = to + ".tmp";
    auto status = rocksdb::WriteStringToFile(files_.get(), encode(newest_), draft, /*should_sync=*/true);
    if (status.ok())
      status = files_->RenameFile(draft, to, {}, nullptr);
    return status.ok() ? sync_folder_of(path) : status;
  }

  IOStatus sync_folder_of(const std::string& path) {
    std::unique_ptr<rocksdb::FSDirectory> folder;
    auto status =
        files_->NewDirectory(std::filesystem::path{path}.parent_path().string(), {}, &folder, nullptr);
    return status.ok() ? folder->Fsync({}, nullptr) : status;
  }

  const std::shared_ptr<rocksdb::FileSystem> files_;
  std::mutex mutex_; ///< Held while the file is written.
  newest_files newest_;
};

class manifest_file : public rocksdb::FSWritableFileOwnerWrapper {
public:
  manifest_file(std::string path, std::unique_ptr<rocksdb::FSWritableFile> file,
                std::shared_ptr<record> newest)
      : FSWritableFileOwnerWrapper{std::move(file)}, path_{std::move(path)}, newest_{std::move(newest)} {}

  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return synced(target()->Sync(options, debug));
  }

  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return synced(target()->Fsync(options, debug));
  }

private:
  IOStatus synced(IOStatus status) {
    return status.ok() ? newest_->manifest_synced(path_, target()->GetFileSize({}, nullptr)) : status;
  }

  const std::string path_;
  const std::shared_ptr<record> newest_;
};

class recording_file_system : public rocksdb::FileSystemWrapper {
public:
  explicit recording_file_system(const std::shared_ptr<rocksdb::FileSystem>& target)
      : FileSystemWrapper{target}, newest_{std::make_shared<record>(target)} {}

  const char* Name() const override { return "kinora.recording"; }

  IOStatus NewWritableFile(const std::string& path, const FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* debug) override {
    auto status = target()->NewWritableFile(path, options, file, debug);
    if (!status.ok())
      return status;
    const auto name = name_of(path);
    if (is_manifest_name(name))
      *file = std::make_unique<manifest_file>(path, std::move(*file), newest_);
    return is_log_name(name) ? newest_->log_made(path) : status;
  }

private:
  const std::shared_ptr<record> newest_; ///< Shared with the open files.
};

} // namespace

std::string encode(const newest_files& x) {
  value_writer out{version};
  out.text(x.log);
  out.text(x.manifest);
  out.count(x.manifest_bytes);
  return std::move(out).seal();
}

std::optional<newest_files> decode_newest_files(std::string_view bytes) {
  value_reader in{bytes};
  newest_files out;
  out.log = in.text();
  out.manifest = in.text();
  out.manifest_bytes = in.count();
  return in.version() == version && in.done() ? std::optional{std::move(out)} : std::nullopt;
}

bool is_log_name(std::string_view name) {
  return is_numbered(name, "", ".log");
}

bool is_manifest_name(std::string_view name) {
  return is_numbered(name, "MANIFEST-", "");
}

std::shared_ptr<rocksdb::FileSystem> make_recording_file_system(std::shared_ptr<rocksdb::FileSystem> target) {
  return std::make_shared<recording_file_system>(target);
}

} // namespace kinora
