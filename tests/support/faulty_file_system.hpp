// A file system for the durable engine's tests: it fails when told to, and forgets what was not synced.
#pragma once

#include <rocksdb/file_system.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace kinora::test {

/// What can be made to fail.
enum class file_operation : std::uint8_t {
  append,   ///< To files. The one that goes past the budget writes what fits, as on a full disk; so does
            ///< Allocate.
  sync,     ///< Of files and of folders.
  creation, ///< Of files.
};

/// Where bytes are between their append and the next sync of their file.
enum class unsynced_bytes : std::uint8_t {
  in_file,   ///< Where the kernel has them: they survive the process.
  in_memory, ///< They are lost with the process, or with the file system that took them on, as with the
             ///< power.
};

/// Passes everything on to the system's files, with such faults. Creations, renames and deletions take effect
/// at once in either mode. Whoever reads a file through the same object sees, in either mode, all that was
/// appended before it opened the file. Not for direct I/O and recycled files. Thread-safe.
class faulty_file_system : public rocksdb::FileSystemWrapper {
public:
  explicit faulty_file_system(unsynced_bytes unsynced = unsynced_bytes::in_file);

  /// From now on `what` fails with `error` (an errno) for files whose path contains `part`; appends do after
  /// `budget` more bytes. Replaces what was said about `what` before. With the bytes in memory, a sync that
  /// fails loses them: a later one writes zeros in their place, as a kernel's may that has dropped its pages.
  void fail(file_operation what, int error, std::string part = {}, std::uint64_t budget = 0);

  /// From now on nothing fails.
  void heal();

  const char* Name() const override { return "kinora.faulty"; }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* file,
                                       rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* folder,
                                 rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewRandomAccessFile(const std::string& path, const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                        rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus GetFileSize(const std::string& path, const rocksdb::IOOptions& options,
                                std::uint64_t* bytes, rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewLogger(const std::string& path, const rocksdb::IOOptions& options,
                              std::shared_ptr<rocksdb::Logger>* logger,
                              rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;

  class plan; ///< What fails; shared with the open files.
  class tail; ///< The bytes at the end of a file that are in memory only; shared with the open file.

private:
  std::shared_ptr<tail> tail_of(const std::string& path) const;
  std::unique_ptr<rocksdb::FSWritableFile> wrap(const std::string& path,
                                                std::unique_ptr<rocksdb::FSWritableFile> file);

  unsynced_bytes unsynced_;
  std::shared_ptr<plan> plan_;
  mutable std::mutex guard_;
  std::map<std::string, std::shared_ptr<tail>> tails_; ///< By path, of files written since the start.
};

} // namespace kinora::test
