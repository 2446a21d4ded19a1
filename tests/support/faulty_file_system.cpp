#include "tests/support/faulty_file_system.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

namespace kinora::test {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

namespace {

/// What RocksDB's own file system says of an errno.
IOStatus status_of(int error, const std::string& path) {
  if (error != ENOSPC)
    return IOStatus::IOError(path, std::strerror(error));
  auto status = IOStatus::NoSpace(path, std::strerror(error));
  status.SetRetryable(true);
  return status;
}

} // namespace

class faulty_file_system::plan {
public:
  void set(file_operation what, int error, std::string part, std::uint64_t budget) {
    const std::lock_guard lock{guard_};
    faults_[static_cast<std::size_t>(what)] = fault{error, std::move(part), budget};
  }

  void clear() {
    const std::lock_guard lock{guard_};
    faults_ = {};
  }

  /// Takes `bytes` for `path`, or as many as are left, or as many as were `reserved` where only space is
  /// short; returns how many.
  std::uint64_t take(const std::string& path, std::uint64_t bytes, std::uint64_t& reserved) {
    const std::lock_guard lock{guard_};
    auto* found = find(file_operation::append, path);
    const auto free = !found || found->error == ENOSPC ? std::min(bytes, reserved) : 0;
    reserved -= std::min(bytes, reserved);
    if (!found)
      return bytes;
    const auto taken = std::min(bytes - free, found->budget);
    found->budget -= taken;
    return free + taken;
  }

  /// Reserves `bytes` for `path`, or nothing.
  IOStatus reserve(const std::string& path, std::uint64_t bytes) {
    const std::lock_guard lock{guard_};
    auto* found = find(file_operation::append, path);
    if (!found || found->error != ENOSPC)
      return IOStatus::OK();
    if (found->budget < bytes)
      return status_of(found->error, path);
    found->budget -= bytes;
    return IOStatus::OK();
  }

  /// The failure that is planned for `path`, or a success.
  IOStatus failure(file_operation what, const std::string& path) {
    const std::lock_guard lock{guard_};
    const auto* found = find(what, path);
    return found ? status_of(found->error, path) : IOStatus::OK();
  }

private:
  struct fault {
    int error = 0;
    std::string part;
    std::uint64_t budget = 0;
  };

  fault* find(file_operation what, const std::string& path) {
    auto& x = faults_[static_cast<std::size_t>(what)];
    return x && path.find(x->part) != std::string::npos ? &*x : nullptr;
  }

  std::mutex guard_;
  std::array<std::optional<fault>, 3> faults_;
};

class faulty_file_system::tail {
public:
  void append(const Slice& data) {
    const std::lock_guard lock{guard_};
    bytes_.append(data.data(), data.size());
  }

  IOStatus write_to(rocksdb::FSWritableFile& file, const IOOptions& options, IODebugContext* debug) {
    const std::lock_guard lock{guard_};
    if (bytes_.empty())
      return IOStatus::OK();
    auto status = file.Append(bytes_, options, debug);
    bytes_.clear();
    return status;
  }

  void lose() {
    const std::lock_guard lock{guard_};
    bytes_.assign(bytes_.size(), '\0');
  }

  void resize(std::size_t bytes) {
    const std::lock_guard lock{guard_};
    bytes_.resize(bytes);
  }

  std::size_t size() const {
    const std::lock_guard lock{guard_};
    return bytes_.size();
  }

  /// Reads the whole file, in a state between two syncs.
  IOStatus read(rocksdb::FileSystem& files, const std::string& path, std::string* bytes) const {
    const std::lock_guard lock{guard_};
    auto status = rocksdb::ReadFileToString(&files, path, bytes);
    bytes->append(bytes_);
    return status;
  }

private:
  mutable std::mutex guard_;
  std::string bytes_;
};

namespace {

using plan = faulty_file_system::plan;
using tail = faulty_file_system::tail;

class faulty_file : public rocksdb::FSWritableFileOwnerWrapper {
public:
  /// Without `unsynced` bytes go to the file at once.
  faulty_file(std::string path, std::unique_ptr<rocksdb::FSWritableFile> file, std::shared_ptr<plan> faults,
              std::shared_ptr<tail> unsynced)
      : FSWritableFileOwnerWrapper{std::move(file)},
        path_{std::move(path)},
        faults_{std::move(faults)},
        unsynced_{std::move(unsynced)} {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    const auto taken = faults_->take(path_, data.size(), reserved_);
    const Slice fits{data.data(), static_cast<std::size_t>(taken)};
    if (unsynced_)
      unsynced_->append(fits);
    else if (auto status = target()->Append(fits, options, debug); !status.ok())
      return status;
    return taken == data.size() ? IOStatus::OK() : faults_->failure(file_operation::append, path_);
  }

  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }

