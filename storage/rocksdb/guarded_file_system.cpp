#include "storage/rocksdb/guarded_file_system.hpp"

#include <atomic>
#include <cstdint>
#include <utility>

namespace kinora {

namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

/// Tells of failures, and puts them as RocksDB is to see them.
class failure_desk {
public:
  explicit failure_desk(io_failure_handlers handlers) : handlers_{std::move(handlers)} {}

  IOStatus written(const std::string& path, IOStatus status) const {
    if (status.ok())
      return status;
    handlers_.on_failed_write(path, status);
    return unrecoverable(status.ToString());
  }

  IOStatus synced(const std::string& path, IOStatus status) {
    if (status.ok() && !lost_)
      return status;
    if (status.ok())
      return unrecoverable("a sync has failed before");
    lost_ = true;
    handlers_.on_lost_write(path, status);
    return unrecoverable(status.ToString());
  }

private:
  static IOStatus unrecoverable(const std::string& what) {
    auto status = IOStatus::IOError(what);
    status.SetDataLoss(true);
    return status;
  }

  io_failure_handlers handlers_;
  std::atomic<bool> lost_ = false;
};

class guarded_file : public rocksdb::FSWritableFileOwnerWrapper {
public:
  guarded_file(std::string path, std::unique_ptr<rocksdb::FSWritableFile> file,
               std::shared_ptr<failure_desk> desk)
      : FSWritableFileOwnerWrapper{std::move(file)}, path_{std::move(path)}, desk_{std::move(desk)} {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    return desk_->written(path_, target()->Append(data, options, debug));
  }

  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo& info,
                  IODebugContext* debug) override {
    return desk_->written(path_, target()->Append(data, options, info, debug));
  }

  IOStatus PositionedAppend(const Slice& data, std::uint64_t offset, const IOOptions& options,
                            IODebugContext* debug) override {
    return desk_->written(path_, target()->PositionedAppend(data, offset, options, debug));
  }

  IOStatus PositionedAppend(const Slice& data, std::uint64_t offset, const IOOptions& options,
                            const rocksdb::DataVerificationInfo& info, IODebugContext* debug) override {
    return desk_->written(path_, target()->PositionedAppend(data, offset, options, info, debug));
  }

  IOStatus Truncate(std::uint64_t size, const IOOptions& options, IODebugContext* debug) override {
    return desk_->written(path_, target()->Truncate(size, options, debug));
  }

  IOStatus Flush(const IOOptions& options, IODebugContext* debug) override {
    return desk_->written(path_, target()->Flush(options, debug));
  }

  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return desk_->synced(path_, target()->Sync(options, debug));
  }

  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return desk_->synced(path_, target()->Fsync(options, debug));
  }

  IOStatus RangeSync(std::uint64_t offset, std::uint64_t bytes, const IOOptions& options,
                     IODebugContext* debug) override {
    return desk_->synced(path_, target()->RangeSync(offset, bytes, options, debug));
  }

  IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
    return desk_->synced(path_, target()->Close(options, debug));
  }

private:
  std::string path_;
  std::shared_ptr<failure_desk> desk_;
};

class guarded_folder : public rocksdb::FSDirectoryWrapper {
public:
  guarded_folder(std::string path, std::unique_ptr<rocksdb::FSDirectory> folder,
                 std::shared_ptr<failure_desk> desk)
      : FSDirectoryWrapper{std::move(folder)}, path_{std::move(path)}, desk_{std::move(desk)} {}

  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return desk_->synced(path_, FSDirectoryWrapper::Fsync(options, debug));
  }

  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions& reason) override {
    return desk_->synced(path_, FSDirectoryWrapper::FsyncWithDirOptions(options, debug, reason));
  }

private:
  std::string path_;
  std::shared_ptr<failure_desk> desk_;
};

class guarded_file_system : public rocksdb::FileSystemWrapper {
public:
  guarded_file_system(const std::shared_ptr<rocksdb::FileSystem>& target, io_failure_handlers handlers)
      : FileSystemWrapper{target}, desk_{std::make_shared<failure_desk>(std::move(handlers))} {}

  const char* Name() const override { return "kinora.guarded"; }

  IOStatus NewWritableFile(const std::string& path, const FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* debug) override {
    return guarded(path, target()->NewWritableFile(path, options, file, debug), file);
  }

  IOStatus ReopenWritableFile(const std::string& path, const FileOptions& options,
                              std::unique_ptr<rocksdb::FSWritableFile>* file,
                              IODebugContext* debug) override {
    return guarded(path, target()->ReopenWritableFile(path, options, file, debug), file);
  }

  IOStatus ReuseWritableFile(const std::string& path, const std::string& old_path, const FileOptions& options,
                             std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* debug) override {
    return guarded(path, target()->ReuseWritableFile(path, old_path, options, file, debug), file);
  }

  IOStatus NewDirectory(const std::string& path, const IOOptions& options,
                        std::unique_ptr<rocksdb::FSDirectory>* folder, IODebugContext* debug) override {
    auto status = target()->NewDirectory(path, options, folder, debug);
    if (status.ok())
      *folder = std::make_unique<guarded_folder>(path, std::move(*folder), desk_);
    return status;
  }

  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                      IODebugContext* debug) override {
    return desk_->written(to, target()->RenameFile(from, to, options, debug));
  }

private:
  IOStatus guarded(const std::string& path, IOStatus status, std::unique_ptr<rocksdb::FSWritableFile>* file) {
    if (status.ok())
      *file = std::make_unique<guarded_file>(path, std::move(*file), desk_);
    return desk_->written(path, std::move(status));
  }

  std::shared_ptr<failure_desk> desk_; ///< Shared with the open files.
};

} // namespace

std::shared_ptr<rocksdb::FileSystem> make_guarded_file_system(std::shared_ptr<rocksdb::FileSystem> target,
                                                              io_failure_handlers handlers) {
  return std::make_shared<guarded_file_system>(target, std::move(handlers));
}

} // namespace kinora
