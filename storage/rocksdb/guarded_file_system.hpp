#pragma once

#include <rocksdb/file_system.h>

#include <functional>
#include <memory>
#include <string>

namespace kinora {

/// Called with the path of a file or a folder and with what the system said, on whatever thread met the
/// failure, which may hold RocksDB's locks: must neither block nor call RocksDB.
using io_failure_handler = std::function<void(const std::string& path, const rocksdb::IOStatus& status)>;

/// Whom to tell of failures to write; neither may be empty. Both are told before RocksDB hears of the
/// failure.
struct io_failure_handlers {
  /// The kernel lost what it had taken on. No opening of the store by this process helps.
  io_failure_handler on_lost_write;
  /// A file could not be written, made or renamed (`IsNoSpace()`: for want of space); what was synced is
  /// there. The store takes writes again once it has been closed and opened anew.
  io_failure_handler on_failed_write;
};

/// `target`, with its failures to write and to sync reported before RocksDB sees them. Thread-safe, as
/// `target` is.
std::shared_ptr<rocksdb::FileSystem> make_guarded_file_system(std::shared_ptr<rocksdb::FileSystem> target,
                                                              io_failure_handlers handlers);

} // namespace kinora