  IOStatus Allocate(std::uint64_t, std::uint64_t bytes, const IOOptions&, IODebugContext*) override {
    auto status = faults_->reserve(path_, bytes);
    reserved_ += status.ok() ? bytes : 0;
    return status;
  }

  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    auto status = before_sync(options, debug);
    return status.ok() ? target()->Sync(options, debug) : status;
  }

  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    auto status = before_sync(options, debug);
    return status.ok() ? target()->Fsync(options, debug) : status;
  }

  IOStatus RangeSync(std::uint64_t offset, std::uint64_t bytes, const IOOptions& options,
                     IODebugContext* debug) override {
    auto status = faults_->failure(file_operation::sync, path_);
    return status.ok() ? target()->RangeSync(offset, bytes, options, debug) : status;
  }

  IOStatus Truncate(std::uint64_t size, const IOOptions& options, IODebugContext* debug) override {
    if (!unsynced_)
      return target()->Truncate(size, options, debug);
    const auto synced = std::min<std::uint64_t>(size, std::filesystem::file_size(path_));
    unsynced_->resize(static_cast<std::size_t>(size - synced));
    return target()->Truncate(synced, options, debug);
  }

  std::uint64_t GetFileSize(const IOOptions& options, IODebugContext* debug) override {
    return target()->GetFileSize(options, debug) + (unsynced_ ? unsynced_->size() : 0);
  }

private:
  IOStatus before_sync(const IOOptions& options, IODebugContext* debug) {
    auto status = faults_->failure(file_operation::sync, path_);
    if (!status.ok() && unsynced_)
      unsynced_->lose();
    return status.ok() && unsynced_ ? unsynced_->write_to(*target(), options, debug) : status;
  }

  std::string path_;
  std::shared_ptr<plan> faults_;
  std::shared_ptr<tail> unsynced_;
  std::uint64_t reserved_ = 0; ///< Bytes that a lack of space will not keep from being appended.
};

class faulty_folder : public rocksdb::FSDirectoryWrapper {
public:
  faulty_folder(std::string path, std::unique_ptr<rocksdb::FSDirectory> folder, std::shared_ptr<plan> faults)
      : FSDirectoryWrapper{std::move(folder)}, path_{std::move(path)}, faults_{std::move(faults)} {}

  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    auto status = faults_->failure(file_operation::sync, path_);
    return status.ok() ? FSDirectoryWrapper::Fsync(options, debug) : status;
  }

  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions& reason) override {
    auto status = faults_->failure(file_operation::sync, path_);
    return status.ok() ? FSDirectoryWrapper::FsyncWithDirOptions(options, debug, reason) : status;
  }

private:
  std::string path_;
  std::shared_ptr<plan> faults_;
};

/// What a file with unsynced bytes held when it was opened for reading.
class snapshot {
public:
  explicit snapshot(std::string bytes) : bytes_{std::move(bytes)} {}

  void read(std::uint64_t offset, std::size_t bytes, Slice* result, char* scratch) const {
    const auto from = std::min(static_cast<std::size_t>(offset), bytes_.size());
    *result = Slice{scratch, bytes_.copy(scratch, bytes, from)};
  }

private:
  std::string bytes_;
};

class sequential_snapshot : public rocksdb::FSSequentialFile {
public:
  explicit sequential_snapshot(std::string bytes) : snapshot_{std::move(bytes)} {}

  IOStatus Read(std::size_t bytes, const IOOptions&, Slice* result, char* scratch, IODebugContext*) override {
    snapshot_.read(position_, bytes, result, scratch);
    position_ += result->size();
    return IOStatus::OK();
  }

  IOStatus Skip(std::uint64_t bytes) override {
    position_ += bytes;
    return IOStatus::OK();
  }

private:
  snapshot snapshot_;
  std::uint64_t position_ = 0;
};

class random_access_snapshot : public rocksdb::FSRandomAccessFile {
public:
  explicit random_access_snapshot(std::string bytes) : snapshot_{std::move(bytes)} {}

  IOStatus Read(std::uint64_t offset, std::size_t bytes, const IOOptions&, Slice* result, char* scratch,
                IODebugContext*) const override {
    snapshot_.read(offset, bytes, result, scratch);
    return IOStatus::OK();
  }

private:
  snapshot snapshot_;
};

} // namespace

faulty_file_system::faulty_file_system(unsynced_bytes unsynced)
    : FileSystemWrapper{rocksdb::FileSystem::Default()},
      unsynced_{unsynced},
      plan_{std::make_shared<plan>()} {}

void faulty_file_system::fail(file_operation what, int error, std::string part, std::uint64_t budget) {
  plan_->set(what, error, std::move(part), budget);
}

