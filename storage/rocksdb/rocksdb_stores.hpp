#pragma once

#include "domain/result.hpp"
#include "storage/stores.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace rocksdb {
class FileSystem;
}

namespace kinora {

struct rocksdb_options {
  std::string path;                                       ///< A folder; made when it is not there.
  std::size_t cache_bytes = std::size_t{64} << 20;        ///< For blocks that were read from files.
  std::size_t write_buffer_bytes = std::size_t{64} << 20; ///< For what is not in files yet but in the log.
  std::chrono::hours signal_retention{24 * 90};           ///< Users untouched for that long disappear.
  std::size_t audit_entries_max = 1'000'000;              ///< Of the audit log; the oldest go.
  std::function<wall_time()> wall_clock;                  ///< Asked by compactions; thread-safe.
  std::function<void(const std::string&)> on_note;  ///< Told what an operator should know; may be empty.
  std::shared_ptr<rocksdb::FileSystem> file_system; ///< nullptr: the system's.
};

/// The durable engine: RocksDB in one folder, which belongs to one process at a time. Opens and verifies it;
/// the failure names the file that is damaged or what else is wrong. A success of a change means that it is
/// on disk (fsync); changes that come in together share one sync. Blocks.
result<stores> open_rocksdb_stores(rocksdb_options options);

/// The same of a store that nobody has open, or of a copy that cannot be written, for reading alone: every
/// block is verified, nothing is changed, and what would change something fails.
result<stores> read_rocksdb_stores(const rocksdb_options& options);

} // namespace kinora