void faulty_file_system::heal() {
  plan_->clear();
}

IOStatus faulty_file_system::NewWritableFile(const std::string& path, const FileOptions& options,
                                             std::unique_ptr<rocksdb::FSWritableFile>* file,
                                             IODebugContext* debug) {
  if (auto status = plan_->failure(file_operation::creation, path); !status.ok())
    return status;
  auto status = target()->NewWritableFile(path, options, file, debug);
  if (status.ok()) {
    const std::lock_guard lock{guard_};
    tails_.erase(path);
  }
  if (status.ok())
    *file = wrap(path, std::move(*file));
  return status;
}

IOStatus faulty_file_system::ReopenWritableFile(const std::string& path, const FileOptions& options,
                                                std::unique_ptr<rocksdb::FSWritableFile>* file,
                                                IODebugContext* debug) {
  auto status = target()->ReopenWritableFile(path, options, file, debug);
  if (status.ok())
    *file = wrap(path, std::move(*file));
  return status;
}

IOStatus faulty_file_system::NewDirectory(const std::string& path, const IOOptions& options,
                                          std::unique_ptr<rocksdb::FSDirectory>* folder,
                                          IODebugContext* debug) {
  auto status = target()->NewDirectory(path, options, folder, debug);
  if (status.ok())
    *folder = std::make_unique<faulty_folder>(path, std::move(*folder), plan_);
  return status;
}

IOStatus faulty_file_system::NewSequentialFile(const std::string& path, const FileOptions& options,
                                               std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                               IODebugContext* debug) {
  const auto unsynced = tail_of(path);
  std::string bytes;
  if (!unsynced)
    return target()->NewSequentialFile(path, options, file, debug);
  auto status = unsynced->read(*target(), path, &bytes);
  if (status.ok())
    *file = std::make_unique<sequential_snapshot>(std::move(bytes));
  return status;
}

IOStatus faulty_file_system::NewRandomAccessFile(const std::string& path, const FileOptions& options,
                                                 std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                                 IODebugContext* debug) {
  const auto unsynced = tail_of(path);
  std::string bytes;
  if (!unsynced)
    return target()->NewRandomAccessFile(path, options, file, debug);
  auto status = unsynced->read(*target(), path, &bytes);
  if (status.ok())
    *file = std::make_unique<random_access_snapshot>(std::move(bytes));
  return status;
}

IOStatus faulty_file_system::GetFileSize(const std::string& path, const IOOptions& options,
                                         std::uint64_t* bytes, IODebugContext* debug) {
  auto status = target()->GetFileSize(path, options, bytes, debug);
  if (const auto unsynced = tail_of(path); status.ok() && unsynced)
    *bytes += unsynced->size();
  return status;
}

/// One that writes a file of this file system.
IOStatus faulty_file_system::NewLogger(const std::string& path, const IOOptions& options,
                                       std::shared_ptr<rocksdb::Logger>* logger, IODebugContext* debug) {
  return FileSystem::NewLogger(path, options, logger, debug);
}

IOStatus faulty_file_system::RenameFile(const std::string& from, const std::string& to,
                                        const IOOptions& options, IODebugContext* debug) {
  auto status = target()->RenameFile(from, to, options, debug);
  const std::lock_guard lock{guard_};
  if (!status.ok())
    return status;
  tails_.erase(to);
  if (auto moved = tails_.extract(from)) {
    moved.key() = to;
    tails_.insert(std::move(moved));
  }
  return status;
}

IOStatus faulty_file_system::DeleteFile(const std::string& path, const IOOptions& options,
                                        IODebugContext* debug) {
  auto status = target()->DeleteFile(path, options, debug);
  const std::lock_guard lock{guard_};
  if (status.ok())
    tails_.erase(path);
  return status;
}

/// nullptr when all of the file is in the file.
std::shared_ptr<tail> faulty_file_system::tail_of(const std::string& path) const {
  const std::lock_guard lock{guard_};
  const auto found = tails_.find(path);
  return found == tails_.end() || found->second->size() == 0 ? nullptr : found->second;
}

std::unique_ptr<rocksdb::FSWritableFile>
faulty_file_system::wrap(const std::string& path, std::unique_ptr<rocksdb::FSWritableFile> file) {
  std::shared_ptr<tail> unsynced;
  if (unsynced_ == unsynced_bytes::in_memory) {
    const std::lock_guard lock{guard_};
    auto& known = tails_[path];
    if (!known)
      known = std::make_shared<tail>();
    unsynced = known;
  }
  return std::make_unique<faulty_file>(path, std::move(file), plan_, std::move(unsynced));
}

} // namespace kinora::test
